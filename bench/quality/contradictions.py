"""For each kind of unit: whether the acts that stand contradict each other, and what is right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, permutations

from bench.quality.acts import (
    Act,
    AddRow,
    Arrange,
    Choose,
    CopyRow,
    Edit,
    Move,
    Path,
    RemoveRow,
    Reword,
    SentenceAct,
    SetTogether,
    SetValue,
    Strike,
    SwapNames,
    apart,
)
from bench.quality.document import (
    Data,
    cells_of,
    is_chosen,
    row_at,
    row_ids,
    sentences_at,
    stand_in,
    value_at,
)
from bench.quality.form import RISK, TOGETHER, Kind, field_at
from bench.quality.meaning import MISSING, same, same_together
from bench.quality.sentences import Wordings, changed, same_text, written
from bench.quality.typing_in import separator, typed
from bench.quality.units import Deed, Unit, UnitKind


@dataclass(frozen=True)
class Found:
    """What is right for a unit.

    Attributes:
        asks: whether a person has to decide.
        right: whether a document shows what was meant.
        shown: by path, what the acts come to where that is more than all of them done in turn.
    """

    asks: bool
    right: Callable[[Data], bool]
    shown: Mapping[Path, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """What there is to find out about a unit."""

    path: Path
    standing: tuple[Deed, ...]
    base: Data
    wordings: Wordings

    @property
    def acts(self) -> list[Act]:
        """The acts that stand."""
        return [deed.act for deed in self.standing]

    @property
    def authors(self) -> int:
        """How many edits the acts are from."""
        return len({deed.edit.number for deed in self.standing})


def replaces(kind: UnitKind, later: Act, earlier: Act) -> bool:
    """Whether an act, done by somebody who saw an earlier one on the same unit, takes its place."""
    if kind is UnitKind.TEXT:
        assert isinstance(later, SentenceAct)
        assert isinstance(earlier, SentenceAct)
        return later.sentence == earlier.sentence and _decides(later, earlier)
    if kind is UnitKind.ROW:
        return isinstance(later, RemoveRow) or isinstance(earlier, RemoveRow)
    if kind in (UnitKind.COPY, UnitKind.TWINS):
        return type(later) is type(earlier) is SetValue and later.path == earlier.path
    return True


def _decides(later: SentenceAct, earlier: SentenceAct) -> bool:
    """Who touches a sentence that another struck wants to keep it."""
    if isinstance(later, Strike):
        return True
    return type(later) is type(earlier) or isinstance(earlier, Strike)


def is_as_before(unit: Unit, act: Act, base: Data) -> bool:
    """Whether an act gives a unit what it had in the beginning."""
    match act:
        case SetValue(path, value) if unit.kind is UnitKind.VALUE:
            return same(value_at(base, path), value, field_at(path).kind)
        case Choose(path, option, chosen):
            return is_chosen(base, path, option) == chosen
        case SetTogether(group, values):
            return same_together(group, _answers(base, group), dict(values))
        case Arrange(path, order):
            return [row for row in row_ids(base, path) if row in order] == list(order)
    return False


def _value(finding: Finding) -> Found:
    kind = field_at(finding.path).kind
    values = [act.value for act in finding.acts if isinstance(act, SetValue)]
    meant = values or [value_at(finding.base, finding.path)]
    differ = any(not same(meant[0], other, kind) for other in meant)
    asks = differ or (kind is Kind.ASK and finding.authors > 1)
    return Found(asks, lambda data: same(value_at(data, finding.path, MISSING), meant[0], kind))


def _together(finding: Finding) -> Found:
    group = finding.path[0]
    answers: list[dict[str, object]] = [
        dict(act.values) for act in finding.acts if isinstance(act, SetTogether)
    ]
    answers = answers or [_answers(finding.base, group)]
    if group == "safety":  # the most protective is taken, and the supervisor told
        top = max(RISK.index(str(one["risk_level"])) for one in answers)
        answers = [one for one in answers if RISK.index(str(one["risk_level"])) == top]
    asks = any(not same_together(group, answers[0], other) for other in answers)
    return Found(
        asks,
        lambda data: same_together(group, answers[0], _answers(data, group)),
        {(name,): value for name, value in answers[0].items()},
    )


def _answers(data: Data, group: str) -> dict[str, object]:
    return {name: data.get(name) for name in TOGETHER[group]}


def _option(finding: Finding) -> Found:
    path, option = finding.path[:-1], finding.path[-1]
    chosen = any(act.chosen for act in finding.acts if isinstance(act, Choose))
    if not finding.acts:
        chosen = is_chosen(finding.base, path, option)
    return Found(False, lambda data: is_chosen(data, path, option) == chosen)


def _text(finding: Finding) -> Found:
    asks = any(
        apart(one.edit, other.edit) and _clash(one.act, other.act)
        for one, other in combinations(finding.standing, 2)
    )
    texts = list(_texts(finding))
    return Found(
        asks,
        lambda data: any(same_text(value_at(data, finding.path) or "", text) for text in texts),
        {finding.path: texts[0]},
    )


def _clash(one: Act, other: Act) -> bool:
    assert isinstance(one, SentenceAct)
    assert isinstance(other, SentenceAct)
    if one.sentence != other.sentence:
        return False
    match one, other:
        case Reword(), Reword():
            return not same(one.words, other.words)
        case Move(), Move():
            return one.behind != other.behind
        case (Strike(), Reword() | Move()) | (Reword() | Move(), Strike()):
            return True
    return False


def _texts(finding: Finding) -> Iterator[str]:
    """Every text that all acts come to: where two put something at one place, either order does."""
    start = sentences_at(finding.base, finding.path, finding.wordings)
    edits = {deed.edit.number: deed.edit for deed in finding.standing}
    for order in permutations(edits.values()):
        if any(later.number in one.seen for one, later in combinations(order, 2)):
            continue
        sentences = start
        for edit in order:
            for act in _sentence_acts(finding, edit):
                sentences = changed(sentences, act)
        yield written(sentences, separator(field_at(finding.path).kind))


def _sentence_acts(finding: Finding, edit: Edit) -> Iterable[SentenceAct]:
    return (
        deed.act
        for deed in finding.standing
        if deed.edit is edit and isinstance(deed.act, SentenceAct)
    )


def _row(finding: Finding) -> Found:
    removed = [act for act in finding.acts if isinstance(act, RemoveRow)]
    kept = [act for act in finding.acts if not isinstance(act, RemoveRow)]
    if removed:
        return Found(bool(kept), lambda data: row_at(data, finding.path) is None)
    added = next((dict(act.cells) for act in kept if isinstance(act, AddRow)), {})
    changed_since = {act.path[2] for act in kept if not isinstance(act, AddRow | SetTogether)}
    cells = {name: value for name, value in added.items() if name not in changed_since}
    return Found(False, lambda data: _holds(row_at(data, finding.path), cells))


def _holds(row: Mapping[str, object] | None, cells: Mapping[str, object]) -> bool:
    return row is not None and all(same(row.get(name), value) for name, value in cells.items())


def _order(finding: Finding) -> Found:
    """Who only pulled up a row that others do not have left the others' order alone."""
    orders = [act.order for act in finding.acts if isinstance(act, Arrange)]
    now = row_ids(finding.base, finding.path)
    shared = {*now}.intersection(*orders)
    before = [row for row in now if row in shared]
    restricted = [[row for row in order if row in shared] for order in orders]
    meant = [order for order in restricted if order != before] or [before]
    asks = any(meant[0] != other for other in meant)
    return Found(asks, lambda data: stand_in(data, finding.path, meant[0]))


