"""Many who ask at the same moment are answered together, at the cost of few."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from gevent import sleep, spawn
from gevent.event import AsyncResult

from sync_server.errors import Overloaded

Question = TypeVar("Question")
Answer = TypeVar("Answer")
_MOST = 100
"""How many are answered at once: so long may an answer be old, and others wait, when it is sent."""


class Together(Generic[Question, Answer]):
    """Gathers the questions of this process's greenlets.

    Nothing outlives its answer: what is found out for some counts for those alone who had asked
    before it was looked up.
    """

    def __init__(self, answers: Callable[[Sequence[Question]], Sequence[Answer]]) -> None:
        """Gathers for `answers`, which answers some questions in their order."""
        self._answers = answers
        self._asked: deque[tuple[Question, AsyncResult]] = deque()
        self._is_answering = False

    def ask(self, question: Question) -> Answer:
        """The answer as of now or later, never of before. Gives way to other greenlets.

        Raises:
            Overloaded: nobody can be answered now.
            Exception: what `answers` raises when it is asked this question alone.
        """
        mine = AsyncResult()
        self._asked.append((question, mine))
        if not self._is_answering:
            self._is_answering = True
            spawn(self._answer_all)
        answer: Answer = mine.get()
        return answer

    def _answer_all(self) -> None:
        try:
            while self._asked:
                asked = [self._asked.popleft() for _ in range(min(_MOST, len(self._asked)))]
                try:
                    self._answer(asked)
                except Overloaded as error:
                    self._refuse([*asked, *self._asked], error)
                    self._asked.clear()
                sleep(0)  # who has an answer sends it before the next are looked up
        finally:
            self._is_answering = False

    def _refuse(self, asked: list[tuple[Question, AsyncResult]], error: Overloaded) -> None:
        for _, theirs in asked:
            if not theirs.ready():
                theirs.set_exception(error)

    def _answer(self, asked: list[tuple[Question, AsyncResult]]) -> None:
        try:
            answers = self._answers([question for question, _ in asked])
        except Overloaded:  # no question's own: each by itself would wait for it as long
            raise
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked
            if len(asked) == 1:
                asked[0][1].set_exception(error)
                return
            for one in asked:  # a question without an answer keeps none from the others
                self._answer([one])
            return
        for (_, theirs), answer in zip(asked, answers, strict=True):
            theirs.set(answer)
