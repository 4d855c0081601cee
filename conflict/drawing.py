"""The authored graph drawn as text: one line a revision, what is newer above."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conflict.graph import AuthoredGraph
from conflict.revision import Rev


def drawing(graph: AuthoredGraph, label: Callable[[Rev], str]) -> Iterator[str]:
    """The lines of the drawing, such as `| o  2-39098e  amina  on 1-203438`.

    A column is a line of edits that goes on below: `*` a head, `o` any other revision, `|` a line
    that the revision is no part of. Edits in different columns did not see each other.

    Args:
        label: what to write beside a revision.
    """
    columns: list[Rev] = []
    for rev in sorted(graph.parents, reverse=True):
        if rev not in columns:
            columns.append(rev)
        place = columns.index(rev)
        parents = sorted(graph.parents[rev], reverse=True)
        marks = ["|"] * len(columns)
        marks[place] = "*" if rev in graph.heads else "o"
        seen = f"  on {', '.join(short(parent) for parent in parents)}" if parents else ""
        yield f"{' '.join(marks)}  {short(rev)}  {label(rev)}{seen}"
        new = [parent for parent in parents if parent not in columns]
        columns[place : place + 1] = new


def short(rev: Rev) -> str:
    """A revision id as people compare it by eye."""
    return f"{rev.generation}-{rev.digest[:6]}"
