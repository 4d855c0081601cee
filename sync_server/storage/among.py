"""Statements that name many ids: made once, and the same text whatever the number of ids.

A statement with a parameter for each id is built, compiled and planned anew for every number of
them; that was most of the CPU of a small write. Here all ids go in one parameter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Select, Text, any_, bindparam, func, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY


@lru_cache
def rows_among(
    dialect: str, among: Column[Any], columns: tuple[Column[Any], ...] = ()
) -> Select[Any]:
    """The rows of one database in which a column is one of its values.

    Its parameters are `database_id` and `<column's name>s`, as `values_parameter` makes it.

    Args:
        columns: what is selected; all columns of the table where none are named.
    """
    table = among.table
    statement = select(*columns) if columns else select(table)
    return statement.where(
        table.c.database_id == bindparam("database_id"), _is_among(dialect, among)
    )


@lru_cache
def rows_of_pairs(
    dialect: str, columns: tuple[Column[Any], Column[Any]], *selected: Column[Any]
) -> Select[Any]:
    """The rows of one database in which two columns of texts are one of some pairs.

    Each pair is one look into the index. Two lists of values, with a condition each, would be
    looked up one by the other: a million looks for a thousand pairs.

    Its parameters are `database_id` and `pairs_parameters`.
    """
    table = columns[0].table
    if dialect == "postgresql":
        firsts, seconds = (
            bindparam(name, type_=ARRAY(column.type))
            for name, column in zip(("firsts", "seconds"), columns, strict=True)
        )
        given = func.unnest(firsts, seconds).table_valued("one", "other").render_derived()
        pairs = select(given.c.one, given.c.other)
    else:
        listed = func.json_each(bindparam("pairs", type_=Text)).table_valued("value")
        pairs = select(*(func.json_extract(listed.c.value, f"$[{at}]") for at in (0, 1)))
    return select(*selected).where(
        table.c.database_id == bindparam("database_id"), tuple_(*columns).in_(pairs)
    )


def pairs_parameters(dialect: str, pairs: Sequence[tuple[str, str]]) -> dict[str, Any]:
    """The parameters that stand for all of some pairs of texts."""
    if dialect == "postgresql":
        return {"firsts": [one for one, _ in pairs], "seconds": [other for _, other in pairs]}
    return {"pairs": json.dumps(pairs)}


def values_parameter(dialect: str, values: Sequence[Any]) -> Any:
    """The one parameter that stands for all of some texts or whole numbers."""
    return list(values) if dialect == "postgresql" else json.dumps(values)


def _is_among(dialect: str, column: Column[Any]) -> Any:
    name = f"{column.name}s"
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    given = func.json_each(bindparam(name, type_=Text)).table_valued("value")
    return column.in_(select(given.c.value))
