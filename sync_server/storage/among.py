"""Statements that name many ids: made once, and the same text whatever the number of ids.

A statement with a parameter for each id is built, compiled and planned anew for every number of
them; that was most of the CPU of a small write. Here all ids go in one parameter.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Select, Text, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY


@lru_cache
def rows_among(
    dialect: str, among: tuple[Column[Any], ...], columns: tuple[Column[Any], ...] = ()
) -> Select[Any]:
    """The rows of one database in which each column of `among` is one of its values.

    Its parameters are `database_id` and, for each of those columns, `<column's name>s`, as
    `values_parameter` makes it.

    Args:
        columns: what is selected; all columns of the table where none are named.
    """
    table = among[0].table
    statement = select(*columns) if columns else select(table)
    conditions = [_is_among(dialect, column) for column in among]
    return statement.where(table.c.database_id == bindparam("database_id"), *conditions)


def values_parameter(dialect: str, values: Sequence[Any]) -> Any:
    """The one parameter that stands for all of some texts or whole numbers."""
    return list(values) if dialect == "postgresql" else json.dumps(values)


def _is_among(dialect: str, column: Column[Any]) -> Any:
    name = f"{column.name}s"
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(column.type)))
    given = func.json_each(bindparam(name, type_=Text)).table_valued("value")
    return column.in_(select(given.c.value))
