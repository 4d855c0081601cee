"""What can go wrong between two databases, each with a sentence that says what to do.

No sentence holds credentials or content; an address is told without its credentials.
"""

from __future__ import annotations

from typing import Any


class ReplicationFailure(Exception):
    """Something went wrong; the message is a sentence for people."""


class Lasting(ReplicationFailure):
    """Trying again does not help until somebody has mended it."""


class Passing(ReplicationFailure):
    """It may be otherwise next time.

    Attributes:
        is_cut: whether the connection broke, so that it may help to send less at a time.
    """

    def __init__(self, sentence: str, *, is_cut: bool = False) -> None:
        super().__init__(sentence)
        self.is_cut = is_cut


class Answered(Exception):
    """A database answered a request with an error.

    Attributes:
        word, reason: CouchDB's `error` and `reason`; empty where the answer has none.
    """

    def __init__(self, status: int, told: Any) -> None:
        super().__init__(status)
        self.status = status
        word, reason = told if isinstance(told, tuple) and len(told) == 2 else ("", "")
        self.word, self.reason = str(word or ""), str(reason or "")

    @property
    def is_missing_stub(self) -> bool:
        """Whether an attachment's content should have come along; a case database says so in the
        reason of `forbidden`.
        """
        return self.word == "missing_stub" or self.reason.startswith("missing_stub:")


class TooLong(Exception):
    """An answer is longer than was allowed for."""


def explained(answered: Answered, role: str, url: str) -> ReplicationFailure:
    """The sentence for an error that concerns a whole database.

    Args:
        role: "source" or "target".
    """
    status = answered.status
    if status == 401:
        return Lasting(
            f"the {role} does not accept the name, password or token: check them for {url}"
        )
    if status == 403 and "device_needed" in answered.reason:
        return Lasting(f"the {role} holds cases: it wants a device and its token, for {url}")
    if status == 403:
        return Lasting(f"the {role} does not allow this to you: ask the administrator of {url}")
    if status == 404:
        return Lasting(
            f"there is no database {url}, or you may not see it: check the address and the "
            f"credentials of the {role}"
        )
    if status == 413:
        return Passing(f"the {role} takes no request as large as this: make --batch smaller")
    return Passing(f"the {role} answered {status} {answered.word}".rstrip())
