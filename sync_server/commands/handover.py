"""`kanaf handover`: records get other owners, of their agency or of another."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from sync_server.commands.opening import case_database, opened_kanaf, signed_in
from sync_server.commands.tables import cases, minute, print_columns, print_list

if TYPE_CHECKING:
    from sync_server.service.handover import Order, Prospect
    from sync_server.service.kanaf import Kanaf
    from sync_server.storage.rows import HandoverRow, UserRow

_WHY = {
    "no_consent": "no consent to share with partners",
    "other_agency": "it would leave its agency, which takes kanaf handover agency",
    "no_receiver": "no new owner was named for those of its owner",
    "not_allowed": "not for you to give to that person",
    "unreadable": "its data is damaged on the server: see the log for what does not open",
}
_MOST_LISTED = 200
_HEADINGS = ["from", "to"]


def _asked(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of what hands records over."""
    for option in (
        click.option("--database", required=True, metavar="NAME", help="the programme's"),
        click.option("--as", "asker", metavar="USER", help="who asks, for the audit log"),
        click.option("--password-stdin", is_flag=True, help="read the password of --as from stdin"),
        click.option("--dry-run", is_flag=True, help="say what would be done, and change nothing"),
        click.option("--yes", is_flag=True, help="do not ask whether it is meant"),
    ):
        command = option(command)
    return command


@click.group()
def handover() -> None:
    """Give records to other owners, of their agency or of another."""


