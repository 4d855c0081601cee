"""The roles of a programme's own, beside the ready ones, which nobody changes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, get_args

from schemas.definition import FORM_CODE
from sync_server.service.directory_changes import (
    InvalidAccount,
    administrators,
    carried_out,
    fan_out,
    note,
    usable_name,
)
from sync_server.service.kanaf import Kanaf, all_roles, role_of
from sync_server.sharing.roles import ROLES, WORDS, Action, Role, Scope, is_within
from sync_server.storage import directory
from sync_server.storage.rows import ROLE_LISTS, RoleRow
from sync_server.storage.store import Connection


def role_to_json(role: Role) -> dict[str, Any]:
    """A role as it is shown and written: its scope, and what it has of the rest, sorted."""
    return {"scope": role.scope, **{name: sorted(getattr(role, name)) for name in ROLE_LISTS}}


def set_role(kanaf: Kanaf, name: str, given: Mapping[str, Any], *, dry_run: bool = False) -> int:
    """Adds a role, or changes it for all who have it: at once in answers, by jobs in feeds.

    Args:
        given: as `role_to_json` has it; a list that is left out is empty.
        dry_run: whether to look only.

    Returns:
        How many people have it.

    Raises:
        InvalidAccount: the name is that of a ready role or unusable, the role makes no sense, gives
            more than it has, or nobody would be left who administers.
    """
    name = usable_name(name, "a role")
    row = _row(name, given)

    def change(connection: Connection) -> int:
        known = all_roles(connection)
        _check(role_of(row), known)
        holders = [one for one in directory.users(connection) if one.role == name]
        before = administrators(connection)
        if not dry_run:
            directory.set_role(connection, row)
            if before and not administrators(connection):
                raise InvalidAccount(f"{name} is the role of the last administrators")
            for one in holders:
                directory.void_enrolments(connection, user_id=one.id, device=None)
            note(kanaf, connection, "role set", name)
            fan_out(connection)
        return len(holders)

    return carried_out(kanaf, change)


def remove_role(kanaf: Kanaf, name: str) -> None:
    """Removes a role that nobody has.

    Raises:
        InvalidAccount: somebody has it, another role gives it, or it is no role of the programme's.
    """

    def remove(connection: Connection) -> None:
        own = {one.name for one in directory.roles(connection)}
        if name not in own:
            raise InvalidAccount(f"{name!r} is no role of the programme's own; see kanaf role list")
        holders = [one.name for one in directory.users(connection) if one.role == name]
        if holders:
            raise InvalidAccount(f"{len(holders)} people are {name}, such as {holders[0]}")
        givers = [one.name for one in directory.roles(connection) if name in one.gives]
        if givers:
            raise InvalidAccount(f"{name} is given by {givers[0]}; change that first")
        directory.remove_role(connection, name)
        note(kanaf, connection, "role removed", name)

    carried_out(kanaf, remove)


def _row(name: str, given: Mapping[str, Any]) -> RoleRow:
    """A role as it is kept.

    Raises:
        InvalidAccount: it is none.
    """
    if name in ROLES:
        raise InvalidAccount(f"{name} is a ready role, which stays as it is; choose another name")
    unknown = given.keys() - {"scope", *ROLE_LISTS}
    if unknown:
        raise InvalidAccount(f"nothing is known of {', '.join(sorted(unknown))} in a role")
    scope = str(given.get("scope"))
    if scope not in get_args(Scope):
        raise InvalidAccount(f"scope is one of {', '.join(get_args(Scope))}")
    lists = {one: given.get(one, []) for one in ROLE_LISTS}
    for one, listed in lists.items():
        if not isinstance(listed, list) or not all(isinstance(part, str) for part in listed):
            raise InvalidAccount(f"{one} is a list of texts")
    unheard = set(lists["actions"]) - set(Action)
    if unheard:
        raise InvalidAccount(f"{min(unheard)!r} is no action; there are {', '.join(Action)}")
    return RoleRow(name, scope, **{one: frozenset(listed) for one, listed in lists.items()})


def _check(role: Role, known: Mapping[str, Role]) -> None:
    """Refuses a role that makes no sense.

    Raises:
        InvalidAccount: see there.
    """
    for named in (role.reads, role.writes, role.in_emergency):
        _check_forms(named)
    administers = Action.ADMINISTER in role.actions
    for is_wrong, told in (
        (role.writes - role.reads, "a role writes nothing that it does not read"),
        (role.scope == "none" and role.reads, "a role with the scope none reads no form"),
        (administers and role.scope != "none", "who administers reads no case: scope none"),
        (role.gives and Action.EMPLOY not in role.actions, "a role that gives others may employ"),
        (
            role.gives and role.scope not in ("group", "agency"),
            "a role that gives others is about a group or an agency",
        ),
    ):
        if is_wrong:
            raise InvalidAccount(told)
    _check_given(role, known)


def _check_given(role: Role, known: Mapping[str, Role]) -> None:
    """Refuses a role by which somebody would give away more than they have.

    Raises:
        InvalidAccount: see there.
    """
    for name in sorted(role.gives):
        given = {**known, role.name: role}.get(name)
        if given is None:
            raise InvalidAccount(f"there is no role {name!r} to be given")
        if not is_within(given, role):
            raise InvalidAccount(f"{name} may do or see what {role.name} may not")
    for other in known.values():
        if role.name in other.gives and other.name != role.name and not is_within(role, other):
            raise InvalidAccount(f"{other.name} gives {role.name}, and may do or see less")


def _check_forms(named: Collection[str]) -> None:
    for one in sorted(named):
        if one not in WORDS and not FORM_CODE.fullmatch(one):
            told = ", ".join(sorted(WORDS))
            raise InvalidAccount(f"{one!r} is no code of a form, such as k21, nor one of {told}")
