"""An outcome held against the truth."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.quality.acts import (
    Act,
    AddRow,
    Arrange,
    Choose,
    CopyRow,
    Path,
    RemoveRow,
    Reword,
    SetTogether,
    SetValue,
    Strike,
    SwapNames,
)
from bench.quality.document import Data, is_chosen, row_at, sentences_at, stand_in, value_at
from bench.quality.form import field_at
from bench.quality.histories import History
from bench.quality.meaning import MISSING, same
from bench.quality.outcome import Outcome
from bench.quality.sentences import Wordings
from bench.quality.truth import Ruling, Truth
from bench.quality.units import Deed, Unit, UnitKind

MERGED = 0.95
"""The share of units that has to be settled without a human."""


@dataclass
class Verdict:
    """How one outcome did, or many.

    Attributes:
        units: that somebody touched while somebody else worked on the document apart from them.
        shared: those of them that two touched apart from each other.
        asked, asked_of_shared: those that were left to a person.
        needed: those that only a person can decide.
        unnecessary: that were left to a person, although nobody contradicted anybody.
        wrong: that show, without a word, what nobody meant, or only what one of several meant.
        lost: acts that nobody has knowingly changed since, and of which the outcome shows nothing
            and asks and tells nobody.
    """

    histories: int = 0
    units: int = 0
    shared: int = 0
    asked: int = 0
    asked_of_shared: int = 0
    needed: int = 0
    unnecessary: list[tuple[int, Unit]] = field(default_factory=list)
    wrong: list[tuple[int, Unit]] = field(default_factory=list)
    lost: list[tuple[int, Unit]] = field(default_factory=list)

    def add(self, history: History, truth: Truth, outcome: Outcome) -> None:
        """Judges one more outcome."""
        self.histories += 1
        seed = history.seed
        for ruling in truth.rulings.values():
            is_asked = asked(ruling.unit, outcome)
            self._count(ruling, is_asked)
            if is_asked and ruling.asks is False:
                self.unnecessary.append((seed, ruling.unit))
            if not is_asked and (ruling.asks or not ruling.right(outcome.data)):
                self.wrong.append((seed, ruling.unit))
            self.lost += [(seed, ruling.unit)] * _lost(ruling, outcome, history.wordings)
        self.wrong += [
            (seed, unit) for unit in truth.strays(outcome.data) if not asked(unit, outcome)
        ]

    def _count(self, ruling: Ruling, is_asked: bool) -> None:
        self.units += ruling.touched
        self.shared += ruling.shared
        self.asked += ruling.touched and is_asked
        self.asked_of_shared += ruling.shared and is_asked
        self.needed += ruling.touched and ruling.asks is True

    @property
    def merged_share(self) -> float:
        """The share of units that were settled without a person, rightly or not."""
        return 1 - self.asked / max(self.units, 1)

    @property
    def merged_share_of_shared(self) -> float:
        """The same of the units that two touched apart."""
        return 1 - self.asked_of_shared / max(self.shared, 1)

    @property
    def asked_unnecessarily(self) -> float:
        """The share of units that were left to a person without need."""
        return len(self.unnecessary) / max(self.units, 1)

    @property
    def missed(self) -> list[str]:
        """The bars that a merger for child protection has to reach, and that this one does not."""
        bars = {
            f"at least {MERGED:.0%} settled without a human": self.merged_share >= MERGED,
            "no wrong silent merge": not self.wrong,
            "no lost edit": not self.lost,
        }
        return [bar for bar, is_reached in bars.items() if not is_reached]

    def figures(self) -> dict[str, float]:
        """The figures of the issue, and those that they are shares of."""
        return {
            "merged_share": self.merged_share,
            "asked_unnecessarily": self.asked_unnecessarily,
            "wrong_silent_merges": len(self.wrong),
            "lost_edits": len(self.lost),
            "histories": self.histories,
            "units": self.units,
            "units_touched_by_two": self.shared,
            "merged_share_of_units_touched_by_two": self.merged_share_of_shared,
            "share_that_needs_a_human": self.needed / max(self.units, 1),
        }


def asked(unit: Unit, outcome: Outcome) -> bool:
    """Whether an outcome leaves a unit to a person."""
    return any(unit.is_asked_about_by(question) for question in outcome.questions)


def _lost(ruling: Ruling, outcome: Outcome, wordings: Wordings) -> int:
    """How many acts are lost. Where the outcome is right none is, unless a rule overruled some."""
    is_overruling = ruling.unit.kind is UnitKind.TOGETHER
    if ruling.asks is False and ruling.right(outcome.data) and not is_overruling:
        return 0
    documents = [outcome.data, *_shown(ruling.unit, outcome)]
    return sum(
        1
        for deed in ruling.standing
        if not _is_overruled(deed, ruling)
        and not any(_shows(data, deed.act, wordings) for data in documents)
    )


def _shown(unit: Unit, outcome: Outcome) -> Iterable[Data]:
    for parts in (outcome.questions, outcome.told):
        for path, documents in parts.items():
            if unit.is_asked_about_by(path):
                yield from documents


def _is_overruled(deed: Deed, ruling: Ruling) -> bool:
    """An option that one unticked stays by rule where another ticked it: nothing of it can show."""
    is_unticking = isinstance(deed.act, Choose) and not deed.act.chosen
    return is_unticking and any(
        isinstance(other.act, Choose) and other.act.chosen for other in ruling.standing
    )


def _shows(data: Data, act: Act, wordings: Wordings) -> bool:
    """Whether a document shows what somebody did."""
    match act:
        case SetValue(path, value):
            return same(value_at(data, path, MISSING), value, field_at(path).kind)
        case SetTogether(_, values):
            return all(same(data.get(name), value) for name, value in values)
        case Choose(path, option, chosen):
            return is_chosen(data, path, option) == chosen
        case Reword(path, _, words):
            return any(same(one.words, words) for one in sentences_at(data, path, wordings))
        case Strike(path, sentence):
            return sentence not in _sentences(data, path, wordings)
        case AddRow(path) | CopyRow(path):
            return any(_is_row(row, path, act) for row in data.get(path[0]) or ())
        case RemoveRow(path):
            return row_at(data, path) is None
        case Arrange(path, order):
            return stand_in(data, path, order)
        case SwapNames(path, other, names):
            rows = (path, (path[0], other))
            shown = [value_at(data, (*row, "name")) for row in rows]
            return any(map(same, shown, names))  # the other may have been named anew since
    return act.sentence in _sentences(data, act.path, wordings)


def _sentences(data: Data, path: Path, wordings: Wordings) -> list[str]:
    return [one.identity for one in sentences_at(data, path, wordings)]


def _is_row(row: dict[str, object], path: Path, act: AddRow | CopyRow) -> bool:
    if isinstance(act, AddRow):
        return row["id"] == path[1]
    return same(row.get("name"), dict(act.cells).get("name"))  # its id may be one of its own
