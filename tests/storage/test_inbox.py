"""What a reader's feed shows, page by page."""

from __future__ import annotations

import pytest

from sync_server.storage.rows import EVERYONE
from tests.storage.writing import AMINA, BILAL, DINA, Programme, changes, revoked, shown


@pytest.fixture
def filled(programme: Programme) -> Programme:
    """Amina sees a, b, c and e; d was taken from her. f is for everybody, b for bilal too."""
    programme.write(
        changes(
            inbox=[
                *(shown(AMINA, name) for name in "abc"),
                revoked(AMINA, "d"),
                shown(AMINA, "e"),
                shown(EVERYONE, "f"),
                shown(BILAL, "b"),
            ]
        )
    )
    return programme


def test_a_reader_sees_their_own_documents_and_those_for_everybody(filled: Programme) -> None:
    assert filled.inbox(BILAL) == [(2, "b"), (6, "f")]
    assert filled.inbox(DINA) == [(6, "f")]


def test_a_feed_is_in_the_order_of_seqs_whoever_it_is_for(filled: Programme) -> None:
    filled.write(changes(inbox=[shown(AMINA, "g")]))

    assert filled.inbox(AMINA, since=4) == [(5, "e"), (6, "f"), (7, "g")]


def test_who_had_nothing_is_not_told_of_what_was_revoked_by_then(filled: Programme) -> None:
    filled.write(changes(inbox=[revoked(AMINA, "e")]))

    told = [(1, "a"), (2, "b"), (3, "c"), (6, "f"), (7, "(e)")]
    assert filled.inbox(AMINA, had_nothing_at=6) == told


def test_who_has_read_before_is_told_what_to_forget(filled: Programme) -> None:
    assert filled.inbox(AMINA, since=1) == [(2, "b"), (3, "c"), (4, "(d)"), (5, "e"), (6, "f")]


def test_what_is_left_out_does_not_count_towards_the_limit(filled: Programme) -> None:
    assert filled.inbox(AMINA, limit=4, had_nothing_at=6)[-1] == (5, "e")


def test_backwards_the_newest_come_first_without_what_was_revoked(filled: Programme) -> None:
    expected = [(6, "f"), (5, "e"), (3, "c")]
    assert filled.inbox(AMINA, limit=3, descending=True) == expected
    assert filled.inbox(AMINA, since=1, limit=3, descending=True) == expected


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_page_after_page_gives_the_same_as_all_at_once(filled: Programme, limit: int) -> None:
    pages: list[tuple[int, str]] = []
    while page := filled.inbox(AMINA, since=pages[-1][0] if pages else 1, limit=limit):
        assert len(page) <= limit
        pages += page

    assert pages == filled.inbox(AMINA, since=1)


def test_a_limit_of_nothing_gives_nothing(filled: Programme) -> None:
    assert filled.inbox(AMINA, limit=0) == []


def test_a_document_shown_again_moves_to_its_new_seq(filled: Programme) -> None:
    filled.write(changes(inbox=[shown(AMINA, "d")]))
    filled.write(changes(inbox=[revoked(AMINA, "a")]))

    assert filled.inbox(AMINA) == [(2, "b"), (3, "c"), (5, "e"), (6, "f"), (7, "d"), (8, "(a)")]
    assert filled.inbox(AMINA, since=6) == [(7, "d"), (8, "(a)")]


@pytest.mark.parametrize("since", [0, 1, 3, 6])
def test_the_count_is_that_of_the_rows(filled: Programme, since: int) -> None:
    with filled.store.read() as reading:
        assert reading.inbox_count(filled.id, AMINA, since) == len(filled.inbox(AMINA, since))


def test_the_visible_documents_are_those_that_are_not_revoked(filled: Programme) -> None:
    with filled.store.read() as reading:
        assert reading.visible_ids(filled.id, AMINA) == ["a", "b", "c", "e", "f"]


def test_readers_with_news_are_those_who_have_a_row_since(filled: Programme) -> None:
    filled.write(changes(inbox=[shown(AMINA, "a"), revoked(BILAL, "b")]))

    with filled.store.read() as reading:
        everybody = [AMINA, BILAL, DINA]
        assert reading.readers_with_news(filled.id, everybody, 6) == {AMINA, BILAL}
        assert reading.readers_with_news(filled.id, [BILAL, DINA], 7) == {BILAL}
        assert reading.readers_with_news(filled.id, everybody, 8) == set()


def test_everybody_has_news_when_a_document_for_everybody_changed(filled: Programme) -> None:
    with filled.store.read() as reading:
        assert reading.readers_with_news(filled.id, [BILAL, DINA], 5) == {BILAL, DINA}
        assert reading.readers_with_news(filled.id, [BILAL, DINA], 6) == set()


def test_news_are_found_among_more_readers_than_one_statement_asks_for(
    programme: Programme,
) -> None:
    programme.write(changes(inbox=[shown(1234, "a")]))

    with programme.store.read() as reading:
        assert reading.readers_with_news(programme.id, range(1, 1501), 0) == {1234}
