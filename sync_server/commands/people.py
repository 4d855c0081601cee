"""`kanaf agency`, `kanaf group`, `kanaf user`: who takes part."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable
from pathlib import PurePath
from typing import TYPE_CHECKING, BinaryIO

import click

from sync_server.commands.opening import opened_kanaf
from sync_server.commands.tables import cases, print_list, state

if TYPE_CHECKING:
    from sync_server.service.directory_changes import Rights
    from sync_server.service.kanaf import Kanaf
    from sync_server.storage.rows import UserRow

_ROLE = "see kanaf role list"
_GROUP = (
    "a known group; its supervisors see the cases that this person begins there; "
    "of several the first is where they begin them"
)
_AREA = "the code of an administrative area, such as SD01"
_PASSWORD = click.option(
    "--password-stdin", is_flag=True, help="read a password from standard input"
)


@click.group()
def agency() -> None:
    """Agencies that take part."""


@agency.command("add")
@click.argument("code")
@click.argument("name")
def agency_add(code: str, name: str) -> None:
    """Add an agency."""
    from sync_server.service.directory_changes import add_agency

    add_agency(opened_kanaf(), code, name)
    click.echo(f"agency {code} is known")


@agency.command("list")
def agency_list() -> None:
    """List the agencies: code and name."""
    from sync_server.storage.directory import agencies

    with opened_kanaf().store.read() as reading:
        known = agencies(reading.connection)
    print_list("code, name", list(known.items()), "no agency is known yet")


@click.group()
def group() -> None:
    """Groups of people whose cases are supervised together."""


@group.command("add")
@click.argument("name")
def group_add(name: str) -> None:
    """Add a group."""
    from sync_server.service.directory_changes import add_group

    add_group(opened_kanaf(), name)
    click.echo(f"group {name} is known")


@group.command("list")
def group_list() -> None:
    """List the groups: name, how many people are in each, and of which agencies."""
    from sync_server.service.people import agencies_in_groups
    from sync_server.storage.directory import groups, users

    kanaf = opened_kanaf()
    with kanaf.store.read() as reading:
        known, people = groups(reading.connection), users(reading.connection)
    counts = {name: sum(name in one.groups for one in people) for name in known}
    agencies = agencies_in_groups(kanaf)
    rows = [
        (name, f"{count}", ", ".join(agencies.get(name, ())) or "-")
        for name, count in counts.items()
    ]
    print_list("name, people, agencies", rows, "no group is known yet")


@click.group()
def user() -> None:
    """People."""


@user.command("add")
@click.argument("name")
@click.option("--role", required=True, help=_ROLE)
@click.option("--agency", "agency_code", required=True, help="the code of a known agency")
@click.option("--group", "groups", multiple=True, help=_GROUP)
@click.option("--area", help=_AREA)
@_PASSWORD
def user_add(
    name: str,
    role: str,
    agency_code: str,
    groups: tuple[str, ...],
    area: str | None,
    *,
    password_stdin: bool,
) -> None:
    """Add a person."""
    from sync_server.service.directory_changes import add_user

    password = _first_line() if password_stdin else None
    kanaf = opened_kanaf()
    added = add_user(
        kanaf,
        name,
        role=role,
        agency=agency_code,
        groups=groups,
        area=area,
        password=password,
    )
    _warn_of_no_place(kanaf, added)
    _warn_of_agencies(kanaf, added.groups)
    click.echo(f"user {name} is added; give them a tablet with: kanaf device enrol {name} NAME")


@user.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="say what would be done, and add nobody")
def user_import(file: BinaryIO, *, dry_run: bool) -> None:
    """Add the people in a CSV or XLSX: all of them, or nobody where anything is wrong.

    The headings are name, role, agency, group (several with | between them) and area. Who is there
    already is left as they are.
    """
    from sync_server.service.roster import UnusableRoster, import_people, place_of, read_roster

    try:
        lines = read_roster(file.read(), PurePath(file.name).suffix.lower())
    except UnusableRoster as unusable:
        raise click.ClickException(f"{file.name}: {unusable}") from None
    kanaf = opened_kanaf()
    found = import_people(kanaf, lines, dry_run=dry_run)
    for one in found.faults:
        click.echo(f"{file.name}: row {one.row}, {one.column}: {one.message}", err=True)
    if found.faults:
        raise click.ClickException("nobody was added: mend these rows, then import the file again")
    for line in lines:
        if _takes_group(kanaf, line.cells["role"]) and not line.cells.get("group"):
            click.echo(f"warning: row {line.number}: {line.cells['name']} is in no group", err=True)
    coming = [place_of(line) for line in lines]
    _warn_of_agencies(kanaf, {group for _, groups in coming for group in groups}, coming)
    done = "would be added" if dry_run else "added"
    click.echo(f"{len(found.added)} {done}, {len(found.known)} there already")


@user.command("list")
def user_list() -> None:
    """List people: name, role, agency, groups, area, whether they may come in."""
    with opened_kanaf().store.read() as reading:
        from sync_server.storage.directory import users

        known = sorted(users(reading.connection), key=lambda one: one.name)
    rows = [
        (
            one.name,
            one.role,
            one.agency,
            ", ".join(one.groups) or "-",
            one.area or "-",
            state(one.active),
        )
        for one in known
    ]
    print_list("name, role, agency, groups, area, state", rows, "nobody is known yet")


@user.command("change")
@click.argument("name")
@click.option("--role", help=_ROLE)
@click.option("--agency", "agency_code", help="the code of a known agency")
@click.option("--group", "groups", multiple=True, help=f"{_GROUP}; those before are left")
@click.option("--no-group", is_flag=True, help="take the person out of all groups")
@click.option("--area", help=_AREA)
@click.option("--no-area", is_flag=True, help="take the person's area away")
def user_change(
    name: str,
    role: str | None,
    agency_code: str | None,
    groups: tuple[str, ...],
    area: str | None,
    *,
    no_group: bool,
    no_area: bool,
) -> None:
    """Give a person another role, agency, groups or area."""
    from sync_server.service.directory_changes import change_user

    if (groups and no_group) or (area and no_area):
        raise click.UsageError("that says two things: to be somewhere, and nowhere")
    rights: Rights = {}
    if role is not None:
        rights["role"] = role
    if agency_code is not None:
        rights["agency"] = agency_code
    if groups or no_group:
        rights["groups"] = groups
    if area or no_area:
        rights["area"] = area
    if not rights:
        raise click.UsageError("say what to change: see kanaf user change --help")
    kanaf = opened_kanaf()
    changed = change_user(kanaf, name, **rights)
    _warn_of_no_place(kanaf, changed)
    if rights.keys() & {"groups", "agency"}:
        _warn_of_agencies(kanaf, changed.groups)
    where = f"group {', '.join(changed.groups)}" if changed.groups else "no group"
    in_area = f", in area {changed.area}" if changed.area else ""
    click.echo(f"user {name} is {changed.role} of {changed.agency}, in {where}{in_area}")
    _tell_records(kanaf, changed, "which this moves nowhere")


@user.command("shut-out")
@click.argument("name")
def user_shut_out(name: str) -> None:
    """Let a person in no more, with no password and on no tablet; what they wrote stays."""
    from sync_server.service.directory_changes import shut_out_user

    kanaf = opened_kanaf()
    gone = shut_out_user(kanaf, name)
    click.echo(f"user {name} is shut out, on every tablet; back in with: kanaf user let-in {name}")
    _tell_records(kanaf, gone, "seen by the supervisors of the group")


@user.command("let-in")
@click.argument("name")
def user_let_in(name: str) -> None:
    """Let a person in again who was shut out."""
    from sync_server.service.directory_changes import let_in_user

    let_in_user(opened_kanaf(), name)
    click.echo(f"user {name} may come in again, on tablets that are not shut out themselves")


@user.command("password")
@click.argument("name")
@_PASSWORD
def user_password(name: str, *, password_stdin: bool) -> None:
    """Give a person another password; sessions with the one before end."""
    from sync_server.service.directory_changes import set_password

    typed = (
        _first_line()
        if password_stdin
        else click.prompt(
            f"new password of {name}", hide_input=True, confirmation_prompt=True, err=True
        )
    )
    set_password(opened_kanaf(), name, typed)
    click.echo(f"user {name} has another password")


def _tell_records(kanaf: Kanaf, owner: UserRow, what: str) -> None:
    """Tells how many cases somebody owns, and how others get them."""
    from sync_server.service.directory_changes import records_owned

    for database, count in records_owned(kanaf, owner).items():
        click.echo(
            f"{owner.name} owns {cases(count)} in {database}, {what}; to hand over: "
            f"kanaf handover assign --database {database} --from {owner.name} --to NAME"
        )


def _takes_group(kanaf: Kanaf, role: str) -> bool:
    """Whether people of a role begin or see the cases of a group."""
    from sync_server.sharing.roles import Action

    known = kanaf.registry().roles[role]
    begins = known.scope == "own" and Action.REGISTER in known.actions
    return begins or known.scope == "group"


def _warn_of_no_place(kanaf: Kanaf, person: UserRow) -> None:
    if not person.groups and _takes_group(kanaf, person.role):
        told = f"warning: {person.name} is in no --group, and cases are supervised by group"
        click.echo(told, err=True)
    if person.area is None and person.role == "hub":
        told = f"warning: {person.name} has no --area, and so receives no case"
        click.echo(told, err=True)


def _warn_of_agencies(
    kanaf: Kanaf,
    groups: Collection[str],
    coming: Iterable[tuple[str, Collection[str]]] = (),
) -> None:
    """Warns of groups in which a supervisor sees the cases of other agencies, too."""
    from sync_server.service.people import agencies_in_groups

    for group, agencies in agencies_in_groups(kanaf, coming).items():
        if group in groups and len(agencies) > 1:
            told = f"warning: group {group} has people of {', '.join(agencies)}: its supervisors"
            click.echo(f"{told} see the cases of all of them", err=True)


def _first_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")
