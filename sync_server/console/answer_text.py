"""Answers as people read them: by the form's labels, in their language."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from conflict.units import EXISTENCE, Unit
from conflict.value import Missing, Value
from schemas import Field, Form
from schemas.areas import areas
from sync_server.messages import sentence
from sync_server.service.vault import Body

_NAMING_CELLS = 2
"""So many answered cells tell a row from its neighbours."""


@dataclass(frozen=True)
class AnswerText:
    """How the answers of one document are told.

    Attributes:
        form: None where the revision is not known here: names and codes stand for labels then.
        titles: of forms by code.
        bodies: where rows are looked up, the ones that are shown first.
    """

    form: Form | None
    titles: Mapping[str, str]
    bodies: tuple[Body, ...]
    language: str

    def label(self, unit: Unit) -> str:
        """What a unit is called, such as `Family: Hawa: Age`."""
        if unit.part == "group":
            return " + ".join(self._label_of(one) for one in self._coupled(unit.name)) or unit.name
        if unit.part == "_attachments":
            return f"{self._say('attachment')}: {unit.name}"
        if unit.part != "data":
            return self._say("existence" if unit == EXISTENCE else "state")
        asked = self._field(unit.name)
        parts = [self._label_of(unit.name)]
        if unit.row is not None:
            parts.append(self._row_name(unit.name, unit.row))
        if unit.cell is not None:
            asked = _named(asked.fields, unit.cell) if asked else None
            parts.append(self._read(asked.label) if asked else unit.cell)
        if unit.element:
            parts.append(self._option(asked, unit.element))
        elif unit.is_list and asked is not None and asked.type == "rows":
            parts.append(self._say("order"))
        return ": ".join(parts)

    def value(self, unit: Unit, value: Value) -> str:
        """What a unit was given."""
        if isinstance(value, Missing):
            return self._say("not_there" if _is_presence(unit) else "not_given")
        if _is_presence(unit):
            return self._say("present")
        if unit.is_list and value == []:
            return self._say("some_answer")
        if unit.is_list and isinstance(value, list):
            return " · ".join(self._row_name(unit.name, str(row)) for row in value)
        if unit.part == "group" and isinstance(value, dict):
            return "; ".join(
                f"{self._label_of(name)}: {self._answer(self._field(name), one)}"
                for name, one in sorted(value.items())
            )
        if unit.part == "state":
            return self._say(f"state.{value}") if value in ("draft", "complete") else str(value)
        asked = self._field(unit.name) if unit.part == "data" else None
        if unit.cell is not None:
            asked = _named(asked.fields, unit.cell) if asked else None
        return self._answer(asked, value)

    def _answer(self, asked: Field | None, value: Any) -> str:
        if value is None:
            return self._say("left_empty")
        if isinstance(value, bool):
            return self._say("yes" if value else "no")
        if isinstance(value, list) and not any(isinstance(one, (list, dict)) for one in value):
            chosen = [self._option(asked, one) for one in value]
            return " · ".join(chosen) or self._say("none_of_them")
        if isinstance(value, dict) and {"content_type", "length"} <= value.keys():
            return f"{value['content_type']}, {value['length']} B"
        if isinstance(value, (list, dict)):
            return json.dumps(value, ensure_ascii=False)
        return self._option(asked, value)

    def _option(self, asked: Field | None, code: Any) -> str:
        """A choice, an area or a form by its name; anything else as it is."""
        if asked is None or not isinstance(code, str):
            return str(code)
        if asked.type == "location":
            return _area_names(code[:2]).get(code, {}).get(self.language) or _area_name(code)
        if asked.type == "form_codes":
            return self.titles.get(code, code)
        labels = (option.label for option in asked.options if option.code == code)
        return self._read(next(labels, {"en": code}))

    def _row_name(self, name: str, row_id: str) -> str:
        """What tells a row from its neighbours: the first answers in it."""
        asked = self._field(name)
        row = next((one for one in self._rows(name) if str(one.get("id")) == row_id), None)
        cells = asked.fields if asked and row else ()
        told = [
            self._answer(cell, row[cell.name])
            for cell in cells
            if row and row.get(cell.name) is not None
        ]
        return ", ".join(told[:_NAMING_CELLS]) or self._say("row", id=row_id[-6:])

    def _rows(self, name: str) -> Iterator[Mapping[str, Any]]:
        for body in self.bodies:
            rows = body.get("data", {}).get(name)
            if isinstance(rows, list):
                yield from (row for row in rows if isinstance(row, dict))

    def _coupled(self, group: str) -> list[str]:
        return [one.name for one in self.form.fields if one.couple == group] if self.form else []

    def _field(self, name: str) -> Field | None:
        return _named(self.form.fields, name) if self.form else None

    def _label_of(self, name: str) -> str:
        asked = self._field(name)
        return self._read(asked.label) if asked else name

    def _read(self, label: Mapping[str, str]) -> str:
        return label.get(self.language) or label["en"]

    def _say(self, name: str, **parts: str) -> str:
        return sentence(f"console.{name}", self.language).format(**parts)


def _is_presence(unit: Unit) -> bool:
    """Whether a unit says only that something is there: a document, a row, an element of a set."""
    return unit.is_existence or bool(unit.element)


def _named(fields: Iterable[Field], name: str) -> Field | None:
    return next((one for one in fields if one.name == name), None)


def _area_name(code: str) -> str:
    return _area_names(code[:2]).get(code, {}).get("en", code)


@lru_cache
def _area_names(country: str) -> Mapping[str, Mapping[str, str]]:
    """The names of a country's areas by code and language; none where no areas ship for it."""
    if country not in ("SD", "SO"):
        return {}
    return {area.pcode: area.name for area in areas("SD" if country == "SD" else "SO")}