@handover.command("assign")
@click.option("--from", "owner", metavar="USER", help="records of this owner")
@click.option("--group", metavar="NAME", help="records of this group")
@click.option("--record", "records", multiple=True, metavar="ID", help="this record")
@click.option("--case", "cases", multiple=True, metavar="NUMBER", help="this case, as --as sees it")
@click.option("--to", "receiver", required=True, metavar="USER", help="the new owner")
@_asked
def handover_assign(
    owner: str | None,
    group: str | None,
    records: tuple[str, ...],
    cases: tuple[str, ...],
    receiver: str,
    database: str,
    asker: str | None,
    *,
    password_stdin: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Give records to another person of their agency: all of an owner or a group, or some."""
    from sync_server.service.handover import Order

    if not (owner or group or records or cases):
        raise click.UsageError("say which records: --from, --group, --record or --case")
    if cases and asker is None:
        raise click.UsageError("--case takes --as: who sees the number of a case")
    desk = _Desk(database, asker, from_input=password_stdin)
    order = Order(
        records=desk.records(records, cases) if records or cases else None,
        owner=desk.user(owner).id if owner else None,
        group=desk.group(group),
        receivers=(desk.receiver(receiver).id,),
    )
    desk.hand_over(order, None, dry_run=dry_run, yes=yes)


@handover.command("agency")
@click.option("--from", "before", required=True, metavar="CODE", help="the agency that hands over")
@click.option("--to", "after", required=True, metavar="CODE", help="the agency that takes over")
@click.option("--owner", metavar="USER", help="records of this owner only")
@click.option("--group", metavar="NAME", help="records of this group only")
@click.option(
    "--owners",
    type=click.File("rb"),
    help="a CSV with the headings from, to: for each old owner a new one",
)
@click.option(
    "--to-owner",
    "receivers",
    multiple=True,
    metavar="USER",
    help="who gets all other records; of several each in turn",
)
@click.option(
    "--despite-consent",
    metavar="REASON",
    help="hand over without the child's consent, too, and why; takes --as. No child's name",
)
@_asked
def handover_agency(
    before: str,
    after: str,
    owner: str | None,
    group: str | None,
    owners: BinaryIO | None,
    receivers: tuple[str, ...],
    despite_consent: str | None,
    database: str,
    asker: str | None,
    *,
    password_stdin: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Hand records of an agency to another one, where the child consents to share."""
    from sync_server.service.handover import Order

    if owners is None and not receivers:
        raise click.UsageError("say who gets the records: --owners, --to-owner or both")
    if before == after:
        raise click.UsageError("that is one agency: kanaf handover assign")
    desk = _Desk(database, asker, from_input=password_stdin)
    order = Order(
        agency=desk.agency(before),
        owner=desk.user(owner).id if owner else None,
        group=desk.group(group),
        owners=_read_owners(owners, desk, after) if owners else {},
        receivers=tuple(desk.receiver(one, after).id for one in dict.fromkeys(receivers)),
        may_leave=True,
        despite_consent=despite_consent is not None,
    )
    desk.hand_over(order, despite_consent, dry_run=dry_run, yes=yes)


@handover.command("status")
@click.argument("number", type=int, required=False)
def handover_status(number: int | None) -> None:
    """List all handovers, or show one, with the records that it left where they were."""
    from sync_server.service.handover import known_handover
    from sync_server.storage.handover import handovers, kept_records

    kanaf = opened_kanaf()
    with kanaf.store.read() as reading:
        if number is None:
            known = handovers(reading.connection)
        else:
            known = [known_handover(reading, number)]
            kept = kept_records(reading.connection, number)
    headings = "number, database, asked at, asked by, handed over, state"
    print_list(headings, [_status(kanaf, one) for one in known], "nothing was handed over yet")
    if number is not None:
        _tell_kept(kept, {})


@handover.command("resume")
@click.argument("number", type=int)
def handover_resume(number: int) -> None:
    """Go on with a handover that was stopped."""
    _carry_out(opened_kanaf(), number)


class _Desk:
    """Service, database, and who asks, if a user does."""

    def __init__(self, database: str, asker: str | None, *, from_input: bool) -> None:
        self._kanaf = opened_kanaf()
        self._database = case_database(self._kanaf, database)
        self._users = {one.name: one for one in self._kanaf.registry().users.values()}
        self._by = signed_in(self._kanaf, asker, from_input=from_input) if asker else None

    def user(self, name: str) -> UserRow:
        """A user.

        Raises:
            ClickException: there is none.
        """
        found = self._users.get(name)
        if found is None:
            raise click.ClickException(f"there is no user {name!r}; see kanaf user list")
        return found

    def receiver(self, name: str, agency: str | None = None) -> UserRow:
        """A user who can own records, where an agency is given one of that.

        Raises:
            ClickException: there is none.
        """
        from sync_server.service.handover import NotHandedOver, check_receiver

        found = self.user(name)
        if agency not in (None, found.agency):
            raise click.ClickException(f"{name} is of the agency {found.agency}, not of {agency}")
        try:
            check_receiver(self._kanaf.directory(), found)
        except NotHandedOver as refused:
            raise click.ClickException(str(refused)) from None
        return found

    def group(self, name: str | None) -> str | None:
        """The name of a group that there is, where one is given.

        Raises:
            ClickException: there is none.
        """
        from sync_server.storage.directory import groups

        with self._kanaf.store.read() as reading:
            known = groups(reading.connection)
        if name is not None and name not in known:
            raise click.ClickException(f"there is no group {name!r}; see kanaf group list")
        return name

    def agency(self, code: str) -> str:
        """The code of an agency that there is.

        Raises:
            ClickException: there is none.
        """
        from sync_server.storage.directory import agencies

        with self._kanaf.store.read() as reading:
            known = agencies(reading.connection)
        if code not in known:
            raise click.ClickException(f"there is no agency {code!r}; see kanaf agency list")
        return code

    def records(self, ids: Iterable[str], numbers: Iterable[str]) -> tuple[str, ...]:
        """Records by their ids, and by the numbers that who asks sees.

        Raises:
            ClickException: they see no case of a number.
        """
        from sync_server.service.merges_seen import record_of_case_number

        found = list(ids)
        for number in numbers:
            assert self._by is not None, "a number is looked for by somebody"
            record = record_of_case_number(self._kanaf, self._database, self._by, number)
            if record is None:
                raise click.ClickException(f"{self._by.person.name} sees no case {number}")
            found.append(record)
        return tuple(dict.fromkeys(found))

    def hand_over(self, order: Order, reason: str | None, *, dry_run: bool, yes: bool) -> None:
        """Says what a handover does; carries it out where it is meant."""
        from sync_server.service.handover import ask, check_asker, prospect

        check_asker(order, self._by, reason)
        found = prospect(self._kanaf, self._database, order, self._by)
        self._tell(found)
        if dry_run or not found.handed:
            click.echo("nothing was changed")
            return
        if not yes:
            click.confirm(f"Hand over {_all(found)}? It cannot be undone simply", abort=True)
        number = ask(self._kanaf, self._database, order, self._by, reason)
        _carry_out(self._kanaf, number)

    def _tell(self, found: Prospect) -> None:
        names = {one.id: one.name for one in self._users.values()}
        rows = [
            (names[old], names[new], f"{count}")
            for (old, new), count in sorted(found.handed.items())
        ]
        print_list("from, to, cases", rows, "no case would get another owner")
        if found.without_consent:
            click.echo(f"{cases(len(found.without_consent))} without the child's consent:")
            _list(found.without_consent, self._about(found.without_consent))
        kept = {one.record_id: one.owner_id for one in found.kept}
        _tell_kept([(one.record_id, one.why.value) for one in found.kept], self._about(kept))

    def _about(self, owners: Mapping[str, int]) -> dict[str, tuple[str, ...]]:
        """By what people know those records that are listed: their numbers, where who asks sees
        them, and their owners.
        """
        from sync_server.service.merges_seen import case_numbers

        names = {one.id: one.name for one in self._users.values()}
        listed = list(owners)[:_MOST_LISTED]
        if self._by is None:
            return {record: (names[owners[record]],) for record in listed}
        numbers = case_numbers(self._kanaf, self._database, self._by, listed)
        return {record: (numbers.get(record, "-"), names[owners[record]]) for record in listed}


def _all(found: Prospect) -> str:
    handed, without = cases(found.handed.total()), len(found.without_consent)
    return f"{handed}, {without} of them without the child's consent" if without else handed


def _carry_out(kanaf: Kanaf, number: int) -> None:
    """Carries a handover out, saying how far it is; it may be stopped at any moment."""
    from sync_server.service.handover import carry_out, known_handover, left
    from sync_server.storage.handover import kept_records

    waiting = left(kanaf, number)
    click.echo(f"handover {number}; if it is stopped: kanaf handover resume {number}", err=True)
    is_seen = sys.stderr.isatty()
    with click.progressbar(
        length=waiting, label="cases", file=sys.stderr, hidden=not is_seen
    ) as bar:
        carry_out(kanaf, number, bar.update)
    with kanaf.store.read() as reading:
        done = known_handover(reading, number)
        kept = len(kept_records(reading.connection, number))
    click.echo(
        f"handover {number} is done: {cases(done.handed)} with another owner, {kept} stay; "
        f"see kanaf handover status {number}"
    )


def _tell_kept(kept: Sequence[tuple[str, str]], about: Mapping[str, tuple[str, ...]]) -> None:
    """Tells of the records that stay, each with what is known about it and why."""
    for why, count in Counter(why for _, why in kept).items():
        click.echo(f"{cases(count)} left where they are: {_WHY[why]}")
    _list(
        [record for record, _ in kept],
        {record: (*about.get(record, ()), _WHY[why]) for record, why in kept},
    )


def _list(records: Iterable[str], about: Mapping[str, tuple[str, ...]]) -> None:
    every = list(records)
    print_columns([("", record, *about[record]) for record in every[:_MOST_LISTED]])
    if len(every) > _MOST_LISTED:
        click.echo(f"  and {len(every) - _MOST_LISTED} more")


def _status(kanaf: Kanaf, row: HandoverRow) -> tuple[str, ...]:
    registry = kanaf.registry()
    databases = {one.id: one.name for one in registry.databases.values()}
    asker = registry.users[row.asked_by].name if row.asked_by else "-"
    state = "done" if row.ended_at else f"to be resumed: kanaf handover resume {row.id}"
    return (
        str(row.id),
        databases[row.database_id],
        minute(row.asked_at),
        asker,
        f"{row.handed}",
        state,
    )


def _read_owners(file: BinaryIO, desk: _Desk, after: str) -> dict[int, int]:
    """New owners by old ones, by their ids.

    Raises:
        ClickException: it is no such CSV, or names somebody who is not there, who cannot be given
            records of the agency that takes over, or who has a new owner already; every such row is
            told before.
    """
    named, are_usable = dict[int, int](), True
    for number, row in _rows(file):
        try:
            old, new = _owners_of(row, desk, after)
            if old in named:
                raise click.ClickException(f"{row[0]} is named twice under from")
            named[old] = new
        except click.ClickException as problem:
            are_usable = False
            click.echo(f"{file.name}: row {number}: {problem.message}", err=True)
    if not are_usable:
        raise click.ClickException(f"{file.name} has to be mended first; nothing was changed")
    return named


def _rows(file: BinaryIO) -> list[tuple[int, list[str]]]:
    """The rows below the headings that are not empty, numbered as a spreadsheet does.

    Raises:
        ClickException: it is no CSV in UTF-8 with these headings.
    """
    from sync_server.service.csv_rows import UnusableCsv, csv_rows

    try:
        rows = [(number, row) for number, row in csv_rows(file.read()) if any(row)]
    except UnusableCsv as unusable:
        raise click.ClickException(f"{file.name}: {unusable}") from None
    if not rows or [one.lower() for one in rows[0][1]] != _HEADINGS:
        raise click.ClickException(f"{file.name} is no CSV with the headings from,to")
    return rows[1:]


def _owners_of(row: list[str], desk: _Desk, after: str) -> tuple[int, int]:
    if len(row) != len(_HEADINGS) or not all(row):
        raise click.ClickException("has not two cells, an old owner and a new one")
    old, new = row
    return desk.user(old).id, desk.receiver(new, after).id
