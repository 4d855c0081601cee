"""The forms of a case database, and how their documents are merged under its policy."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from conflict.rules import PLAIN, Body, FieldRule, FormRules, Rule, Rules
from schemas import Field, Form, problems

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
        """What merging has to know of a form: the rules of all its revisions."""
        always_ask = frozenset(self.policy.ask.get(code, ()))
        plain_too = not self.policy.caseworkers_settle
        revisions = {
            revision: _rules(form, always_ask, plain_too)
            for (known, revision), form in self.forms.items()
            if known == code
        }
        return FormRules(
            revisions, _upgraded, lambda body: self._broken(code, body), self.policy.number
        )

    def decides_protected(self, code: str, units: Iterable[str]) -> bool:
        """Whether one of the units (`data.age`, …) is settled by supervisors only, in any revision
        of the form: which one a merge is made by is not for the author of an edit to choose.
        """
        revisions = self.merging(code).revisions.values()
        return any(_is_protected(unit, rules) for unit in units for rules in revisions)

    def protected_fields(self, code: str, units: Iterable[str]) -> set[str]:
        """The fields that those of the units are about that are settled by supervisors only."""
        names = (self._fields(code, unit) for unit in units if self.decides_protected(code, [unit]))
        return set[str]().union(*names)

    def _fields(self, code: str, unit: str) -> set[str]:
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
        names = [(re.split(r"[.\[]", problem.path)[0], problem.code) for problem in found]
        return [
            {f"data.{name}", *(["state"] if code == "required" else [])} for name, code in names
        ]


@lru_cache(maxsize=1_024)
def _rules(form: Form, always_ask: frozenset[str], plain_too: bool) -> Rules:
    return {
        one.name: _rule(one, is_asked=one.name in always_ask, is_protected=plain_too)
        for one in form.fields
    }


def _rule(asked: Field, *, is_asked: bool, is_protected: bool) -> FieldRule:
    return FieldRule(
        rule=Rule.ASK if is_asked else Rule(asked.merge),
        order=tuple(option.code for option in asked.options) if asked.merge == "highest" else (),
        cells={
            cell.name: _rule(cell, is_asked=False, is_protected=is_protected)
            for cell in asked.fields
        },
        couple=asked.couple,
        protected=asked.protected or is_asked or is_protected,
        is_instant=asked.type == "datetime",
    )


def _upgraded(body: Body, revision: int) -> Body:
    """A body as a later revision of its form reads it: a field's name never changes its meaning."""
    return {**body, "form_rev": revision}


def _is_protected(unit: str, rules: Rules) -> bool:
    match = _UNIT.fullmatch(unit)
    if match is None or unit.startswith(("state", "_attachments")):
        return match is None  # the document's existence, or nothing that we know
    rule = rules.get(match["name"], PLAIN) if match["part"] == "data" else PLAIN
    couple = rule.couple or (match["name"] if match["part"] == "group" else None)
    if couple is not None:
        return any(one.protected for one in rules.values() if one.couple == couple)
    cell = rule.cells.get(match["cell"] or "", PLAIN)
    return rule.protected or cell.protected
