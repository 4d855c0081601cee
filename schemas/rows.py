"""Objects of answers: a form's, and the rows of a repeat group within it."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema, ValidationError, missing
from marshmallow.exceptions import SCHEMA

from schemas.answer import LONGEST_LIST, Answer, Entries
from schemas.definition import FIELD_NAME
from schemas.problem import MOST_PROBLEMS


class Rows(Entries):
    """A list of rows, each an object of the cells of a schema.

    Rows with the same id are let through: a tablet that copies rows makes them, merging tells them
    apart, and an answer refused for its ids would be one that nobody sees.
    """

    def __init__(self, row: Schema, cells: Mapping[str, Answer], *, required: bool) -> None:
        super().__init__(required=required)
        self.row = row
        self._cells = [(name, cell.finds_fault, cell.required) for name, cell in cells.items()]

    @property
    def finds_fault(self) -> Callable[[object], object]:
        """False of rows that are right; of others it may be true, and tells nothing more."""
        return self._may_be_wrong

    def _may_be_wrong(self, value: object) -> bool:
        if not isinstance(value, list) or len(value) > LONGEST_LIST:
            return True
        return not all(map(self._is_right, value)) or (self.required and not value)

    def _is_right(self, row: object) -> bool:
        if not isinstance(row, dict) or not row.keys() <= self.row.fields.keys():
            return False
        for name, fault, required in self._cells:
            cell = row.get(name)
            if required if cell is None else fault(cell):
                return False
        return True

    def _faults_of_entries(self, value: list[object]) -> dict[int, Any]:
        faults: dict[int, Any] = {}
        wrong = 0
        for index, row in enumerate(value):
            if found := self._faults_of_row(row):
                faults[index] = found
                wrong += not _may_be_hidden(found)
            if wrong == MOST_PROBLEMS:
                break
        return faults

    def _faults_of_row(self, row: object) -> list[str] | dict[str, Any]:
        return faults_of_answers(self.row, row) if isinstance(row, dict) else ["wrong_type"]


def _may_be_hidden(faults: list[str] | dict[Any, Any]) -> bool:
    """Whether a condition of the form may make nothing of what is wrong with a row."""
    if isinstance(faults, dict):
        return all(_may_be_hidden(told) for told in faults.values())
    return faults == ["required"]


def faults_of_answers(schema: Schema, answers: Mapping[str, object]) -> dict[str, Any]:
    """The codes of what is wrong with the answers, as marshmallow nests them.

    They are in the order of the schema, then of unknown fields. An unknown field is named if a
    field could be called so; else the whole has the code, for the name may be anything.
    """
    faults: dict[str, Any] = {}
    # Field by field: `schema.validate` would also build what it has read, at twice the time.
    for name, field in schema.fields.items():
        try:
            field.deserialize(answers.get(name, missing), name, answers)
        except ValidationError as found:
            faults[name] = found.messages
    for name in (name for name in answers if name not in schema.fields):
        faults[name if FIELD_NAME.fullmatch(name) else SCHEMA] = ["unknown_field"]
    return faults
