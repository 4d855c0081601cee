"""Whether an edit that a person wrote may be stored: its envelope, its author, its answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from conflict.canonical import canonical_json
from conflict.value import Value, equal
from schemas import Form, Problem, problems
from sync_server.service.caller import Caller
from sync_server.service.candidates import candidates, is_complete, open_units_of
from sync_server.service.case_facts import AGREEMENT, agreement, document_name, is_agreed
from sync_server.service.case_forms import CaseForms
from sync_server.service.inherited import not_inherited
from sync_server.service.quarantine import Refusal
from sync_server.service.vault import Body
from sync_server.sharing.audience import is_about, lasting_parts
from sync_server.sharing.facts import Directory, Person, Record
from sync_server.sharing.permission import Write, may_write
from sync_server.sharing.roles import REFERRAL

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_CASE_ID = re.compile(rf"({_UUID}):(k[1-9][0-9]*)(?::([0-9A-HJKMNP-TV-Z]{{26}}))?")
_SALT = re.compile(r"[0-9a-f]{32}")
# RFC 3339, as every tablet writes it; it is copied into notices, so it cannot be just any text.
_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)
_ATTACHMENT = re.compile(r"[A-Za-z0-9._-]{1,255}")
_MOST_SETTLED, _LONGEST_UNIT, _LONGEST_REV = 200, 500, 100
_LONGEST_MERGE = 1_000_000
"""Bytes of a `merge` that a client carries on: far beyond any that fifty heads make."""
_ENVELOPE = frozenset(
    {"form", "form_rev", "author", "device", "edited_at", "salt", "state", "data"}
    | {"settles", "merge", "_attachments"}
)


@dataclass(frozen=True)
class Edit:
    """An edit and what its author started from.

    Attributes:
        old: the body of the nearest revision below that is known here; empty where there is none. A
            `merge` in it is one that a server made.
        standing: the bodies that stand when it arrives, which its author may not have seen.
        is_new: whether the document has no revision yet.
    """

    document_id: str
    body: Body
    old: Body
    standing: Sequence[Body]
    is_new: bool


def judge(
    edit: Edit, caller: Caller, record: Record | None, directory: Directory, forms: CaseForms
) -> None:
    """Lets an edit pass.

    Args:
        record: the facts of the record; None for a new one.

    Raises:
        Refusal: it may not be stored, and why.
    """
    form = form_of(edit.document_id, edit.body, caller, forms)
    if form.revision < edit.old.get("form_rev", 0):
        raise Refusal("older_form")
    if edit.old:
        edit = replace(edit, old={**forms.read_as(edit.old, form.revision)})
    _check_permission(edit, caller, record, forms)
    _check_attachments(edit.body)
    found = _problems(form, edit.body)
    if found and edit.old:
        found = not_inherited(
            found, edit.body["data"], _problems(form, edit.old), edit.old.get("data", {})
        )
    found = (*found, *_changed_fixed(form, edit, forms))
    if form.code == REFERRAL and not found:
        found = _referral_problems(form, edit, caller.person, record, directory)
    if found:
        raise Refusal("invalid_answers", found)


def form_of(document_id: str, body: Body, caller: Caller, forms: CaseForms) -> Form:
    """The form that a document is filled in.

    Raises:
        Refusal: it is none that the caller could have filled in, whatever its record.
    """
    match = _CASE_ID.fullmatch(document_id)
    if match is None:
        raise Refusal("bad_document_id")
    if body.get("_deleted"):
        raise Refusal("deletion_not_allowed")
    _check_envelope(body, caller)
    form = forms.form(body["form"], body["form_rev"])
    if form is None or body["form"] != match[2]:
        raise Refusal("unknown_form")
    if (form.cardinality == "many") != (match[3] is not None):
        raise Refusal("bad_document_id")
    return form


def _check_envelope(body: Body, caller: Caller) -> None:
    if body.keys() - _ENVELOPE:
        raise Refusal("bad_envelope", (Problem("", "unknown_field"),))
    wrong = [
        name
        for name, is_right in (
            ("form", isinstance(body.get("form"), str)),
            ("form_rev", type(body.get("form_rev")) is int),
            ("edited_at", _is_text(body.get("edited_at"), _TIME)),
            ("salt", _is_text(body.get("salt"), _SALT)),
            ("state", body.get("state") in ("draft", "complete")),
            ("data", isinstance(body.get("data"), dict)),
            ("settles", _is_settlement(body.get("settles", {}))),
            ("merge", len(canonical_json(body.get("merge"))) <= _LONGEST_MERGE),
        )
        if not is_right
    ]
    if wrong:
        raise Refusal("bad_envelope", tuple(Problem(name, "wrong_type") for name in wrong))
    if body.get("author") != caller.person.name or body.get("device") != caller.device:
        raise Refusal("false_author")


def _is_text(value: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_settlement(value: object) -> bool:
    """Whether it names revisions by unit, and no more than anybody decides at once."""
    return (
        isinstance(value, dict)
        and len(value) <= _MOST_SETTLED
        and all(
            len(unit) <= _LONGEST_UNIT
            and isinstance(revs, list)
            and len(revs) <= _MOST_SETTLED
            and all(isinstance(rev, str) and len(rev) <= _LONGEST_REV for rev in revs)
            for unit, revs in value.items()
        )
    )


def _check_permission(edit: Edit, caller: Caller, record: Record | None, forms: CaseForms) -> None:
    before: dict[str, Any] = edit.old.get("data", {})
    now: dict[str, Any] = edit.body["data"]
    write = Write(
        name=document_name(edit.document_id),
        changed={one for one in before.keys() | now.keys() if before.get(one) != now.get(one)},
        is_new=edit.is_new or _is_not_sent(edit.old),
        decides_protected=_decides_protected(edit, forms),
    )
    if not may_write(caller.person, record, write):
        raise Refusal("not_allowed")


def _is_not_sent(old: Body) -> bool:
    """Whether a referral is a draft still, or what it agrees is left to a person."""
    return bool(old) and not (is_complete(old) and is_agreed(old))


def _is_sent_as_drafted(edit: Edit) -> bool:
    """Whether what stands is the referral that its author made, sent: then it is no draft any more,
    on whichever revision an edit was made. Where it was sent otherwise, the merge leaves to a
    person what two have agreed apart.
    """
    return not is_complete(edit.old) and any(
        is_complete(one) and is_agreed(one) and equal(agreement(one), agreement(edit.old))
        for one in edit.standing
    )


def _decides_protected(edit: Edit, forms: CaseForms) -> bool:
    """Whether an edit settles what only supervisors do; what it carries on is nothing new."""
    settles = edit.body.get("settles")
    if not isinstance(settles, dict) or settles == edit.old.get("settles"):
        return False
    return forms.decides_protected(edit.body["form"], settles)


def _check_attachments(body: Body) -> None:
    for name, attachment in body.get("_attachments", {}).items():
        if attachment["sha256"] not in name or not _ATTACHMENT.fullmatch(name):
            raise Refusal("attachment_name", (Problem("_attachments", "name_without_digest"),))


def _problems(form: Form, body: Body) -> tuple[Problem, ...]:
    """What is wrong with the answers, as the tablet saw it on the day when they were given: it was
    the tablet that asked, and what it had found right must not be refused a month later.
    """
    edited_at = body.get("edited_at")
    day = edited_at[:10] if isinstance(edited_at, str) else None
    return problems(form, body.get("data"), draft=body.get("state") == "draft", today=day)


def _changed_fixed(form: Form, edit: Edit, forms: CaseForms) -> tuple[Problem, ...]:
    """Answers that are given once and have been given another value, unless that settles them."""
    before, now = edit.old.get("data", {}), edit.body["data"]
    return tuple(
        Problem(asked.name, "fixed_answer")
        for asked in form.fields
        if asked.merge == "fixed"
        and before.get(asked.name) is not None
        and not equal(now.get(asked.name), before[asked.name])
        and not _settles(edit, forms.unit_field(form, asked.name))
    )


def _settles(edit: Edit, field: str) -> bool:
    """Whether an edit decides between all that a field, which was open, may come to."""
    settles, units = edit.body.get("settles"), open_units_of(edit.old, field)
    if not isinstance(settles, dict) or not units:
        return False
    return all(
        isinstance(named := settles.get(unit), list) and all(one["rev"] in named for one in waiting)
        for unit, waiting in units.items()
    )


def _referral_problems(
    form: Form, edit: Edit, author: Person, record: Record | None, directory: Directory
) -> tuple[Problem, ...]:
    """An addressee who is none, or who would get what somebody else has answered; forms that are
    not the author's to share; another agreement than the one that was sent.
    """
    if _is_sent_as_drafted(edit) and not equal(agreement(edit.body), agreement(edit.old)):
        here, there = edit.body["data"], edit.old.get("data", {})
        changed = [one for one in AGREEMENT if not equal(here.get(one), there.get(one))]
        return tuple(Problem(one, "fixed_answer") for one in changed)
    to_user = edit.body["data"].get("to_user")
    is_decided = not _agree_alike(form, edit.old, edit.body) or _settles(edit, "to_user")
    if is_decided and not all(equal(to_user, name) for name in _who_answered(form, edit)):
        return (Problem("to_user", "fixed_answer"),)
    is_completed = edit.body["state"] == "complete" and not is_complete(edit.old)
    if is_completed or (is_decided and to_user is not None):
        return (
            *_addressee_problems(to_user, author, record, directory),
            *_agreement_problems(edit.body["data"].get("forms"), author, record),
        )
    return ()


def _who_answered(form: Form, edit: Edit) -> list[Value]:
    """All who may have given the answer that a referral has.

    What stands and agrees something else than the author saw is not asked: the merge leaves to a
    person what two have agreed apart.
    """
    unchanged = [one for one in edit.standing if _agree_alike(form, edit.old, one)]
    return [
        name
        for referral in (edit.old, *unchanged)
        if any(answer is not None for answer in candidates(referral, "response"))
        for name in candidates(referral, "to_user")
    ]


def _agree_alike(form: Form, one: Body, other: Body) -> bool:
    """Whether two show the same of whom a referral is to and what goes with that."""
    couple = next(asked.couple for asked in form.fields if asked.name == "to_user")
    names = {asked.name for asked in form.fields if couple and asked.couple == couple}
    here, there = one.get("data", {}), other.get("data", {})
    return all(equal(here.get(name), there.get(name)) for name in names | {*AGREEMENT})


def _addressee_problems(
    name: object, author: Person, record: Record | None, directory: Directory
) -> tuple[Problem, ...]:
    """What keeps somebody from being an addressee: there is nobody such, they could not answer, or
    the case is theirs already, and would stay with them by a referral once it is not.
    """
    addressee = directory.named(name) if isinstance(name, str) else None
    if addressee is None:
        return (Problem("to_user", "unknown_user"),)
    has_it = addressee.id == author.id or (record is not None and is_about(addressee, record))
    if has_it or REFERRAL not in addressee.role.writes:
        return (Problem("to_user", "not_an_addressee"),)
    return ()


def _agreement_problems(
    forms: object, author: Person, record: Record | None
) -> tuple[Problem, ...]:
    """Forms that the author does not see, and can therefore share with nobody."""
    own = author.role.reads if record is None else lasting_parts(author, record)
    shared = {str(code) for code in forms} if isinstance(forms, list) else set()
    return () if shared <= own else (Problem("forms", "not_yours_to_share"),)
