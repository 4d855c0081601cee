"""Where the questions of a form are, and which of them a name means."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from schemas.definition import Field, Form

FieldPath = tuple[str, ...]
"""The name of a field; behind it, that of a cell in its rows, and so on."""


def fields_by_path(
    within: Form | Field, around: FieldPath = ()
) -> Iterator[tuple[FieldPath, Field]]:
    """All fields and cells of a form, or of rows at a path, each before its own cells."""
    for one in within.fields:
        path = (*around, one.name)
        yield path, one
        yield from fields_by_path(one, path)


def meant(name: str, rows: FieldPath, questions: Collection[FieldPath]) -> FieldPath:
    """The path of what a name means that stands in rows.

    A cell of the nearest rows that have one of that name, else something of the document.

    Args:
        name: as an expression has it; behind a point, a cell or a part of the answer.
        rows: the path of the rows; empty in the document.
        questions: the paths of all fields and cells.
    """
    steps = tuple(name.split("."))
    inside = (rows[:length] for length in range(len(rows), 0, -1))
    around = next((one for one in inside if (*one, steps[0]) in questions), ())
    return (*around, *steps)
