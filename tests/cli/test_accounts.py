from __future__ import annotations

import re

import pytest

from sync_server.config import settings
from sync_server.service.accounts import Accounts
from sync_server.service.caller import Caller
from sync_server.service.device_reports import report
from sync_server.service.kanaf import open_kanaf
from sync_server.service.lost_devices import wiped
from tests.cli.running import Shell

AMINA = ("user", "add", "amina", "--role", "caseworker", "--agency", "a", "--group", "khartoum")
ROOT = ("user", "add", "root", "--role", "administrator", "--agency", "a", "--password-stdin")
NONE = ["-"] * 4


def listed(shell: Shell, *command: str) -> list[list[str]]:
    """The rows of a list, below its headings."""
    of, *more = command
    _, *rows = shell.done(of, "list", *more).splitlines()
    return [re.split(r" {2,}", row) for row in rows]


def test_a_taken_name_an_unknown_agency_and_a_taken_device_are_told_apart(
    initialised: Shell,
) -> None:
    device = ("device", "add", "amina", "amina-tablet-1")
    for command in (AMINA, device):
        initialised.done(*command)

    assert "a user 'amina' already" in initialised.refused(*AMINA)
    assert "a device 'amina-tablet-1' already" in initialised.refused(*device)
    unknown = initialised.refused("user", "add", "chen", "--role", "caseworker", "--agency", "b")
    assert "no agency 'b'; there are: a" in unknown


def test_an_agency_keeps_its_name_unless_somebody_means_to_change_it(initialised: Shell) -> None:
    initialised.done("agency", "add", "a", "Agency a")
    other = initialised.refused("agency", "add", "a", "Another")

    assert "an agency a already; its name is 'Agency a'" in other


@pytest.mark.parametrize("role", ["caseworker", "supervisor"])
def test_who_works_with_cases_in_no_group_is_warned_of(initialised: Shell, role: str) -> None:
    said = initialised.done("user", "add", "b", "--role", role, "--agency", "a")

    assert said.startswith("warning: ")


@pytest.mark.parametrize("typed", ["", "\n", "seven77\n"])
def test_a_password_is_neither_empty_nor_short(initialised: Shell, typed: str) -> None:
    initialised.refused(*ROOT, standard_input=typed)
    initialised.done(*ROOT, standard_input="eight888\n")


def test_the_first_administrator_has_no_short_password_either(shell: Shell) -> None:
    assert "at least 8" in shell.kanaf("init", KANAF_ADMIN="root:seven77").text
    shell.done("init", KANAF_ADMIN="root:eight888")


@pytest.mark.parametrize(
    "command",
    [
        ("agency", "add", "", "Agency"),
        ("agency", "add", "b c", "Agency"),
        ("agency", "add", "b", " "),
        ("user", "add", "", "--role", "caseworker", "--agency", "a"),
        ("user", "add", "chen", "--role", "caseworker", "--agency", "a", "--group", ""),
        ("user", "add", "chen\u200b", "--role", "caseworker", "--agency", "a"),
        ("user", "add", "c" * 101, "--role", "caseworker", "--agency", "a"),
        ("user", "add", "chen", "--role", "caseworker", "--agency", "a", "--group", "\x1b[31m"),
    ],
)
def test_names_and_codes_are_not_empty(initialised: Shell, command: tuple[str, ...]) -> None:
    initialised.refused(*command)


def test_init_says_whether_it_made_an_administrator(shell: Shell) -> None:
    admin = {"KANAF_ADMIN": "root:an administrator's password"}

    assert "no administrator was made" in shell.done("init")
    assert "administrator root is added" in shell.done("init", **admin)
    assert "root was there already" in shell.done("init", **admin)


