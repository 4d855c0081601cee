"""The ready roles: one readable table."""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Literal

Scope = Literal["none", "own", "group", "agency", "area"]

CASE, REFERRAL, NOTE, PHOTO = "k1", "k2", "k7", "k8"
IDENTITY, REGISTRATION, ASSESSMENT, FOLLOW_UP = "k20", "k21", "k22", "k23"
CONSENT, CASE_PLAN, SERVICE, CARE_ARRANGEMENT, CLOSURE = "k24", "k25", "k26", "k27", "k28"
CASEWORK = frozenset(
    {CASE, NOTE, PHOTO, IDENTITY, REGISTRATION, ASSESSMENT, FOLLOW_UP}
    | {CONSENT, CASE_PLAN, SERVICE, CARE_ARRANGEMENT, CLOSURE}
)
"""The forms that ship, but for the referral, which is about two agencies."""

PUBLISHED, IDENTIFYING, SURVIVORS = "published", "identifying", "survivors"
"""In the place of codes: the forms that a programme publishes; those of them that tell who the
child is; those of them that are about what a survivor told. A role has a form whose words are all
among its own: one that is identifying needs `published` and `identifying`.
"""
WORDS = frozenset({PUBLISHED, IDENTIFYING, SURVIVORS})
FIRST_PUBLISHED = 100
_PUBLISHED_CODE = re.compile(r"k[1-9][0-9]{2,5}")

Catalog = Mapping[str, frozenset[str]]
"""What a programme has published: the words that stand for each form, by code."""


class Action(StrEnum):
    """What a role allows beside reading and writing forms."""

    REGISTER = "register"  # begin a record
    REFER = "refer"
    SETTLE = "settle"  # decide an open unit that is protected, and what was refused
    ASSIGN = "assign"  # give records to others
    EMPLOY = "employ"  # add people and hand out codes, for the roles that one gives
    GRANT = "grant"  # agree, as the second person, to emergency access
    DESIGN = "design"  # publish forms
    COUNT = "count"  # read figures about cases, no case
    ADMINISTER = "administer"  # databases, people; no case


@dataclass(frozen=True)
class Role:
    """A role.

    Attributes:
        scope: whose records: one's own, with them those of one's groups, agency or area, or none.
            What is referred to a person comes on top, whatever the role.
        actions: what it allows beside forms.
        reads, writes: form codes, within the scope; also `WORDS`.
        in_emergency: codes and words of what is read of one named record, for a day, once a second
            person has agreed; who reads nothing so cannot ask.
        gives: the roles that one gives to people of one's groups or agency, and for whose tablets
            one hands out codes; see `is_within`.
    """

    name: str
    scope: Scope
    actions: frozenset[Action]
    reads: frozenset[str]
    writes: frozenset[str]
    in_emergency: frozenset[str] = frozenset()
    gives: frozenset[str] = frozenset()


_EVERY_FORM = CASEWORK | {REFERRAL} | WORDS
_TRACING = frozenset({CARE_ARRANGEMENT, FOLLOW_UP, NOTE, PHOTO})
_WITHOUT_IDENTITY = CASEWORK - {IDENTITY, PHOTO} | {PUBLISHED}
_NONE: frozenset[str] = frozenset()

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
            frozenset(
                {Action.REGISTER, Action.REFER, Action.SETTLE}
                | {Action.ASSIGN, Action.EMPLOY, Action.GRANT}
            ),
            _EVERY_FORM,
            _EVERY_FORM,
            gives=frozenset({"caseworker", "service_provider", "data_clerk"}),
        ),
        Role(
            "service_provider",
            "own",
            frozenset(),
            _EVERY_FORM,
            frozenset({REFERRAL, FOLLOW_UP, NOTE}),
        ),
        # What a survivor told is nobody's who sees a whole agency, unless a role of the programme's
        # own names it.
        Role(
            "agency_manager",
            "agency",
            frozenset({Action.ASSIGN, Action.GRANT}),
            CASEWORK | {REFERRAL, PUBLISHED, IDENTIFYING},
            frozenset({NOTE}),
        ),
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
        Role("information_officer", "none", frozenset({Action.DESIGN}), _NONE, _NONE),
        Role("national_viewer", "none", frozenset({Action.COUNT}), _NONE, _NONE),
        Role("hub", "area", frozenset(), _EVERY_FORM, _NONE),
        Role(
            "administrator",
            "none",
            frozenset({Action.ADMINISTER, Action.DESIGN, Action.ASSIGN, Action.EMPLOY})
            | {Action.GRANT},
            _NONE,
            _NONE,
            in_emergency=_EVERY_FORM,
        ),
    )
}
"""Every ready role by its name; a programme adds its own."""

OF_NOTHING = Role("nothing", "none", frozenset(), _NONE, _NONE)
"""Who sees no record, whatever is theirs or referred to them, and may do nothing."""

_FREELY_GIVEN = frozenset({Action.REGISTER, Action.REFER})
_ABOUT_OTHERS = frozenset({Action.SETTLE, Action.ASSIGN, Action.EMPLOY, Action.GRANT})


def in_programme(role: Role, catalog: Catalog) -> Role:
    """A role with the codes of a programme's forms in the place of words."""

    def codes(named: Set[str]) -> frozenset[str]:
        return frozenset(named - WORDS) | {code for code, all_ in catalog.items() if all_ <= named}

    return replace(
        role,
        reads=codes(role.reads),
        writes=codes(role.writes),
        in_emergency=codes(role.in_emergency),
    )


def is_within(given: Role, giver: Role) -> bool:
    """Whether who has a role may give another without getting at more by it: as by an account that
    is their own under another name, or a tablet of somebody else's. So they read and write all that
    it does, have its acts but those to begin records and to refer, and what it has of others'
    records, or does with them, is within the same scope.
    """
    has_all = (
        given.actions <= giver.actions | _FREELY_GIVEN
        and given.gives <= giver.gives
        and given.reads <= giver.reads
        and given.writes <= giver.writes
        and given.in_emergency <= giver.in_emergency
    )
    is_about_others = given.scope not in ("none", "own") or bool(given.actions & _ABOUT_OTHERS)
    return has_all and (given.scope == giver.scope or not is_about_others)


def is_published(form: str) -> bool:
    """Whether a code is one of those that forms get which a programme publishes."""
    return _PUBLISHED_CODE.fullmatch(form) is not None
