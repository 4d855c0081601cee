"""The forms of a case database, and how their documents are merged under its policy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

from conflict.rules import PLAIN, Body, FieldRule, FormRules, Rule, Rules
from schemas import Field, Form, fields_of_rule, first_names, problems, upgraded

Forms = Mapping[tuple[str, int], Form]
"""Every form revision that is known here, by code and revision."""

_UNIT = re.compile(
    r"(?P<part>data|group)\.(?P<name>[A-Za-z0-9_]+)(?:\[.*?\](?:\.(?P<cell>[A-Za-z0-9_]+)(?:\[.*\])?)?)?"
    r"|state|_attachments\..*",
    re.DOTALL,
)


def revisions_of(forms: Forms, code: str) -> list[Form]:
    """The revisions of a form, the last one last."""
    return [forms[key] for key in sorted(forms) if key[0] == code]


@dataclass(frozen=True)
class MergePolicy:
    """What a programme decides about merging.

    Attributes:
        ask: by form code the fields that are always left to a supervisor when two have edited them.
        caseworkers_settle: whether who may write a form may settle its plain fields; else only
            supervisors settle.
        escalate_after_days: after so many days an open unit counts as overdue.
        number: how often the policy has been changed; of two servers that have not yet the same,
            the merges of the one with the higher number stand.
    """

    ask: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    caseworkers_settle: bool = True
    escalate_after_days: int = 14
    number: int = 0

    @classmethod
    def from_json(cls, text: str) -> MergePolicy:
        """The policy that `to_json` wrote; `{}` is the ready one."""
        given: dict[str, Any] = json.loads(text)
        ask = {code: tuple(names) for code, names in given.pop("ask", {}).items()}
        return cls(ask=ask, **given)

    def to_json(self) -> str:
        """The policy as text, the same for equal ones."""
        return json.dumps({**vars(self), "ask": dict(self.ask)}, sort_keys=True)


@dataclass(frozen=True)
class CaseForms:
    """Forms under a policy."""

    forms: Forms
    policy: MergePolicy

    @classmethod
    def under(cls, policy: str, forms: Forms) -> CaseForms:
        """The forms under the policy that `MergePolicy.to_json` wrote."""
        return cls(forms, MergePolicy.from_json(policy))

    def form(self, code: str, revision: int) -> Form | None:
        """A form revision, if it is known here."""
        return self.forms.get((code, revision))

    def merging(self, code: str) -> FormRules:
        """What merging has to know of a form: the rules of all its revisions.

        What one revision protects is protected in all: by which one a merge is made is not for the
        author of an edit to choose.
        """
        forms = tuple(revisions_of(self.forms, code))
        names = {form.revision: self._names(form) for form in forms}
        always_ask = frozenset(
            first
            for known in names.values()
            for (field, *_), (first, *_) in known.items()
            if field in self.policy.ask.get(code, ())
        )
        is_open = self.policy.caseworkers_settle
        protected = _protected(forms, tuple(map(_hashable, names.values()))) if is_open else None
        rest = FieldRule(protected=protected is None)
        revisions = {
            form.revision: _rules(form, _hashable(names[form.revision]), always_ask, protected)
            for form in forms
        }
        return FormRules(
            revisions,
            self.as_units,
            lambda body: self._broken(code, body),
            rest,
            self.policy.number,
            self.from_units,
        )

    def read_as(self, body: Body, revision: int) -> Body:
        """A body as a later revision of its form reads it."""
        made = body
        for step in range(body.get("form_rev", revision) + 1, revision + 1):
            form = self.form(body["form"], step)
            if form is not None:
                made = {**made, "data": upgraded(form, made["data"])}
        return made if made.get("form_rev") == revision else {**made, "form_rev": revision}

    def as_units(self, body: Body, revision: int) -> Body:
        """A body as a later revision reads it, its fields by the names that they had first.

        Units are called so, in merges, settlements and policies: what a field is called is no
        reason to ask again, or not to.
        """
        made = self.read_as(body, revision)
        form = self.form(body["form"], revision)
        return made if form is None else _by_names(made, form, self._names(form))

    def from_units(self, body: Body) -> Body:
        """What `as_units` has made, by the names of its revision again."""
        form = self.form(body["form"], body["form_rev"])
        if form is None:
            return body
        names = {first: path for path, first in self._names(form).items()}
        return _by_names(body, self.unit_form(form), names)

    def value_as(self, code: str, unit: str, value: Any, since: int, revision: int) -> Any:
        """The value of a unit, as of one revision, as a later one reads it; of a part of a field
        the value itself.
        """
        match = _UNIT.fullmatch(unit)
        if since >= revision or match is None or "[" in unit or match["part"] is None:
            return value
        name = match["name"]
        data = {name: value} if match["part"] == "data" else value
        if not isinstance(data, dict):
            return value
        body = self.from_units({"form": code, "form_rev": since, "data": data})
        read: Any = self.as_units(body, revision)["data"]
        return read.get(name) if match["part"] == "data" else read

    def unit_form(self, form: Form) -> Form:
        """A form, its fields by the names that units have."""
        names = self._names(form)
        return replace(form, fields=tuple(_field_by_names(one, (), names) for one in form.fields))

    def unit_field(self, form: Form, field: str) -> str:
        """What a field of a revision is called in units."""
        return self._names(form).get((field,), (field,))[0]

    def _names(self, form: Form) -> Mapping[tuple[str, ...], tuple[str, ...]]:
        """The first names of the fields of a revision, and of their cells."""
        forms = revisions_of(self.forms, form.code)
        return _first_names(tuple(one for one in forms if one.revision <= form.revision))

    def decides_protected(self, code: str, units: Iterable[str]) -> bool:
        """Whether one of the units (`data.age`, …) is settled by supervisors only."""
        form = self.merging(code)
        return any(
            _is_protected(unit, rules, form.rest)
            for unit in units
            for rules in form.revisions.values()
        )

    def protected_fields(self, code: str, units: Iterable[str]) -> set[str]:
        """The fields that those of the units are about that are settled by supervisors only."""
        names = (self.fields(code, unit) for unit in units if self.decides_protected(code, [unit]))
        return set[str]().union(*names)

    def fields(self, code: str, unit: str) -> set[str]:
        """The fields that a unit is about, in any revision of the form."""
        match = _UNIT.fullmatch(unit)
        if match is None or match["part"] is None:
            return set()
        if match["part"] == "data":
            return {match["name"]}
        revisions = self.merging(code).revisions.values()
        return {
            name
            for rules in revisions
            for name, one in rules.items()
            if one.couple == match["name"]
        }

    def _broken(self, code: str, body: Body) -> list[set[str]]:
        """Of each rule of the form that a merged body breaks, the units that it is about.

        Whether an answer is required depends on the state.
        """
        form = self.form(code, body["form_rev"])
        if form is None:
            return []
        told = self.from_units(body)
        found = problems(form, told["data"], draft=told.get("state") == "draft")
        return [
            {f"data.{self.unit_field(form, name)}" for name in fields_of_rule(form, problem)}
            | ({"state"} if problem.code == "required" else set())
            for problem in found
        ]


Names = tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]
"""Paths with the first names of what is there."""


def _hashable(names: Mapping[tuple[str, ...], tuple[str, ...]]) -> Names:
    return tuple(names.items())


@lru_cache(maxsize=1_024)
def _first_names(forms: tuple[Form, ...]) -> Mapping[tuple[str, ...], tuple[str, ...]]:
    return first_names(forms)


@lru_cache(maxsize=256)
def _protected(forms: tuple[Form, ...], names: tuple[Names, ...]) -> frozenset[tuple[str, ...]]:
    """The fields, and cells of fields, that some revision of a form protects, by first names."""
    return frozenset(
        first
        for form, known in zip(forms, map(dict, names), strict=True)
        for one in form.fields
        for path, asked in (((one.name,), one), *(((one.name, c.name), c) for c in one.fields))
        if asked.protected or (len(path) > 1 and _protects_within(asked))
        for first in (known[path],)
    )


def _protects_within(cell: Field) -> bool:
    """Whether something in the rows of a cell is protected: these are decided as one."""
    return any(one.protected or _protects_within(one) for one in cell.fields)


@lru_cache(maxsize=1_024)
def _rules(
    form: Form,
    names: Names,
    always_ask: frozenset[str],
    protected: frozenset[tuple[str, ...]] | None,
) -> Rules:
    """The rules of a form's revision; all fields are protected where `protected` is None."""
    by_names = (_field_by_names(one, (), dict(names)) for one in form.fields)
    return {
        one.name: _rule(one, (one.name,), protected, is_asked=one.name in always_ask)
        for one in by_names
    }


