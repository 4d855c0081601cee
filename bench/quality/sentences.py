"""Texts as sentences (or lines) with identities."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from unicodedata import normalize

from bench.quality.acts import Move, Reword, SentenceAct, Strike, Write

_END = re.compile(r"(?<=[.؟])\s+|\n")
Wordings = Mapping[str, str]
"""The identity of every sentence that anybody wrote, by its words (in NFC)."""


@dataclass(frozen=True)
class Sentence:
    """A sentence; a struck one keeps its place, so that others can still be put behind it."""

    identity: str
    words: str
    is_struck: bool = False


def parts(text: str) -> list[str]:
    """The sentences of a text, or the lines of a log."""
    return [part.strip() for part in _END.split(text) if part.strip()]


def same_text(one: str, other: str) -> bool:
    """Whether two texts say the same in the same order; white space is not what was meant."""
    return _composed(one) == _composed(other)


def read(text: str, wordings: Wordings) -> list[Sentence]:
    """A text as its sentences; one that nobody wrote is its own identity."""
    found = []
    for words in parts(text):
        known = normalize("NFC", words)
        found.append(Sentence(wordings.get(known, known), words))
    return found


def written(sentences: Sequence[Sentence], separator: str) -> str:
    """The text of sentences."""
    return separator.join(one.words for one in sentences if not one.is_struck)


def changed(sentences: Sequence[Sentence], act: SentenceAct) -> list[Sentence]:
    """The sentences after an act. Who means to reword one that is gone writes it at the end."""
    match act:
        case Reword():
            if act.sentence not in _identities(sentences):
                return [*sentences, Sentence(act.sentence, act.words)]
            return _replaced(sentences, act.sentence, words=act.words)
        case Strike():
            return _replaced(sentences, act.sentence, is_struck=True)
        case Write():
            if act.sentence in _identities(sentences):
                return list(sentences)
            return _behind(sentences, Sentence(act.sentence, act.words), act.behind)
        case Move():
            here = [one for one in sentences if one.identity == act.sentence]
            rest = [one for one in sentences if one.identity != act.sentence]
            return _behind(rest, here[0], act.behind) if here else list(sentences)


def _identities(sentences: Sequence[Sentence]) -> set[str]:
    return {one.identity for one in sentences}


def _replaced(sentences: Sequence[Sentence], identity: str, **changes: object) -> list[Sentence]:
    return [
        replace(one, **changes) if one.identity == identity else one  # type: ignore[arg-type]
        for one in sentences
    ]


def _behind(sentences: Sequence[Sentence], new: Sentence, behind: str) -> list[Sentence]:
    if not behind:
        return [new, *sentences]
    places = [place for place, one in enumerate(sentences) if one.identity == behind]
    place = places[0] + 1 if places else len(sentences)
    return [*sentences[:place], new, *sentences[place:]]


def _composed(text: str) -> list[str]:
    return [normalize("NFC", part) for part in parts(text)]
