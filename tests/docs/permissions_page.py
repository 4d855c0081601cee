"""The page of who may see and do what, made of the table of roles.

python -m tests.docs.permissions_page    # writes it anew
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from schemas import library_forms
from sync_server.sharing.roles import FIRST_PUBLISHED, PUBLISHED, ROLES, Action, Role

PAGE = Path(__file__).parents[2] / "docs/reference/permissions.md"
_SCOPES = {
    "own": "their own",
    "group": "their own, and those of their group",
    "agency": "their own, and those of their agency",
    "none": "none",
}
_ACTIONS = {
    Action.REGISTER: "begins records",
    Action.REFER: "refers children",
    Action.SETTLE: "decides what is left to supervisors: protected fields, quarantine",
    Action.ADMINISTER: "keeps databases",
}
_BEGINNING = """# Permissions

Made of `sync_server/sharing/roles.py` by `python -m tests.docs.permissions_page`; a test holds it
to that.

A person has one role, one agency, and a group or none. A record has an owner, and the agency and
the group in which it was begun. Each answer of each endpoint shows a person of a record what their
role reads, if the record is one of those that the role is about, and what was referred to them. Who
keeps the server sees no record.

| what | who sees it |
|---|---|
| a record that the role is about | the forms that the role reads, below |
| a referral that was sent | its addressee sees the referral itself |
| one that was accepted, while the child consents | its addressee sees the forms agreed in it, too |
| one that was rejected, is done or was ended | its addressee sees nothing of it any more |
| everything else | nobody: it is answered as what does not exist |

What may be written is what is seen and what the role writes. The answer to a referral belongs to
its addressee, its end to those whose record it is; whom it is to and what it shares never change.

## Roles

| role | whose records | beside forms |
|---|---|---|
"""
_FORMS = """
## Forms

`r`: reads; `rw`: reads and writes. What a programme publishes may tell who a child is, or what a
survivor told: roles that see a whole agency or enter papers do not read it.

"""


def page() -> str:
    """The whole page."""
    roles = [f"| `{one.name}` | {_SCOPES[one.scope]} | {_acts(one)} |" for one in ROLES.values()]
    reading = {name: role for name, role in ROLES.items() if role.reads}
    rows = [_row("form", (f"`{name}`" for name in reading)), "|---" * (len(reading) + 1) + "|"]
    for code, told in _forms():
        rows.append(_row(told, (_may(role, code) for role in reading.values())))
    return _BEGINNING + "\n".join(roles) + "\n" + _FORMS + "\n".join(rows) + "\n"


def _row(first: str, others: Iterable[str]) -> str:
    return f"| {' | '.join([first, *others])} |"


def _acts(role: Role) -> str:
    acts = [_ACTIONS[one] for one in Action if one in role.actions]
    if role.enrols:
        acts.append(f"enrols tablets of {', '.join(sorted(role.enrols))} of their group")
    return "; ".join(acts) or "nothing"


def _may(role: Role, code: str) -> str:
    return f"{'r' if code in role.reads else ''}{'w' if code in role.writes else ''}" or "-"


def _forms() -> Iterable[tuple[str, str]]:
    """The forms that some role reads: code, and what they are called."""
    read = set[str]().union(*(role.reads for role in ROLES.values()))
    for form in sorted(library_forms(), key=lambda one: int(one.code[1:])):
        if form.code in read:
            yield form.code, f"`{form.code}` {form.title['en']}"
    yield PUBLISHED, f"what a programme publishes: `k{FIRST_PUBLISHED}` and above"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
