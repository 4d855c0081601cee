"""Tablets that send what they saved, save by save, to a server that knows one current document."""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass, field

from bench.quality.document import Data
from bench.quality.outcome import TypeIn


@dataclass
class Saved:
    """What was saved: the answers before and after."""

    before: Data
    after: Data

    @property
    def changes(self) -> Data:
        """The fields that were changed, with their new answers."""
        names = self.after.keys() | self.before.keys()
        return {
            name: deepcopy(self.after.get(name))
            for name in sorted(names)
            if differ(self.after.get(name), self.before.get(name))
        }


@dataclass
class Tablet:
    """What a tablet shows, what it has not sent, and the server's version that it fetched last."""

    data: Data
    version: int = 0
    unsent: list[Saved] = field(default_factory=list)

    def edit(self, type_in: TypeIn) -> None:
        """Saves the form."""
        saved = Saved(self.data, type_in(self.data))
        self.data = saved.after
        self.unsent.append(saved)


def differ(one: object, other: object) -> bool:
    """Whether two answers are written differently."""
    return json.dumps(one, sort_keys=True) != json.dumps(other, sort_keys=True)