def _copy(finding: Finding) -> Found:
    """The row with all that was meant for it, if it was not removed, and the copy as it was made.

    The copy may have got an id of its own.
    """
    rows, row_id = finding.path
    copies = [dict(act.cells) for act in finding.acts if isinstance(act, CopyRow)]
    others = [act for act in finding.acts if not isinstance(act, CopyRow)]
    row = row_at(typed(finding.base, others, finding.wordings), finding.path)
    known = {*row_ids(finding.base, (rows,))} - {row_id}

    def is_right(data: Data) -> bool:
        left = [one for one in data.get(rows) or () if one["id"] not in known]
        for wanted in (*([row] if row else []), *copies):
            cells = cells_of(wanted)
            found = next((one for one in left if _same_row(cells_of(one), cells)), None)
            if found is None:
                return False
            left.remove(found)
        return all(one["id"] != row_id for one in left)

    return Found(_cells_differ(finding.standing), is_right)


def _same_row(one: Mapping[str, object], other: Mapping[str, object]) -> bool:
    return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)


def _twins(finding: Finding) -> Found:
    """Who filled in a row meant the child whose name they saw there."""
    swaps = [deed for deed in finding.standing if isinstance(deed.act, SwapNames)]
    others = [deed for deed in finding.standing if not isinstance(deed.act, SwapNames)]
    meant_before = any(apart(one.edit, other.edit) for one in swaps for other in others)
    asks = meant_before or _cells_differ(finding.standing)
    rows = [finding.path[:2], (finding.path[0], finding.path[2])]
    picture = typed(finding.base, finding.acts, finding.wordings)
    return Found(
        asks,
        lambda data: all(_holds(row_at(data, row), row_at(picture, row) or {}) for row in rows),
    )


def _cells_differ(standing: Iterable[Deed]) -> bool:
    cells = [(deed.edit, deed.act) for deed in standing if isinstance(deed.act, SetValue)]
    return any(
        one.path == other.path and apart(edit, others) and not same(one.value, other.value)
        for (edit, one), (others, other) in combinations(cells, 2)
    )


FIND: Mapping[UnitKind, Callable[[Finding], Found]] = {
    UnitKind.VALUE: _value,
    UnitKind.TOGETHER: _together,
    UnitKind.OPTION: _option,
    UnitKind.TEXT: _text,
    UnitKind.ROW: _row,
    UnitKind.ORDER: _order,
    UnitKind.COPY: _copy,
    UnitKind.TWINS: _twins,
}
