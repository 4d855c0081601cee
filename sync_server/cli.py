"""The command `kanaf`.

Commands import what they need when they run: `serve` has to make the standard library cooperative
before anything else is imported, and `--help` should answer at once.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click

from sync_server.commands.conduct import conduct
from sync_server.commands.devices import device
from sync_server.commands.emergencies import emergency
from sync_server.commands.forms import forms
from sync_server.commands.handover import handover
from sync_server.commands.opening import case_database, chosen_settings, opened_kanaf
from sync_server.commands.people import agency, group, user
from sync_server.commands.quarantine import quarantine
from sync_server.commands.roles import role
from sync_server.commands.sessions import session
from sync_server.config import (
    PRODUCT,
    VERSION,
    InvalidSetting,
    demo_settings,
    replication_accounts,
)

_OWNERS_ONLY = 0o077
"""What nobody but the owner may do with a file that a command makes."""


class _Explained(click.Group):
    """Turns what a person can mend into a sentence and exit status 1."""

    def invoke(self, ctx: click.Context) -> object:
        """Runs the command.

        Raises:
            ClickException: it failed for a reason that a person can mend.
        """
        try:
            return super().invoke(ctx)
        except Exception as error:
            explanation = _explanation(error)
            if explanation is None:
                raise
            raise click.ClickException(explanation) from None


def _explanation(error: Exception) -> str | None:
    """What to tell a person of an error; None where it is a fault of ours."""
    from sync_server.checking import KeyFileMissing, NotInitialised, UnsafeKeyFile
    from sync_server.crypto.keys import UnusableKeyFile
    from sync_server.crypto.sealing import Unopenable
    from sync_server.errors import KanafError, Overloaded
    from sync_server.messages import sentence
    from sync_server.service.directory_changes import InvalidAccount
    from sync_server.service.handover import NotHandedOver
    from sync_server.service.merge_policy import UnknownField
    from sync_server.serving import PortTaken
    from sync_server.storage.usable import why_unusable

    if isinstance(error, Overloaded):
        return "the database is away, locked or full; see KANAF_DATABASE_URL, then try again"
    if isinstance(error, KanafError):
        return sentence(error.code, "en")
    if isinstance(error, Unopenable):
        return "the data does not open with these master keys; see KANAF_MASTER_KEY_FILE"
    if isinstance(error, (InvalidSetting, InvalidAccount, NotHandedOver, UnknownField, PortTaken)):
        return str(error)
    if isinstance(error, (KeyFileMissing, NotInitialised, UnsafeKeyFile, UnusableKeyFile)):
        return str(error)
    return why_unusable(error)


@click.group(cls=_Explained)
@click.option("--demo", is_flag=True, help="work on the demo: KANAF_DEMO=1, and its data directory")
@click.version_option(VERSION, prog_name=PRODUCT)
def main(demo: bool) -> None:
    """Case management for child protection that works offline."""
    os.umask(_OWNERS_ONLY)


@main.command()
def init() -> None:
    """Make the key file, the tables and the first administrator (KANAF_ADMIN=name:password)."""
    from sync_server.beginning import add_administrator, initialised

    kanaf = initialised(chosen_settings())
    click.echo(add_administrator(kanaf))
    click.echo(
        f"ready: {kanaf.settings.data_dir}; the master key is in "
        f"{kanaf.settings.master_key_file}: keep a copy of it apart from the data"
    )


@main.command()
def serve() -> None:
    """Answer requests until told to stop."""
    import gc

    from gevent import monkey

    monkey.patch_all()
    gc.disable()  # until requests are served: imports leave no garbage to look for
    from sync_server.checking import fitting_kanaf
    from sync_server.serving import refuse_taken_port
    from sync_server.serving import serve as serve_requests

    chosen = chosen_settings()
    fitting_kanaf(chosen).store.close()  # workers would fail one after the other
    refuse_taken_port(chosen)
    if chosen.demo:
        _warn_of_demo()
    serve_requests(chosen)


@main.command()
def check() -> None:
    """Look whether data, keys and settings fit together."""
    from sync_server.checking import findings

    for finding in findings(chosen_settings()):
        click.echo(f"ok  {finding}")


@main.group()
def db() -> None:
    """Databases: a country's programme, or an open one."""


