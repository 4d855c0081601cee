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
from bench.quality.form import Kind, field_at
from bench.quality.sentences import Wordings, changed, read, written

Data = dict[str, Any]
Row = dict[str, Any]


def typed(data: Data, acts: Iterable[Act], wordings: Wordings) -> Data:
    """The answers after acts; the given ones stay as they are."""
    after = deepcopy(data)
    for act in acts:
        _TYPE[type(act)](after, act, wordings)
    return after


def value_at(data: Data, path: Path, missing: object = None) -> Any:
    """The value of a field or cell."""
    if len(path) == 1:
        return data.get(path[0], missing)
    row = row_at(data, path)
    return missing if row is None else row.get(path[2], missing)


def row_at(data: Data, path: Path) -> Row | None:
    """The first row of an id."""
    return next((row for row in data.get(path[0]) or () if row["id"] == path[1]), None)


def separator(path: Path) -> str:
    """What stands between two sentences, or two lines."""
    return "\n" if field_at(path).kind is Kind.LOG else " "


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
    sentences = read(value_at(data, act.path) or "", wordings)
    put(data, act.path, written(changed(sentences, act), separator(act.path)))


def _add_row(data: Data, act: AddRow, _: Wordings) -> None:
    data[act.path[0]].append({"id": act.path[1], **deepcopy(dict(act.cells))})


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
    rows.insert(place, {"id": act.path[1], **deepcopy(dict(act.cells))})


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
