"""The languages of a form: what its texts may be written in, and what is not translated yet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow.exceptions import SCHEMA

from schemas.definition import MOST_LEVELS, Field, Form, Label, Option, Section

_OF_FIELD = ("label", "hint", "constraint_message")
_DEEPEST = 2 * (MOST_LEVELS + 1)
"""Steps to the options of the innermost cell; nothing in a definition lies deeper."""
Path = tuple[str | int, ...]
Fault = tuple[Path, str]
"""Where in a definition, and the code."""


def missing_translations(form: Form) -> tuple[tuple[str, str], ...]:
    """The texts that are not there in every language of a form: path and language, in its order."""
    return tuple(
        (path, language.code)
        for path, text in _texts(form)
        for language in form.languages
        if not text.get(language.code)
    )


def machine_translations(form: Form) -> dict[str, int]:
    """How many texts of a form were translated and not read yet, by language."""
    count = Counter[str]()
    for part in _parts(form):
        texts = [getattr(part, key, None) for key in ("title", *_OF_FIELD)]
        told = [text for text in texts if text is not None]
        count.update({one: sum(one in text for text in told) for one in part.machine})
    return {one.code: count[one.code] for one in form.languages if count[one.code]}


def _parts(within: Form | Field) -> Iterator[Form | Section | Field | Option]:
    yield within
    yield from within.sections
    for one in within.fields:
        yield from one.options
        yield from _parts(one)


def _texts(form: Form) -> Iterator[tuple[str, Label]]:
    yield "title", form.title
    yield from _texts_of_sections(form.sections, "sections")
    yield from _texts_of_fields(form.fields, "fields")


def _texts_of_sections(sections: tuple[Section, ...], where: str) -> Iterator[tuple[str, Label]]:
    for index, one in enumerate(sections):
        if one.label is not None:
            yield f"{where}[{index}].label", one.label


def _texts_of_fields(fields: tuple[Field, ...], where: str) -> Iterator[tuple[str, Label]]:
    for index, one in enumerate(fields):
        place = f"{where}[{index}]"
        for key in _OF_FIELD:
            if (text := getattr(one, key)) is not None:
                yield f"{place}.{key}", text
        for at, option in enumerate(one.options):
            yield f"{place}.options[{at}].label", option.label
        yield from _texts_of_sections(one.sections, f"{place}.sections")
        yield from _texts_of_fields(one.fields, f"{place}.fields")


def faults_of_texts(form: Mapping[str, Any]) -> Iterator[Fault]:
    """What is wrong with the languages of the texts in a form's JSON: `required` where one is not
    in the form's first language, `unknown_language` where it is in one that the form has not,
    `machine_in_consent` where somebody would agree to what nobody has read.
    """
    languages = form.get("languages")
    named = [one.get("code") for one in _objects(languages)]
    codes = [code for code in named if isinstance(code, str)]
    if not codes:
        return
    for path, text in _texts_in(form, ("title",)):
        if codes[0] not in text:
            yield (*path, codes[0]), "required"
        yield from (((*path, one), "unknown_language") for one in text if one not in codes)
    if form.get("consent") is True:
        yield from ((path, "machine_in_consent") for path in _machine_in(form))


def _texts_in(
    part: Mapping[str, Any], keys: tuple[str, ...], path: tuple[str | int, ...] = ()
) -> Iterator[tuple[tuple[str | int, ...], Mapping[str, Any]]]:
    for key in keys:
        if isinstance(part.get(key), dict):
            yield (*path, key), part[key]
    for key, texts in (
        ("sections", ("label",)),
        ("fields", _OF_FIELD),
        ("options", ("label",)),
    ):
        for index, one in enumerate(_objects(part.get(key))):
            if len(path) <= _DEEPEST:
                yield from _texts_in(one, texts, (*path, key, index))


def _machine_in(part: Mapping[str, Any], path: Path = ()) -> Iterator[Path]:
    if part.get("machine"):
        yield (*path, "machine", SCHEMA)
    for key in ("sections", "fields", "options"):
        for index, one in enumerate(_objects(part.get(key))):
            if len(path) <= _DEEPEST:
                yield from _machine_in(one, (*path, key, index))


def _objects(parts: object) -> list[dict[str, Any]]:
    """The entries of a list; what is no object among them is as if it had no members."""
    listed = parts if isinstance(parts, list) else []
    return [one if isinstance(one, dict) else {} for one in listed]
