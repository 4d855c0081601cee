"""Who holds which documents when everything is at rest: DESIGN §8, written down a second time.

By this the service is judged, so nothing of the service is imported, its rules of sharing least of
all. Quoted are the sentences that a piece of code stands for, those of §8 unless it says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Body = Mapping[str, Any]

CASE, REFERRAL, NOTE, PHOTO, IDENTITY, REGISTRATION = "k1", "k2", "k7", "k8", "k20", "k21"
ASSESSMENT, FOLLOW_UP, CONSENT, CASE_PLAN = "k22", "k23", "k24", "k25"
SERVICE, CARE_ARRANGEMENT, CLOSURE = "k26", "k27", "k28"
CASEWORK = {CASE, NOTE, PHOTO, IDENTITY, REGISTRATION, ASSESSMENT, FOLLOW_UP}
CASEWORK |= {CONSENT, CASE_PLAN, SERVICE, CARE_ARRANGEMENT, CLOSURE}
STATEMENT, SURVIVORS_STATEMENT, CONTACTS = "k100", "k101", "k102"
"""The programme's own: an ordinary one, one about what a survivor told, one that tells who it is.
"""
PUBLISHED = {STATEMENT, SURVIVORS_STATEMENT, CONTACTS}
EVERY_FORM = frozenset({*CASEWORK, REFERRAL, *PUBLISHED})


@dataclass(frozen=True)
class Role:
    """A role, of which it is said that it "has a scope (own, group, agency), actions, and per form
    `read` or `write`".
    """

    scope: str
    reads: frozenset[str]


ROLES = {
    "caseworker": Role("own", EVERY_FORM),
    "supervisor": Role("group", EVERY_FORM),
    "service_provider": Role("own", EVERY_FORM),
    # "Survivors' forms are in nobody's agency scope unless the role names them": no role does.
    "agency_manager": Role("agency", EVERY_FORM - {SURVIVORS_STATEMENT}),
    "tracing_officer": Role(
        "agency",
        frozenset({CASE, IDENTITY, REGISTRATION, CARE_ARRANGEMENT, FOLLOW_UP, NOTE, PHOTO}),
    ),
    "data_clerk": Role("group", frozenset(CASEWORK - {IDENTITY, PHOTO} | {STATEMENT})),
    # §4: "Only hubs" see all that happens, "for their area".
    "hub": Role("area", EVERY_FORM),
}
"""§4: "Administrators and national viewers read no case": they are not among these."""


@dataclass(frozen=True)
class User:
    """A person, of whom it is said: "A user has a role, an agency, groups, a location"."""

    name: str
    role: str
    agency: str
    groups: tuple[str, ...]
    area: str | None
    active: bool = True


@dataclass(frozen=True)
class Record:
    """A case: "A record has an owner, an agency, assigned users, consent". §5: "A new record
    belongs to its author and the author's agency".

    Attributes:
        owner: the author's name.
        agency, group, area: the author's when it was begun; of several groups the first.
        documents: of each document that is not deleted what stands: one body, or several while a
            merge waits. A `merge` in a body is the server's.
    """

    owner: str
    agency: str
    group: str | None
    area: str | None
    documents: Mapping[str, Sequence[Body]]


def holdings(
    users: Iterable[User], records: Collection[Record], configuration: Collection[str]
) -> dict[str, frozenset[str]]:
    """The documents that each user's tablet shows at rest, by the user's name; of whoever may not
    come in there is nothing to say.

    Args:
        configuration: the ids of the `shared:` documents.
    """
    return {
        # §2: configuration is "visible to every member".
        user.name: frozenset(configuration).union(*(seen(user, record) for record in records))
        for user in users
        if user.active
    }


def seen(user: User, record: Record) -> Iterator[str]:
    """The documents of a record that a user sees. §2: "a document is shared whole or not at all,
    never redacted".
    """
    if user.role not in ROLES:
        return
    forms = {*(ROLES[user.role].reads if is_theirs(user, record) else ()), *agreed(user, record)}
    letters = set(addressed(user, record))
    for document in record.documents:
        subject = subject_of(document)
        if form_of(subject) in forms or subject in letters:
            yield document


def is_theirs(user: User, record: Record) -> bool:
    """Whether a record is in the scope of a user's role. Their own always is: "the owner stays"."""
    match ROLES[user.role].scope:
        case "group" if record.group in user.groups:
            return True
        case "area" if user.area and record.area:
            return record.area.startswith(user.area) or user.name == record.owner
        case "agency" if user.agency == record.agency:
            return True
    return user.name == record.owner


