"""Who asks for a feed from its beginning is told what the device may hold and the user lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from uuid import uuid4

import pytest

from sync_server.errors import DatabaseMissing
from sync_server.service.administration import remove_database
from sync_server.service.feed import page
from sync_server.service.feed_beginnings import begin, had_nothing_at
from tests.service.conftest import REFERRAL, Programme

FROM_ANOTHER_FEED = "7-0123456789abcdef"


@pytest.fixture
def referred(programme: Programme) -> Programme:
    """A case of which chen sees the registration."""
    programme.register()
    programme.refer("k21")
    return programme


def end(programme: Programme) -> None:
    """Ends the referral."""
    sent = programme.shown("amina", REFERRAL)
    ended = {**sent["data"], "ended": True}
    assert programme.write("amina", REFERRAL, ended, _rev=sent["_rev"]).code is None


def forgotten(programme: Programme, since: str = "0", device: str = "new-tablet") -> set[str]:
    """The forms of the record that a tablet of chen's is told to forget when it begins."""
    caller = replace(programme.caller("chen"), device=device)
    at = had_nothing_at(programme.kanaf, programme.database, caller, since)
    with programme.reader("chen") as reader:
        told = page(reader, 0, 1_000, had_nothing_at=at).changes
    return {one.document_id.partition(":")[2] for one in told if one.is_revoked}


def test_who_never_asked_is_not_told_of_what_was_revoked(referred: Programme) -> None:
    end(referred)

    assert forgotten(referred) == set()


def test_who_has_asked_before_is_told_what_was_revoked_since(referred: Programme) -> None:
    assert forgotten(referred) == set()

    end(referred)

    assert "k21" in forgotten(referred)
    assert "k21" in forgotten(referred)


def test_who_has_sent_something_before_they_asked_is_told_what_was_revoked_since(
    referred: Programme,
) -> None:
    device = referred.caller("chen").device  # it has sent the answer to the referral
    end(referred)

    assert "k21" in forgotten(referred, device=device)


def test_what_was_revoked_before_somebody_sent_anything_is_not_told(referred: Programme) -> None:
    end(referred)
    tablet = replace(referred.caller("chen"), device="new-tablet")
    begin(referred.kanaf, referred.database, tablet)

    assert forgotten(referred) == set()


def test_who_comes_with_a_seq_of_another_feed_is_told_everything_then_and_later(
    referred: Programme,
) -> None:
    end(referred)

    assert "k21" in forgotten(referred, FROM_ANOTHER_FEED)
    assert "k21" in forgotten(referred)


def test_who_has_begun_and_comes_with_a_seq_of_another_feed_is_told_everything(
    referred: Programme,
) -> None:
    end(referred)
    assert forgotten(referred) == set()

    assert "k21" in forgotten(referred, FROM_ANOTHER_FEED)
    assert forgotten(referred) == set()


def test_requests_that_begin_together_begin_at_one_seq(programme: Programme) -> None:
    kanaf, database, caller = programme.kanaf, programme.database, programme.caller("chen")

    def begun(_: int) -> int:
        replace(programme, record=str(uuid4())).register()
        return had_nothing_at(kanaf, database, caller, "0")

    with ThreadPoolExecutor(4) as threads:
        assert len(set(threads.map(begun, range(8)))) == 1


@pytest.mark.parametrize("since", ["0", FROM_ANOTHER_FEED])
def test_who_begins_in_a_database_that_was_removed_finds_none(
    programme: Programme, since: str
) -> None:
    remove_database(programme.kanaf, programme.database)

    with pytest.raises(DatabaseMissing):
        had_nothing_at(programme.kanaf, programme.database, programme.caller("chen"), since)
