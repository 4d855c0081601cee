"""Long pages, made piece by piece: what is told although the database goes on meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import orjson
import pytest

from sync_server.replication.change_rows import Told, Wanted
from sync_server.replication.latest_pages import Asked, LatestPages, latest_pages
from sync_server.replication.patience import Patience, Pulse
from sync_server.replication.pieces import pieces
from sync_server.service.directory_changes import add_device, shut_out_device
from sync_server.service.feed_beginnings import had_nothing_at
from tests.service.conftest import REFERRAL, REGISTRATION, Programme, made_on

EVERYTHING = 1_000_000
ACCEPTED = {"to_user": "chen", "forms": ["k21"], "service": "health", "response": "accepted"}
WANTED = Wanted(1, False, False, True, False, False)


@dataclass
class LongPage:
    """A page of somebody's whose first piece is its first row.

    Attributes:
        asked: for that row.
    """

    programme: Programme
    asked: Asked
    first: Told

    @classmethod
    def of(cls, programme: Programme, name: str, since: int = 0) -> LongPage:
        add_device(programme.kanaf, name, f"{name}-tablet")
        kanaf, database = programme.kanaf, programme.database
        caller = programme.by_token(name, f"{name}-tablet")
        begun = had_nothing_at(kanaf, database, caller, "0") if since == 0 else 0
        asked = Asked(database, caller, since, replace(WANTED, had_nothing_at=begun))
        return cls(programme, asked, page(programme, asked))

    def pieces(self, limit: int = EVERYTHING) -> Iterator[bytes]:
        pulse = Pulse(Patience(0, None), b"\n")
        return pieces(LatestPages(self.programme.kanaf), self.asked, self.first, limit, pulse)

    def whole(self, since: int | None = None, limit: int = EVERYTHING) -> Told:
        """The page in one piece, as of now."""
        begin = self.asked.since if since is None else since
        wanted = replace(self.asked.wanted, limit=limit)
        return page(self.programme, replace(self.asked, since=begin, wanted=wanted))


def page(programme: Programme, asked: Asked) -> Told:
    (told,) = latest_pages(programme.kanaf, [asked])
    assert told is not None
    return told


def ids(content: bytes) -> list[str]:
    return [row["id"] for row in orjson.loads(content)["results"]]


@pytest.fixture
def filled(programme: Programme) -> Programme:
    programme.register()
    return programme


@pytest.mark.parametrize("limit", [1, 2, 3, EVERYTHING])
def test_a_page_in_pieces_is_the_page_in_one(filled: Programme, limit: int) -> None:
    long = LongPage.of(filled, "amina")

    content = b"".join(long.pieces(limit))

    assert content == long.whole(limit=limit).content + b"\n"


def test_what_is_changed_meanwhile_is_told_to_who_asks_for_what_follows(
    filled: Programme,
) -> None:
    long = LongPage.of(filled, "amina")
    before = long.whole()
    registration = f"{filled.record}:k21"
    coming = long.pieces()
    begun = next(coming)
    made = made_on(filled.shown("amina", "k21")["_rev"], "f" * 32)
    assert filled.write("amina", "k21", {**REGISTRATION, "sex": "male"}, **made).code is None

    told = orjson.loads(begun + b"".join(coming))
    following = long.whole(since=before.update_seq)

    assert [row["id"] for row in told["results"]] == [
        row["id"] for row in before.rows if row["id"] != registration
    ]
    assert (told["last_seq"], told["pending"]) == (before.answer["last_seq"], 0)
    assert registration in ids(following.content)


def test_the_answer_to_who_is_shut_out_meanwhile_is_cut(filled: Programme) -> None:
    coming = LongPage.of(filled, "amina").pieces()
    next(coming)
    shut_out_device(filled.kanaf, "amina-tablet")

    with pytest.raises(ConnectionResetError):
        next(coming)


def test_who_came_with_nothing_is_told_to_forget_only_what_they_were_told(
    filled: Programme,
) -> None:
    """What was revoked before they came, they never had; what is revoked after that, they may."""
    accepted = filled.refer("k21")
    ended = {**ACCEPTED, "ended": True}
    long = LongPage.of(filled, "chen")
    coming = long.pieces()
    begun = next(coming)
    assert filled.write("amina", REFERRAL, ended, _rev=str(accepted.rev)).code is None

    told = ids(begun + b"".join(coming))
    after = LongPage(filled, long.asked, page(filled, long.asked))
    anew = ids(b"".join(after.pieces()))
    following = orjson.loads(long.whole(since=long.first.update_seq).content)["results"]

    registration = f"{filled.record}:k21"
    assert registration not in told
    assert registration in anew
    assert [row["deleted"] for row in following if row["id"] == registration] == [True]
