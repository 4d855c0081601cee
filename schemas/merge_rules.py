"""Which merge rules a type of field may have, and which fields may be merged as one."""

from collections.abc import Iterator, Mapping
from typing import Any, get_args

from schemas.definition import FieldType, MergeRule

_ANY: tuple[MergeRule, ...] = ("changed", "ask", "fixed")
_MORE: Mapping[FieldType, tuple[MergeRule, ...]] = {
    "text": ("text", "append"),
    "long_text": ("text", "append"),
    "integer": ("highest",),
    "decimal": ("highest",),
    "ordered_choice": ("highest",),
    "select_many": ("union",),
    "form_codes": ("union",),
}

_COUPLING: tuple[MergeRule, ...] = (*_ANY, "highest")
"""The rules of fields that may be coupled: those that take an answer as a whole."""


def _rules_of(kind: FieldType) -> tuple[MergeRule, ...]:
    """The rules that fields of a type may have, the default first."""
    return ("rows",) if kind == "rows" else (*_ANY, *_MORE.get(kind, ()))


def faults_of_merging(field: Mapping[str, Any]) -> dict[str, list[str]]:
    """The codes of what is at odds in how a field of a known type is to be merged, by key."""
    rules = _rules_of(field["type"])
    rule = rules[0] if field.get("merge") is None else field["merge"]
    faults: dict[str, list[str]] = {}
    if rule not in get_args(MergeRule):
        return faults
    if rule not in rules:
        faults["merge"] = ["not_allowed"]
    if rule not in _COUPLING and field.get("couple") is not None:
        faults["couple"] = ["not_allowed"]
    return faults


def faults_of_couples(asked: list[Any]) -> Iterator[tuple[int, str]]:
    """The coupled fields of a form, by index, of which a group is made that is none.

    `lonely_couple`: no other field is in its group. `two_highest`: one before it in its group is
    merged by `highest` too, and there is no saying which of two answers protects more.
    `half_fixed`: it is fixed and others of its group are not, but they change together or not at
    all.
    """
    groups: dict[str, list[int]] = {}
    for index, field in enumerate(asked):
        if isinstance(field, dict) and isinstance(field.get("couple"), str):
            groups.setdefault(field["couple"], []).append(index)
    for members in groups.values():
        if len(members) == 1:
            yield members[0], "lonely_couple"
        ranked = [index for index in members if asked[index].get("merge") == "highest"]
        yield from ((index, "two_highest") for index in ranked[1:])
        fixed = [index for index in members if asked[index].get("merge") == "fixed"]
        if len(fixed) < len(members):
            yield from ((index, "half_fixed") for index in fixed)
