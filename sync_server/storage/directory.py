"""Users, devices, sessions, agencies and settings: small tables, written by administration only.

Every change of users and devices, and of the databases' own settings, counts `directory_version`
up, by which each process knows that its copy is old.

A record that is begun under one directory must not become visible after the fan-out of the next one
has passed it by. SQLite, which has one lock for all, compares versions when a plan is committed. On
PostgreSQL the directory has an advisory lock: who plans by it shares the lock until the commit, who
changes it has the lock alone. Nobody gets to share it past one who waits to have it alone, so a
lost tablet is shut out however many push; a row's lock would be shared past them without end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from sqlalchemy import (
    Connection,
    Integer,
    TableValuedAlias,
    bindparam,
    delete,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    update,
)

from sync_server.storage import schema
from sync_server.storage.rows import (
    ROLE_LISTS,
    AuditRow,
    DatabaseKind,
    DeviceRow,
    EnrolmentRow,
    RoleRow,
    SessionRow,
    UserRow,
)

DIRECTORY_VERSION = "directory_version"
_MEMBERSHIPS = select(schema.membership.c.user_id, schema.membership.c.group).order_by(
    schema.membership.c.place
)
_USERS = select(
    *(
        schema.user.c[name]
        for name in ("id", "name", "role", "agency", "active", "password_hash", "area")
    )
).order_by(schema.user.c.id)
_SETTING = select(schema.setting.c.value).where(schema.setting.c.name == bindparam("name"))
_LOCK = literal(0x6B616E62, Integer), literal(0, Integer)
"""The class of our advisory locks of the directory, of which there is one."""
_ALONE = select(func.pg_advisory_xact_lock(*_LOCK))


def setting(connection: Connection, name: str) -> str | None:
    """A setting's value."""
    return connection.execute(_SETTING, {"name": name}).scalar_one_or_none()


def set_setting(connection: Connection, name: str, value: str) -> None:
    """Sets a setting."""
    table = schema.setting
    changed = connection.execute(update(table).where(table.c.name == name).values(value=value))
    if not changed.rowcount:
        connection.execute(insert(table).values(name=name, value=value))


def remove_setting(connection: Connection, name: str) -> None:
    """Removes a setting, if it is there."""
    connection.execute(delete(schema.setting).where(schema.setting.c.name == name))


def directory_version(connection: Connection) -> int:
    """How often the directory was changed."""
    return int(setting(connection, DIRECTORY_VERSION) or 0)


def directory_held() -> TableValuedAlias:
    """One row, for a statement that shares the directory's lock until the transaction ends.

    PostgreSQL only. What the statement itself reads may be from before it got the lock; the
    directory is read by a later one. It comes before every other lock, in all transactions.
    """
    return func.pg_advisory_xact_lock_shared(*_LOCK).table_valued("held")


@contextmanager
def changing(connection: Connection) -> Iterator[None]:
    """A change of the directory. A transaction with one begins with it, before it reads: what it
    rests on stays as it is until the commit.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE)
    yield
    version = directory_version(connection) + 1
    set_setting(connection, DIRECTORY_VERSION, str(version))


def users(connection: Connection) -> list[UserRow]:
    """All users, by id."""
    # Every process reads them after every change, while others wait: taken apart as tuples.
    groups: dict[int, list[str]] = {}
    for user_id, group in connection.execute(_MEMBERSHIPS):
        groups.setdefault(user_id, []).append(group)
    return [
        UserRow(user_id, name, role, agency, tuple(groups.get(user_id, ())), active, hashed, area)
        for user_id, name, role, agency, active, hashed, area in connection.execute(_USERS)
    ]


def user_named(connection: Connection, name: str) -> UserRow | None:
    """A user by their name; None where there is none."""
    row = connection.execute(select(schema.user).where(schema.user.c.name == name)).one_or_none()
    if row is None:
        return None
    table = schema.membership
    groups = select(table.c.group).where(table.c.user_id == row.id).order_by(table.c.place)
    return UserRow(**row._mapping, groups=tuple(connection.execute(groups).scalars()))


def groups(connection: Connection) -> list[str]:
    """The names of all groups."""
    return list(connection.execute(select(schema.group).order_by(schema.group.c.name)).scalars())


def add_group(connection: Connection, name: str) -> None:
    """Adds a group."""
    connection.execute(insert(schema.group).values(name=name))


def roles(connection: Connection) -> list[RoleRow]:
    """The roles of the programme's own, by name."""
    rows = connection.execute(select(schema.role).order_by(schema.role.c.name))
    return [_role_row(**row._mapping) for row in rows]


def set_role(connection: Connection, role: RoleRow) -> None:
    """Adds a role, or puts it in the place of the one of that name."""
    remove_role(connection, role.name)
    lists = {name: json.dumps(sorted(getattr(role, name))) for name in ROLE_LISTS}
    connection.execute(insert(schema.role).values({**asdict(role), **lists}))


def remove_role(connection: Connection, name: str) -> None:
    """Removes a role of the programme's own."""
    connection.execute(delete(schema.role).where(schema.role.c.name == name))


def _role_row(name: str, scope: str, **lists: str) -> RoleRow:
    return RoleRow(name, scope, **{key: frozenset(json.loads(one)) for key, one in lists.items()})


def devices(connection: Connection) -> list[DeviceRow]:
    """All devices, by id."""
    rows = connection.execute(select(schema.device).order_by(schema.device.c.id))
    return [DeviceRow(**row._mapping) for row in rows]


