"""What commands print in columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import click


def state(is_active: bool) -> str:
    """Whether somebody or something may come in."""
    return "may come in" if is_active else "shut out"


def cases(count: int) -> str:
    """How many cases."""
    return f"{count} case" if count == 1 else f"{count} cases"


def print_table(rows: Sequence[Sequence[str]], otherwise: str) -> None:
    """Prints rows in columns; a sentence where there are none."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo(_padded(row, widths))
    if not rows:
        click.echo(otherwise)


def _padded(row: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
