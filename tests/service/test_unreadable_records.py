"""A record that does not open, because a disk has lost some bits, harms no other one."""

from __future__ import annotations

from uuid import uuid4

import pytest

from sync_server.service.assigning import assign
from sync_server.service.directory_changes import add_user
from sync_server.service.pushing import push
from sync_server.service.quarantine_desk import NotDecided, accept, listed, sent_in
from tests.service.conftest import REFERRAL, REGISTRATION, Programme
from tests.service.damage import spoil_bodies, spoil_key, write_key

OLDER = {**REGISTRATION, "age": 11}


@pytest.fixture
def records(programme: Programme) -> tuple[str, str]:
    """A record that will be damaged, and one that stays as it is."""
    damaged, sound = str(uuid4()), str(uuid4())
    for programme.record in (damaged, sound):
        programme.register()
    return damaged, sound


def edit(programme: Programme, record: str) -> dict[str, object]:
    """An edit of a registration, as amina's tablet sends it."""
    programme.record = record
    base = programme.shown("amina", "k21")["_rev"]
    return programme._document("amina", "k21", OLDER, {"_rev": base})


def codes(programme: Programme, name: str, *documents: dict[str, object]) -> list[str | None]:
    """Pushes documents together; the codes of the receipts."""
    caller = programme.caller(name)
    receipts = push(programme.kanaf, programme.database, caller, documents, is_replicated=False)
    return [receipt.code for receipt in receipts]


def reasons(programme: Programme, name: str) -> list[str]:
    return [one["reason"] for one in programme.quarantine(name)]


def test_its_neighbours_are_stored_and_it_waits_until_it_is_mended(
    programme: Programme, records: tuple[str, str]
) -> None:
    damaged, sound = records
    edits = [edit(programme, record) for record in records]
    key = spoil_key(programme, damaged)

    assert codes(programme, "amina", *edits) == ["record_unreadable", None]

    programme.record = sound
    assert programme.shown("bilal", "k21")["data"] == OLDER
    (entry,) = listed(programme.kanaf, programme.database, programme.signed_in("bilal"))
    place = programme.kanaf, programme.database, programme.signed_in("bilal"), entry["entry"]
    with pytest.raises(NotDecided, match="record_unreadable"):
        accept(*place)

    write_key(programme, damaged, key)
    assert sent_in(*place)["sent"]["data"] == OLDER
    accept(*place)
    programme.record = damaged
    assert programme.shown("amina", "k21")["data"] == OLDER
    assert reasons(programme, "amina") == []


def test_nothing_is_sealed_with_another_key(programme: Programme, records: tuple[str, str]) -> None:
    """A form that the record did not have does not need what is there, and waits all the same."""
    programme.record, _ = records
    key = spoil_key(programme, programme.record)

    assert programme.write("amina", "k23", {}).code == "record_unreadable"

    write_key(programme, programme.record, key)
    assert not programme.sees("amina", "k23")


def test_what_rests_on_a_body_that_does_not_open_waits_too(
    programme: Programme, records: tuple[str, str]
) -> None:
    damaged, _ = records
    edits = [edit(programme, record) for record in records]
    spoil_bodies(programme, f"{damaged}:k21")

    assert codes(programme, "amina", *edits) == ["record_unreadable", None]


def test_others_are_not_told_that_there_is_one(
    programme: Programme, records: tuple[str, str]
) -> None:
    damaged, _ = records
    spoil_key(programme, damaged)
    answers = []
    for programme.record in (damaged, str(uuid4())):
        answers.append(
            [
                programme.write("chen", form, data, **members).code
                for form, data, members in (
                    ("k21", REGISTRATION, {}),
                    ("k21", REGISTRATION, {"_revisions": {"start": 1, "ids": ["a" * 32]}}),
                    ("k99", {}, {}),
                    (REFERRAL, {"to_user": "chen"}, {}),
                )
            ]
        )

    assert answers[0] == answers[1]
    assert "record_unreadable" not in answers[0]


def test_the_others_are_assigned(programme: Programme, records: tuple[str, str]) -> None:
    damaged, sound = records
    add_user(programme.kanaf, "eve", role="caseworker", agency="a", groups=("khartoum",))
    spoil_key(programme, damaged)

    bilal, both = programme.caller("bilal"), list(records)
    told = assign(programme.kanaf, programme.database, bilal, both, "eve", dry_run=False)

    assert told == {damaged: "unreadable", sound: "assigned"}
    programme.record = sound
    assert programme.sees("eve", "k21")


def test_what_was_stored_before_waits_no_longer_once_it_comes_again(
    programme: Programme, records: tuple[str, str]
) -> None:
    programme.record, _ = records
    sent = stored_and_sent_again(programme)

    assert push_replicated(programme, sent) is None

    assert reasons(programme, "amina") == []


def test_a_supervisor_accepts_what_was_stored_before(
    programme: Programme, records: tuple[str, str]
) -> None:
    programme.record, _ = records
    stored_and_sent_again(programme)
    bilal = programme.signed_in("bilal")
    (entry,) = listed(programme.kanaf, programme.database, bilal)

    rev = accept(programme.kanaf, programme.database, bilal, entry["entry"])

    assert str(rev) == programme.shown("amina", "k20")["_rev"]
    assert reasons(programme, "amina") == []


def stored_and_sent_again(programme: Programme) -> dict[str, object]:
    """What amina's tablet sent, got no answer to, and sent once more while the record could not be
    read; by now it can.
    """
    path = {"start": 1, "ids": ["a" * 32]}
    sent = programme._document("amina", "k20", {"full_name": "somebody"}, {"_revisions": path})
    assert push_replicated(programme, sent) is None
    key = spoil_key(programme, programme.record)
    assert push_replicated(programme, sent) == "record_unreadable"
    write_key(programme, programme.record, key)
    return sent


def push_replicated(programme: Programme, document: dict[str, object]) -> str | None:
    """Pushes a document of amina's with its id, as a replication does; the code of the receipt."""
    caller = programme.caller("amina")
    (receipt,) = push(programme.kanaf, programme.database, caller, [document], is_replicated=True)
    return receipt.code
