"""Parts of a document that differ although nobody meant them to."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from bench.quality.acts import AddRow, CopyRow, Edit, Path, RemoveRow
from bench.quality.document import Data, Row, cells_of
from bench.quality.form import FORM, Field, Kind
from bench.quality.meaning import same
from bench.quality.units import Unit, UnitKind


def strays(base: Data, data: Data, meant: Collection[Unit], edits: Collection[Edit]) -> list[Unit]:
    """The units that differ from the first document although no act is about them."""
    paths = {path for unit in meant if unit.kind is not UnitKind.ROW for path in unit.covered()}
    found: list[Unit] = []
    for field in FORM:
        if field.kind is Kind.ROWS:
            found += _stray_rows(field, base[field.name], data.get(field.name) or [], paths, edits)
        else:
            found += _stray(field, (field.name,), base.get(field.name), data.get(field.name), paths)
    return found


def _stray(
    field: Field, path: Path, before: object, after: object, paths: Collection[Path]
) -> Iterator[Unit]:
    if field.kind is Kind.MULTI:
        one, other = _options(before), _options(after)
        for option in sorted(one ^ other):
            if (*path, option) not in paths:
                yield Unit(UnitKind.OPTION, (*path, option))
    elif path not in paths and not same(before, after, field.kind):
        yield Unit(UnitKind.VALUE, path)


def _options(value: object) -> set[str]:
    return {*value} if isinstance(value, list) else set()


def _stray_rows(
    field: Field,
    before: list[Row],
    after: list[Row],
    paths: Collection[Path],
    edits: Collection[Edit],
) -> Iterator[Unit]:
    acts = [act for edit in edits for act in edit.acts]
    added = {act.path for act in acts if isinstance(act, AddRow)}
    removed = {act.path for act in acts if isinstance(act, RemoveRow)}
    rows = {row["id"]: row for row in before}
    # Which of the two keeps the id, the row or its copy, is a question of the unit of both.
    copies = [act for act in acts if isinstance(act, CopyRow)]
    copied = [dict(act.cells) for act in copies]
    copied += [cells_of(rows[act.path[1]]) for act in copies if act.path[1] in rows]
    ids = [row["id"] for row in after]
    for row in after:
        path = (field.name, row["id"])
        is_known = path in added or row["id"] in rows
        if not is_known and cells_of(row) not in copied:
            yield Unit(UnitKind.ROW, path)
        if ids.count(row["id"]) > 1 and path not in paths:
            yield Unit(UnitKind.COPY, path)
        elif row["id"] in rows and path not in paths:
            yield from _stray_cells(field, path, rows[row["id"]], row, paths)
    for row_id in rows:
        if row_id not in ids and (field.name, row_id) not in removed:
            yield Unit(UnitKind.ROW, (field.name, row_id))


def _stray_cells(
    field: Field, row: Path, before: Row, after: Row, paths: Collection[Path]
) -> Iterator[Unit]:
    for cell in field.cells:
        path = (*row, cell.name)
        yield from _stray(cell, path, before.get(cell.name), after.get(cell.name), paths)
