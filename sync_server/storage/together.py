"""Many who ask at the same moment are answered together, at the cost of few.

Whoever asks while nobody is being answered leads: they have their own question answered at once,
with those that wait, and then hand the lead to the first that has come meanwhile. So nobody waits
for company, and under load it comes by itself. It serves greenlets and threads alike.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from sync_server.errors import Overloaded

Question = TypeVar("Question")
Answer = TypeVar("Answer")
_MOST = 100
"""How many are answered at once: so long may an answer be old, and others wait, when it is sent."""
_WITHOUT_END = -1

ALONE: Any = object()
"""In the place of an answer: this question has to be asked alone."""


class Together(Generic[Question, Answer]):
    """Gathers the questions of this process.

    Nothing outlives its answer: what is found out for some counts for those alone who had asked
    before it was looked up.
    """

    def __init__(
        self,
        answers: Callable[[Sequence[Question]], Sequence[Answer]],
        *,
        fits: Callable[[Sequence[Question], Question], bool] = lambda together, one: True,
        patience: float = _WITHOUT_END,
        refuses_together: bool = True,
        lets_others_ask: bool = False,
    ) -> None:
        """Gathers for `answers`.

        Args:
            answers: answers some questions, in their order, an only one never with `ALONE`.
            fits: whether one more question may be asked together with some.
            patience: for how many seconds somebody waits while no other is answered, before they
                ask alone, whoever stands still.
            refuses_together: whether one who is refused as `Overloaded` is refused for all who
                wait: each by itself would wait for that as long.
            lets_others_ask: whether greenlets that are about to ask, too, may do so first. Where
                answering never gives way, each would else lead and be answered alone.
        """
        self._answers = answers
        self._fits = fits
        self._patience = patience
        self._refuses_together = refuses_together
        self._lets_others_ask = lets_others_ask
        self._lock = threading.Lock()
        self._waiting: list[_Asked[Question, Answer]] = []
        self._is_answering = False
        self._lots = 0

    def ask(self, question: Question) -> Answer:
        """The answer as of now or later, never of before. Other greenlets go on meanwhile.

        Raises:
            Overloaded: nobody can be answered now.
            Exception: what `answers` raises when it is asked this question alone.
        """
        mine = _Asked[Question, Answer](question)
        with self._lock:
            mine.leads = not self._is_answering
            self._is_answering = True
            if not mine.leads:
                self._waiting.append(mine)
        if not mine.leads:
            self._wait(mine)
        if mine.leads:
            self._lead(mine)
        if mine.error is not None:
            raise mine.error
        return self._answers([question])[0] if mine.answer is ALONE else mine.answer

    def _wait(self, mine: _Asked[Question, Answer]) -> None:
        """Returns when `mine` is answered, leads, or goes alone."""
        lots = self._lots
        try:
            while not mine.woken.acquire(timeout=self._patience):
                with self._lock:
                    if self._lots == lots and mine in self._waiting:
                        self._waiting.remove(mine)
                        return
                    lots = self._lots
        except BaseException:
            with self._lock:
                if mine in self._waiting:
                    self._waiting.remove(mine)
            if mine.leads:
                self._hand_over()
            raise

    def _lead(self, mine: _Asked[Question, Answer]) -> None:
        lot = [mine]
        try:
            if self._lets_others_ask:
                time.sleep(0)
            lot += self._companions(mine)
            self._answer(lot)
        except BaseException:  # it may be done, and is not to be done twice
            for one in lot[1:]:
                one.error = Overloaded()
            raise
        finally:
            self._hand_over()
            for one in lot[1:]:
                one.woken.release()

    def _companions(self, mine: _Asked[Question, Answer]) -> list[_Asked[Question, Answer]]:
        """Those who wait and fit, taken out of the queue."""
        questions = [mine.question]
        taken: list[_Asked[Question, Answer]] = []
        left: list[_Asked[Question, Answer]] = []
        with self._lock:
            for one in self._waiting:
                if len(questions) < _MOST and self._fits(questions, one.question):
                    questions.append(one.question)
                    taken.append(one)
                else:
                    left.append(one)
            self._waiting = left
        return taken

    def _hand_over(self) -> None:
        with self._lock:
            self._lots += 1
            self._is_answering = bool(self._waiting)
            if self._waiting:
                heir = self._waiting.pop(0)
                heir.leads = True
                heir.woken.release()

    def _answer(self, lot: Sequence[_Asked[Question, Answer]]) -> None:
        try:
            answers = self._answers([one.question for one in lot])
        except Overloaded as error:
            if self._refuses_together or len(lot) == 1:
                for one in lot:
                    one.error = error
            if self._refuses_together:
                self._refuse_all(error)
        except Exception as error:  # noqa: BLE001 - it is raised where it was asked
            if len(lot) == 1:  # else it may be another's, and each finds out alone
                lot[0].error = error
        else:
            for one, answer in zip(lot, answers, strict=True):
                one.answer = answer

    def _refuse_all(self, error: Overloaded) -> None:
        with self._lock:
            refused, self._waiting = self._waiting, []
        for one in refused:
            one.error = error
            one.woken.release()


class _Asked(Generic[Question, Answer]):
    """A question, and what becomes of it: an answer, an error, the lead, or none of them: alone."""

    __slots__ = ("answer", "error", "leads", "question", "woken")

    def __init__(self, question: Question) -> None:
        self.question = question
        self.answer: Answer = ALONE
        self.error: Exception | None = None
        self.leads = False
        self.woken = threading.Lock()
        self.woken.acquire()
