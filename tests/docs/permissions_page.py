"""The page of who may see and do what, made of the table of roles.

python -m tests.docs.permissions_page    # writes it anew
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from schemas import library_forms
from sync_server.sharing.roles import (
    FIRST_PUBLISHED,
    IDENTIFYING,
    PUBLISHED,
    ROLES,
    SURVIVORS,
    Action,
    Role,
)

PAGE = Path(__file__).parents[2] / "docs/reference/permissions.md"
_SCOPES = {
    "own": "their own",
    "group": "their own, and those of their groups",
    "agency": "their own, and those of their agency",
    "area": "their own, and those of their area",
    "none": "none",
}
_ACTIONS = {
    Action.REGISTER: "begins records",
    Action.REFER: "refers children",
    Action.SETTLE: "decides what is left to supervisors: protected fields, quarantine",
    Action.ASSIGN: "gives records to others",
    Action.GRANT: "agrees, as the second person, to emergency access",
    Action.DESIGN: "publishes forms",
    Action.COUNT: "reads figures about cases",
    Action.EMPLOY: "adds people, and hands out their tablets",
    Action.ADMINISTER: "keeps databases and people",
}
_BEGINNING = """# Permissions

Made of `sync_server/sharing/roles.py` by `python -m tests.docs.permissions_page`; a test holds it
to that.

A person has one role, one agency, groups or none, and an area or none. A record has an owner, and
the agency, the group and the area in which it was begun: of somebody in several groups the first.
Each answer of each endpoint shows a person of a record what their role reads, if the record is one
of those that the role is about, and what was referred to them.

| what | who sees it |
|---|---|
| a record that the role is about | the forms that the role reads, below |
| a referral that was sent | its addressee sees the referral itself |
| one that was accepted, while the child consents | its addressee sees the forms agreed in it, too |
| one that was rejected, is done or was ended | its addressee sees nothing of it any more |
| a record that somebody was let in to by emergency | what their role reads so, for a day |
| everything else | nobody: it is answered as what does not exist |

The child consents while [the case form and the consent form](forms.md#system-forms) say so. A
service provider of another agency, for instance, reads the assessment of a child when she has
accepted a referral that has `k22` among its forms and the child consents; no more once it is
rejected, done or ended.

What may be written is what is seen and what the role writes; what somebody sees [by
emergency](../explanation/emergency-access.md) they only read. The answer to a referral belongs to
its addressee, its end to those whose record it is; whom it is to and what it shares never change,
not by another edit of its draft either.

A referral is to somebody who writes referrals and does not have the record already: not to who
writes it, nor to anybody whose role is about the record. They would keep the child by it when they
change group or agency, or the record its owner. And who refers shares only forms that they see
themselves.

## Roles

| role | whose records | beside forms |
|---|---|---|
"""
_FORMS = """
## Forms

`r`: reads; `rw`: reads and writes. A form that a programme publishes tells who a child is where its
fields are `identifying`, and is about what a survivor told where its designer said so: its first
revision decides that for ever. A form that is both is read by those who read both kinds.

"""


def page() -> str:
    """The whole page."""
    roles = [f"| `{one.name}` | {_SCOPES[one.scope]} | {_acts(one)} |" for one in ROLES.values()]
    reading = {name: role for name, role in ROLES.items() if role.reads}
    rows = [_row("form", (f"`{name}`" for name in reading)), "|---" * (len(reading) + 1) + "|"]
    for code, told in _forms():
        rows.append(_row(told, (_may(role, code) for role in reading.values())))
    tables = ("\n".join(one) + "\n" for one in (roles, rows, _actions()))
    about = (_BEGINNING, _FORMS, _NAMES)
    return "".join(part for pair in zip(about, tables, strict=True) for part in pair) + _OWN


def _row(first: str, others: Iterable[str]) -> str:
    return f"| {' | '.join([first, *others])} |"


def _acts(role: Role) -> str:
    acts = [told for one, told in _ACTIONS.items() if one in role.actions - {Action.EMPLOY}]
    if Action.EMPLOY in role.actions:
        whose = "agency" if role.scope == "agency" else "groups"
        given = ", ".join(sorted(role.gives))
        whom = f"as {given} in their {whose}" if given else "of every role"
        acts.append(f"{_ACTIONS[Action.EMPLOY]}: {whom}")
    if role.in_emergency:
        acts.append("asks for emergency access to one named record, for a day")
    return "; ".join(acts) or "nothing"


def _actions() -> Iterable[str]:
    """A row for each action."""
    for action, told in _ACTIONS.items():
        holders = ", ".join(f"`{one.name}`" for one in ROLES.values() if action in one.actions)
        yield _row(f"`{action}`: {told}", [holders])


def _may(role: Role, code: str) -> str:
    words = set(code.split())
    return f"{'r' if words <= role.reads else ''}{'w' if words <= role.writes else ''}" or "-"


def _forms() -> Iterable[tuple[str, str]]:
    """The forms that some role reads: code, and what they are called."""
    read = set[str]().union(*(role.reads for role in ROLES.values()))
    for form in sorted(library_forms(), key=lambda one: int(one.code[1:])):
        if form.code in read:
            yield form.code, f"`{form.code}` {form.title['en']}"
    yield PUBLISHED, f"what a programme publishes: `k{FIRST_PUBLISHED}` and above"
    yield f"{PUBLISHED} {IDENTIFYING}", "of these, those that tell who a child is"
    yield f"{PUBLISHED} {SURVIVORS}", "of these, those about what a survivor told"


_NAMES = """
## Actions

What a role allows beside forms, by the names that [the protocol](protocol.md) and roles of a
programme's own have for it.

| action | who has it |
|---|---|
"""
_OWN = """
## Roles of a programme's own

`kanaf role show caseworker` prints a role as JSON; `kanaf role set NAME FILE` adds one of another
name, or changes it for all who have it. It has a `scope` (`none`, `own`, `group`, `agency` or
`area`), and lists: `actions`, `reads`, `writes` and `in_emergency` (codes of forms, and the words
`published`, `identifying` and `survivors`), and `gives`, the roles that it gives to others. A form
counts where all its words are named. Nobody gives what they have not, for they may have an account
or a tablet of it: a role that is given reads and writes nothing else, has no other actions
than to begin and refer, and of others' records the same scope, that of groups or an agency.
"""


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
