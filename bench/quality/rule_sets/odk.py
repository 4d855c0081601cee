"""ODK Central's entities: the last update is applied; one made on another version is flagged.

Source, read in the repository getodk/central-backend, `lib/model/query/entities.js`:
- `_updateEntity`: if the version that an update is based on is not the server's current one, the
  update is a conflict: *hard*, with the names of the properties that the server has changed since
  and that the update gives another value, or *soft* where there is none. The data are merged
  property by property either way, the update's win. A hard conflict is never downgraded.
- `_computeBaseVersion`: a second save made offline is based on the version that the first became;
  `_interruptedBranch`: if another update came between, that is a soft conflict.
A person looks at all versions and marks the conflict as resolved.

Read in its favour here: a save holds only the properties that it changed; a person is asked about
the properties that a hard conflict names, and, of a soft one, about those that both sides changed
since they parted; they are shown all versions. An entity has flat text properties only, so rows are
one property.
"""

from __future__ import annotations

from copy import deepcopy

from bench.quality.document import Data
from bench.quality.outcome import Outcome, TypeIn
from bench.quality.rule_sets.tablets import Saved, Tablet, differ


class Odk:
    """Central, and the devices with its entity list."""

    def __init__(self, base: Data) -> None:
        self.base = base
        self.versions = [deepcopy(base)]
        self.conflicting: set[str] = set()
        self.tablets: dict[str, Tablet] = {}

    def edit(self, who: str, type_in: TypeIn) -> None:
        """See RuleSet."""
        self.tablets.setdefault(who, Tablet(self.base)).edit(type_in)

    def push(self, who: str) -> None:
        """See RuleSet."""
        tablet = self.tablets.setdefault(who, Tablet(self.base))
        fetched, own = tablet.version, set[int]()
        for saved in tablet.unsent:
            self._update(saved, tablet.version)
            tablet.version = len(self.versions) - 1
            if own:
                self.conflicting |= self._changed_by_others(fetched, own) & saved.changes.keys()
            own.add(tablet.version)
        tablet.unsent.clear()

    def pull(self, who: str) -> None:
        """See RuleSet."""
        self.tablets[who] = Tablet(deepcopy(self.versions[-1]), len(self.versions) - 1)

    def _update(self, saved: Saved, version: int) -> None:
        current, base = self.versions[-1], self.versions[version]
        if version != len(self.versions) - 1:
            self.conflicting |= {
                name
                for name, value in saved.changes.items()
                if differ(current.get(name), base.get(name)) and differ(current.get(name), value)
            }
        self.versions.append({**deepcopy(current), **saved.changes})

    def _changed_by_others(self, fetched: int, own: set[int]) -> set[str]:
        """What others changed since a tablet fetched; that interrupts its branch."""
        others = range(fetched + 1, len(self.versions) - 1)
        return {
            name
            for number in others
            if number not in own
            for name in self.versions[number]
            if differ(self.versions[number][name], self.versions[number - 1].get(name))
        }

    def outcome(self) -> Outcome:
        """See RuleSet."""
        shown = tuple(self.versions)
        return Outcome(self.versions[-1], {(name,): shown for name in sorted(self.conflicting)})
