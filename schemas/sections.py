"""Sections: neighbouring questions under one heading, which may be asked under one condition."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from marshmallow.exceptions import SCHEMA

from schemas.definition import MOST_LEVELS, Field, Form, Section

Path = tuple[str | int, ...]
Fault = tuple[Path, str]
"""Where in a definition, and the code."""


def sections_around(asked: Field, sections: Sequence[Section]) -> tuple[Section, ...]:
    """The sections that a field is in, the outermost first."""
    by_name = {one.name: one for one in sections}
    chain: list[Section] = []
    name = asked.section
    while name is not None:
        chain.append(by_name[name])
        name = by_name[name].within
    return tuple(reversed(chain))


def all_sections(form: Form | Field) -> Iterator[Section]:
    """The sections of a form, and of its rows."""
    yield from form.sections
    for one in form.fields:
        yield from all_sections(one)


def faults_of_sections(form: Mapping[str, Any], path: Path = ()) -> Iterator[Fault]:
    """What is wrong with the sections of a form's JSON and of its rows.

    `duplicate`: a section of that name stood before. `unknown_section`: a field is in, or a section
    within, one that is not there or stands behind it. `misplaced_section`: a section that no field
    is in, whose fields are no neighbours, or that stands in the list where its fields do not.
    """
    around: dict[str, str | None] = {}
    yield from _faults_of_names(form, path, around)
    begun = yield from _faults_of_fields(form, path, around)
    for name, expected in zip_longest(around, begun):
        if name != expected:
            yield (*path, "sections", SCHEMA), "misplaced_section"
            break
    if len(path) < 2 * MOST_LEVELS:
        for index, one in objects_in(form.get("fields")):
            yield from faults_of_sections(one, (*path, "fields", index))


def _faults_of_names(
    form: Mapping[str, Any], path: Path, around: dict[str, str | None]
) -> Iterator[Fault]:
    """Enters the sections, each with the name of the one around it."""
    for index, one in objects_in(form.get("sections")):
        name, within = one.get("name"), one.get("within")
        if not isinstance(name, str):
            continue
        if name in around:
            yield (*path, "sections", index, "name"), "duplicate"
            continue
        is_known = isinstance(within, str) and within in around
        if isinstance(within, str) and not is_known:
            yield (*path, "sections", index, "within"), "unknown_section"
        around[name] = within if is_known else None


def _faults_of_fields(
    form: Mapping[str, Any], path: Path, around: Mapping[str, str | None]
) -> Generator[Fault, None, list[str]]:
    """Returns the sections in the order in which their fields begin."""
    begun: list[str] = []
    before: list[str] = []
    for index, one in objects_in(form.get("fields")):
        name = one.get("section")
        if isinstance(name, str) and name not in around:
            yield (*path, "fields", index, "section"), "unknown_section"
        chain = _chain(name, around)
        if any(section in begun and section not in before for section in chain):
            yield (*path, "fields", index, "section"), "misplaced_section"
        begun += [section for section in chain if section not in begun]
        before = chain
    return begun


def _chain(name: object, around: Mapping[str, str | None]) -> list[str]:
    """A section with those around it, the outermost first."""
    chain: list[str] = []
    while isinstance(name, str) and name in around:
        chain.append(name)
        name = around[name]
    return chain[::-1]


def objects_in(parts: object) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """The objects in a list of JSON, by their index; nothing of what is no list."""
    for index, one in enumerate(parts if isinstance(parts, list) else ()):
        if isinstance(one, dict):
            yield index, one