@db.command("create")
@click.argument("name")
@click.option("--open", "is_open", is_flag=True, help="plain CouchDB semantics: no cases in it")
@click.option("--country", type=click.Choice(["SD", "SO"]), help="publish its administrative areas")
def db_create(name: str, is_open: bool, country: str | None) -> None:
    """Make a database for a programme, with its forms and agencies."""
    from sync_server.service.administration import add_database, area_configuration, publish
    from sync_server.storage.rows import DatabaseKind

    if is_open and country:
        raise click.UsageError("--country is of case databases: an open one has no areas")
    kanaf = opened_kanaf()
    database = add_database(kanaf, name, DatabaseKind.OPEN if is_open else DatabaseKind.CASE)
    if country in ("SD", "SO"):
        publish(kanaf, database, area_configuration("SD" if country == "SD" else "SO"))
    click.echo(f"database {name} is ready")


@db.command("policy")
@click.argument("name")
@click.option("--ask", multiple=True, metavar="FORM.FIELD", help="always leave it to a supervisor")
@click.option("--decide", multiple=True, metavar="FORM.FIELD", help="no longer leave it")
@click.option(
    "--caseworkers-settle/--supervisors-settle",
    default=None,
    help="whether who writes a form may settle its plain fields",
)
@click.option("--escalate-after", type=click.IntRange(1, 365), help="days until overdue")
def db_policy(
    name: str,
    ask: tuple[str, ...],
    decide: tuple[str, ...],
    caseworkers_settle: bool | None,
    escalate_after: int | None,
) -> None:
    """Show how a database's conflicts are decided, or change it."""
    from sync_server.service.merge_policy import change_policy, described

    kanaf = opened_kanaf()
    case_database(kanaf, name)
    policy = change_policy(
        kanaf,
        name,
        ask=ask,
        decide=decide,
        caseworkers_settle=caseworkers_settle,
        escalate_after_days=escalate_after,
    )
    for line in described(policy):
        click.echo(line)


@main.group()
def merge() -> None:
    """How edits made apart were merged."""


@merge.command("explain")
@click.argument("record", metavar="RECORD|DOCUMENT")
@click.option("--database", "name", required=True, metavar="NAME", help="the case database")
def merge_explain(record: str, name: str) -> None:
    """Draw who edited what in a record, or in one document of it, and by which rule it was merged;
    shows no answer.
    """
    from sync_server.service.explaining import merges_of_record

    kanaf = opened_kanaf()
    database = case_database(kanaf, name)
    record_id, _, form = record.partition(":")
    with kanaf.store.read() as reading:
        known = reading.documents if form else reading.records
        if not known(database.id, [record]):
            what = "document" if form else "record"
            raise click.ClickException(f"there is no {what} {record!r} in {name}")
    merges = merges_of_record(kanaf, database, record_id)
    found = [lines for lines in merges if not form or lines[0] == record]
    for lines in found:
        click.echo("\n".join(lines))
    if not found:
        click.echo("nothing had to be merged here")


main.add_command(forms)
main.add_command(quarantine)
main.add_command(emergency)
main.add_command(agency)
main.add_command(group)
main.add_command(role)
main.add_command(conduct)
main.add_command(user)
main.add_command(device)
main.add_command(handover)
main.add_command(session)


