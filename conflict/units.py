"""Units: the parts of a document that are merged each on its own.

A unit is a field of the answers, a group of coupled fields, an element of a field merged as a set,
a row's existence, a cell of a row, the order of the rows, the document's state, an attachment by
its name, or the document's existence.

Only what differs between the bodies of a merge is taken apart: what all of them share is copied.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from conflict.canonical import Json, canonical_json
from conflict.revision import Rev
from conflict.row_table import RowTable
from conflict.rules import PLAIN, Body, FieldRule, Rule, Rules
from conflict.value import MISSING, Missing, Value, differing, equal

_SIMPLE = re.compile(r"(?!(?:true|false|null)\Z)[A-Za-z_][A-Za-z0-9_-]*\Z")
_ROW_ID = re.compile(r"[A-Za-z0-9_-]+\Z")


class Unit(NamedTuple):
    """A unit's name.

    Attributes:
        part: `data`, `state`, `_attachments`, `existence`, or `group` for coupled fields.
        name: the field's, attachment's or group's.
        row: the id of the row that it is about.
        cell: the row's field.
        element: of a set the element; empty for the list itself, which may be null or missing. Of
            rows empty for their order.
    """

    part: str
    name: str = ""
    row: str | None = None
    cell: str | None = None
    element: str | None = None

    def __str__(self) -> str:
        """As settlements write it, such as `data.family[01JD…].age`, `data.needs[food]`."""
        text = f"{self.part}.{self.name}" if self.name else self.part
        if self.row is not None:
            text += (
                f"[{self.row if _ROW_ID.match(self.row) else canonical_json(self.row).decode()}]"
            )
        if self.cell is not None:
            text += f".{self.cell}"
        return text if self.element is None else f"{text}[{self.element}]"

    @property
    def is_existence(self) -> bool:
        """Whether it is that of the document or of a row."""
        return self.part == "existence" or (self.row is not None and self.cell is None)

    @property
    def is_list(self) -> bool:
        """Whether it is the list itself, of rows or of a set."""
        return self.element == "" and self.row is None


EXISTENCE = Unit("existence")
STATE = Unit("state")

UnitValues = Mapping[Unit, Value]
"""The values of the units that a body has."""


class Shape:
    """How the bodies of one merge are taken apart.

    Attributes:
        rules: of each field that is taken apart. A field that is no list in some body, although its
            rule is about lists, is merged as one value.
        tables: of those that are rows, the rows.
        instants: the fields, and cells of fields, that hold date-times.
    """

    def __init__(self, bodies: Mapping[Rev, Body], rules: Rules, rest: FieldRule = PLAIN) -> None:
        self._bodies = bodies
        self._answers = {rev: _answers(body) for rev, body in bodies.items()}
        unlike = differing(self._answers.values())
        self._attachments = differing(_attachments(body) for body in bodies.values())
        states = [body.get("state", MISSING) for body in bodies.values()]
        self._has_state = not all(equal(states[0], other) for other in states[1:])
        self.groups = _groups(rules, unlike)
        coupled = {name for names in self.groups.values() for name in names}
        self.rules = {
            name: _fitting(
                rules.get(name, PLAIN), [one.get(name) for one in self._answers.values()]
            )
            for name in unlike - coupled
        }
        self.tables = {
            name: RowTable({rev: one.get(name) for rev, one in self._answers.items()})
            for name, rule in self.rules.items()
            if rule.rule is Rule.ROWS
        }
        self.instants = frozenset(_instants(self.rules))
        self._all_rules = rules
        self._rest = rest

    def units(self, rev: Rev) -> dict[Unit, Value]:
        """The values of the units that a revision's body has, among those that may differ."""
        values: dict[Unit, Value] = {}
        body, answers = self._bodies[rev], self._answers[rev]
        if self._has_state and "state" in body:
            values[STATE] = body["state"]
        for name in self.rules.keys() & answers.keys():
            values.update(self._field(rev, name, answers[name]))
        for group, names in self.groups.items():
            given = {name: answers[name] for name in names if name in answers}
            if given:
                values[Unit("group", group)] = given
        for name, attachment in _attachments(body).items():
            if name in self._attachments:
                values[Unit("_attachments", name)] = attachment
        return values

    def mixed_rows(self, rev: Rev, base: Rev | None) -> set[tuple[str, str]]:
        """Field and id of the rows of a revision that may be about somebody else than in its
        base; none where there is no base, or one of the two is a tombstone.
        """
        if base is None or not {rev, base} <= self._bodies.keys():
            return set()
        return {
            (name, row) for name, table in self.tables.items() for row in table.mixed(rev, base)
        }

    def _field(self, rev: Rev, name: str, value: Json) -> Iterator[tuple[Unit, Value]]:
        rule = self.rules[name]
        if rule.rule is Rule.UNION:
            yield from _elements(Unit("data", name), value)
        elif rule.rule is Rule.ROWS:
            yield from _rows(name, value, rule, self.tables[name], rev)
        else:
            yield Unit("data", name), value

    def rule(self, unit: Unit) -> FieldRule:
        """The rule by which a unit is merged."""
        if unit.part == "data":
            rule = self.rules.get(unit.name, PLAIN)
            return _part_rule(rule, unit) if rule.rule in (Rule.ROWS, Rule.UNION) else rule
        if unit.part == "group":
            return _group_rule(self._all_rules, self.groups[unit.name])
        return PLAIN if unit == EXISTENCE else self._rest

    def ranked_by(self, unit: Unit) -> str | None:
        """Of a group's fields the one by which it is ranked, if there is one."""
        names = self.groups[unit.name] if unit.part == "group" else ()
        ranked = (name for name in names if self._all_rules[name].is_ranked)
        return next(ranked, None)

    def names(self, unit: Unit) -> set[str]:
        """The fields and the like that a unit is about: `data.age`, `state`."""
        if unit.part == "group":
            return {f"data.{name}" for name in self.groups[unit.name]}
        return {f"{unit.part}.{unit.name}" if unit.name else unit.part}

    def body_of(
        self, some: Body, values: UnitValues, order: Mapping[str, list[str]]
    ) -> dict[str, Json]:
        """A body with the given values of units; what is no unit here is as in `some`.

        Args:
            order: of every field merged as rows, the ids of its rows as they are to stand.
        """
        data, attachments = self._shared_answers(some), self._shared_attachments(some)
        lists: dict[str, dict[Unit, Value]] = {}
        for unit, value in values.items():
            if unit.part == "data" and self.rules[unit.name].rule in (Rule.ROWS, Rule.UNION):
                lists.setdefault(unit.name, {})[unit] = value
            elif unit.part == "group" and isinstance(value, dict):
                data.update(value)
            elif unit.part == "data":
                _put(data, unit.name, value)
            elif unit.part == "_attachments":
                _put(attachments, unit.name, value)
        for name, parts in lists.items():
            if self.rules[name].rule is Rule.UNION:
                _put(data, name, _set_of({unit.element or "": parts[unit] for unit in parts}))
            else:
                _put(data, name, _rows_of(name, parts, order[name], self.tables[name]))
        body: dict[str, Json] = {"data": data}
        _put(body, "state", values[STATE] if self._has_state else some.get("state", MISSING))
        return {**body, "_attachments": attachments} if attachments else body

    def _shared_answers(self, some: Body) -> dict[str, Json]:
        coupled = {name for names in self.groups.values() for name in names}
        return {
            name: value
            for name, value in _answers(some).items()
            if name not in self.rules and name not in coupled
        }

    def _shared_attachments(self, some: Body) -> dict[str, Json]:
        return {
            name: one for name, one in _attachments(some).items() if name not in self._attachments
        }


