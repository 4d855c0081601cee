"""The forms of a case database, and how their documents are merged under its policy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from conflict.rules import PLAIN, Body, FieldRule, FormRules, Rule, Rules
from schemas import Field, Form, fields_of_rule, problems, renamed_fields, upgraded

Forms = Mapping[tuple[str, int], Form]
"""Every form revision that is known here, by code and revision."""

_UNIT = re.compile(
    r"(?P<part>data|group)\.(?P<name>[A-Za-z0-9_]+)(?:\[.*?\](?:\.(?P<cell>[A-Za-z0-9_]+)(?:\[.*\])?)?)?"
    r"|state|_attachments\..*",
    re.DOTALL,
)


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
        forms = {rev: form for (known, rev), form in self.forms.items() if known == code}
        always_ask = frozenset(self.policy.ask.get(code, ()))
        protected = None if not self.policy.caseworkers_settle else _protected((*forms.values(),))
        rest = FieldRule(protected=protected is None)
        revisions = {rev: _rules(form, always_ask, protected) for rev, form in forms.items()}
        return FormRules(
            revisions, self.read_as, lambda body: self._broken(code, body), rest, self.policy.number
        )

    def read_as(self, body: Body, revision: int) -> Body:
        """A body as a later revision of its form reads it, what it settles included."""
        made = body
        for step in range(body.get("form_rev", revision) + 1, revision + 1):
            form = self.form(body["form"], step)
            if form is not None:
                made = _read_through(form, made)
        return made if made.get("form_rev") == revision else {**made, "form_rev": revision}

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
        found = problems(form, body["data"], draft=body.get("state") == "draft")
        return [
            {f"data.{name}" for name in fields_of_rule(form, problem)}
            | ({"state"} if problem.code == "required" else set())
            for problem in found
        ]


@lru_cache(maxsize=256)
def _protected(forms: tuple[Form, ...]) -> frozenset[tuple[str, ...]]:
    """The fields, and cells of fields, that some revision of a form protects."""
    return frozenset(
        path
        for form in forms
        for one in form.fields
        for path, asked in (((one.name,), one), *(((one.name, c.name), c) for c in one.fields))
        if asked.protected or (len(path) > 1 and _protects_within(asked))
    )


def _protects_within(cell: Field) -> bool:
    """Whether something in the rows of a cell is protected: these are decided as one."""
    return any(one.protected or _protects_within(one) for one in cell.fields)


@lru_cache(maxsize=1_024)
def _rules(
    form: Form, always_ask: frozenset[str], protected: frozenset[tuple[str, ...]] | None
) -> Rules:
    """The rules of a form's revision; all fields are protected where `protected` is None."""
    return {
        one.name: _rule(one, (one.name,), protected, is_asked=one.name in always_ask)
        for one in form.fields
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


def _read_through(form: Form, body: Body) -> Body:
    """A body of the revision before as a form reads it."""
    made = {**body, "data": upgraded(form, body["data"]), "form_rev": form.revision}
    renamed = renamed_fields(form)
    if renamed and isinstance(body.get("settles"), dict):
        made["settles"] = {_renamed(unit, renamed): revs for unit, revs in body["settles"].items()}
    return made


def _renamed(unit: str, renamed: Mapping[tuple[str, ...], str]) -> str:
    """A unit by the names that its field, and its cell, have now."""
    match = _UNIT.fullmatch(unit)
    if match is None or match["part"] != "data":
        return unit
    at, name = match.span("name"), match["name"]
    new = renamed.get((name,), name)
    if match["cell"] is not None:
        start, end = match.span("cell")
        unit = unit[:start] + renamed.get((name, match["cell"]), match["cell"]) + unit[end:]
    return unit[: at[0]] + new + unit[at[1] :]


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
