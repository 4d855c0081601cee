"""`kanaf agency`, `kanaf user`, `kanaf device`: who takes part, and with which tablets."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, BinaryIO

import click

from sync_server.commands.opening import opened_kanaf

if TYPE_CHECKING:
    from sync_server.service.directory_changes import Rights
    from sync_server.service.kanaf import Kanaf
    from sync_server.storage.rows import DeviceReportRow, UserRow

_ROLES = (
    "caseworker, supervisor, service_provider, agency_manager, tracing_officer, data_clerk, "
    "administrator"
)
_LONGEST_URL = 500
_SUPERVISED = ("caseworker", "supervisor", "data_clerk")
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
    _print_table([(code, name) for code, name in known.items()], "no agency is known yet")


@click.group()
def user() -> None:
    """People."""


@user.command("add")
@click.argument("name")
@click.option("--role", required=True, help=_ROLES)
@click.option("--agency", "agency_code", required=True, help="the code of a known agency")
@click.option("--group", help="whose supervisors see this person's cases")
@_PASSWORD
def user_add(
    name: str, role: str, agency_code: str, group: str | None, *, password_stdin: bool
) -> None:
    """Add a person."""
    from sync_server.service.directory_changes import add_user

    password = _first_line() if password_stdin else None
    added = add_user(
        opened_kanaf(), name, role=role, agency=agency_code, group=group, password=password
    )
    _warn_of_no_group(added)
    click.echo(f"user {name} is added; give them a tablet with: kanaf device add {name} NAME")


@user.command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--dry-run", is_flag=True, help="say what would be done, and add nobody")
def user_import(file: BinaryIO, *, dry_run: bool) -> None:
    """Add the people in a CSV or XLSX: all of them, or nobody where anything is wrong.

    The headings are name, role, agency and group. Who is there already is left as they are.
    """
    from sync_server.service.roster import UnusableRoster, import_people, read_roster

    try:
        lines = read_roster(file.read(), PurePath(file.name).suffix.lower())
    except UnusableRoster as unusable:
        raise click.ClickException(f"{file.name}: {unusable}") from None
    found = import_people(opened_kanaf(), lines, dry_run=dry_run)
    for one in found.faults:
        click.echo(f"{file.name}: row {one.row}, {one.column}: {one.message}", err=True)
    if found.faults:
        raise click.ClickException("nobody was added: mend these rows, then import the file again")
    for line in lines:
        if line.cells["role"] in _SUPERVISED and not line.cells.get("group"):
            click.echo(f"warning: row {line.number}: {line.cells['name']} is in no group", err=True)
    done = "would be added" if dry_run else "added"
    click.echo(f"{len(found.added)} {done}, {len(found.known)} there already")


@user.command("list")
def user_list() -> None:
    """List people: name, role, agency, group, whether they may come in."""
    with opened_kanaf().store.read() as reading:
        from sync_server.storage.directory import users

        known = sorted(users(reading.connection), key=lambda one: one.name)
    rows = [(one.name, one.role, one.agency, one.group or "-", _state(one.active)) for one in known]
    _print_table(rows, "nobody is known yet")


@user.command("change")
@click.argument("name")
@click.option("--role", help=_ROLES)
@click.option("--agency", "agency_code", help="the code of a known agency")
@click.option("--group", help="whose supervisors see the cases that this person begins from now on")
@click.option("--no-group", is_flag=True, help="take the person out of their group")
def user_change(
    name: str, role: str | None, agency_code: str | None, group: str | None, *, no_group: bool
) -> None:
    """Give a person another role, agency or group."""
    from sync_server.service.directory_changes import change_user

    if group is not None and no_group:
        raise click.UsageError("--group and --no-group say two things")
    rights: Rights = {}
    if role is not None:
        rights["role"] = role
    if agency_code is not None:
        rights["agency"] = agency_code
    if group is not None or no_group:
        rights["group"] = group
    if not rights:
        raise click.UsageError("say what to change: --role, --agency, --group or --no-group")
    kanaf = opened_kanaf()
    changed = change_user(kanaf, name, **rights)
    _warn_of_no_group(changed)
    where = f"group {changed.group}" if changed.group else "no group"
    click.echo(f"user {name} is a {changed.role} of {changed.agency}, in {where}")
    if "group" in rights or "agency" in rights:
        _tell_records(kanaf, changed, "were begun in another place, and stay there")


@user.command("shut-out")
@click.argument("name")
def user_shut_out(name: str) -> None:
    """Let a person in no more, with no password and on no tablet; what they wrote stays."""
    from sync_server.service.directory_changes import shut_out_user

    kanaf = opened_kanaf()
    gone = shut_out_user(kanaf, name)
    click.echo(f"user {name} is shut out, on every tablet; back in with: kanaf user let-in {name}")
    _tell_records(kanaf, gone, "are still theirs; the supervisors of their group see them")


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


@click.group()
def device() -> None:
    """Tablets."""


@device.command("add")
@click.argument("user_name", metavar="USER")
@click.argument("name")
def device_add(user_name: str, name: str) -> None:
    """Add a tablet; prints its token, which is shown once."""
    from sync_server.service.directory_changes import add_device

    _tell_token(name, add_device(opened_kanaf(), user_name, name))


@device.command("enrol")
@click.argument("user_name", metavar="USER")
@click.argument("name")
@click.option("--url", help="where tablets reach this server; stands in the QR")
@click.option("--qr", type=click.Path(dir_okay=False, path_type=Path), help="FILE.svg or FILE.png")
def device_enrol(user_name: str, name: str, url: str | None, qr: Path | None) -> None:
    """Issue a code by which a tablet gets its token: good once, for a day."""
    import segno

    from sync_server.service.enrolment import issue_code

    if qr is not None and qr.suffix.lower() not in (".svg", ".png"):
        raise click.BadParameter("name it .svg or .png", param_hint="--qr")
    if url is not None and len(url) > _LONGEST_URL:
        raise click.BadParameter("that is no address", param_hint="--url")
    with ExitStack() as undo:
        file = None if qr is None else undo.enter_context(_new_file(qr))
        code = issue_code(opened_kanaf(), user_name, name)
        # Behind a # no browser that opens the address sends the code on.
        drawn = segno.make(f"{(url or '').rstrip('/')}#{code.text}", micro=False)
        if qr is None or file is None:
            drawn.terminal(compact=True)
        else:
            drawn.save(file, kind=qr.suffix.lower().removeprefix("."), scale=8)
            click.echo(f"{qr} holds the code, too")
    until = datetime.fromtimestamp(code.expires_at).astimezone()
    click.echo(f"device {name} of {user_name} is enrolled with this code: {code.text}")
    click.echo(f"it is good once, until {until:%Y-%m-%d %H:%M %z}")


@device.command("list")
def device_list() -> None:
    """List tablets: name, whose it is, whether it may come in, when it was last heard of, version,
    what it had not sent, room that was left on it.
    """
    from sync_server.service.device_reports import known_devices

    known = known_devices(opened_kanaf())
    rows = [
        (one.device.name, one.owner.name, _state(one.may_come_in), *_reported(one.report))
        for one in known
    ]
    _print_table(rows, "no tablet is known yet")


@device.command("shut-out")
@click.argument("name")
def device_shut_out(name: str) -> None:
    """Let a tablet in no more that was lost or stolen; what it sent before stays.

    What the tablet holds cannot be taken from it by this.
    """
    from sync_server.service.directory_changes import shut_out_device

    shut_out_device(opened_kanaf(), name)
    click.echo(f"device {name} is shut out; if it is found: kanaf device new-token {name}")


@device.command("new-token")
@click.argument("name")
def device_new_token(name: str) -> None:
    """Give a tablet another token, shown once; it is let in with that, and with no other."""
    from sync_server.service.directory_changes import renew_token

    _tell_token(name, renew_token(opened_kanaf(), name))


@contextmanager
def _new_file(path: Path) -> Iterator[BinaryIO]:
    """A file that was not there, readable by its owner only; gone again if it is not filled.

    Raises:
        ClickException: it is there already, or cannot be made.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        file = os.fdopen(os.open(path, flags, 0o600), "wb")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be made: {error.strerror}") from None
    try:
        with file:
            yield file
    except BaseException:
        path.unlink()
        raise


