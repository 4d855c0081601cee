"""`kanaf session`: who is signed in with a password."""

from __future__ import annotations

import click

from sync_server.commands.opening import opened_kanaf
from sync_server.commands.tables import minute, print_list


@click.group()
def session() -> None:
    """Sessions of people."""


@session.command("list")
@click.argument("user_name", metavar="[USER]", required=False)
def session_list(user_name: str | None) -> None:
    """List sessions: id, whose it is, when it ends at most."""
    from sync_server.service.sessions import sessions

    rows = [(one.id, one.user, minute(one.ends_at)) for one in sessions(opened_kanaf(), user_name)]
    print_list("id, user, ends by", rows, "nobody is signed in")


@session.command("end")
@click.argument("session_id", metavar="[ID]", required=False)
@click.option("--all", "user_name", metavar="USER", help="all sessions of a user")
def session_end(session_id: str | None, user_name: str | None) -> None:
    """End a session at once, or all of a user; they may sign in again."""
    from sync_server.service.sessions import end_session, end_sessions

    if session_id is not None and user_name is None:
        ended = end_session(opened_kanaf(), session_id)
        click.echo(f"session {session_id} of {ended} is ended")
    elif user_name is not None and session_id is None:
        count = end_sessions(opened_kanaf(), user_name)
        click.echo(f"{count} sessions of {user_name} are ended")
    else:
        raise click.UsageError("name a session, or a user with --all")
