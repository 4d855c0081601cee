"""The sheet `choices`: lists of options, and what filters know of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from schemas.definition import FIELD_NAME
from schemas.xlsform.columns import Row
from schemas.xlsform.languages import Texts
from schemas.xlsform.notes import Note, Place

_MEDIA = ("image", "big-image", "audio", "video", "media")


@dataclass
class Choices:
    """A list of options.

    Attributes:
        options: each as a definition has it.
        rows: where each stands.
    """

    options: list[dict[str, Any]] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def columns(self) -> frozenset[str]:
        """What a filter may read of the options."""
        return frozenset(name for one in self.options for name in one.get("attributes", ()))

    @property
    def is_yes_or_no(self) -> bool:
        """Whether it is the list by which XLSForm asks for yes or no."""
        return sorted(one["code"] for one in self.options) == ["no", "yes"]


def choices_of(rows: Iterable[Row], texts: Texts) -> tuple[dict[str, Choices], list[Note]]:
    """The lists of options by name, and what is to be told of them."""
    lists: dict[str, Choices] = {}
    notes: list[Note] = []
    for row in rows:
        name, code = row.take("list_name"), row.take("name")
        if not name or not code:
            missing = "list_name" if not name else "name"
            outcome = "left_out" if not name else "refused"
            notes.append(Note(row.place(), outcome, "no_name", missing))  # type: ignore[arg-type]
            continue
        option: dict[str, Any] = {"code": code, "label": texts.of(row, "label")}
        if machine := texts.machine(row):
            option["machine"] = machine
        if replaces := row.take("replaces").split():
            option["replaces"] = replaces
        if attributes := dict(_attributes(row, notes)):
            option["attributes"] = attributes
        listed = lists.setdefault(name, Choices())
        listed.options.append(option)
        listed.rows.append(row)
    return lists, notes


def _attributes(row: Row, notes: list[Note]) -> Iterator[tuple[str, str]]:
    for heading, text in row.rest():
        if FIELD_NAME.fullmatch(heading) and heading not in _MEDIA:
            yield heading, text
        else:
            place = Place(row.sheet, row.line.number, heading)
            notes.append(Note(place, "left_out", "column_not_used", heading))