def _answers(body: Body) -> Mapping[str, Json]:
    answers = body.get("data")
    return answers if isinstance(answers, dict) else {}


def _attachments(body: Body) -> Mapping[str, Json]:
    found = body.get("_attachments")
    return found if isinstance(found, dict) else {}


def _groups(rules: Rules, unlike: set[str]) -> dict[str, tuple[str, ...]]:
    """The coupled fields by group, of every group in which something differs."""
    groups: dict[str, list[str]] = {}
    for name, rule in sorted(rules.items()):
        if rule.couple is not None:
            groups.setdefault(rule.couple, []).append(name)
    return {group: tuple(names) for group, names in groups.items() if unlike & {*names}}


def _instants(rules: Rules) -> Iterator[tuple[str, str | None]]:
    for name, rule in rules.items():
        if rule.is_instant:
            yield name, None
        yield from ((name, cell) for cell, inner in rule.cells.items() if inner.is_instant)


def _group_rule(rules: Rules, names: Iterable[str]) -> FieldRule:
    """A group is as strict as its strictest field."""
    members = [rules[name] for name in names]
    kinds = {member.rule for member in members}
    strictest = (one for one in (Rule.ASK, Rule.FIXED, Rule.HIGHEST) if one in kinds)
    chosen = next(strictest, Rule.CHANGED)
    ranked = next((member for member in members if member.is_ranked), PLAIN)
    return FieldRule(
        chosen,
        ranked.order,
        protected=any(member.protected for member in members),
        ranked=chosen is Rule.ASK and ranked.is_ranked,
    )


