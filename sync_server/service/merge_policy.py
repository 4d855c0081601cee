"""Changing how a programme's conflicts are decided."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace

from conflict.minting import HIGHEST_POLICY
from sync_server.service.administration import publish
from sync_server.service.case_forms import MergePolicy
from sync_server.service.kanaf import Kanaf
from sync_server.storage.databases import set_merge_policy
from sync_server.storage.rows import DatabaseRow

DOCUMENT = "shared:policy:merging"
"""Where tablets, which merge too, read the policy."""


class UnknownField(ValueError):
    """A policy names a field that no form has; the message says what to write."""


def change_policy(
    kanaf: Kanaf,
    name: str,
    *,
    ask: Iterable[str] = (),
    decide: Iterable[str] = (),
    caseworkers_settle: bool | None = None,
    escalate_after_days: int | None = None,
) -> MergePolicy:
    """Changes what is given of a database's policy; documents follow when they are next written.

    Args:
        ask, decide: fields as `<form code>.<name>` that are from now on always, or no longer, left
            to a supervisor.

    Returns:
        The policy as it is now.

    Raises:
        DatabaseMissing: there is no such database.
        UnknownField: see there.
    """
    database = kanaf.database(name)
    old = MergePolicy.from_json(database.merge_policy)
    asked = {f"{code}.{one}" for code, names in old.ask.items() for one in names}
    new = replace(old, ask=_by_form(kanaf, database, (asked | {*ask}) - {*decide}))
    if caseworkers_settle is not None:
        new = replace(new, caseworkers_settle=caseworkers_settle)
    if escalate_after_days is not None:
        new = replace(new, escalate_after_days=escalate_after_days)
    if new != old:
        new = replace(new, number=min(old.number + 1, HIGHEST_POLICY))
        text = new.to_json()
        kanaf.store.administratively(
            lambda connection: set_merge_policy(connection, database.id, text)
        )
        publish(kanaf, database, {DOCUMENT: json.loads(text)})
    return new


def described(policy: MergePolicy) -> Iterator[str]:
    """The policy in sentences, a line each."""
    asked = [f"{code}.{name}" for code, names in sorted(policy.ask.items()) for name in names]
    yield f"always left to a supervisor: {', '.join(asked) or 'what the forms say'}"
    who = "who may write the form, and supervisors" if policy.caseworkers_settle else "supervisors"
    yield f"plain fields are settled by: {who}"
    yield f"overdue after: {policy.escalate_after_days} days"


def _by_form(
    kanaf: Kanaf, database: DatabaseRow, fields: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    with kanaf.store.read() as reading:
        forms = kanaf.forms(database, reading).values()
    known = {f"{form.code}.{one.name}" for form in forms for one in form.fields}
    by_form: dict[str, list[str]] = {}
    for field in sorted(fields):
        if field not in known:
            raise UnknownField(f"no form has a field {field!r}; write it as in k22.risk_level")
        code, _, name = field.partition(".")
        by_form.setdefault(code, []).append(name)
    return {code: tuple(names) for code, names in by_form.items()}
