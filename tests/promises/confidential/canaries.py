"""What is planted, and how it is found in whatever an answer is written in."""

from __future__ import annotations

import base64
import binascii
import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

_MARK = "zqx"
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_DIGITS = 13
_UUID = rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_SHAPES = [
    re.compile(rb"(?i)" + _MARK.encode() + rb"[a-z0-9]{%d}" % _DIGITS),
    re.compile(_UUID),
    re.compile(_UUID + rb":k[0-9]+"),
    re.compile(_UUID + rb":conflict:[A-Za-z0-9:]+"),
    re.compile(rb"0[0-9A-HJKMNP-TV-Z]{25}"),  # ULID
    re.compile(rb"(?<![0-9a-z])[a-z]?[0-9a-z]{3}[0-9a-f]{29,32}(?![0-9a-z])"),  # revision, salt
    re.compile(rb"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])"),  # SHA-256
    re.compile(rb"[A-Za-z0-9+/]{22}=="),  # MD5
]
"""How everything that is planted looks."""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{20,}")
_HEX = re.compile(rb"(?i)(?:[0-9a-f]{2}){16,}")
_ESCAPED = re.compile(rb"\\u00([0-9a-fA-F]{2})")


@dataclass(frozen=True)
class Place:
    """Where something is planted; `kind` says what the other members name.

    Attributes:
        kind: `document` (of the case database), `refused` (one in quarantine), `record` (told with
            any of its documents), `local`, `device`, or `open` (a database).
        subject: the document's id, the record, the device or the database.
        owner: the user whose it is, where it is somebody's; with `local` user and device.
    """

    kind: str
    subject: str
    owner: str = ""


@dataclass
class Canaries:
    """All that is planted.

    Attributes:
        places: by what is planted, in small letters; the same name may stand in several places.
        names: those that are ids or revisions: who was once told them keeps them.
    """

    chance: random.Random
    places: dict[bytes, set[Place]] = field(default_factory=dict)
    names: set[bytes] = field(default_factory=set)

    def text(self, *places: Place) -> str:
        """A new word that stands in the content of some places."""
        word = _MARK + "".join(self.chance.choice(_LETTERS) for _ in range(_DIGITS))
        for place in places:
            self.plant(word, place)
        return word

    def plant(self, word: str, place: Place, *, is_name: bool = False) -> str:
        """Something that stands in a place, and is nowhere else."""
        key = word.lower().encode()
        self.places.setdefault(key, set()).add(place)
        if is_name:
            self.names.add(key)
        return word

    def found(self, answer: bytes) -> set[bytes]:
        """What is planted anywhere and occurs in an answer, in whatever it is written."""
        return {word for view in _views(answer) for word in _words(view) if word in self.places}


def _words(view: bytes) -> Iterator[bytes]:
    for shape in _SHAPES:
        for word in shape.findall(view):
            yield word.lower()


def _views(answer: bytes) -> Iterator[bytes]:
    """An answer as it is, and as what is escaped, percent-encoded, base64 or hex in it means."""
    yield answer
    if b"\\u00" in answer:
        yield _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), answer)
    if b"%" in answer:
        yield unquote_to_bytes(answer)
    for run in _BASE64.findall(answer):
        plain = run.translate(bytes.maketrans(b"-_", b"+/"))
        for start in range(4):
            part = plain[start:]
            yield base64.b64decode(part[: len(part) // 4 * 4])
    for run in _HEX.findall(answer):
        yield binascii.unhexlify(run)


def words_of(sent: Any) -> bytes:
    """All that a request says: who sends something knows it."""
    return json.dumps(sent, ensure_ascii=False, default=_as_text).encode()


def _as_text(sent: object) -> str:
    return sent.decode("latin-1") if isinstance(sent, bytes) else str(sent)
