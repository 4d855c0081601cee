"""Quarantine: what is refused is kept, within limits that never cost a neighbour."""

from __future__ import annotations

import pytest

from sync_server.errors import QuarantineFull
from sync_server.service import transaction
from tests.service.conftest import REGISTRATION, Programme

WRONG = {"age": "old"}


@pytest.fixture
def room_for_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit that a test can reach."""
    monkeypatch.setattr(transaction, "MOST_ITEMS", 2)


def fill(programme: Programme) -> None:
    for number in (1, 2):
        programme.write("amina", "k21", {**WRONG, "household_size": number})


@pytest.mark.usefixtures("room_for_two")
def test_what_is_right_is_stored_beside_what_finds_no_room(programme: Programme) -> None:
    fill(programme)
    with pytest.raises(QuarantineFull):
        programme.write_together("amina", ("k22", WRONG, {}), ("k21", REGISTRATION, {}))

    assert programme.shown("amina", "k21")["data"] == REGISTRATION
    assert len(programme.quarantine("amina")) == 2


@pytest.mark.usefixtures("room_for_two")
def test_what_is_in_quarantine_already_needs_no_more_room(programme: Programme) -> None:
    fill(programme)
    revisions = {"start": 1, "ids": ["a" * 32]}
    wrong = {"salt": "0" * 32, "_revisions": revisions}
    with pytest.raises(QuarantineFull):
        programme.write("amina", "k21", WRONG, **wrong)
    programme.write("bilal", "k21", WRONG, **wrong)
    programme.write("bilal", "k22", WRONG)

    assert programme.write("bilal", "k21", WRONG, **wrong).code == "invalid_answers"


def test_one_document_refused_from_two_people_is_kept_for_both(programme: Programme) -> None:
    forged = {"author": "dina", "device": "dina-tablet", "salt": "0" * 32}
    revisions = {"start": 1, "ids": ["a" * 32]}
    for name in ("amina", "chen"):
        answer = programme.write(name, "k21", REGISTRATION, _revisions=revisions, **forged)
        assert answer.code == "false_author"

    assert [one["owner"] for one in programme.quarantine("amina")] == ["amina"]
    assert [one["owner"] for one in programme.quarantine("chen")] == ["chen"]