def agencies(connection: Connection) -> dict[str, str]:
    """The agencies' names by code."""
    rows = connection.execute(select(schema.agency).order_by(schema.agency.c.code))
    return {row.code: row.name for row in rows}


def add_agency(connection: Connection, code: str, name: str) -> str:
    """Adds an agency where there is none of that code.

    Returns:
        The name that the code stands for now.
    """
    known = agencies(connection).get(code)
    if known is None:
        connection.execute(insert(schema.agency).values(code=code, name=name))
    return known or name


def add_user(connection: Connection, **values: Any) -> int:
    """Adds a user with the attributes of `UserRow` (without id).

    Returns:
        The user's id.
    """
    groups = values.pop("groups")
    added = insert(schema.user).values(values).returning(schema.user.c.id)
    user_id = int(connection.execute(added).scalar_one())
    _set_groups(connection, user_id, groups)
    return user_id


def change_user(connection: Connection, user_id: int, **values: Any) -> None:
    """Changes attributes of a user."""
    groups = values.pop("groups", None)
    if groups is not None:
        _set_groups(connection, user_id, groups)
    table = schema.user
    if values:
        connection.execute(update(table).where(table.c.id == user_id).values(**values))


def _set_groups(connection: Connection, user_id: int, groups: Sequence[str]) -> None:
    table = schema.membership
    connection.execute(delete(table).where(table.c.user_id == user_id))
    rows = [
        {"user_id": user_id, "place": place, "group": name} for place, name in enumerate(groups)
    ]
    if rows:
        connection.execute(insert(table), rows)


def add_device(
    connection: Connection,
    name: str,
    user_id: int,
    token_digest: bytes,
    install_id: str | None = None,
) -> None:
    """Adds a device that syncs as a user."""
    values = {"name": name, "user_id": user_id, "token_digest": token_digest, "active": True}
    connection.execute(insert(schema.device).values(**values, install_id=install_id))


def change_device(connection: Connection, device_id: int, **columns: Any) -> None:
    """Changes columns of a device."""
    table = schema.device
    connection.execute(update(table).where(table.c.id == device_id).values(**columns))


def add_session(
    connection: Connection, token_digest: bytes, user_id: int, expires_at: float, now: float
) -> None:
    """Adds a session and forgets those that have ended (times in seconds since 1970)."""
    table = schema.session
    connection.execute(delete(table).where(table.c.expires_at < now))
    values = {"token_digest": token_digest, "user_id": user_id, "expires_at": expires_at}
    connection.execute(insert(table).values(values))


def sessions(connection: Connection, now: float) -> list[SessionRow]:
    """The sessions that have not ended by time."""
    table = schema.session
    rows = connection.execute(select(table).where(table.c.expires_at >= now))
    return [SessionRow(**row._mapping) for row in rows]


def session_user(connection: Connection, token_digest: bytes, now: float) -> int | None:
    """The id of the user whose session that is, while it lasts."""
    table = schema.session
    query = select(table.c.user_id).where(
        table.c.token_digest == token_digest, table.c.expires_at >= now
    )
    return connection.execute(query).scalar_one_or_none()


def end_sessions(connection: Connection, user_id: int) -> None:
    """Ends all sessions of a user."""
    connection.execute(delete(schema.session).where(schema.session.c.user_id == user_id))


def case_databases(connection: Connection) -> list[int]:
    """The ids of the databases whose feeds follow the directory."""
    table = schema.database
    query = select(table.c.id).where(table.c.kind == DatabaseKind.CASE).order_by(table.c.id)
    return list(connection.execute(query).scalars())


def set_enrolment(connection: Connection, enrolment: EnrolmentRow, now: float) -> None:
    """Keeps what a code stands for, instead of a code before for the same device, and forgets those
    that have expired.
    """
    table = schema.enrolment
    is_old = or_(table.c.expires_at <= now, table.c.device == enrolment.device)
    connection.execute(delete(table).where(is_old))
    connection.execute(insert(table).values(asdict(enrolment)))


def enrolments(connection: Connection, now: float) -> list[EnrolmentRow]:
    """The codes that are good, by device."""
    table = schema.enrolment
    rows = connection.execute(
        select(table).where(table.c.expires_at > now).order_by(table.c.device)
    )
    return [EnrolmentRow(**row._mapping) for row in rows]


def void_enrolments(connection: Connection, *, user_id: int | None, device: str | None) -> None:
    """Makes the codes void that are for a user, or were issued by that user or by a device."""
    column = schema.enrolment.c
    concerned = []
    if user_id is not None:
        concerned += [column.user_id == user_id, column.issuer_id == user_id]
    if device is not None:
        concerned.append(column.issuer_device == device)
    connection.execute(delete(schema.enrolment).where(or_(false(), *concerned)))


def take_enrolment(connection: Connection, code_digest: bytes) -> None:
    """Makes a code void that was used."""
    table = schema.enrolment
    connection.execute(delete(table).where(table.c.code_digest == code_digest))


def note(connection: Connection, entry: AuditRow) -> None:
    """Writes an act of administration into the audit log: names and codes only."""
    connection.execute(insert(schema.audit_entry).values(asdict(entry)))


def end_session(connection: Connection, token_digest: bytes) -> None:
    """Ends a session."""
    table = schema.session
    connection.execute(delete(table).where(table.c.token_digest == token_digest))
