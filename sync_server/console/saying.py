"""Texts of pages in the reader's language. They are in `messages/`, below `console.`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sync_server.messages import sentence

_APART, _TOGETHER = "\u2068", "\u2069"


@dataclass(frozen=True)
class Saying:
    """Says things in a language."""

    language: str

    def __call__(self, name: str, **parts: object) -> str:
        """The text of that name, its places filled.

        Raises:
            KeyError: there is no such text.
        """
        filled = {place: isolated(str(part)) for place, part in parts.items()}
        return sentence(f"console.{name}", self.language).format(**filled)

    def label(self, label: Mapping[str, str]) -> str:
        """A label of a form, or a name, in the language; else in the first of those that it has."""
        return label.get(self.language) or next(iter(label.values()))


def isolated(text: str) -> str:
    """A text whose direction of writing does not depend on what it is put between: a date stays
    one in the middle of Arabic.

    Source: Unicode Standard Annex 9, 2.5, FIRST STRONG ISOLATE.
    """
    return f"{_APART}{text}{_TOGETHER}" if text else text