def _reported(report: DeviceReportRow | None) -> list[str]:
    """When a device was heard of; version, what was unsent and what was free, where it told."""
    if report is None:
        return ["never heard of", "", "", ""]
    heard = f"{datetime.fromtimestamp(report.heard_at).astimezone():%Y-%m-%d %H:%M}"
    if report.told_at is None:
        return [heard, "", "", ""]
    free = f"{(report.free_bytes or 0) // 1_000_000} MB free"
    return [heard, report.version or "", f"{report.unsent} unsent", free]


def _tell_token(name: str, token: str) -> None:
    click.echo(f"device {name} signs in with its name and this token: {token}")


def _tell_records(kanaf: Kanaf, owner: UserRow, what: str) -> None:
    from sync_server.service.directory_changes import records_owned

    for database, count in records_owned(kanaf, owner).items():
        click.echo(f"{count} cases of {owner.name} in {database} {what}")


def _warn_of_no_group(person: UserRow) -> None:
    if person.group is None and person.role in _SUPERVISED:
        told = f"warning: {person.name} is in no --group, and cases are supervised by group"
        click.echo(told, err=True)


def _first_line() -> str:
    return sys.stdin.readline().rstrip("\r\n")


def _state(is_active: bool) -> str:
    return "may come in" if is_active else "shut out"


def _print_table(rows: Sequence[Sequence[str]], otherwise: str) -> None:
    """Prints rows in columns; a sentence where there are none."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        click.echo(_padded(row, widths))
    if not rows:
        click.echo(otherwise)


def _padded(row: Iterable[str], widths: Iterable[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
