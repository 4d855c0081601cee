"""What people are told: a sentence for each code, in the languages of the programmes.

Codes are for programs and never change their meaning; sentences are for people and may be improved
at any time. None of them holds an answer or a setting.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files

LANGUAGES = ("en", "ar", "so", "fr")
"""The languages that every sentence is written in; the first is the one to fall back to."""

_RANGE = re.compile(
    r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9-]*)?\s*(?:;\s*[qQ]\s*=\s*([01](?:\.[0-9]*)?)\s*)?"
)


def sentence(code: str, language: str) -> str:
    """What a person is told of `code`; in English where `language` is none of `LANGUAGES`.

    Raises:
        KeyError: there is no such code.
    """
    return _sentences(language if language in LANGUAGES else LANGUAGES[0])[code]


def has_sentence(code: str) -> bool:
    """Whether there is a sentence for a code."""
    return code in _sentences(LANGUAGES[0])


def language_of(accept_language: str | None) -> str:
    """The language of `LANGUAGES` that an `Accept-Language` header prefers; English where none.

    The greatest quality counts, the earlier one where two are equal. `ar-SD` asks for `ar`. What is
    malformed is passed over.

    Source: RFC 9110, 12.4.2 and 12.5.4.
    """
    best, best_quality = LANGUAGES[0], 0.0
    for asked in (accept_language or "").split(","):
        match = _RANGE.fullmatch(asked)
        if match is None or match[1].lower() not in LANGUAGES:
            continue
        quality = min(float(match[2] or 1), 1.0)
        if quality > best_quality:
            best, best_quality = match[1].lower(), quality
    return best


@lru_cache(maxsize=len(LANGUAGES))
def _sentences(language: str) -> Mapping[str, str]:
    """The sentences of one language by code, as shipped in the package."""
    text = files(__name__).joinpath(f"{language}.json").read_text("utf-8")
    sentences: dict[str, str] = json.loads(text)
    return sentences
