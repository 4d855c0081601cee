"""Cases handed over on the command line: tried, meant, stopped, gone on with."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest

from sync_server.config import settings
from sync_server.service.directory_changes import add_agency, add_user
from sync_server.service.handover import RECORDS_AT_ONCE
from sync_server.service.kanaf import open_kanaf
from sync_server.storage.handover import handover
from tests.cli.running import Shell
from tests.service.conftest import CASE, Programme
from tests.support.server import KANAF

PASSWORD = "a long password\n"
ASSIGN = ("handover", "assign", "--database", "sudan", "--from", "amina", "--to", "gita")
AGENCY = ("handover", "agency", "--database", "sudan", "--from", "a", "--to", "b")
ROOT = ("--as", "root", "--password-stdin")


@contextmanager
def opened(shell: Shell) -> Iterator[Programme]:
    kanaf = open_kanaf(settings({**shell.settings}))
    yield Programme(kanaf, kanaf.database("sudan"))
    kanaf.store.close()


def begin(programme: Programme, *, consent: bool = True, number: str | None = None) -> str:
    """A case of amina's; its record."""
    programme.record = str(uuid4())
    data = {**CASE, "consent_to_share": consent, "case_number": number or CASE["case_number"]}
    assert programme.write("amina", "k1", data).code is None
    return programme.record


def owners(shell: Shell) -> dict[str, str]:
    with opened(shell) as programme, programme.kanaf.store.read() as reading:
        rows = reading.cases_after(programme.database.id, "", 10_000)
        return {row.record_id: programme.kanaf.user(row.owner_id or 0).name for row in rows}


@pytest.fixture
def people(initialised: Shell) -> Shell:
    """Amina and gita of agency a, dina and hana of agency b, bilal and root who sign in."""
    with opened(initialised) as programme:
        kanaf = programme.kanaf
        add_agency(kanaf, "b", "Agency b")
        for name, role, agency, groups in (
            ("amina", "caseworker", "a", ("khartoum",)),
            ("gita", "caseworker", "a", ("khartoum",)),
            ("bilal", "supervisor", "a", ("khartoum",)),
            ("dina", "caseworker", "b", ("x",)),
            ("hana", "caseworker", "b", ("x",)),
            ("root", "administrator", "a", ()),
        ):
            password = PASSWORD.strip() if name in ("bilal", "root") else None
            add_user(kanaf, name, role=role, agency=agency, groups=groups, password=password)
    return initialised


def test_a_handover_is_tried_and_meant_before_it_is_done(people: Shell) -> None:
    with opened(people) as programme:
        record = begin(programme)

    tried = people.done(*ASSIGN, "--dry-run")
    assert tried.splitlines() == [
        "FROM   TO    CASES",
        "amina  gita  1",
        "nothing was changed",
    ]
    refused = people.kanaf(*ASSIGN, standard_input="n\n")
    assert refused.status == 1
    assert "Hand over 1 case? It cannot be undone simply" in refused.text
    assert owners(people) == {record: "amina"}
    assert people.done("handover", "status") == "nothing was handed over yet\n"

    meant = people.kanaf(*ASSIGN, standard_input="y\n")

    assert meant.status == 0
    assert "handover 1 is done: 1 case with another owner, 0 stay" in meant.text
    assert owners(people) == {record: "gita"}
    assert (
        people.done("handover", "status").splitlines()[1].endswith("  -         1            done")
    )
    again = people.done(*ASSIGN, "--yes")
    assert again == "no case would get another owner\nnothing was changed\n"


def test_an_agencys_cases_are_handed_over_and_the_exceptions_listed(people: Shell) -> None:
    with opened(people) as programme:
        given, denied = begin(programme), begin(programme, consent=False)
    (people.folder / "owners.csv").write_text("from,to\namina,dina\n")
    mapped = (*AGENCY, "--owners", "owners.csv")

    done = people.kanaf(*mapped, "--yes")

    assert done.status == 0, done.text
    assert "amina  dina  1" in done.text
    assert f"  {denied}  amina  no consent to share with partners" in done.text
    assert str(CASE["case_number"]) not in done.text
    assert owners(people) == {given: "dina", denied: "amina"}
    assert f"  {denied}  no consent" in people.done("handover", "status", "1")
    assert "takes the name of who administers" in people.refused(
        *mapped, "--despite-consent", "the project ends", "--yes"
    )
    said = people.kanaf(
        *mapped, "--despite-consent", "the project ends", "--yes", *ROOT, standard_input=PASSWORD
    )
    assert said.status == 0, said.text
    assert owners(people) == {given: "dina", denied: "dina"}


def test_whose_cases_go_without_consent_is_told_before_it_is_meant(people: Shell) -> None:
    with opened(people) as programme:
        begin(programme)
        denied = begin(programme, consent=False)
    despite = (*AGENCY, "--to-owner", "dina", "--despite-consent", "the project ends")

    tried = people.kanaf(*despite, *ROOT, "--dry-run", standard_input=PASSWORD)
    meant = people.kanaf(*despite, *ROOT, standard_input=f"{PASSWORD}n\n")

    assert tried.text.splitlines() == [
        "FROM   TO    CASES",
        "amina  dina  2",
        "1 case without the child's consent:",
        f"  {denied}  -  amina",
        "nothing was changed",
    ]
    assert "Hand over 2 cases, 1 of them without the child's consent? It cannot" in meant.text
    assert set(owners(people).values()) == {"amina"}