# "Referral gives the recipient the forms agreed in it, within consent, until done, rejected,
# revoked or expired; the owner stays."


def agreed(user: User, record: Record) -> Iterator[str]:
    """The forms that referrals give to a user."""
    if not has_consent(record):
        return
    for bodies in addressed(user, record).values():
        if all(set(told(body, "response")) == {"accepted"} for body in bodies):
            yield from bodies[0]["data"]["forms"]


def addressed(user: User, record: Record) -> dict[str, Sequence[Body]]:
    """The referrals that a user is the addressee of and that are not over. "The addressee alone
    accepts or rejects": so they see the referral itself before there is consent to more.
    """
    return {
        document: bodies
        for document, bodies in record.documents.items()
        if is_referral(document)
        and bodies[0]["data"].get("to_user") == user.name
        and not is_over(bodies)
    }


def is_over(bodies: Sequence[Body]) -> bool:
    """Whether a referral shares nothing (any more): a draft, one that was ended, rejected or done,
    or one of which it is not certain whom it is to and what it shares.
    """
    agreements = [[body["data"].get(name) for name in ("to_user", "forms")] for body in bodies]
    if any(one != agreements[0] for one in agreements):
        return True
    return any(
        is_draft(body)
        or is_open(body, "group.agreement")
        or True in told(body, "ended")
        or {"rejected", "done"} & set(told(body, "response"))
        for body in bodies
    )


def has_consent(record: Record) -> bool:
    """Whether the child's consent to share is certain: given, and denied by nothing that stands,
    in the case nor in the consent form.
    """
    opening, consent = (
        next((one for id_, one in record.documents.items() if form_of(id_) == form), ())
        for form in (CASE, CONSENT)
    )
    is_denied = any(
        False in told(body, "share") or set(told(body, "withdrawn_on")) != {None}
        for body in consent
    )
    return (
        bool(opening)
        and not is_denied
        and all(
            not is_draft(body) and set(told(body, "consent_to_share")) == {True} for body in opening
        )
    )


# What a merge leaves open, §6: "An open unit shows the value of its writer with the greatest
# (generation, rev)"; the others wait beside it, and until it is settled any of them may be true.


def told(body: Body, field: str) -> list[Any]:
    """All that a field may come to: what is shown, and what waits for a person."""
    waiting = body.get("merge", {}).get("open", {}).get(f"data.{field}", ())
    return [body["data"].get(field), *(one.get("value") for one in waiting)]


def is_draft(body: Body) -> bool:
    """Whether anybody says that a document is not complete."""
    waiting = body.get("merge", {}).get("open", {}).get("state", ())
    return any(one != "complete" for one in (body["state"], *(each["value"] for each in waiting)))


def is_open(body: Body, unit: str) -> bool:
    """Whether a unit waits for a person."""
    return unit in body.get("merge", {}).get("open", {})


# Ids, §2: `<record>:<form>`, `<record>:<form>:<ulid>`, and §6 `<record>:conflict:<document>:<hash>`


def subject_of(document: str) -> str:
    """What a document is about: of a conflict notice that document, §6: "audience as their
    document".
    """
    record, _, name = document.partition(":")
    if name.startswith("conflict:"):
        return f"{record}:{name.removeprefix('conflict:').rpartition(':')[0]}"
    return document


def form_of(document: str) -> str:
    """The code of the form that a document is of."""
    return document.split(":")[1]


def is_referral(document: str) -> bool:
    """Whether a document is a referral."""
    return form_of(document) == REFERRAL
