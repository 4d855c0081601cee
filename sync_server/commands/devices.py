"""`kanaf device`: with which tablets people take part."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from sync_server.commands.opening import opened_kanaf
from sync_server.commands.tables import minute, print_list, state

if TYPE_CHECKING:
    from sync_server.service.device_reports import KnownDevice
    from sync_server.storage.rows import DeviceReportRow

_LONGEST_URL = 500


@click.group()
def device() -> None:
    """Tablets."""


@device.command("add")
@click.argument("user_name", metavar="USER")
@click.argument("name")
def device_add(user_name: str, name: str) -> None:
    """Add a tablet; prints its token, which is shown once."""
    from sync_server.service.directory_changes import add_device

    kanaf = opened_kanaf()
    _tell_token(name, add_device(kanaf, user_name, name))
    owner = kanaf.directory().named(user_name)
    if owner is not None and not kanaf.registry().has_accepted(owner.id):
        click.echo(
            f"{user_name} has not accepted the code of conduct (kanaf conduct show); a tablet that "
            "is enrolled with a code asks for it",
            err=True,
        )


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
    click.echo(f"device {name} of {user_name} is enrolled with this code: {code.text}")
    click.echo(f"it is good once, until {minute(code.expires_at)}")


@device.command("list")
def device_list() -> None:
    """List tablets: name, whose it is, whether it may come in, is lost or has erased itself, when
    it was last heard of, version, what it had not sent, room that was left on it, what it lacked
    when it last compared.
    """
    from sync_server.service.device_reports import known_devices

    known = known_devices(opened_kanaf())
    rows = [(one.device.name, one.owner.name, _state(one), *_reported(one.report)) for one in known]
    headings = "name, user, state, heard of, version, unsent, free, compared"
    print_list(headings, rows, "no tablet is known yet")


@device.command("shut-out")
@click.argument("name")
def device_shut_out(name: str) -> None:
    """Let a tablet in no more; what it sent before stays.

    What the tablet has not sent stays on it, and so does all else: see kanaf device lost.
    """
    from sync_server.service.directory_changes import shut_out_device

    shut_out_device(opened_kanaf(), name)
    click.echo(f"device {name} is shut out; if it is found: kanaf device new-token {name}")


@device.command("lost")
@click.argument("name")
def device_lost(name: str) -> None:
    """Say that a tablet is lost or stolen: it is shown nothing any more, what it has not sent goes
    into quarantine when it comes, and it is ordered to erase itself.
    """
    from sync_server.service.lost_devices import lose_device

    lose_device(opened_kanaf(), name)
    click.echo(f"device {name} is lost; if it is found: kanaf device new-token {name}")


@device.command("new-token")
@click.argument("name")
def device_new_token(name: str) -> None:
    """Give a tablet another token, shown once; it is let in with that, and with no other."""
    from sync_server.service.directory_changes import renew_token

    _tell_token(name, renew_token(opened_kanaf(), name))


def _state(one: KnownDevice) -> str:
    found = one.device
    if found.wiped_at is not None:
        return f"erased itself at {minute(found.wiped_at)}"
    if found.lost_at is not None and found.active:
        return f"lost since {minute(found.lost_at)}"
    return state(one.may_come_in)


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
    """When a device was heard of; version, what was unsent, what was free and what was missing,
    where it told.
    """
    if report is None:
        return ["never", "-", "-", "-", "-"]
    heard = minute(report.heard_at)
    if report.told_at is None:
        return [heard, "-", "-", "-", "-"]
    free = f"{(report.free_bytes or 0) // 1_000_000} MB"
    return [heard, report.version or "-", f"{report.unsent}", free, _compared(report)]


def _compared(report: DeviceReportRow) -> str:
    if report.checked_at is None:
        return "never"
    outcome = f"{report.missing} missing" if report.missing else "complete"
    return f"{outcome} at {minute(report.checked_at)}"


def _tell_token(name: str, token: str) -> None:
    click.echo(f"device {name} signs in with its name and this token: {token}")
