"""Merging: the value of every unit, from the set of those who wrote it.

The value of a unit is a function of W(u), the writers of u that no other writer of u has seen, and
of nothing else: not of pairs, not of the order of arrival, not of any tablet's clock. So every
server that holds the same heads finds the same body and the same open units.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from conflict.canonical import Json
from conflict.decision import Decision, How, decision, existence, row_order
from conflict.graph import AuthoredGraph
from conflict.minting import Version
from conflict.past import History
from conflict.revision import Rev, maybe_rev
from conflict.row_ids import arranged, moved
from conflict.rules import Body, FieldRule, FormRules, Rule
from conflict.tree import Kind
from conflict.units import EXISTENCE, Shape, Unit
from conflict.value import MISSING, Missing, Value, equal
from conflict.writers import Meaning, OpenEdit, Standing, Writer, standing
from conflict.writes import Writes, writes

Bodies = Mapping[Rev, Body]
"""Bodies by revision, without `_id` and `_rev`."""


@dataclass(frozen=True)
class Merged:
    """What a set of heads comes to.

    Attributes:
        body: the document's, without `merge`; an open unit shows one of its values.
        decisions: what became of each unit that differs anywhere; the others nobody has changed.
        deleted: whether all who had a say have deleted the document.
        is_as_written: whether one head stands alone and says all of it.
    """

    body: dict[str, Json]
    decisions: Mapping[Unit, Decision]
    deleted: bool
    is_as_written: bool = False

    @property
    def open(self) -> dict[Unit, Decision]:
        """The units left to a person."""
        return {unit: one for unit, one in self.decisions.items() if one.is_open}

    @property
    def told(self) -> dict[Unit, Decision]:
        """The units that are decided, and of which a supervisor is to be told until one settles
        them, if only for the value that stands.
        """
        return {unit: one for unit, one in self.decisions.items() if one.tell}

    def settled_by(self, heads: Collection[Rev]) -> bool:
        """Whether one of the heads decided between others."""
        return any(one.settlements & {*heads} for one in self.decisions.values())


def merged(
    graph: AuthoredGraph,
    bodies: Bodies,
    form: FormRules,
    revision: int,
    outdated: Collection[Rev] = (),
) -> Merged:
    """The merge of the graph's heads.

    Args:
        bodies: at least those of `graph.skeleton`, all as of the form's `revision`; 0 where all
            are tombstones.
        outdated: the merges that were edited and had been made by other rules than today's.

    Raises:
        KeyError: a body of the skeleton is missing, or the form's revision is unknown.
    """
    rules = form.revisions[revision] if revision else {}
    live = {rev: bodies[rev] for rev in graph.skeleton if not graph.tree[rev].deleted}
    shape = Shape(live, rules, form.rest)
    parts = {rev: shape.units(rev) for rev in live}
    authors = [rev for rev in sorted(graph.skeleton) if graph.tree[rev].kind is Kind.AUTHORED]
    written = _written(graph, bodies, parts, authors, shape)
    fields = {f"data.{name}" for name in rules}.union(*map(shape.names, written))
    history = History.of(graph, bodies, parts, authors, outdated, fields)
    decisions = {
        unit: made
        for unit, writers in written.items()
        if (made := _decision(unit, writers, history, shape)) is not None
    }
    decisions = _without_cells_of_gone_rows(decisions)
    deleted = not live or (
        EXISTENCE in decisions and isinstance(decisions[EXISTENCE].value, Missing)
    )
    if deleted:
        return Merged({"_deleted": True}, decisions, deleted=True)
    head = next((head for head in reversed(graph.heads) if head in live), max(live))
    others = sorted(live.keys() - {*graph.heads})
    lists = [parts[one] for one in (*graph.heads, *others) if one in parts]
    body = _body(shape, live[head], decisions, lists)
    broken = form.failures(body)
    if broken:
        decisions = _with_broken_rules(decisions, broken, shape)
    is_as_written = len(graph.heads) == 1 and _says_all(parts[head], decisions)
    return Merged({**form.written(body)}, decisions, deleted=False, is_as_written=is_as_written)


def _without_cells_of_gone_rows(decisions: Mapping[Unit, Decision]) -> dict[Unit, Decision]:
    """Nobody has to decide what stands in a row that is no longer there."""
    gone = {
        (unit.name, unit.row)
        for unit, one in decisions.items()
        if unit.row is not None and unit.cell is None and isinstance(one.value, Missing)
    }
    return {
        unit: one
        for unit, one in decisions.items()
        if unit.cell is None or (unit.name, unit.row) not in gone
    }


def _says_all(head: Mapping[Unit, Value], decisions: Mapping[Unit, Decision]) -> bool:
    """Whether a revision that is not deleted has the value that was decided for every unit."""
    return all(
        _is_same(unit, head.get(unit, MISSING), one.value)
        for unit, one in decisions.items()
        if unit != EXISTENCE
    )


def _is_same(unit: Unit, one: Value, other: Value) -> bool:
    """Whether two values of a unit are the same; lists of rows are where their order is."""
    if unit.is_list and isinstance(one, list) and isinstance(other, list):
        return not moved(one, other)
    return equal(one, other)


def merge_body(merge: Merged, heads: Sequence[Rev], version: Version) -> dict[str, Json]:
    """The body of the canonical revision; it holds no author and no time."""
    told = {str(unit): _candidates(one) for unit, one in merge.told.items()}
    return {
        **merge.body,
        "merge": {
            "v": version.rules,
            "p": version.policy,
            "of": [str(rev) for rev in heads],
            "open": {str(unit): _candidates(one) for unit, one in merge.open.items()},
            **({"told": told} if told else {}),
        },
    }


def _written(
    graph: AuthoredGraph,
    bodies: Bodies,
    parts: Mapping[Rev, Mapping[Unit, Value]],
    authors: Sequence[Rev],
    shape: Shape,
) -> dict[Unit, list[Writer]]:
    """Who wrote each unit, ascending."""
    every_unit = {unit for part in parts.values() for unit in part}
    named = any("settles" in bodies[rev] for rev in authors)
    names = {str(unit): unit for unit in (*every_unit, EXISTENCE)} if named else {}
    may_be_deleted = any(graph.tree[rev].deleted for rev in authors)
    found: dict[Unit, list[Writer]] = {}
    for rev in authors:
        base = graph.base(rev)
        body = bodies[rev]
        edit = Writes(
            mine=parts.get(rev),
            start=parts.get(base, {}) if base else None,
            every_unit=every_unit,
            settles=_settles(body, names),
            instants=shape.instants,
            may_be_deleted=may_be_deleted,
            mixed=shape.mixed_rows(rev, base),
        )
        author = body.get("author") if graph.is_one_step(rev) else None
        for unit, one in writes(edit).items():
            found.setdefault(unit, []).append(
                Writer(
                    rev,
                    one.value,
                    one.before,
                    author if isinstance(author, str) else None,
                    one.changes,
                    from_nothing=base is None,
                    names=edit.settles.get(unit, frozenset()),
                    mixes=one.mixes,
                )
            )
    return found


def _settles(body: Body, names: Mapping[str, Unit]) -> dict[Unit, frozenset[Rev]]:
    """Between which revisions a body says that it decides, by unit; what makes no sense is passed
    over.
    """
    settles = body.get("settles")
    if not isinstance(settles, dict):
        return {}
    return {
        names[unit]: frozenset(rev for name in named if (rev := maybe_rev(name)) is not None)
        for unit, named in settles.items()
        if unit in names and isinstance(named, list)
    }


def _decision(
    unit: Unit, writers: Sequence[Writer], history: History, shape: Shape
) -> Decision | None:
    """What became of a unit; None where nobody wrote it, and some only say that they settle it."""
    rule = shape.rule(unit)
    is_fixed = rule.rule is Rule.FIXED

    def decide(stand: Standing) -> Decision:
        if unit.is_existence:
            return existence(stand)
        if unit.is_list and shape.rules[unit.name].rule is Rule.ROWS:
            return row_order(stand)
        return decision(stand, rule, shape.ranked_by(unit))

    def was_open(writer: Writer, before: Sequence[Writer]) -> bool:
        if not before:
            return False
        merge = history.last.get(writer.rev)
        if merge is not None and merge.covered.issuperset(one.rev for one in before):
            or_tells = rule.protected and not is_fixed
            return merge.asks(unit, shape.names(unit), or_tells=or_tells)
        made = decide(Standing(tuple(before), frozenset()))
        return made.is_open or (rule.protected and made.tell)

    def comes_to(before: Sequence[Writer], value: Value) -> bool:
        made = decide(Standing(tuple(before), frozenset()))
        return not made.is_open and equal(made.value, value)

    meaning = Meaning(_when_open(rule), was_open, comes_to, is_fixed)
    verdicts = history.verdicts(unit, shape.names(unit))
    stand = standing(writers, history.seen, meaning, verdicts)
    return decide(stand) if stand.writers else None


def _when_open(rule: FieldRule) -> OpenEdit:
    is_text = rule.rule in (Rule.TEXT, Rule.APPEND)
    if rule.protected:
        return OpenEdit.ADDS_TEXT if is_text else OpenEdit.ADDS
    return OpenEdit.CONTINUES if is_text else OpenEdit.DECIDES


def _body(
    shape: Shape,
    some: Body,
    decisions: Mapping[Unit, Decision],
    lists: Sequence[Mapping[Unit, Value]],
) -> dict[str, Json]:
    values = {unit: one.value for unit, one in decisions.items()}
    order: dict[str, list[str]] = {}
    for name, table in shape.tables.items():
        whole = Unit("data", name, element="")
        present = {
            unit.row
            for unit, value in values.items()
            if unit.name == name and unit.row is not None and unit.cell is None and value is True
        }
        rows = [rows for part in lists if isinstance(rows := part.get(whole), list)]
        spine = values.get(whole)
        listed = spine if isinstance(spine, list) else []
        order[name] = arranged(listed, rows, present | table.undisputed())
    envelope = {name: some[name] for name in ("form", "form_rev") if name in some}
    return {**envelope, **shape.body_of(some, values, order)}


def _with_broken_rules(
    decisions: Mapping[Unit, Decision], broken: Collection[Collection[str]], shape: Shape
) -> dict[Unit, Decision]:
    """The decisions, where a rule of the form is broken: all that it is about is left to a person.

    What each person wrote was judged when it arrived, less what a merge had broken before; so it
    is a merge that broke the rule, or a revision of the form that is newer than an edit.
    """
    names = set[str]().union(*broken)
    return {
        unit: replace(one, how=How.INVALID)
        if shape.names(unit) & names and not one.is_open
        else one
        for unit, one in decisions.items()
    }


def _candidates(open_unit: Decision) -> list[dict[str, Json]]:
    """The writers of a unit, who gave the value that is shown first, then the greatest revision;
    what a writer took out has no value.
    """
    shown_first = sorted(
        open_unit.writers,
        key=lambda writer: (equal(writer.value, open_unit.value), writer.rev),
        reverse=True,
    )
    return [
        {"rev": str(writer.rev), "author": writer.author}
        | ({} if isinstance(writer.value, Missing) else {"value": writer.value})
        | ({} if isinstance(writer.start, Missing) else {"before": writer.start})
        for writer in shown_first
    ]
