"""The command `kanaf`.

Commands import what they need when they run: `serve` has to make the standard library cooperative
before anything else is imported, and `--help` should answer at once.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from sync_server.config import PRODUCT, VERSION, InvalidSetting, Settings, settings

if TYPE_CHECKING:
    from sync_server.service.kanaf import Kanaf


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
    from sync_server.checking import UnsafeKeyFile
    from sync_server.crypto.keys import UnusableKeyFile
    from sync_server.crypto.sealing import Unopenable
    from sync_server.errors import KanafError
    from sync_server.messages import sentence
    from sync_server.service.accounts import InvalidAccount
    from sync_server.service.merge_policy import UnknownField

    if isinstance(error, KanafError):
        return sentence(error.code, "en")
    if isinstance(error, Unopenable):
        return "the data does not open with these master keys; see KANAF_MASTER_KEY_FILE"
    if isinstance(
        error, (InvalidSetting, InvalidAccount, UnknownField, UnusableKeyFile, UnsafeKeyFile)
    ):
        return str(error)
    return None


@click.group(cls=_Explained)
@click.version_option(VERSION, prog_name=PRODUCT)
def main() -> None:
    """Case management for child protection that works offline."""


@main.command()
def init() -> None:
    """Make the key file, the tables and the first administrator (KANAF_ADMIN=name:password)."""
    kanaf = _initialised(settings())
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
    from sync_server.checking import refuse_key_beside_data
    from sync_server.crypto.keys import read_master_keys
    from sync_server.serving import serve as serve_requests

    chosen = settings()
    refuse_key_beside_data(chosen)
    read_master_keys(chosen.master_key_file)  # workers would fail one after the other
    if chosen.demo:
        _warn_of_demo()
    serve_requests(chosen)


@main.command()
def check() -> None:
    """Look whether data, keys and settings fit together."""
    from sync_server.checking import findings

    for finding in findings(settings()):
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

    kanaf = _kanaf()
    database = add_database(kanaf, name, DatabaseKind.OPEN if is_open else DatabaseKind.CASE)
    if country in ("SD", "SO") and not is_open:
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

    policy = change_policy(
        _kanaf(),
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
@click.argument("record")
@click.option("--database", required=True, help="the case database")
def merge_explain(record: str, database: str) -> None:
    """Draw who edited what in a record and by which rule it was merged; shows no answer."""
    from sync_server.service.explaining import merges_of_record

    kanaf = _kanaf()
    found = merges_of_record(kanaf, kanaf.database(database), record)
    for lines in found:
        click.echo("\n".join(lines))
    if not found:
        click.echo("nothing was merged in this record, or there is no such record here")


@main.group()
def agency() -> None:
    """Agencies that take part."""


@agency.command("add")
@click.argument("code")
@click.argument("name")
def agency_add(code: str, name: str) -> None:
    """Add an agency."""
    from sync_server.service.accounts import add_agency

    add_agency(_kanaf(), code, name)
    click.echo(f"agency {code} is known")


@main.group()
def user() -> None:
    """People."""


@user.command("add")
@click.argument("name")
@click.option(
    "--role", required=True, help="caseworker, supervisor, service_provider, administrator"
)
@click.option("--agency", "agency_code", required=True, help="the code of a known agency")
@click.option("--group", help="whose supervisors see this person's cases")
@click.option("--password-stdin", is_flag=True, help="read a password from standard input")
def user_add(
    name: str, role: str, agency_code: str, group: str | None, password_stdin: bool
) -> None:
    """Add a person."""
    from sync_server.service.accounts import add_user

    password = sys.stdin.readline().rstrip("\n") if password_stdin else None
    add_user(_kanaf(), name, role=role, agency=agency_code, group=group, password=password)
    click.echo(f"user {name} is added; give them a tablet with: kanaf device add {name} NAME")


@main.group()
def device() -> None:
    """Tablets."""


@device.command("add")
@click.argument("user_name", metavar="USER")
@click.argument("name")
def device_add(user_name: str, name: str) -> None:
    """Add a tablet; prints its token, which is shown once."""
    from sync_server.service.accounts import add_device

    token = add_device(_kanaf(), user_name, name)
    click.echo(f"device {name} signs in with its name and this token: {token}")


@main.group()
def demo() -> None:
    """A server with invented cases, and a tour of it."""


@demo.command("start")
def demo_start() -> None:
    """Start the demo: set up once, then serve."""
    from gevent import monkey

    monkey.patch_all()
    from sync_server.demo.setting_up import set_up_demo
    from sync_server.demo.welcome import welcome
    from sync_server.serving import serve as serve_requests

    chosen = _demo_settings()
    kanaf = _initialised(chosen)
    set_up_demo(kanaf, click.echo)
    kanaf.store.close()
    _warn_of_demo()
    click.echo(welcome(f"http://{chosen.host}:{chosen.port}"))
    sys.stdout.flush()
    serve_requests(chosen)


@demo.command("tour")
@click.option("--url", help="where the demo answers; else on this machine at KANAF_PORT")
def demo_tour(url: str | None) -> None:
    """Walk through a running demo with PouchDB tablets; exit status 1 when anything is amiss."""
    from tablet.stock import install
    from tablet.tour import run_tour

    chosen = _demo_settings()
    folder = install(Path("var/stock-tablet").absolute())
    if not run_tour(url or f"http://{chosen.host}:{chosen.port}", folder, click.echo):
        sys.exit(1)


def _warn_of_demo() -> None:
    click.secho("DEMO: the master key lies beside the data. Never keep real cases here.", fg="red")


def _demo_settings() -> Settings:
    import os

    return settings({"KANAF_DATA_DIR": "var/demo", **os.environ, "KANAF_DEMO": "1"})  # noqa: TID251


def _kanaf() -> Kanaf:
    from sync_server.service.kanaf import open_kanaf

    return open_kanaf(settings())


def _initialised(chosen: Settings) -> Kanaf:
    """The service with its key, tables and first administrator, made where they are missing."""
    from sync_server.checking import refuse_key_beside_data
    from sync_server.crypto.keys import write_new_master_key
    from sync_server.service.accounts import add_agency, add_user
    from sync_server.service.administration import initialise
    from sync_server.service.kanaf import open_kanaf

    refuse_key_beside_data(chosen)
    chosen.data_dir.mkdir(parents=True, exist_ok=True)
    if not chosen.master_key_file.exists():
        write_new_master_key(chosen.master_key_file)
    kanaf = open_kanaf(chosen)
    initialise(kanaf)
    if chosen.admin and kanaf.directory().named(chosen.admin[0]) is None:
        name, password = chosen.admin
        add_agency(kanaf, "office", "Programme office")
        add_user(kanaf, name, role="administrator", agency="office", group=None, password=password)
    return kanaf


if __name__ == "__main__":
    main()