@main.command()
@click.argument("source")
@click.argument("target")
@click.option("--continuous", is_flag=True, help="go on with what changes later, until stopped")
@click.option("--create-target", is_flag=True, help="make the target, an open database")
@click.option("--dry-run", is_flag=True, help="tell what would be sent, and write nothing")
@click.option("--from-start", is_flag=True, help="compare everything, offer again what was refused")
@click.option("--source-auth-file", type=Path, help="name:secret; else KANAF_SOURCE_AUTH")
@click.option("--target-auth-file", type=Path, help="name:secret; else KANAF_TARGET_AUTH")
@click.option(
    "--batch",
    type=click.IntRange(1, 10_000),
    default=500,
    show_default=True,
    help="changes at a time",
)
@click.option(
    "--retries",
    type=click.IntRange(0, 1_000),
    default=8,
    show_default=True,
    help="failures in succession until it gives up; --continuous never does",
)
def replicate(
    source: str,
    target: str,
    continuous: bool,
    create_target: bool,
    dry_run: bool,
    from_start: bool,
    source_auth_file: Path | None,
    target_auth_file: Path | None,
    batch: int,
    retries: int,
) -> None:
    """Copy what is new in the database at SOURCE to the one at TARGET.

    Both are addresses of a Kanaf's or a CouchDB's database: https://example.org/sync/NAME.
    """
    from sync_server.replicator.address import InvalidAddress
    from sync_server.replicator.command import carry_out, side
    from sync_server.replicator.run import Order

    if dry_run and continuous:
        raise click.UsageError("--dry-run tells what would be sent now; leave --continuous out")
    try:
        from_source, to_target = replication_accounts()
        order = Order(
            side("SOURCE", source, source_auth_file, from_source),
            side("TARGET", target, target_auth_file, to_target),
            continuous=continuous,
            create_target=create_target,
            dry=dry_run,
            from_start=from_start,
            rows=batch,
            retries=retries,
        )
    except (InvalidAddress, InvalidSetting) as problem:  # not status 1: nothing was refused
        raise click.UsageError(str(problem)) from None
    if order.source.address == order.target.address:
        raise click.UsageError("SOURCE and TARGET are the same database")
    sys.exit(carry_out(order, lambda line: click.echo(line, err=True), click.echo))


@main.group()
def demo() -> None:
    """A server with invented cases, and a tour of it."""


@demo.command("start")
def demo_start() -> None:
    """Start the demo: set up once, then serve."""
    from gevent import monkey

    monkey.patch_all()
    from sync_server.beginning import initialised
    from sync_server.demo.setting_up import set_up_demo
    from sync_server.demo.welcome import welcome
    from sync_server.serving import refuse_taken_port
    from sync_server.serving import serve as serve_requests

    chosen = demo_settings()
    refuse_taken_port(chosen)
    kanaf = initialised(chosen)
    set_up_demo(kanaf, click.echo)
    kanaf.store.close()
    _warn_of_demo()
    click.echo(welcome(f"http://{chosen.host}:{chosen.port}"))
    sys.stdout.flush()
    serve_requests(chosen)


def _http_url(_: click.Context, __: click.Parameter, given: str | None) -> str | None:
    """An address with a scheme and a host.

    Raises:
        BadParameter: it is none.
    """
    try:
        parts = urlsplit(given or "http://127.0.0.1")
        is_usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise click.BadParameter("write it as in http://127.0.0.1:8984")
    return given


@demo.command("tour")
@click.option(
    "--url", callback=_http_url, help="where the demo answers; else on this machine at KANAF_PORT"
)
def demo_tour(url: str | None) -> None:
    """Walk through a running demo with PouchDB tablets; exit status 1 when anything is amiss."""
    from tablet.stock import InstallationFailed, NodeNotFound, install
    from tablet.tour import run_tour

    chosen = demo_settings()
    folder = Path("var/stock-tablet").absolute()
    try:
        is_green = run_tour(
            url or f"http://{chosen.host}:{chosen.port}", lambda: install(folder), click.echo
        )
    except (InstallationFailed, NodeNotFound) as problem:
        raise click.ClickException(str(problem)) from None
    if not is_green:
        sys.exit(1)


def _warn_of_demo() -> None:
    click.secho("DEMO: the master key lies beside the data. Never keep real cases here.", fg="red")


if __name__ == "__main__":
    main()
