"""People from a spreadsheet: all of them, or nobody and every problem at once."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from sync_server.service.directory_changes import shut_out_user
from sync_server.service.roster import (
    Fault,
    Imported,
    UnusableRoster,
    import_people,
    read_roster,
)
from sync_server.storage.fanout import pending_jobs
from tests.service.conftest import Programme

HEADINGS = ("name", "role", "agency", "group")
EVE = ("eve", "supervisor", "a", "khartoum")
FAY = ("fay", "service_provider", "b", "")


def csv(*rows: tuple[str, ...], delimiter: str = ",") -> bytes:
    return "\r\n".join(delimiter.join(row) for row in rows).encode("utf-8-sig")


def xlsx(*rows: tuple[Any, ...]) -> bytes:
    book, saved = Workbook(), BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(saved)
    return saved.getvalue()


def imported(programme: Programme, *rows: tuple[str, ...], dry_run: bool = False) -> Imported:
    return import_people(
        programme.kanaf, read_roster(csv(HEADINGS, *rows), ".csv"), dry_run=dry_run
    )


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (csv(HEADINGS, EVE, ("", "", "", ""), FAY), ".csv"),
        (csv(HEADINGS, EVE, FAY, delimiter=";"), ".csv"),
        (
            csv(("Group", " NAME", "agency ", "Role"), ("khartoum", "eve", "a", "supervisor")),
            ".csv",
        ),
        (xlsx(HEADINGS, EVE, (), FAY), ".xlsx"),
    ],
)
def test_rows_are_read_by_their_headings(content: bytes, kind: str) -> None:
    first, *others = read_roster(content, kind)

    assert (first.number, [first.cells[name] for name in HEADINGS]) == (2, [*EVE])
    assert [one.cells["name"] for one in others] in ([], ["fay"])


def test_a_row_is_told_by_its_number_in_the_file() -> None:
    lines = read_roster(xlsx(HEADINGS, EVE, (), FAY), ".xlsx")

    assert [one.number for one in lines] == [2, 4]


def test_a_number_in_a_spreadsheet_is_a_name_as_it_is_shown() -> None:
    (line,) = read_roster(xlsx(HEADINGS, (17.0, "supervisor", "a", 3)), ".xlsx")

    assert (line.cells["name"], line.cells["group"]) == ("17", "3")


@pytest.mark.parametrize(
    ("content", "kind", "told"),
    [
        (b"", ".csv", "lacks name, role, agency"),
        (csv(("name", "role")), ".csv", "lacks agency"),
        (csv((*HEADINGS, "grp")), ".csv", "nothing is known of grp"),
        (csv((*HEADINGS, "name")), ".csv", "twice"),
        ("name;role;agency\nمريم".encode("cp1256"), ".csv", "UTF-8"),
        (b"PK\x03\x04 no zip", ".xlsx", "damaged"),
        (csv(HEADINGS), ".ods", "name it .csv or .xlsx"),
        (csv(HEADINGS, *[EVE] * 5_001), ".csv", "more than 5000 people"),
    ],
)
def test_a_file_that_is_no_list_of_people_is_refused(content: bytes, kind: str, told: str) -> None:
    with pytest.raises(UnusableRoster, match=told):
        read_roster(content, kind)


@given(st.binary(max_size=300), st.sampled_from([".csv", ".xlsx"]))
def test_whatever_a_file_holds_it_is_read_or_refused(content: bytes, kind: str) -> None:
    for given_content in (content, csv(HEADINGS) + b"\r\n" + content):
        try:
            lines = read_roster(given_content, kind)
        except UnusableRoster:
            continue
        assert all(set(one.cells) <= {*HEADINGS, ""} for one in lines)


def test_what_cannot_be_read_of_a_row_is_a_fault_of_it(programme: Programme) -> None:
    formula = xlsx(HEADINGS, ("eve", "supervisor", "a", '="khar"&"toum"'))
    surplus = csv(HEADINGS, (*EVE, "", "elsewhere"))

    for content, kind, column in ((formula, ".xlsx", "group"), (surplus, ".csv", "")):
        found = import_people(programme.kanaf, read_roster(content, kind), dry_run=False)
        assert [(one.row, one.column) for one in found.faults] == [(2, column)]
    assert programme.kanaf.directory().named("eve") is None


def test_who_is_shut_out_is_no_one_to_be_left_as_they_are(programme: Programme) -> None:
    shut_out_user(programme.kanaf, "bilal")

    (fault,) = imported(programme, ("bilal", "supervisor", "a", "khartoum")).faults
    assert "shut out; see kanaf user let-in bilal" in fault.message


def test_people_are_added_and_a_second_time_left_alone(programme: Programme) -> None:
    assert imported(programme, EVE, FAY) == Imported(added=("eve", "fay"))
    before = programme.kanaf.registry()

    assert imported(programme, EVE, FAY) == Imported(known=("eve", "fay"))

    assert programme.kanaf.registry().users == before.users
    assert programme.audit("user added")[-2:] == ["eve", "fay"]
    eve = programme.kanaf.directory().named("eve")
    assert eve is not None
    assert (eve.role.name, eve.agency, eve.group) == EVE[1:]


def test_two_of_a_list_whose_names_read_the_same_are_not_added(programme: Programme) -> None:
    """Referrals go by name."""
    found = imported(programme, EVE, ("Eve", *EVE[1:]), ("\uff25\uff36\uff25", *EVE[1:]))

    assert [(one.row, one.column) for one in found.faults] == [(3, "name"), (4, "name")]
    assert "would be taken for 'eve'" in found.faults[0].message
    assert programme.kanaf.directory().named("eve") is None


def test_a_dry_run_adds_nobody(programme: Programme) -> None:
    programme.register()
    with programme.kanaf.store.read() as reading:
        before = pending_jobs(reading.connection, programme.database.id)

    assert imported(programme, EVE, dry_run=True) == Imported(added=("eve",))

    assert programme.kanaf.directory().named("eve") is None
    with programme.kanaf.store.read() as reading:
        assert pending_jobs(reading.connection, programme.database.id) == before


def test_every_problem_is_told_and_nobody_is_added(programme: Programme) -> None:
    found = imported(
        programme,
        EVE,
        ("a b", "queen", "z", ""),
        ("eve", "caseworker", "a", "khartoum"),
        ("bilal", "caseworker", "a", "khartoum"),
        ("", "supervisor", "a", "x"),
    )

    assert [(one.row, one.column) for one in found.faults] == [
        (3, "role"),
        (3, "agency"),
        (3, "name"),
        (4, "name"),
        (5, "name"),
        (6, "group"),
        (6, "name"),
    ]
    assert Fault(4, "name", "eve stands in row 2 already") in found.faults
    assert "for other rights: kanaf user change bilal" in found.faults[4].message
    assert found.added == ()
    assert programme.kanaf.directory().named("eve") is None
