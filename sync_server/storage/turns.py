"""Turns of the writers of an SQLite file: across threads and processes, in the order of asking.

SQLite lets one writer in; who comes meanwhile sleeps and asks again, longer each time. Among many
writers the file lies idle while all of them sleep, and who has slept longest gets it last. Those
who wait for a lock of the kernel's are woken at once. It is a queue only: what keeps a write whole
is still SQLite's own lock, against programs too that do not queue.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """The queue before an SQLite file."""

    def __init__(self, database: str) -> None:
        self._file = f"{database}-turns"

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits for a turn, and holds it inside.

        The waiting thread is a native one, or gevent's loop would wait with it. The kernel ends the
        turn of a process that was killed. Every turn opens the file anew: a lock on a file that
        stays open would be shared with the processes that this one forks. Nothing is ever written
        to it, so that whoever may read it can queue, whoever made it.
        """
        file = os.open(self._file, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)
