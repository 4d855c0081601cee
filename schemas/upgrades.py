"""Answers of one revision of a form as the next one reads them: renamed, options replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from schemas.definition import MOST_LEVELS, Field, Form
from schemas.paths import FieldPath, fields_by_path
from schemas.sections import objects_in

Answers = Mapping[str, Any]
Path = tuple[str | int, ...]


def upgraded(form: Form, answers: Answers) -> Answers:
    """Answers that were given to the revision before `form`, as `form` reads them.

    What has no meaning in it stays as it is. The same object where nothing changes; the answers
    themselves are never changed.
    """
    if not _has_upgrades(form):
        return answers
    return _upgraded(form.fields, answers)


def _upgraded(fields: Sequence[Field], answers: Answers) -> dict[str, Any]:
    names = {one.name: one for one in fields}
    renamed = {one.renamed_from: one for one in fields if one.renamed_from}
    made: dict[str, Any] = {}
    for name, answer in answers.items():
        asked = names.get(name)
        if asked is None and name in renamed and renamed[name].name not in answers:
            asked = renamed[name]
        made[asked.name if asked else name] = answer if asked is None else _answer(asked, answer)
    return made


def _answer(asked: Field, answer: Any) -> Any:
    if asked.type == "rows" and isinstance(answer, list):
        return [_upgraded(asked.fields, row) if isinstance(row, dict) else row for row in answer]
    replaced = {code: option.code for option in asked.options for code in option.replaces}
    if not replaced:
        return answer
    if isinstance(answer, str):
        return replaced.get(answer, answer)
    if isinstance(answer, list):
        made: list[Any] = []
        for one in answer:
            code = replaced.get(one, one) if isinstance(one, str) else one
            if code not in made:
                made.append(code)
        return made
    if isinstance(answer, dict):
        return _tally(answer, replaced)
    return answer


def _tally(counts: Mapping[str, Any], replaced: Mapping[str, str]) -> dict[str, Any]:
    """Counts of what is one thing now are added up, unless one of them is no count."""
    made: dict[str, Any] = {}
    for code, count in counts.items():
        target = replaced.get(code, code)
        if target in made and not _are_counts(made[target], count):
            return dict(counts)
        made[target] = made[target] + count if target in made else count
    return made


def _are_counts(*values: Any) -> bool:
    return all(isinstance(one, int) and not isinstance(one, bool) for one in values)


@lru_cache(maxsize=1_024)
def _has_upgrades(form: Form) -> bool:
    return any(
        asked.renamed_from or any(one.replaces for one in asked.options)
        for _, asked in fields_by_path(form)
    )


def first_names(revisions: Sequence[Form]) -> Mapping[FieldPath, FieldPath]:
    """The names that the fields and cells of a form had first, by the paths that they have in its
    last revision.

    Args:
        revisions: those of one form, ascending.
    """
    first: dict[FieldPath, FieldPath] = {}
    for form in revisions:
        first = dict(_first_names(form.fields, first, (), ()))
    return first


def _first_names(
    fields: Sequence[Field],
    before: Mapping[FieldPath, FieldPath],
    around: FieldPath,
    was_around: FieldPath,
) -> Iterator[tuple[FieldPath, FieldPath]]:
    """Args:
    around, was_around: the path of the rows in this revision, and in the one before.
    """
    for one in fields:
        path, was = (*around, one.name), (*was_around, one.name)
        if was not in before and one.renamed_from:
            renamed = (*was_around, one.renamed_from)
            was = renamed if renamed in before else was
        yield path, before.get(was, (*before.get(was_around, was_around), was[-1]))
        yield from _first_names(one.fields, before, path, was)


def faults_of_upgrades(form: Mapping[str, Any], path: Path = ()) -> Iterator[tuple[Path, str]]:
    """What is wrong with the upgrades of a form's JSON: `duplicate` where two fields are renamed
    from one, or two options replace one; `not_allowed` where what is renamed or replaced is there.
    """
    fields = list(objects_in(form.get("fields")))
    names = {one.get("name") for _, one in fields if isinstance(one.get("name"), str)}
    seen: set[str] = set()
    for index, one in fields:
        place = (*path, "fields", index)
        before = one.get("renamed_from")
        if isinstance(before, str):
            if before in names or before in seen:
                yield (*place, "renamed_from"), "duplicate" if before in seen else "not_allowed"
            seen.add(before)
        yield from _faults_of_options(one, place)
        if len(path) < 2 * MOST_LEVELS:
            yield from faults_of_upgrades(one, place)


def _faults_of_options(field: Mapping[str, Any], path: Path) -> Iterator[tuple[Path, str]]:
    options = list(objects_in(field.get("options")))
    codes = {one.get("code") for _, one in options if isinstance(one.get("code"), str)}
    seen: set[str] = set()
    for index, one in options:
        replaces = one.get("replaces")
        for at, code in enumerate(replaces if isinstance(replaces, list) else ()):
            if isinstance(code, str) and (code in codes or code in seen):
                place = (*path, "options", index, "replaces", at)
                yield place, "duplicate" if code in seen else "not_allowed"
            elif isinstance(code, str):
                seen.add(code)
