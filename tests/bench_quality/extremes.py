"""Two rule sets that must fail: one asks about everything, the other about nothing."""

from __future__ import annotations

from bench.quality.outcome import Outcome
from bench.quality.rule_sets.kanaf import Kanaf


class AlwaysAsk(Kanaf):
    """A person decides about every field that differs between any two versions."""

    def outcome(self) -> Outcome:
        documents = tuple(body["data"] for body in self.bodies.values() if "data" in body)
        shown = super().outcome().data
        differing = {
            name for one in documents for name in one if one[name] != documents[0].get(name)
        }
        return Outcome(shown, {(name,): documents for name in differing})


class AlwaysMerge(Kanaf):
    """What Kanaf shows until a person decides is taken for decided."""

    def outcome(self) -> Outcome:
        return Outcome(super().outcome().data)
