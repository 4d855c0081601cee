"""Field by field: the answers that a save changed replace those of the server, silently.

What many systems with a REST interface do: the request holds the changed members of the document,
a list of rows is one member.
"""

from __future__ import annotations

from copy import deepcopy

from bench.quality.document import Data
from bench.quality.outcome import Outcome, TypeIn
from bench.quality.rule_sets.tablets import Saved, Tablet


class FieldPatch:
    """A server that applies patches as they come in."""

    def __init__(self, base: Data) -> None:
        self.base = base
        self.data = deepcopy(base)
        self.tablets: dict[str, Tablet] = {}

    def edit(self, who: str, type_in: TypeIn) -> None:
        """See RuleSet."""
        self.tablets.setdefault(who, Tablet(self.base)).edit(type_in)

    def push(self, who: str) -> None:
        """See RuleSet."""
        tablet = self.tablets.setdefault(who, Tablet(self.base))
        for saved in tablet.unsent:
            self.apply(saved)
        tablet.unsent.clear()

    def pull(self, who: str) -> None:
        """See RuleSet."""
        self.tablets[who] = Tablet(deepcopy(self.data))

    def apply(self, saved: Saved) -> None:
        """Takes one save over."""
        self.data.update(saved.changes)

    def outcome(self) -> Outcome:
        """See RuleSet."""
        return Outcome(self.data)