def test_all_that_is_wrong_with_a_list_of_owners_is_told_at_once(people: Shell) -> None:
    rows = [
        "From;To",
        "amina;dina",
        "",
        "nobody;dina",
        "gita",
        "bilal;gita",
        "amina;hana",
        "bilal;ida",
    ]
    (people.folder / "owners.csv").write_text("\n".join(rows))
    people.done("user", "add", "ida", "--role", "service_provider", "--agency", "b")

    said = people.kanaf(*AGENCY, "--owners", "owners.csv")

    assert said.status == 1
    assert said.text.splitlines() == [
        "owners.csv: row 4: there is no user 'nobody'; see kanaf user list",
        "owners.csv: row 5: has not two cells, an old owner and a new one",
        "owners.csv: row 6: gita is of the agency a, not of b",
        "owners.csv: row 7: amina is named twice under from",
        "owners.csv: row 8: ida cannot be given records: that takes a role that begins records, "
        "reads and writes cases, and a group",
        "Error: owners.csv has to be mended first; nothing was changed",
    ]


def test_a_supervisor_assigns_by_the_number_that_people_know(people: Shell) -> None:
    with opened(people) as programme:
        record, other = begin(programme, number="SD-1"), begin(programme, number="SD-2")
    one = (*ASSIGN[:4], "--to", "gita", "--yes", "--case", "sd-1")

    assert people.kanaf(*one).status == 2
    said = people.kanaf(*one, "--as", "bilal", "--password-stdin", standard_input=PASSWORD)

    assert said.status == 0, said.text
    assert owners(people) == {record: "gita", other: "amina"}
    unknown = people.kanaf(*one[:-1], "SD-3", *ROOT, standard_input=PASSWORD)
    assert "root sees no case SD-3" in unknown.text


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ((*ASSIGN[:-1], "nobody"), "no user 'nobody'"),
        ((*ASSIGN[:-1], "root"), "root cannot be given records"),
        ((*AGENCY, "--to-owner", "gita"), "gita is of the agency a, not of b"),
        ((*ASSIGN, "--group", "khartom"), "no group 'khartom'"),
        ((*AGENCY[:5], "z", "--to", "b", "--to-owner", "dina"), "no agency 'z'"),
        ((*AGENCY, "--owners", "wrong.csv"), "no CSV with the headings from,to"),
        ((*AGENCY, "--owners", "latin.csv"), "latin.csv: save it as CSV in UTF-8"),
        (("handover", "resume", "7"), "no handover 7"),
        (("handover", "status", "7"), "no handover 7"),
    ],
)
def test_what_cannot_be_handed_over_is_told(
    people: Shell, command: tuple[str, ...], told: str
) -> None:
    (people.folder / "wrong.csv").write_text("old,new\namina,dina\n")
    (people.folder / "latin.csv").write_bytes("from,to\namina,dinà\n".encode("latin-1"))

    assert told in people.refused(*command)


def test_what_is_to_be_handed_over_has_to_be_said(people: Shell) -> None:
    assert people.kanaf(*ASSIGN[:4], "--to", "gita").status == 2
    assert people.kanaf(*AGENCY).status == 2
    assert people.kanaf(*AGENCY[:-1], "a", "--to-owner", "gita").status == 2


def test_who_leaves_cases_behind_is_told_how_to_hand_them_over(people: Shell) -> None:
    with opened(people) as programme:
        begin(programme)
    how = "kanaf handover assign --database sudan --from amina --to NAME"

    assert how in people.done("user", "change", "amina", "--agency", "b")
    assert how in people.done("user", "shut-out", "amina")
    people.done(*ASSIGN, "--yes")
    assert set(owners(people).values()) == {"gita"}


def test_a_handover_that_was_killed_goes_on_where_it_stood(people: Shell) -> None:
    with opened(people) as programme:
        records = {begin(programme) for _ in range(12 * RECORDS_AT_ONCE)}
    command = [*KANAF, *AGENCY, "--to-owner", "dina", "--to-owner", "hana", "--yes"]
    environment = {**os.environ, **people.settings}
    running = subprocess.Popen(command, env=environment, cwd=people.folder)
    with opened(people) as programme:
        handed = 0
        while not handed and running.poll() is None:
            with programme.kanaf.store.read() as reading:
                known = handover(reading.connection, 1)
            handed = known.handed if known else 0
        running.kill()
        running.wait()
        with programme.kanaf.store.read() as reading:
            stopped = handover(reading.connection, 1)
    assert stopped is not None
    assert 0 < stopped.handed < len(records)
    assert stopped.ended_at is None
    assert [*owners(people).values()].count("amina") == len(records) - stopped.handed
    assert "to be resumed: kanaf handover resume 1" in people.done("handover", "status")

    said = people.done("handover", "resume", "1")

    assert f"handover 1 is done: {len(records)} cases with another owner, 0 stay" in said
    now = owners(people)
    assert now.keys() == records
    assert [*now.values()].count("dina") == [*now.values()].count("hana") == len(records) / 2
    with opened(people) as programme:
        assert len(programme.audit("handed over")) == len(records)
    assert "is done" in people.done("handover", "resume", "1")