def _fitting(rule: FieldRule, values: list[Json]) -> FieldRule:
    """The rule, where the values are what it is about; one value as a whole where they are not."""
    lists = all(value is None or isinstance(value, list) for value in values)
    rows = lists and all(isinstance(row, dict) for value in values for row in value or ())
    texts = all(value is None or isinstance(value, str) for value in values)
    fits = {
        Rule.UNION: lists,
        Rule.ROWS: rows,
        Rule.TEXT: texts,
        Rule.APPEND: texts,
    }
    return rule if fits.get(rule.rule, True) else FieldRule(protected=rule.protected)


def _elements(whole: Unit, value: Json) -> Iterator[tuple[Unit, Value]]:
    """The units of a set: one an element, and one (with an empty element) for the list itself."""
    yield whole._replace(element=""), None if value is None else []
    for item in value or ():
        yield whole._replace(element=_element(item)), item


def _rows(
    name: str, value: Json, rule: FieldRule, table: RowTable, rev: Rev
) -> Iterator[tuple[Unit, Value]]:
    """The units of rows: their order, and of those that differ the existence and the cells."""
    yield Unit("data", name, element=""), None if value is None else list(table.rows[rev])
    for row_id in table.rows[rev]:
        if row_id in table.differing:
            yield Unit("data", name, row_id), True
    for row_id, cell, content in table.cells(rev):
        unit = Unit("data", name, row_id, cell)
        if cell_rule(rule, cell).rule is Rule.UNION and isinstance(content, list):
            yield from _elements(unit, content)
        else:
            yield unit, content


def cell_rule(rule: FieldRule, cell: str | None) -> FieldRule:
    """The rule of a cell of a row."""
    return rule.cells.get(cell or "", PLAIN)


def _part_rule(rule: FieldRule, unit: Unit) -> FieldRule:
    """The rule of an element, a cell, a row's existence or the rows' order."""
    if unit.cell is None:
        return rule if rule.rule is Rule.UNION else FieldRule(protected=rule.protected)
    inner = cell_rule(rule, unit.cell)
    if inner.rule is Rule.UNION and unit.element is None:
        return FieldRule(protected=inner.protected)
    return inner


def _element(item: Json) -> str:
    """An element's name; no two elements have the same."""
    return item if isinstance(item, str) and _SIMPLE.match(item) else canonical_json(item).decode()


def _put(data: dict[str, Json], name: str, value: Value) -> None:
    if not isinstance(value, Missing):
        data[name] = value


def _set_of(elements: Mapping[str, Value]) -> Value:
    """A set as a list, in the order of its elements' names; null or missing where it has none.

    Args:
        elements: by name; the list itself under the empty name.
    """
    present = {
        name: value for name, value in elements.items() if name and not isinstance(value, Missing)
    }
    if present:
        return [present[name] for name in sorted(present)]
    return elements.get("", MISSING)


def _rows_of(name: str, values: UnitValues, order: list[str], table: RowTable) -> Value:
    """Rows put together in the given order; null or missing where there is no list."""
    whole = values.get(Unit("data", name, element=""), MISSING)
    if not order:
        return [] if isinstance(whole, list) else whole
    rows = {row_id: table.shared(row_id) for row_id in order}
    sets: dict[tuple[str, str], dict[str, Value]] = {}
    for unit, value in values.items():
        if unit.row not in rows or unit.cell is None:
            continue
        if unit.element is not None:
            sets.setdefault((unit.row, unit.cell), {})[unit.element] = value
        else:
            _put(rows[unit.row], unit.cell, value)
    for (row, cell), elements in sets.items():
        _put(rows[row], cell, _set_of(elements))
    return list(rows.values())
