"""`kanaf conduct`: what everybody has to accept who works with cases."""

from __future__ import annotations

from pathlib import Path

import click

from sync_server.commands.opening import opened_kanaf
from sync_server.commands.tables import minute, print_list


@click.group()
def conduct() -> None:
    """The code of conduct."""


@conduct.command("publish")
@click.argument("texts", metavar="LANGUAGE=FILE...", nargs=-1, required=True)
@click.option("--dry-run", is_flag=True, help="say whom it concerns, and publish nothing")
def conduct_publish(texts: tuple[str, ...], *, dry_run: bool) -> None:
    """Publish the next version: everybody is asked to accept it."""
    from sync_server.service.conduct import UnusableConduct, check_conduct, publish_conduct

    read = dict(map(_text, texts))
    kanaf = opened_kanaf()
    people = len(kanaf.directory().people)
    try:
        check_conduct(read)
        if dry_run:
            click.echo(f"{people} people would be asked to accept it, in {', '.join(read)}")
            return
        version = publish_conduct(kanaf, read)
    except UnusableConduct as unusable:
        raise click.ClickException(str(unusable)) from None
    click.echo(f"version {version} is published; {people} people are asked to accept it")


@conduct.command("show")
def conduct_show() -> None:
    """Print the last version."""
    from sync_server.service.conduct import current_conduct

    found = current_conduct(opened_kanaf())
    if found is None:
        raise click.ClickException("there is no code of conduct; kanaf conduct publish adds one")
    for language, text in found.texts.items():
        click.echo(f"-- version {found.version}, {language}\n{text.rstrip()}")


@conduct.command("accepted")
def conduct_accepted() -> None:
    """List who may come in, and when they accepted the last version."""
    from sync_server.storage.conduct import accepted, last_conduct

    kanaf = opened_kanaf()
    with kanaf.store.read() as reading:
        last = last_conduct(reading.connection)
        times = accepted(reading.connection, last.version) if last else {}
    people = sorted(kanaf.directory().people.values(), key=lambda one: one.name)
    rows = [(one.name, _when(times.get(one.id))) for one in people]
    print_list("name, accepted", rows, "nobody is known yet")


def _when(at: float | None) -> str:
    return "not yet" if at is None else minute(at)


def _text(given: str) -> tuple[str, str]:
    language, equals, name = given.partition("=")
    if not equals or not language.isalpha():
        raise click.ClickException(f"write {given} with its language: en=conduct.txt")
    try:
        return language, Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise click.ClickException(f"{name} is no text in UTF-8 that can be read") from None
