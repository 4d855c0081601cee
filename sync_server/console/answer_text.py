"""Answers as people read them: by the form's labels, in their language."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from conflict.units import EXISTENCE, Unit
from conflict.value import Missing, Value
from schemas import Field, Form
from schemas.areas import areas
from sync_server.console.saying import Saying, isolated
from sync_server.service.vault import Body

_NAMING_CELLS = 2
"""So many answered cells tell a row from its neighbours."""


@dataclass(frozen=True)
class AnswerText:
    """How the answers of one document are told.

    Attributes:
        form: None where no revision of it is known here: names and codes stand for labels then.
        titles: of forms by code.
        bodies: where rows are looked up, those that count more first.
        unsure: the cells, by row and name, that are no name for a row, for they are disputed.
    """

    say: Saying
    form: Form | None
    titles: Mapping[str, str]
    bodies: tuple[Body, ...]
    unsure: Collection[tuple[str, str]] = frozenset()
    _rows_by_field: dict[str, Mapping[str, Mapping[str, Any]]] = field(default_factory=dict)

    def label(self, unit: Unit) -> str:
        """What a unit is called, such as `Family: Mother: Age`."""
        if unit.part == "group":
            return " + ".join(self.field_label(one) for one in self._coupled(unit.name))
        if unit.part == "_attachments":
            return f"{self.say('attachment')}: {isolated(unit.name)}"
        if unit.part != "data":
            return self.say("existence" if unit == EXISTENCE else "state")
        parts = [self.field_label(unit.name)]
        if unit.row is not None:
            parts.append(self._row_name(unit.name, unit.row))
        if unit.cell is not None:
            asked = self._asked(unit)
            parts.append(self.say.label(asked.label) if asked else unit.cell)
        if unit.element:
            parts.append(self._one(self._asked(unit), _element(unit.element)))
        elif is_row_order(unit, self._asked(unit)):
            parts.append(self.say("order"))
        return ": ".join(map(isolated, parts))

    def field_label(self, name: str) -> str:
        """What a field of the form is called."""
        asked = self._named(name)
        return self.say.label(asked.label) if asked else name

    def value(self, unit: Unit, value: Value) -> str:
        """What a unit was given."""
        if _is_presence(unit):
            return self.say("not_there" if isinstance(value, Missing) else "present")
        if isinstance(value, Missing):
            return self.say("not_given")
        asked = self._asked(unit)
        if is_row_order(unit, asked) and isinstance(value, list):
            return self._several(self._row_name(unit.name, str(row)) for row in value)
        if unit.part == "group" and isinstance(value, dict):
            return self._group(unit.name, value)
        if unit.part == "state" and value in ("draft", "complete"):
            return self.say(f"state.{value}")
        return self._answer(asked, value)

    def _group(self, name: str, given: Mapping[str, Any]) -> str:
        return self._several(
            f"{self.field_label(one)}: {isolated(self._answer(self._named(one), given.get(one)))}"
            for one in self._coupled(name)
        )

    def _answer(self, asked: Field | None, value: Any) -> str:
        if value is None or (isinstance(value, str) and not value.strip()):
            return self.say("left_empty")
        if isinstance(value, bool):
            return self.say("yes" if value else "no")
        if isinstance(value, list) and asked is not None and asked.type == "rows":
            return self._several(self._row(asked, row) for row in value)
        if isinstance(value, list) and not any(isinstance(one, (list, dict)) for one in value):
            return self._several(self._one(asked, one) for one in value)
        if asked is not None and asked.type == "tally" and isinstance(value, dict):
            return self._several(f"{self._one(asked, code)}: {n}" for code, n in value.items())
        if asked is not None and asked.type == "date_range" and isinstance(value, dict):
            return f"{value.get('from')} – {value.get('to')}"
        if isinstance(value, dict) and {"content_type", "length"} <= value.keys():
            return f"{value['content_type']}, {value['length']} B"
        if isinstance(value, (list, dict)):
            return json.dumps(value, ensure_ascii=False)
        return self._one(asked, value)

    def _several(self, told: Iterable[str]) -> str:
        return " · ".join(isolated(one) for one in told) or self.say("none_of_them")

    def _one(self, asked: Field | None, code: Any) -> str:
        """A choice, an area or a form by its name; anything else as it is."""
        if asked is None or not isinstance(code, str):
            return str(code)
        if asked.type == "location":
            name = _area_names(code[:2]).get(code)
            return self.say.label(name) if name else code
        if asked.type == "form_codes":
            return self.titles.get(code, code)
        labels = (option.label for option in asked.options if option.code == code)
        return self.say.label(next(labels, {"en": code}))

    def _row(self, asked: Field, row: Any) -> str:
        """All answers of a row."""
        if not isinstance(row, dict):
            return json.dumps(row, ensure_ascii=False)
        told = [self._answer(cell, row[cell.name]) for cell in asked.fields if cell.name in row]
        return ", ".join(map(isolated, told))

    def _row_name(self, name: str, row_id: str) -> str:
        """What tells a row from its neighbours: the first answers in it that are not disputed."""
        asked = self._named(name)
        told: list[str] = []
        row = self._rows(name).get(row_id)
        if asked is not None and row is not None:
            told = [
                self._answer(cell, row[cell.name])
                for cell in asked.fields
                if _tells_apart(row.get(cell.name)) and (row_id, cell.name) not in self.unsure
            ]
        if not told:
            return self.say("row", id=row_id[-6:])
        return ", ".join(map(isolated, told[:_NAMING_CELLS]))

    def _rows(self, name: str) -> Mapping[str, Mapping[str, Any]]:
        """The rows of a field by id, each from the first body that has it."""
        if name not in self._rows_by_field:
            found: dict[str, Mapping[str, Any]] = {}
            for body in self.bodies:
                rows = body.get("data", {}).get(name)
                for row in rows if isinstance(rows, list) else ():
                    if isinstance(row, dict):
                        found.setdefault(str(row.get("id")), row)
            self._rows_by_field[name] = found
        return self._rows_by_field[name]

    def _coupled(self, group: str) -> list[str]:
        """The fields of a group, in the form's order."""
        coupled = [one.name for one in self.form.fields if one.couple == group] if self.form else []
        return coupled or [group]

    def _named(self, name: str) -> Field | None:
        return _among(self.form.fields, name) if self.form else None

    def _asked(self, unit: Unit) -> Field | None:
        """The question that a unit is an answer to, or a part of one."""
        asked = self._named(unit.name) if unit.part == "data" else None
        if unit.cell is None or asked is None:
            return asked
        return _among(asked.fields, unit.cell)


def is_row_order(unit: Unit, asked: Field | None) -> bool:
    """Whether a unit is the order of rows."""
    return unit.element == "" and asked is not None and asked.type == "rows"


def _is_presence(unit: Unit) -> bool:
    """Whether a unit says only that something is there: a document, a row, an element of a set."""
    return unit.is_existence or bool(unit.element)


def _tells_apart(answer: Any) -> bool:
    """Whether an answer may name a row: a yes does not."""
    return answer is not None and not isinstance(answer, bool)


def _element(name: str) -> Any:
    """An element of a set from its name, which is JSON where it is no simple word."""
    try:
        return json.loads(name)
    except ValueError:
        return name


def _among(fields: Iterable[Field], name: str) -> Field | None:
    return next((one for one in fields if one.name == name), None)


@lru_cache
def _area_names(country: str) -> Mapping[str, Mapping[str, str]]:
    """The names of a country's areas by code and language; none where no areas ship for it."""
    if country not in ("SD", "SO"):
        return {}
    return {area.pcode: area.name for area in areas("SD" if country == "SD" else "SO")}
