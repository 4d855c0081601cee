"""What an edit has changed of a text, sentence by sentence, for readers who look for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from conflict.sequence_diff import changes
from conflict.texts import sentences

_FOLDED = "… "


@dataclass(frozen=True)
class Piece:
    """A piece of a text: kept, taken out or put in."""

    what: Literal["kept", "out", "in"]
    text: str


def pieces(before: str, after: str) -> list[Piece]:
    """The pieces from which a text and the one before it are made up; of what was kept only the
    sentences beside a change.
    """
    old, new = sentences(before), sentences(after)
    return [piece for piece in _pieces(old, new) if piece.text]


def _pieces(old: list[str], new: list[str]) -> Iterator[Piece]:
    done, is_first = 0, True
    for start, end, first, last in changes(_words(old), _words(new)):
        yield Piece("kept", _beside(old[done:start], after=not is_first, before=True))
        yield Piece("out", "".join(old[start:end]))
        yield Piece("in", "".join(new[first:last]))
        done, is_first = end, False
    yield Piece("kept", _beside(old[done:], after=not is_first, before=False))


def _words(each: list[str]) -> list[str]:
    """The sentences without the white space behind them, which alone is no change."""
    return [sentence.strip() for sentence in each]


def _beside(kept: list[str], *, after: bool, before: bool) -> str:
    """The kept sentences that stand after a change, or before one; the others folded."""
    shown = after + before
    if len(kept) <= shown + 1:
        return "".join(kept)
    head = kept[0] if after else ""
    tail = kept[-1] if before else ""
    return f"{head}{_FOLDED}{tail}"
