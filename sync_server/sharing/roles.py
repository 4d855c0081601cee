"""The ready roles: one readable table."""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Scope = Literal["own", "group", "agency", "none"]

CASE, REFERRAL, NOTE, PHOTO = "k1", "k2", "k7", "k8"
IDENTITY, REGISTRATION, ASSESSMENT, FOLLOW_UP = "k20", "k21", "k22", "k23"
CONSENT, CASE_PLAN, SERVICE, CARE_ARRANGEMENT, CLOSURE = "k24", "k25", "k26", "k27", "k28"
CASEWORK = frozenset(
    {CASE, NOTE, PHOTO, IDENTITY, REGISTRATION, ASSESSMENT, FOLLOW_UP}
    | {CONSENT, CASE_PLAN, SERVICE, CARE_ARRANGEMENT, CLOSURE}
)
PUBLISHED = "published"
"""In the place of a code: all forms that a programme has published; their codes are `k100` and
above.
"""
FIRST_PUBLISHED = 100
_PUBLISHED_CODE = re.compile(r"k[1-9][0-9]{2,5}")


class Action(StrEnum):
    """What a role allows beside reading and writing forms."""

    REGISTER = "register"  # begin a record
    REFER = "refer"
    SETTLE = "settle"  # decide an open unit that is protected
    ADMINISTER = "administer"  # databases, users; no case


@dataclass(frozen=True)
class Role:
    """A role.

    Attributes:
        scope: whose records: one's own, with them those of one's group or agency, or none. What is
            referred to a person comes on top, whatever the role.
        actions: what it allows beside forms.
        reads, writes: form codes, within the scope; also `PUBLISHED`.
        enrols: the roles of those of one's group for whose tablets one hands out codes. None is
            among them that may do or see more.
    """

    name: str
    scope: Scope
    actions: frozenset[Action]
    reads: frozenset[str]
    writes: frozenset[str]
    enrols: frozenset[str] = frozenset()


_EVERY_FORM = CASEWORK | {REFERRAL, PUBLISHED}
_TRACING = frozenset({CARE_ARRANGEMENT, FOLLOW_UP, NOTE, PHOTO})
_WITHOUT_IDENTITY = CASEWORK - {IDENTITY, PHOTO}

ROLES = {
    role.name: role
    for role in (
        Role(
            "caseworker",
            "own",
            frozenset({Action.REGISTER, Action.REFER}),
            _EVERY_FORM,
            _EVERY_FORM,
        ),
        Role(
            "supervisor",
            "group",
            frozenset(Action) - {Action.ADMINISTER},
            _EVERY_FORM,
            _EVERY_FORM,
            enrols=frozenset({"caseworker", "service_provider", "data_clerk"}),
        ),
        Role(
            "service_provider",
            "own",
            frozenset(),
            _EVERY_FORM,
            frozenset({REFERRAL, FOLLOW_UP, NOTE}),
        ),
        # What a programme publishes may tell who a child is, or what a survivor told: not for a
        # whole agency or who enters papers, until a role can name such forms one by one.
        Role("agency_manager", "agency", frozenset(), CASEWORK | {REFERRAL}, frozenset({NOTE})),
        Role(
            "tracing_officer",
            "agency",
            frozenset(),
            _TRACING | {CASE, IDENTITY, REGISTRATION},
            _TRACING,
        ),
        Role(
            "data_clerk",
            "group",
            frozenset({Action.REGISTER}),
            _WITHOUT_IDENTITY,
            _WITHOUT_IDENTITY,
        ),
        Role("administrator", "none", frozenset({Action.ADMINISTER}), frozenset(), frozenset()),
    )
}
"""Every role by its name."""


def covers(codes: Set[str], form: str) -> bool:
    """Whether a form is among those that some codes name."""
    return form in codes or (PUBLISHED in codes and is_published(form))


def is_read_by_anybody(form: str) -> bool:
    """Whether there is a role that reads a form."""
    return any(covers(role.reads, form) for role in ROLES.values())


def is_published(form: str) -> bool:
    """Whether a code is that of a form that a programme has published."""
    return _PUBLISHED_CODE.fullmatch(form) is not None
