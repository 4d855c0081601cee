"""What the tour finds: each claim is said with its outcome, and what fails is kept for the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tablet.stock import TabletError


class Unfulfilled(Exception):
    """Something is not so without which the chapter cannot go on."""


class Findings:
    """Says the story line by line, and counts."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self._chapters = 0
        self.checked = 0
        self.failed: list[str] = []

    @contextmanager
    def chapter(self, title: str) -> Iterator[None]:
        """A part of the story. One that breaks off is a failure; the next may still be told."""
        self._chapters += 1
        self._say("")
        self._say(f"{self._chapters}. {title}")
        try:
            yield
        except Unfulfilled:
            self._say("   the chapter ends here")
        except (TabletError, OSError) as problem:
            self._fail(f"the chapter broke off: {problem}")

    def tell(self, line: str) -> None:
        """Says what somebody does or sees."""
        self._say(f"   {line}")

    def check(self, claim: str, holds: bool) -> None:
        """Says whether a claim holds."""
        self.checked += 1
        if holds:
            self._say(f"   ok  {claim}")
        else:
            self._fail(claim)

    def require(self, claim: str, holds: bool) -> None:
        """Checks a claim that the rest of the chapter stands on.

        Raises:
            Unfulfilled: it does not hold.
        """
        self.check(claim, holds)
        if not holds:
            raise Unfulfilled

    def _fail(self, claim: str) -> None:
        self.failed.append(f"{self._chapters}. {claim}")
        self._say(f"   NOT SO  {claim}")
