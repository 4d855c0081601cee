"""What stands in a document: its answers, found by the paths that acts name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bench.quality.acts import Path
from bench.quality.sentences import Sentence, Wordings, read

Data = dict[str, Any]
Row = dict[str, Any]


def value_at(data: Data, path: Path, missing: object = None) -> Any:
    """The value of a field or cell."""
    if len(path) == 1:
        return data.get(path[0], missing)
    row = row_at(data, path)
    return missing if row is None else row.get(path[2], missing)


def row_at(data: Data, path: Path) -> Row | None:
    """The first row of an id."""
    return next((row for row in data.get(path[0]) or () if row["id"] == path[1]), None)


def cells_of(row: Row) -> Row:
    """A row without its id."""
    return {name: value for name, value in row.items() if name != "id"}


def is_chosen(data: Data, path: Path, option: str) -> bool:
    """Whether an option of a set is ticked."""
    return option in (value_at(data, path) or ())


def sentences_at(data: Data, path: Path, wordings: Wordings) -> list[Sentence]:
    """The sentences of a text, or the lines of a log."""
    return read(value_at(data, path) or "", wordings)


def row_ids(data: Data, path: Path) -> list[str]:
    """The ids of a list's rows in their order, one that stands twice in its first place."""
    return list(dict.fromkeys(row["id"] for row in data.get(path[0]) or ()))


def stand_in(data: Data, path: Path, order: Sequence[str]) -> bool:
    """Whether those rows of a list that an order names stand in it."""
    ids = row_ids(data, path)
    return [row for row in ids if row in order] == [row for row in order if row in ids]