def _rule(
    asked: Field,
    path: tuple[str, ...],
    protected: frozenset[tuple[str, ...]] | None,
    *,
    is_asked: bool = False,
) -> FieldRule:
    if asked.merge == "rows" and len(path) > 1:  # rows in a row are merged as one answer
        return FieldRule(protected=protected is None or path in protected)
    return FieldRule(
        rule=Rule.ASK if is_asked else Rule(asked.merge),
        order=tuple(option.code for option in asked.options) if asked.merge == "highest" else (),
        cells={cell.name: _rule(cell, (*path, cell.name), protected) for cell in asked.fields},
        couple=asked.couple,
        protected=is_asked or protected is None or path in protected,
        ranked=asked.merge == "highest",
        is_instant=asked.type == "datetime",
    )


def _field_by_names(
    asked: Field, around: tuple[str, ...], names: Mapping[tuple[str, ...], tuple[str, ...]]
) -> Field:
    """A field, and its cells, by their first names; what is within rows of rows keeps its own."""
    path = (*around, asked.name)
    cells = asked.fields
    if not around:
        cells = tuple(_field_by_names(one, path, names) for one in cells)
    return replace(asked, name=names.get(path, path)[-1], fields=cells)


def _by_names(body: Body, form: Form, names: Mapping[tuple[str, ...], tuple[str, ...]]) -> Body:
    """A body, its fields and cells by other names; itself where these are the same."""
    if all(path[:2] == first[:2] for path, first in names.items()) or "data" not in body:
        return body
    rows = {one.name for one in form.fields if one.type == "rows"}
    data: dict[str, Any] = {}
    for name, answer in body["data"].items():
        is_rows = name in rows and isinstance(answer, list)
        made = [_row_by_names(row, name, names) for row in answer] if is_rows else answer
        data[names.get((name,), (name,))[0]] = made
    return {**body, "data": data}


def _row_by_names(row: Any, field: str, names: Mapping[tuple[str, ...], tuple[str, ...]]) -> Any:
    if not isinstance(row, dict):
        return row
    return {names.get((field, cell), (field, cell))[-1]: value for cell, value in row.items()}


def _is_protected(unit: str, rules: Rules, rest: FieldRule) -> bool:
    match = _UNIT.fullmatch(unit)
    if match is None:
        return True  # the document's existence, or nothing that we know
    if match["part"] is None:
        return rest.protected
    rule = rules.get(match["name"], PLAIN) if match["part"] == "data" else PLAIN
    couple = rule.couple or (match["name"] if match["part"] == "group" else None)
    if couple is not None:
        return any(one.protected for one in rules.values() if one.couple == couple)
    cell = rule.cells.get(match["cell"] or "", PLAIN)
    return rule.protected or cell.protected
