"""What a new revision of a form changes, and what of that it must not."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from schemas.definition import EXPRESSIONS, Field, Form
from schemas.definition_json import form_to_json
from schemas.paths import FieldPath, fields_by_path
from schemas.upgrades import first_names

Harmless = Literal["added", "renamed", "changed", "option_added", "option_replaced", "moved"]
Breaking = Literal[
    "removed",
    "type_changed",
    "option_removed",
    "name_used_before",
    "less_identifying",
    "cardinality_changed",
    "system_changed",
    "unknown_before",
]
ChangeCode = Harmless | Breaking
_TOLD_APART = ("name", "options", "fields", "renamed_from", "type")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a revision changes.

    Attributes:
        path: of the field, as `family.age`; empty for the form.
        about: what of it, such as `relevant`, or the code of an option.
    """

    path: str
    code: ChangeCode
    about: str = ""

    @property
    def is_breaking(self) -> bool:
        """Whether it would take the meaning from answers that are there, or share them with others.

        A document of an older revision is read by the newer one: what was answered has to have a
        place there. A field that is no longer to be asked gets the condition `false()`.
        """
        return self.code in get_args(Breaking)


def changes(new: Form, earlier: Sequence[Form]) -> tuple[Change, ...]:
    """What a revision changes.

    Args:
        earlier: all revisions before it, the last one last; none of a form's first, which may come
            from another programme with the names that it had there before.
    """
    if not earlier:
        return ()
    last = earlier[-1]
    found = [*_of_form(last, new), *_of_fields(last.fields, new.fields, ())]
    found += _names_with_two_meanings(new, earlier)
    return tuple(dict.fromkeys((*found, *_unknown_before(new, earlier))))


def _names_with_two_meanings(new: Form, earlier: Sequence[Form]) -> Iterator[Change]:
    """Fields whose name has had another type, or means what is called otherwise now.

    By the names that fields had first: rows may have been renamed around a cell.
    """
    types: dict[FieldPath, set[str]] = {}
    for at, form in enumerate(earlier, start=1):
        first = first_names(earlier[:at])
        for path, asked in fields_by_path(form):
            types.setdefault(first[path], set()).add(asked.type)
    first = first_names([*earlier, new])
    count = Counter(first.values())
    before = first_names(earlier)
    for path, asked in fields_by_path(new):
        told, known = ".".join(path), types.get(first[path], set())
        if known - {asked.type}:
            yield Change(told, "type_changed", asked.type)
        elif path in before:
            continue
        elif count[first[path]] > 1 or (known and first[path] not in before.values()):
            yield Change(told, "name_used_before")


def _unknown_before(new: Form, earlier: Sequence[Form]) -> Iterator[Change]:
    """Renames from names, and replacements of options, that no revision had: errors of typing."""
    names = {path[-1] for form in earlier for path, _ in fields_by_path(form)}
    codes = {
        option.code for form in earlier for _, one in fields_by_path(form) for option in one.options
    }
    for path, one in fields_by_path(new):
        for option in one.options:
            wrong = (code for code in option.replaces if code not in codes)
            yield from (Change(".".join(path), "unknown_before", code) for code in wrong)
        if one.renamed_from and one.renamed_from not in names:
            yield Change(".".join(path), "unknown_before", one.renamed_from)


def _of_form(last: Form, new: Form) -> Iterator[Change]:
    one, other = form_to_json(last), form_to_json(new)
    for key in ("title", "languages", "sections", "name", "machine", "consent", "survivors"):
        if one.get(key) != other.get(key):
            yield Change("", "changed", key)
    if last.cardinality != new.cardinality:
        yield Change("", "cardinality_changed", new.cardinality)
    if last.system != new.system:
        yield Change("", "system_changed")


def _of_fields(last: Sequence[Field], new: Sequence[Field], around: FieldPath) -> Iterator[Change]:
    before = {one.name: one for one in last}
    taken = [
        one.renamed_from if one.renamed_from in before and one.name not in before else one.name
        for one in new
    ]
    kept = [name for name in taken if name in before]
    if kept != [name for name in before if name in kept]:
        yield Change(".".join(around), "moved")
    for name in before:
        if name not in taken:
            yield Change(".".join((*around, name)), "removed")
    for name, one in zip(taken, new, strict=True):
        path = (*around, one.name)
        old = before.get(name or "")
        if old is None:
            yield Change(".".join(path), "added", one.type)
            continue
        if old.name != one.name:
            yield Change(".".join(path), "renamed", old.name)
        yield from _of_field(old, one, path)


def _of_field(old: Field, new: Field, path: FieldPath) -> Iterator[Change]:
    told = ".".join(path)
    if old.type != new.type:
        yield Change(told, "type_changed", new.type)
    if old.sensitivity == "identifying" != new.sensitivity:
        yield Change(told, "less_identifying")
    one, other = _members(old), _members(new)
    differ = [key for key in dict.fromkeys((*one, *other)) if one.get(key) != other.get(key)]
    told_of = [key for key in differ if key not in (*_TOLD_APART, "xpath")]
    if "xpath" in differ and not {*EXPRESSIONS} & {*told_of}:
        told_of.append("xpath")
    yield from (Change(told, "changed", key) for key in told_of)
    yield from _of_options(old, new, told)
    yield from _of_fields(old.fields, new.fields, path)


def _of_options(old: Field, new: Field, path: str) -> Iterator[Change]:
    before = {one.code: one for one in old.options}
    here = {one.code: one for one in new.options}
    replaced = {code for one in new.options for code in one.replaces}
    for code in before:
        if code not in here:
            is_replaced = code in replaced
            yield Change(path, "option_replaced" if is_replaced else "option_removed", code)
    yield from (Change(path, "option_added", code) for code in here if code not in before)
    kept = [code for code in before if code in here]
    if kept != [code for code in here if code in before] or any(
        (dict(before[code].label), dict(before[code].attributes), before[code].replaces)
        != (dict(here[code].label), dict(here[code].attributes), here[code].replaces)
        for code in kept
    ):
        yield Change(path, "changed", "options")


def _members(asked: Field) -> Mapping[str, Any]:
    """The members of a field as JSON, by which they are compared."""
    form = Form("k1", 1, {"en": ""}, "one", False, (asked,))
    (told,) = form_to_json(form)["fields"]
    return {key: json.dumps(value, sort_keys=True) for key, value in told.items()}
