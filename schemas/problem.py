"""What is wrong with a document, said without repeating what stands in it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from marshmallow.exceptions import SCHEMA

MOST_PROBLEMS = 100
"""So many problems of one document are told; a hostile one could hold a million."""


_INDEX = re.compile(r"\[[0-9]+\]")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, and where.

    `path` leads to it from the top: `age`, `needs[2]`, `fields[0].label.so`; empty for the whole.
    `code` is stable and made for programs (`required`, `wrong_type`, ...). Neither ever holds an
    answer, so a problem may be logged and shown to people who may not see the case.
    """

    path: str
    code: str

    @property
    def names(self) -> tuple[str, ...]:
        """The steps of the path, without the indices: of `family[2].age` `family` and `age`."""
        return tuple(_INDEX.sub("", self.path).split("."))


def problems_in(messages: Mapping[Any, Any], path: str = "") -> Iterator[Problem]:
    """The problems in marshmallow's nested messages, each message being a code, in their order.

    Recurses as deep as the marshmallow schema nests, whatever the depth of the data.
    """
    for key, found in messages.items():
        place = _below(path, key)
        if isinstance(found, Mapping):
            yield from problems_in(found, place)
        else:
            yield from (Problem(place, code) for code in found)


def _below(path: str, key: str | int) -> str:
    if key == SCHEMA:
        return path
    if isinstance(key, int):
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
