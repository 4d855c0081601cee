from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain
from threading import Event

import pytest

from sync_server.errors import Overloaded
from sync_server.storage.together import ALONE, Together
from tests.storage.writing import PATIENCE_SECONDS

Answer = tuple[str, int]


class Clerk:
    """Answers with what is so when it looks, once it may, and remembers what it was asked."""

    def __init__(self) -> None:
        self.now = 0
        self.looked: list[list[str]] = []
        self.is_away = False
        self.has_begun, self.may_answer = Event(), Event()
        self.may_answer.set()

    def answers(self, asked: Sequence[str]) -> list[Answer]:
        self.looked.append(list(asked))
        seen = self.now
        self.has_begun.set()
        assert self.may_answer.wait(PATIENCE_SECONDS)
        if self.is_away:
            raise Overloaded
        if "unanswerable" in asked:
            raise LookupError
        if "hermit" in asked and len(asked) > 1:
            return [ALONE if one == "hermit" else (one, seen) for one in asked]
        return [(question, seen) for question in asked]


class Askers:
    """People who ask while the clerk is busy with the first of them."""

    def __init__(self, clerk: Clerk, together: Together[str, Answer]) -> None:
        self._clerk, self._together = clerk, together
        self._threads = ThreadPoolExecutor(300)

    def ask(self, first: str, *others: str) -> list[Future[Answer]]:
        """Returns when all have been answered; the first has been before the others ask."""
        self._clerk.has_begun.clear()
        self._clerk.may_answer.clear()
        asked = [self._threads.submit(self._together.ask, first)]
        assert self._clerk.has_begun.wait(PATIENCE_SECONDS)
        for number, one in enumerate(others, 1):
            asked.append(self._threads.submit(self._together.ask, one))
            while len(self._together._waiting) < number:
                time.sleep(0.0001)
        self._clerk.may_answer.set()
        for answered in asked:
            answered.exception(PATIENCE_SECONDS)
        return asked

    def close(self) -> None:
        self._threads.shutdown()


@pytest.fixture
def clerk() -> Clerk:
    return Clerk()


@pytest.fixture
def together(clerk: Clerk) -> Together[str, Answer]:
    return Together(clerk.answers)


@pytest.fixture
def askers(clerk: Clerk, together: Together[str, Answer]) -> Iterator[Askers]:
    askers = Askers(clerk, together)
    yield askers
    askers.close()


def test_who_asks_alone_is_answered_at_once(together: Together[str, Answer]) -> None:
    assert [together.ask(one) for one in "ab"] == [("a", 0), ("b", 0)]


def test_who_asks_while_another_is_answered_is_answered_next_each_their_own_question(
    clerk: Clerk, askers: Askers
) -> None:
    asked = askers.ask(*"abc")

    assert [one.result() for one in asked] == [("a", 0), ("b", 0), ("c", 0)]
    assert clerk.looked == [["a"], ["b", "c"]]


def test_nobody_is_given_what_was_looked_up_before_they_asked(
    clerk: Clerk, together: Together[str, Answer]
) -> None:
    clerk.may_answer.clear()
    with ThreadPoolExecutor(2) as threads:
        early = threads.submit(together.ask, "a")
        assert clerk.has_begun.wait(PATIENCE_SECONDS)
        clerk.now = 1
        late = threads.submit(together.ask, "b")
        clerk.may_answer.set()

        assert (early.result(), late.result()) == (("a", 0), ("b", 1))


def test_a_question_without_an_answer_keeps_none_from_those_beside_it(
    together: Together[str, Answer], askers: Askers
) -> None:
    _, before, failed, after = askers.ask("first", "a", "unanswerable", "b")

    assert (before.result(), after.result()) == (("a", 0), ("b", 0))
    with pytest.raises(LookupError):
        failed.result()
    assert together.ask("c") == ("c", 0)


def test_a_question_that_cannot_be_asked_with_others_is_asked_by_itself(
    clerk: Clerk, askers: Askers
) -> None:
    asked = askers.ask("first", "a", "hermit", "b")

    assert [one.result()[0] for one in asked] == ["first", "a", "hermit", "b"]
    assert clerk.looked == [["first"], ["a", "hermit", "b"], ["hermit"]]


def test_questions_that_do_not_fit_are_asked_one_after_the_other(clerk: Clerk) -> None:
    together = Together(clerk.answers, fits=lambda others, one: one not in others)
    askers = Askers(clerk, together)

    asked = askers.ask(*"aabab")
    askers.close()

    assert [one.result()[0] for one in asked] == list("aabab")
    assert clerk.looked == [["a"], ["a", "b"], ["a", "b"]]


