"""`kanaf emergency`: who was let in to a record that is not their work, and ending that."""

from __future__ import annotations

import click

from sync_server.commands.opening import case_database, opened_kanaf
from sync_server.commands.tables import minute, print_list


@click.group()
def emergency() -> None:
    """Emergency access to records. It is asked for and granted over the network, by two people."""


@emergency.command("list")
@click.option("--database", required=True, metavar="NAME", help="the programme's")
def emergency_list(database: str) -> None:
    """List the requests of 90 days, the newest first: id, state, record, who asked, who granted,
    until when.
    """
    from sync_server.service.emergencies_seen import SHOWN_SECONDS, emergency_told
    from sync_server.storage.emergencies import requests_since

    kanaf = opened_kanaf()
    programme, now = case_database(kanaf, database), kanaf.clock()
    with kanaf.store.read() as reading:
        users = kanaf.registry(reading).users
        rows = requests_since(reading.connection, now - SHOWN_SECONDS, programme.id)
    told = [emergency_told(row, users, now) for row in rows]
    columns = [
        (
            one["emergency"],
            one["state"],
            one["record"],
            one["user"],
            one["granted_by"] or "-",
            minute(one["ended_at"] or one["until"]),
        )
        for one in told
    ]
    headings = "id, state, record, asked by, granted by, until"
    print_list(headings, columns, "nobody has asked for emergency access")


@emergency.command("end")
@click.argument("request_id", metavar="ID")
def emergency_end(request_id: str) -> None:
    """End a request, or the access that it gave."""
    from sync_server.errors import NoSuchRequest
    from sync_server.messages import sentence
    from sync_server.service.emergencies import end

    try:
        end(opened_kanaf(), request_id)
    except NoSuchRequest as error:
        raise click.ClickException(sentence(error.code, "en")) from None
    click.echo(f"{request_id} is ended")
