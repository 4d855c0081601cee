"""`kanaf quarantine`: what was refused, and deciding about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from sync_server.commands.opening import case_database, opened_kanaf, signed_in

if TYPE_CHECKING:
    from sync_server.service.caller import Caller
    from sync_server.service.kanaf import Kanaf
    from sync_server.storage.rows import DatabaseRow

    Decide = Callable[[Kanaf, DatabaseRow, Caller, str], object]


_STILL_WAITS = "Nothing was decided: kanaf quarantine correct or reject it."
_NO_OTHER_WAY = ("not_in_quarantine", "not_readable")
"""Codes whose sentence says all that can be done."""


def _as_somebody(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options by which a command knows for whom it works."""
    for option in (
        click.option("--database", required=True, metavar="NAME", help="the programme's"),
        click.option("--as", "name", required=True, metavar="USER", help="a supervisor"),
        click.option("--password-stdin", is_flag=True, help="read the password from stdin"),
    ):
        command = option(command)
    return command


@click.group()
def quarantine() -> None:
    """What was refused: look at it, and decide about it as a supervisor."""


@quarantine.command("list")
@_as_somebody
def quarantine_list(database: str, name: str, *, password_stdin: bool) -> None:
    """List what was refused: from USER, and what USER may decide about. Never an answer."""
    from sync_server.service.quarantine_desk import listed

    kanaf, programme, caller = _signed_in(database, name, from_input=password_stdin)
    found = listed(kanaf, programme, caller)
    for one in found:
        problems = " ".join(f"{p['path']}:{p['code']}" for p in one["problems"])
        told = f"{one['entry']}  {one['document']}  {one['owner']}  {one['reason']}  {problems}"
        click.echo(told.rstrip())
    if not found:
        click.echo(f"nothing waits in quarantine for {name}")


@quarantine.command("show")
@click.argument("entry")
@_as_somebody
def quarantine_show(entry: str, database: str, name: str, *, password_stdin: bool) -> None:
    """Print what was sent, as JSON, and what stands in its place. It is case data."""
    from sync_server.service.quarantine_desk import sent_in

    found = _done(database, name, entry, sent_in, from_input=password_stdin)
    click.echo(json.dumps(found, ensure_ascii=False, indent=2))


@quarantine.command("accept")
@click.argument("entry")
@_as_somebody
def quarantine_accept(entry: str, database: str, name: str, *, password_stdin: bool) -> None:
    """Take the document as it was sent, although it breaks a rule."""
    from sync_server.service.quarantine_desk import accept

    rev = _done(database, name, entry, accept, from_input=password_stdin)
    click.echo(f"accepted: {rev}")


@quarantine.command("correct")
@click.argument("entry")
@click.argument("answers", metavar="FILE", type=click.File("rb"))
@_as_somebody
def quarantine_correct(
    entry: str, answers: BinaryIO, database: str, name: str, *, password_stdin: bool
) -> None:
    """Write the answers in FILE (JSON, as under "data" in what `show` prints) in its place."""
    from sync_server.service.quarantine_desk import correct

    try:
        given = json.loads(answers.read())
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise click.ClickException(f"{answers.name} is no JSON object of answers")
    if {"sent", "standing"} <= given.keys():
        raise click.ClickException(
            f"{answers.name} is all that show prints: keep only what is in it under data, in sent"
        )

    def corrected(kanaf: Kanaf, programme: DatabaseRow, caller: Caller, chosen: str) -> object:
        return correct(kanaf, programme, caller, chosen, given)

    rev = _done(database, name, entry, corrected, from_input=password_stdin)
    click.echo(f"corrected: {rev}")


@quarantine.command("reject")
@click.argument("entry")
@_as_somebody
def quarantine_reject(entry: str, database: str, name: str, *, password_stdin: bool) -> None:
    """Let stand what stood before; what was sent is kept."""
    from sync_server.service.quarantine_desk import reject

    rev = _done(database, name, entry, reject, from_input=password_stdin)
    click.echo(f"rejected: {rev or 'nothing had to be written'}")


def _done(database: str, name: str, entry: str, decide: Decide, *, from_input: bool) -> object:
    from sync_server.messages import sentence
    from sync_server.service.quarantine_desk import NotDecided

    desk = _signed_in(database, name, from_input=from_input)
    try:
        return decide(*desk, entry)
    except NotDecided as refused:
        for problem in refused.problems:
            click.echo(f"{problem.path or 'the whole'}: {problem.code}", err=True)
        still = "" if refused.code in _NO_OTHER_WAY else f" {_STILL_WAITS}"
        raise click.ClickException(f"{sentence(refused.code, 'en')}{still}") from None


def _signed_in(database: str, name: str, *, from_input: bool) -> tuple[Kanaf, DatabaseRow, Caller]:
    """Service, database and somebody who has said their password: to decide is a person's work."""
    kanaf = opened_kanaf()
    programme = case_database(kanaf, database)
    return kanaf, programme, signed_in(kanaf, name, from_input=from_input)
