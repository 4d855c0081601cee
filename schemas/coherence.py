"""What in a definition is at odds with itself, found in JSON of any shape.

Everything here is the codes of problems, nested as marshmallow nests its messages.
"""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from marshmallow.exceptions import SCHEMA

from schemas.conditions import CHOICE, faults_of_conditions
from schemas.definition import MOST_LEVELS, ROW_ID, SELECTS, FieldType
from schemas.languages import faults_of_texts
from schemas.merge_rules import faults_of_couples, faults_of_merging
from schemas.sections import faults_of_sections
from schemas.upgrades import faults_of_upgrades

_WITH_OPTIONS = (*SELECTS, "tally")
_OF_ANSWERS = ("required", "constraint", "calculation", "default", "couple", "protected")
_NUMBERS = ("integer", "decimal")

Faults = dict[Any, Any]


def faults_of_form(form: Mapping[str, Any]) -> Faults:
    """The codes of what is at odds between the parts of a form."""
    faults: Faults = {}
    for path, code in _faults_by_path(form):
        place = faults
        for step in path[:-1]:
            place = place.setdefault(step, {})
        place.setdefault(path[-1], []).append(code)
    return faults


def _faults_by_path(form: Mapping[str, Any]) -> Iterator[tuple[tuple[Any, ...], str]]:
    asked, languages = form.get("fields"), form.get("languages")
    yield from faults_of_sections(form)
    yield from faults_of_upgrades(form)
    yield from ((("languages", *path), code) for path, code in _faults_of_names(languages, "code"))
    yield from faults_of_texts(form)
    yield from ((("fields", *path), code) for path, code in _faults_of_names(asked, "name"))
    yield from _faults_of_reserved(asked)
    if not isinstance(asked, list):
        return
    for index, code in faults_of_couples(asked):
        yield ("fields", index, "couple"), code
    if len({one.get("sensitivity") == "identifying" for one in _fields_and_cells(asked)}) == 2:
        yield ("fields", SCHEMA), "mixed_sensitivity"
    for path, codes in faults_of_conditions(form):
        yield from ((path, code) for code in codes)


def _faults_of_reserved(asked: object, path: tuple[Any, ...] = ()) -> Iterator[Any]:
    """Questions that a choice filter would take for what it knows of an option."""
    for index, one in enumerate(asked if isinstance(asked, list) else ()):
        if isinstance(one, dict) and len(path) <= 2 * MOST_LEVELS:
            place = (*path, "fields", index)
            if one.get("name") == CHOICE:
                yield (*place, "name"), "reserved_name"
            yield from _faults_of_reserved(one.get("fields"), place)


def _faults_of_names(parts: object, key: str) -> Iterator[tuple[tuple[Any, ...], str]]:
    """A list that is empty, and names that stood before."""
    if parts == []:
        yield (), "required"
    for index, faults in _repeats(parts, key).items():
        yield (index, key), faults[key][0]


def faults_of_field(field: Mapping[str, Any]) -> Faults:
    """The codes of what is at odds with a field's type."""
    kind = field.get("type")
    if kind not in get_args(FieldType):
        return {}
    return {
        **_faults_of_calculation(kind, field),
        **_faults_of_filter(kind, field),
        **_faults_of_range(kind, field.get("min"), field.get("max")),
        **faults_of_merging(field),
        **_faults_of_list(field, "options", kind in _WITH_OPTIONS, "code"),
        **_faults_of_list(field, "fields", kind == "rows", "name", ROW_ID),
    }


def _faults_of_list(
    field: Mapping[str, Any], key: str, has_it: bool, named_by: str, *taken: str
) -> Faults:
    """Of a list that a field has, filled, or has not, by its type."""
    parts = field.get(key)
    if bool(parts) != has_it:
        return {key: ["not_allowed" if parts else "required"]}
    repeats = _repeats(parts, named_by, *taken)
    return {key: repeats} if repeats else {}


def _faults_of_calculation(kind: object, field: Mapping[str, Any]) -> Faults:
    """Nobody answers what is calculated, and nobody or nothing a note."""
    if kind == "calculated" and field.get("calculation") is None:
        return {"calculation": ["required"]}
    if kind != "note":
        return {}
    answered = [key for key in _OF_ANSWERS if field.get(key) not in (None, False)]
    return {key: ["not_allowed"] for key in answered}


def _faults_of_filter(kind: object, field: Mapping[str, Any]) -> Faults:
    if field.get("choice_filter") is None or kind in SELECTS:
        return {}
    return {"choice_filter": ["not_allowed"]}


def _faults_of_range(kind: object, least: object, greatest: object) -> Faults:
    given = {"min": least, "max": greatest}
    if kind not in _NUMBERS:
        return {key: ["not_allowed"] for key, limit in given.items() if limit is not None}
    if isinstance(least, (int, float)) and isinstance(greatest, (int, float)) and least > greatest:
        return {"max": ["out_of_range"]}
    return {}


def _fields_and_cells(asked: object, level: int = 0) -> Iterator[Mapping[str, Any]]:
    for one in asked if isinstance(asked, list) else ():
        if isinstance(one, dict) and level <= MOST_LEVELS:
            yield one
            yield from _fields_and_cells(one.get("fields"), level + 1)


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
