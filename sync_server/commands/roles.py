"""`kanaf role`: what people may see and do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, TYPE_CHECKING, Any

import click

from sync_server.commands.opening import opened_kanaf
from sync_server.commands.tables import print_list

if TYPE_CHECKING:
    from sync_server.service.kanaf import Kanaf


@click.group()
def role() -> None:
    """Roles: the ready ones, and those of the programme's own."""


@role.command("list")
def role_list() -> None:
    """List the roles: name, whose records, how many people have it, whether it is a ready one."""
    from sync_server.service.kanaf import all_roles
    from sync_server.sharing.roles import ROLES
    from sync_server.storage.directory import users

    with opened_kanaf().store.read() as reading:
        known, people = all_roles(reading.connection), users(reading.connection)
    counts = {name: sum(one.role == name for one in people) for name in known}
    rows = [
        (one.name, one.scope, f"{counts[one.name]}", "ready" if one.name in ROLES else "own")
        for one in known.values()
    ]
    print_list("name, whose cases, people, kind", rows, "no role is known yet")


@role.command("show")
@click.argument("name")
def role_show(name: str) -> None:
    """Print a role as JSON, as `kanaf role set` reads it."""
    from sync_server.service.kanaf import all_roles
    from sync_server.service.programme_roles import role_to_json

    with opened_kanaf().store.read() as reading:
        known = all_roles(reading.connection)
    if name not in known:
        raise click.ClickException(f"there is no role {name!r}; there are: {', '.join(known)}")
    click.echo(json.dumps(role_to_json(known[name]), indent=2))


@role.command("set")
@click.argument("name")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--dry-run", is_flag=True, help="say whom it concerns, and change nothing")
def role_set(name: str, file: IO[str], *, dry_run: bool) -> None:
    """Add a role, or change one for all who have it. FILE is JSON: see `kanaf role show`."""
    from sync_server.service.programme_roles import set_role

    try:
        given = json.load(file)
    except ValueError as error:
        raise click.ClickException(f"{file.name} is no JSON: {error}") from None
    if not isinstance(given, dict):
        raise click.ClickException(f"{file.name} holds no role; kanaf role show prints one")
    kanaf = opened_kanaf()
    concerned = set_role(kanaf, name, given, dry_run=dry_run)
    _warn_of_unknown_forms(kanaf, given)
    done = "would be set" if dry_run else "is set"
    click.echo(f"role {name} {done}; {concerned} people have it")


def _warn_of_unknown_forms(kanaf: Kanaf, given: Mapping[str, Any]) -> None:
    """Warns of codes of forms that no case database has: a slip takes a form away from people."""
    from sync_server.service.publishing import published_to
    from sync_server.sharing.roles import WORDS
    from sync_server.storage.rows import DatabaseKind

    named = {code for part in ("reads", "writes", "in_emergency") for code in given.get(part, ())}
    databases = kanaf.registry().databases.values()
    programmes = [one for one in databases if one.kind is DatabaseKind.CASE]
    known = {code for one in programmes for code, _ in published_to(kanaf, one)}
    for code in sorted(named - known - WORDS) if programmes else ():
        click.echo(f"warning: no case database has a form {code}", err=True)


@role.command("remove")
@click.argument("name")
def role_remove(name: str) -> None:
    """Remove a role of the programme's own that nobody has."""
    from sync_server.service.programme_roles import remove_role

    remove_role(opened_kanaf(), name)
    click.echo(f"role {name} is removed")