def test_people_are_listed_changed_shut_out_and_let_in(initialised: Shell) -> None:
    initialised.done(*AMINA)
    initialised.done(
        "user", "add", "bilal", "--role", "supervisor", "--agency", "a", "--group", "x"
    )

    assert initialised.done("user", "list").splitlines() == [
        "NAME   ROLE        AGENCY  GROUPS    AREA  STATE",
        "amina  caseworker  a       khartoum  -     may come in",
        "bilal  supervisor  a       x         -     may come in",
    ]
    assert (
        initialised.done("user", "change", "bilal", "--group", "khartoum")
        == "user bilal is supervisor of a, in group khartoum\n"
    )
    assert "is in no --group" in initialised.done("user", "change", "bilal", "--no-group")
    assert "user amina is shut out" in initialised.done("user", "shut-out", "amina")
    assert "khartoum  -     shut out" in initialised.done("user", "list")
    assert "shut out; let them in first" in initialised.refused("device", "add", "amina", "t")
    initialised.done("user", "let-in", "amina")
    assert "khartoum  -     may come in" in initialised.done("user", "list")


def test_a_tablet_is_shut_out_and_comes_back_with_another_token(initialised: Shell) -> None:
    initialised.done(*AMINA)
    assert initialised.done("device", "list") == "no tablet is known yet\n"
    first = initialised.done("device", "add", "amina", "amina-tablet-1")

    assert "is shut out; if it is found" in initialised.done("device", "shut-out", "amina-tablet-1")
    assert listed(initialised, "device") == [
        ["amina-tablet-1", "amina", "shut out", "never", *NONE]
    ]
    second = initialised.done("device", "new-token", "amina-tablet-1")

    assert second.startswith("device amina-tablet-1 signs in with its name and this token: ")
    assert second != first
    (row,) = listed(initialised, "device")
    assert row == ["amina-tablet-1", "amina", "may come in", "never", *NONE]


def test_sessions_are_listed_and_ended(initialised: Shell) -> None:
    initialised.done(*ROOT, standard_input="eight888\n")
    assert initialised.done("session", "list") == "nobody is signed in\n"
    kanaf = open_kanaf(settings(initialised.settings))
    accounts = Accounts(kanaf)
    for _ in range(3):
        accounts.begin_session("root", "eight888")
    kanaf.store.close()
    ids, users, times = zip(*listed(initialised, "session", "root"), strict=True)
    assert users == ("root",) * 3
    assert all(re.fullmatch(r"20[0-9-]{8} [0-9:]{5} [+-][0-9]{4}", one) for one in times)

    assert f"session {ids[0]} of root is ended" in initialised.done("session", "end", ids[0])
    assert "no session" in initialised.refused("session", "end", ids[0])
    assert initialised.done("session", "end", "--all", "root") == "2 sessions of root are ended\n"
    assert "no user 'nobody'" in initialised.refused("session", "end", "--all", "nobody")
    assert initialised.kanaf("session", "end").status == 2


def test_a_lost_tablet_is_listed_as_such_until_it_is_found_or_has_erased_itself(
    initialised: Shell,
) -> None:
    initialised.done(*AMINA)
    initialised.done("device", "add", "amina", "amina-tablet-1")
    assert "no device 'lost'" in initialised.refused("device", "lost", "lost")

    assert "is lost; if it is found" in initialised.done("device", "lost", "amina-tablet-1")
    assert "amina  lost since 20" in initialised.done("device", "list")
    initialised.done("device", "new-token", "amina-tablet-1")
    assert "amina  may come in" in initialised.done("device", "list")
    initialised.done("device", "lost", "amina-tablet-1")
    kanaf = open_kanaf(settings(initialised.settings))
    device = kanaf.registry().devices["amina-tablet-1"]
    wiped(
        kanaf,
        Caller(
            kanaf.registry().directory.people[device.user_id],
            device.name,
            proof=device.token_digest,
        ),
    )
    kanaf.store.close()

    assert "amina  erased itself at 20" in initialised.done("device", "list")
    assert "has erased itself" in initialised.refused("device", "lost", "amina-tablet-1")


