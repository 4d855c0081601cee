"""What a tablet makes of an act: the body that is saved."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from copy import deepcopy
from typing import Any

from bench.quality.acts import (
    Act,
    AddRow,
    Arrange,
    Choose,
    CopyRow,
    Move,
    Path,
    RemoveRow,
    Reword,
    SetTogether,
    SetValue,
    Strike,
    SwapNames,
    Write,
)
from bench.quality.document import Data, Row, row_at, sentences_at, value_at
from bench.quality.form import Kind, field_at
from bench.quality.sentences import Wordings, changed, written


def typed(data: Data, acts: Iterable[Act], wordings: Wordings) -> Data:
    """The answers after acts; the given ones stay as they are."""
    after = deepcopy(data)
    for act in acts:
        _TYPE[type(act)](after, act, wordings)
    return after


def separator(kind: Kind) -> str:
    """What stands between two sentences, or two lines."""
    return "\n" if kind is Kind.LOG else " "


def put(data: Data, path: Path, value: object) -> None:
    """Gives a field or cell a value; who sees no such row types nothing into it."""
    if len(path) == 1:
        data[path[0]] = value
        return
    row = row_at(data, path)
    if row is not None:
        row[path[2]] = value


def _set(data: Data, act: SetValue, _: Wordings) -> None:
    put(data, act.path, act.value)


def _set_together(data: Data, act: SetTogether, _: Wordings) -> None:
    data.update(act.values)


def _choose(data: Data, act: Choose, _: Wordings) -> None:
    chosen = {*(value_at(data, act.path) or ())} - {act.option}
    put(data, act.path, sorted(chosen | ({act.option} if act.chosen else set())))


def _write(data: Data, act: Reword | Strike | Write | Move, wordings: Wordings) -> None:
    sentences = changed(sentences_at(data, act.path, wordings), act)
    put(data, act.path, written(sentences, separator(field_at(act.path).kind)))


def _add_row(data: Data, act: AddRow, _: Wordings) -> None:
    data[act.path[0]].append(_row(act))


def _remove_row(data: Data, act: RemoveRow, _: Wordings) -> None:
    rows = data[act.path[0]]
    rows[:] = [row for row in rows if row["id"] != act.path[1]]


def _arrange(data: Data, act: Arrange, _: Wordings) -> None:
    rows = data[act.path[0]]
    place = {row_id: number for number, row_id in enumerate(act.order)}
    rows.sort(key=lambda row: place.get(row["id"], len(place)))


def _copy_row(data: Data, act: CopyRow, _: Wordings) -> None:
    rows = data[act.path[0]]
    places = [place for place, row in enumerate(rows) if row["id"] == act.path[1]]
    place = (places[0] if places else len(rows)) + (not act.above)
    rows.insert(place, _row(act))


def _row(act: AddRow | CopyRow) -> Row:
    return {"id": act.path[1], **deepcopy(dict(act.cells))}


def _swap_names(data: Data, act: SwapNames, _: Wordings) -> None:
    for row_id, name in zip((act.path[1], act.other), act.names, strict=True):
        put(data, (act.path[0], row_id, "name"), name)


_TYPE: dict[type, Callable[[Data, Any, Wordings], None]] = {
    SetValue: _set,
    SetTogether: _set_together,
    Choose: _choose,
    Reword: _write,
    Strike: _write,
    Write: _write,
    Move: _write,
    AddRow: _add_row,
    RemoveRow: _remove_row,
    Arrange: _arrange,
    CopyRow: _copy_row,
    SwapNames: _swap_names,
}