def test_while_the_database_is_away_one_look_is_for_all_who_wait(
    clerk: Clerk, together: Together[str, Answer], askers: Askers
) -> None:
    clerk.is_away = True

    asked = askers.ask(*(str(number) for number in range(250)))

    assert len(clerk.looked) == 1
    assert {type(one.exception()) for one in asked} == {Overloaded}
    clerk.is_away = False
    assert together.ask("a") == ("a", 0)


def test_where_each_is_refused_by_itself_nobody_else_is(clerk: Clerk) -> None:
    together = Together(clerk.answers, refuses_together=False)
    askers = Askers(clerk, together)
    clerk.is_away = True

    asked = askers.ask(*"abc")
    askers.close()

    assert {type(one.exception()) for one in asked} == {Overloaded}
    assert sorted(clerk.looked) == [["a"], ["b"], ["b", "c"], ["c"]]


def test_what_may_be_done_already_is_not_done_again() -> None:
    """Whoever leads is stopped in the middle: nobody knows how far it came."""

    class Stopped(BaseException):
        pass

    clerk = Clerk()

    def answers(asked: Sequence[str]) -> list[Answer]:
        found = clerk.answers(asked)
        if len(asked) > 1:
            raise Stopped
        return found

    askers = Askers(clerk, Together(answers))
    _, leader, companion = askers.ask(*"abc")
    askers.close()

    assert [type(one.exception()) for one in (leader, companion)] == [Stopped, Overloaded]
    assert clerk.looked == [["a"], ["b", "c"]]


def test_many_are_answered_in_several_lots_and_each_once(clerk: Clerk, askers: Askers) -> None:
    names = [str(number) for number in range(250)]

    asked = askers.ask(*names)

    assert [one.result()[0] for one in asked] == names
    assert list(chain(*clerk.looked)) == names
    assert [len(lot) for lot in clerk.looked] == [1, 100, 100, 49]


def test_nobody_stands_still_behind_one_who_does() -> None:
    clerk, is_free = Clerk(), Event()

    def answers(asked: Sequence[str]) -> list[Answer]:
        if asked == ["stuck"]:
            clerk.has_begun.set()
            assert is_free.wait(PATIENCE_SECONDS)
        return clerk.answers(asked)

    together = Together(answers, patience=0.01)
    with ThreadPoolExecutor(3) as threads:
        stuck = threads.submit(together.ask, "stuck")
        assert clerk.has_begun.wait(PATIENCE_SECONDS)

        answered = [threads.submit(together.ask, one) for one in "ab"]
        told = [one.result(PATIENCE_SECONDS) for one in answered]
        assert not stuck.done()
        is_free.set()

        assert (told, stuck.result(PATIENCE_SECONDS)) == ([("a", 0), ("b", 0)], ("stuck", 0))
    assert together.ask("c") == ("c", 0)


def test_greenlets_that_are_woken_together_are_answered_together_though_nobody_gives_way() -> None:
    said = run_patched("""
        import gevent
        from sync_server.storage.together import Together

        lots = []

        def answers(asked):
            lots.append(len(asked))
            return asked

        together = Together(answers, lets_others_ask=True)
        askers = [gevent.spawn(together.ask, number) for number in range(250)]
        gevent.joinall(askers, timeout=10)
        assert [one.value for one in askers] == list(range(250))
        print(lots)
    """)
    assert said == "[100, 100, 50]"


def test_a_greenlet_that_is_killed_while_it_waits_leaves_the_others_their_turn() -> None:
    said = run_patched("""
        import gevent
        from sync_server.storage.together import Together

        def answers(asked):
            gevent.sleep(0.01)
            return [one.upper() for one in asked]

        together = Together(answers, fits=lambda others, one: False)
        askers = [gevent.spawn(together.ask, one) for one in "abcd"]
        gevent.sleep(0.005)
        askers[1].kill()
        gevent.joinall([askers[0], *askers[2:]], timeout=10)
        print([one.value for one in (askers[0], *askers[2:])])
    """)
    assert said == "['A', 'C', 'D']"


def run_patched(script: str) -> str:
    """What a script prints in a process of greenlets."""
    patched = "from gevent import monkey\nmonkey.patch_all()\n" + textwrap.dedent(script)
    done = subprocess.run(
        [sys.executable, "-c", patched], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()
