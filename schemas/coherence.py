"""What in a definition is at odds with itself, found in JSON of any shape.

Everything here is the codes of problems, nested as marshmallow nests its messages.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from marshmallow.exceptions import SCHEMA

from schemas.conditions import faults_of_conditions
from schemas.definition import ROW_ID, FieldType
from schemas.merge_rules import faults_of_couples, faults_of_merging

_WITH_OPTIONS = ("select_one", "select_many")
_NUMBERS = ("integer", "decimal")

Faults = dict[Any, Any]


def faults_of_form(form: Mapping[str, Any]) -> Faults:
    """The codes of what is at odds between the fields of a form."""
    asked = form.get("fields")
    if not isinstance(asked, list):
        return {}
    if not asked:
        return {"fields": ["required"]}
    faults = _repeats(asked, "name")
    for index, code in faults_of_couples(asked):
        faults.setdefault(index, {})["couple"] = [code]
    identifying = {one.get("sensitivity") == "identifying" for one in _fields_and_cells(asked)}
    if len(identifying) == 2:
        faults[SCHEMA] = ["mixed_sensitivity"]
    for path, key, codes in faults_of_conditions(asked):
        _put(faults, path, key, codes)
    return {"fields": faults} if faults else {}


def faults_of_field(field: Mapping[str, Any]) -> Faults:
    """The codes of what is at odds with a field's type."""
    kind = field.get("type")
    if kind not in get_args(FieldType):
        return {}
    return {
        **_faults_of_range(kind, field.get("min"), field.get("max")),
        **faults_of_merging(field),
        **_faults_of_list(field, "options", kind in _WITH_OPTIONS, "code"),
        **_faults_of_list(field, "fields", kind == "rows", "name", ROW_ID),
    }


def _put(faults: Faults, path: tuple[int, ...], key: str, codes: list[str]) -> None:
    """Adds the codes of a key of a field, or of a cell of a field, to the others."""
    first, *cells = path
    place = faults.setdefault(first, {})
    for index in cells:
        place = place.setdefault("fields", {}).setdefault(index, {})
    place[key] = codes


def _faults_of_list(
    field: Mapping[str, Any], key: str, has_it: bool, named_by: str, *taken: str
) -> Faults:
    """Of a list that a field has, filled, or has not, by its type."""
    parts = field.get(key)
    if bool(parts) != has_it:
        return {key: ["not_allowed" if parts else "required"]}
    repeats = _repeats(parts, named_by, *taken)
    return {key: repeats} if repeats else {}


def _faults_of_range(kind: object, least: object, greatest: object) -> Faults:
    given = {"min": least, "max": greatest}
    if kind not in _NUMBERS:
        return {key: ["not_allowed"] for key, limit in given.items() if limit is not None}
    if isinstance(least, (int, float)) and isinstance(greatest, (int, float)) and least > greatest:
        return {"max": ["out_of_range"]}
    return {}


def _fields_and_cells(asked: list[Any]) -> Iterator[Mapping[str, Any]]:
    for one in asked:
        if isinstance(one, dict):
            yield one
            cells = one.get("fields")
            if isinstance(cells, list):
                yield from (cell for cell in cells if isinstance(cell, dict))


def _repeats(parts: object, key: str, *taken: str) -> Faults:
    """The code of every name in a list that stood before or is taken."""
    seen = {*taken}
    repeats: Faults = {}
    for index, part in enumerate(parts if isinstance(parts, list) else ()):
        name = part.get(key) if isinstance(part, dict) else None
        if not isinstance(name, str):
            continue
        if name in seen:
            repeats[index] = {key: ["duplicate"]}
        seen.add(name)
    return repeats
