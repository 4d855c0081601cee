"""Statements that name many ids: made once, and the same text whatever the number of ids.

A statement with a parameter for each id is built, compiled and planned anew for every number of
them; that was most of the CPU of a small write. Here all ids go in one parameter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Select,
    TableValuedAlias,
    Text,
    any_,
    bindparam,
    func,
    literal_column,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY


@lru_cache
def rows_among(
    dialect: str, among: Column[Any], columns: tuple[Column[Any], ...] = ()
) -> Select[Any]:
    """The rows of one database in which a column is one of its values, each once.

    Its parameters are `database_id` and `<column's name>s`, as `values_parameter` makes it.

    Args:
        columns: what is selected; all columns of the table where none are named.
    """
    return found_among(dialect, among, select(*columns) if columns else select(among.table))


def found_among(dialect: str, among: Column[Any], rows: Select[Any]) -> Select[Any]:
    """Those of some rows, of one database, in which a column is one of its values.

    Args:
        among: the first behind `database_id` in an index.
        rows: with every other condition, and with the lock, if there is one: what is added outside
            comes after the look. Locks are taken in the order of the values.
    """
    name = f"{among.name}s"
    if dialect == "postgresql":
        values = func.unnest(bindparam(name, type_=ARRAY(among.type)))
        given = values.table_valued("value").render_derived()
        return _each_found(given, rows, {among: given.c.value})
    listed = func.json_each(bindparam(name, type_=Text)).table_valued("value")
    return _of_one_database(rows, among).where(among.in_(select(listed.c.value)))


def is_among(dialect: str, column: Column[Any], name: str) -> ColumnElement[bool]:
    """That a column is one of the values of a parameter, as `values_parameter` makes it."""
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    listed = func.json_each(bindparam(name, type_=Text)).table_valued("value")
    return column.in_(select(listed.c.value))


@lru_cache
def rows_of_pairs(
    dialect: str, columns: tuple[Column[Any], Column[Any]], *selected: Column[Any]
) -> Select[Any]:
    """The rows of one database in which two columns of texts are one of some pairs.

    Each pair is one look into the index. Two lists of values, with a condition each, would be
    looked up one by the other: a million looks for a thousand pairs.

    Its parameters are `database_id` and `pairs_parameters`.
    """
    rows = select(*selected)
    if dialect == "postgresql":
        firsts, seconds = (
            bindparam(name, type_=ARRAY(column.type))
            for name, column in zip(("firsts", "seconds"), columns, strict=True)
        )
        given = func.unnest(firsts, seconds).table_valued("one", "other").render_derived()
        return _each_found(given, rows, {columns[0]: given.c.one, columns[1]: given.c.other})
    listed = func.json_each(bindparam("pairs", type_=Text)).table_valued("value")
    pairs = select(*(func.json_extract(listed.c.value, f"$[{at}]") for at in (0, 1)))
    return _of_one_database(rows, columns[0]).where(tuple_(*columns).in_(pairs))


def _each_found(
    given: TableValuedAlias, rows: Select[Any], wanted: Mapping[Column[Any], ColumnElement[Any]]
) -> Select[Any]:
    """For each of the given values the rows in which some columns equal it.

    PostgreSQL would often rather read all of a database's rows and leave out the others: without
    statistics, as after an installation, it takes databases for small. `OFFSET 0` leaves it no
    other way than one look for each value, which is why the plan may be made once and kept.

    Source: PostgreSQL's source, optimizer/prep/prepjointree.c, is_simple_subquery: what has an
    OFFSET is planned by itself.
    """
    among = next(iter(wanted))
    equal = (column == value for column, value in wanted.items())
    found = _of_one_database(rows, among).where(*equal).offset(literal_column("0")).lateral()
    return select(*found.c).select_from(given.join(found, true()))


def _of_one_database(rows: Select[Any], column: Column[Any]) -> Select[Any]:
    return rows.where(column.table.c.database_id == bindparam("database_id"))


def pairs_parameters(dialect: str, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The parameters that stand for all of some pairs of texts."""
    if dialect == "postgresql":
        return {"firsts": [one for one, _ in pairs], "seconds": [other for _, other in pairs]}
    return {"pairs": json.dumps(pairs)}


def values_parameter(dialect: str, values: Sequence[Any]) -> Any:
    """The one parameter that stands for all of some texts or whole numbers."""
    return list(values) if dialect == "postgresql" else json.dumps(values)
