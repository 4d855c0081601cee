"""JSON that is written already, and JSON around it."""

from __future__ import annotations

import json
from typing import Any

import orjson


class Written:
    """A value as JSON; `written` puts it into what it is a part of as it is."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content


def written(value: Any) -> bytes:
    """JSON; half a character, which a client may have sent as an id, is escaped as it came."""
    try:
        return orjson.dumps(value, default=_as_it_is)
    except TypeError:  # orjson writes UTF-8 only
        return json.dumps(value, default=_taken_apart).encode("ascii")


def _as_it_is(value: object) -> orjson.Fragment:
    if isinstance(value, Written):
        return orjson.Fragment(value.content)
    raise TypeError


def _taken_apart(value: object) -> Any:
    if isinstance(value, Written):
        return json.loads(value.content)
    raise TypeError
