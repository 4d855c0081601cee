"""What commands print in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import click


def state(is_active: bool) -> str:
    """Whether somebody or something may come in."""
    return "may come in" if is_active else "shut out"


def cases(count: int) -> str:
    """How many cases."""
    return f"{count} case" if count == 1 else f"{count} cases"


def minute(at: float) -> str:
    """A moment, in the time of this machine.

    Args:
        at: in seconds since 1970.
    """
    return f"{datetime.fromtimestamp(at).astimezone():%Y-%m-%d %H:%M %z}"


def print_list(headings: str, rows: Sequence[Sequence[str]], otherwise: str) -> None:
    """Prints rows in columns below their headings; a sentence where there are none.

    Args:
        headings: with commas between them.
    """
    if rows:
        print_columns([headings.upper().split(", "), *rows])
    else:
        click.echo(otherwise)


def print_columns(rows: Sequence[Sequence[str]]) -> None:
    """Prints rows in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo(_padded(row, widths))


def _padded(row: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
