"""What a piece of work costs: wall time, and the CPU of server, database and load generator."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

Figures = dict[str, float]
_CPU_CLOCK_OF_ALL_THREADS = 2  # the kernel's CPUCLOCK_SCHED


class Running(Protocol):
    """A server, as what its processes use is counted."""

    def processes(self) -> list[int]:
        """All processes of the server, without those of a database beside it."""

    def database_processes(self) -> list[int]:
        """All processes of the database; none where it is part of the server."""


@dataclass(frozen=True)
class Cost:
    """Seconds.

    Attributes:
        wall: from the first request to the last answer.
        server: CPU of all processes of the server.
        database: CPU of the database's own processes; 0 where it is part of the server.
        client: CPU of the load generator.
    """

    wall: float
    server: float
    database: float
    client: float

    def figures(self, count: int) -> Figures:
        """How many things a second, and the others' shares, where `count` things were done."""
        figures = {"per_cpu": count / self.server, "per_wall": count / self.wall}
        if self.database:
            figures["database_us"] = 1e6 * self.database / count
        return figures | self._share()

    def once(self) -> Figures:
        """The seconds of what was done once, and the others' shares."""
        figures = {"seconds": self.wall, "cpu_seconds": self.server}
        if self.database:
            figures["database_us"] = 1e6 * self.database
        return figures | self._share()

    def _share(self) -> Figures:
        return {"client_share": self.client / self.wall}


def cost(server: Running, work: Callable[[], object]) -> Cost:
    """What `work` costs on a server."""
    own, database = cpu(server.processes()), cpu(server.database_processes())
    client, clock = time.process_time(), time.perf_counter()
    work()
    wall, client = time.perf_counter() - clock, time.process_time() - client
    return Cost(
        wall,
        grown(own, cpu(server.processes())),
        grown(database, cpu(server.database_processes())),
        client,
    )


def cpu(pids: Sequence[int]) -> dict[int, float]:
    """The CPU seconds of each process so far, of all its threads, ended ones too.

    It is finer than the ticks of /proc, which are longer than many a request.

    Source: clock_getcpuclockid(3), whose numbers of clocks are those of Linux's posix-timers.h.
    """
    found: dict[int, float] = {}
    for pid in pids:
        with suppress(OSError):  # it has ended since it was listed
            found[pid] = time.clock_gettime((~pid << 3) | _CPU_CLOCK_OF_ALL_THREADS)
    return found


def grown(before: dict[int, float], after: dict[int, float]) -> float:
    """The CPU seconds between two looks; a process that was new at the second counts whole."""
    return sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