@pytest.mark.parametrize(
    ("missing", "told"), [(None, "never"), (0, "complete at 20"), (3, "3 missing at 20")]
)
def test_a_tablet_is_listed_with_what_it_lacked(
    initialised: Shell, missing: int | None, told: str
) -> None:
    initialised.done(*AMINA)
    initialised.done("device", "add", "amina", "amina-tablet-1")
    kanaf = open_kanaf(settings({**initialised.settings}))
    report(kanaf, "amina-tablet-1", "1.2", 0, 5_000_000, missing)
    kanaf.store.close()

    (row,) = listed(initialised, "device")
    assert row[4:7] == ["1.2", "0", "5 MB"]
    assert row[7].startswith(told)


def test_a_password_is_changed_from_standard_input(initialised: Shell) -> None:
    initialised.done(*ROOT, standard_input="eight888\n")
    password = ("user", "password", "root", "--password-stdin")

    assert "at least 8" in initialised.refused(*password, standard_input="seven77\n")
    assert "has another password" in initialised.done(*password, standard_input="nine99999\n")


def test_the_last_administrator_stays(initialised: Shell) -> None:
    initialised.done(*ROOT, standard_input="eight888\n")

    assert "the last administrator" in initialised.refused("user", "shut-out", "root")


@pytest.mark.parametrize("options", [(), ("--group", "g", "--no-group")])
def test_what_is_to_be_changed_has_to_be_said(initialised: Shell, options: tuple[str, ...]) -> None:
    said = initialised.kanaf("user", "change", "amina", *options)

    assert said.status == 2


def test_agencies_are_listed(initialised: Shell) -> None:
    initialised.done("agency", "add", "ncps", "National Child Protection Service")

    assert initialised.done("agency", "list").splitlines() == [
        "CODE  NAME",
        "a     Agency a",
        "ncps  National Child Protection Service",
    ]


def test_people_are_imported_from_a_file_or_every_problem_is_told(initialised: Shell) -> None:
    people = initialised.folder / "people.csv"
    people.write_text("name,role,agency,group\namina,caseworker,a,\nbilal,queen,a,x\n")

    said = initialised.kanaf("user", "import", "people.csv")
    assert said.status == 1
    assert "people.csv: row 3, role: there is no role 'queen'" in said.text
    assert "nobody was added" in said.text
    assert initialised.done("user", "list") == "nobody is known yet\n"

    people.write_text("name,role,agency,group\namina,caseworker,a,\nbilal,supervisor,a,x\n")
    assert "2 would be added" in initialised.done("user", "import", "people.csv", "--dry-run")
    assert "amina is in no group" in initialised.done("user", "import", "people.csv")
    assert "0 added, 2 there already" in initialised.done("user", "import", "people.csv")


def test_a_tablet_is_enrolled_by_a_code_and_its_qr(initialised: Shell) -> None:
    initialised.done(*AMINA)
    enrol = ("device", "enrol", "amina", "amina-tablet-1")

    said = initialised.done(*enrol, "--url", "https://sync.example.org")
    assert re.search(r"with this code: ([0-9A-Z]{4}-){3}[0-9A-Z]{4}\n", said)
    written = initialised.done(*enrol, "--qr", "code.svg")
    assert "code.svg holds the code, too" in written
    drawn = initialised.folder / "code.svg"
    assert drawn.read_text().startswith("<?xml")
    assert drawn.stat().st_mode & 0o077 == 0
    assert initialised.kanaf(*enrol, "--qr", "code.pdf").status == 2
    assert "cannot be made: File exists" in initialised.refused(*enrol, "--qr", "code.svg")
    assert "cannot be made" in initialised.refused(*enrol, "--qr", "nowhere/code.svg")
    unknown = ("device", "enrol", "nobody", "t", "--qr", "other.svg")
    assert "no user 'nobody'" in initialised.refused(*unknown)
    assert not (initialised.folder / "other.svg").exists()
    assert "no user 'nobody'" in initialised.refused("device", "enrol", "nobody", "t")
