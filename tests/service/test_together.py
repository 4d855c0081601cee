from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

import gevent
import pytest

from sync_server.errors import Overloaded
from sync_server.service.together import Together


class Clerk:
    """Answers with what is so when it looks, and remembers what it was asked at once."""

    def __init__(self) -> None:
        self.now = 0
        self.looked: list[list[str]] = []
        self.is_away = False

    def answers(self, asked: Sequence[str]) -> list[tuple[str, int]]:
        self.looked.append(list(asked))
        seen = self.now
        gevent.sleep(0.01)
        if self.is_away:
            raise Overloaded
        if "unanswerable" in asked:
            raise LookupError
        return [(question, seen) for question in asked]


def test_who_asks_at_the_same_moment_is_answered_at_once_each_their_own_question() -> None:
    clerk = Clerk()
    together = Together(clerk.answers)

    askers = [gevent.spawn(together.ask, question) for question in "abc"]
    gevent.joinall(askers)

    assert [asker.value for asker in askers] == [("a", 0), ("b", 0), ("c", 0)]
    assert clerk.looked == [["a", "b", "c"]]


def test_nobody_is_given_what_was_looked_up_before_they_asked() -> None:
    clerk = Clerk()
    together = Together(clerk.answers)
    early = gevent.spawn(together.ask, "a")
    gevent.sleep(0.005)
    assert clerk.looked == [["a"]]

    clerk.now = 1

    assert together.ask("a") == ("a", 1)
    assert early.get() == ("a", 0)


def test_a_question_without_an_answer_keeps_none_from_those_beside_it() -> None:
    together = Together(Clerk().answers)

    before, failed, after = (
        gevent.spawn(together.ask, question) for question in ("a", "unanswerable", "b")
    )
    gevent.joinall([before, failed, after])

    assert (before.value, after.value) == (("a", 0), ("b", 0))
    with pytest.raises(LookupError):
        failed.get()
    assert together.ask("c") == ("c", 0)


def test_while_the_database_is_away_one_look_is_for_all_who_wait() -> None:
    clerk = Clerk()
    clerk.is_away = True
    together = Together(clerk.answers)

    askers = [gevent.spawn(together.ask, str(number)) for number in range(250)]
    gevent.joinall(askers)

    assert len(clerk.looked) == 1
    for asker in askers:
        with pytest.raises(Overloaded):
            asker.get()
    clerk.is_away = False
    assert together.ask("a") == ("a", 0)


def test_many_are_answered_in_several_lots_and_each_once() -> None:
    clerk = Clerk()
    together = Together(clerk.answers)

    askers = [gevent.spawn(together.ask, str(number)) for number in range(1_000)]
    gevent.joinall(askers)

    assert [asker.value[0] for asker in askers] == [str(number) for number in range(1_000)]
    assert list(chain(*clerk.looked)) == [str(number) for number in range(1_000)]
    assert len(clerk.looked) == 10
