"""The service that a command works on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from sync_server.config import Settings, demo_settings, settings

if TYPE_CHECKING:
    from sync_server.service.caller import Caller
    from sync_server.service.kanaf import Kanaf
    from sync_server.storage.rows import DatabaseRow


def chosen_settings() -> Settings:
    """The settings of the environment; with `kanaf --demo` those of the demo."""
    is_demo = click.get_current_context().find_root().params["demo"]
    return demo_settings() if is_demo else settings()


def opened_kanaf() -> Kanaf:
    """The service, once keys, tables and database were found to fit together."""
    from sync_server.checking import fitting_kanaf

    return fitting_kanaf(chosen_settings())


def signed_in(kanaf: Kanaf, name: str, *, from_input: bool) -> Caller:
    """Somebody who says their password.

    Args:
        from_input: whether it is the first line of standard input; else it is asked for.

    Raises:
        WrongCredentials: it is another, or there is no such user.
        ConductNotAccepted: they act for others, and have not accepted the code of conduct.
    """
    from sync_server.errors import ConductNotAccepted
    from sync_server.service.accounts import Accounts

    password = (
        sys.stdin.readline().rstrip("\r\n")
        if from_input
        else click.prompt(f"password of {name}", hide_input=True, err=True)
    )
    registry = kanaf.registry()
    caller = Accounts(kanaf).basic(registry, name, password)
    if not registry.has_accepted(caller.person.id):
        raise ConductNotAccepted
    return caller


def case_database(kanaf: Kanaf, name: str) -> DatabaseRow:
    """The case database of that name.

    Raises:
        ClickException: there is none.
    """
    from sync_server.storage.rows import DatabaseKind

    with kanaf.store.read() as reading:
        known = {database.name: database for database in reading.databases()}
    if name not in known:
        names = ", ".join(known) or "none"
        raise click.ClickException(f"there is no database {name!r}; there are: {names}")
    if known[name].kind is not DatabaseKind.CASE:
        raise click.ClickException(f"{name} is an open database: it has no cases and no forms")
    return known[name]
