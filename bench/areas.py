"""Where CPU time goes, by area of the code."""

from __future__ import annotations

import cProfile
import pstats
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

Function = tuple[str, int, str]
Shares = dict[str, float]

CANONICAL = "canonical JSON, digests"
SEALING = "sealing bodies"
KEYS = "key wrapping"
MERGING = "merging, revision tree"
SQL = "SQL: SQLAlchemy, driver"
VALIDATION = "validation"
REST = "rest: pipeline, sharing"
AREAS = [VALIDATION, CANONICAL, SEALING, MERGING, SQL, KEYS, REST]

# The first that fits counts: a part of the file's path, and the functions in it (none: all).
# What fits nowhere (json, cryptography, builtins) counts for whoever called it.
_RULES: list[tuple[str, frozenset[str], str]] = [
    ("/conflict/canonical.py", frozenset(), CANONICAL),
    ("/conflict/minting.py", frozenset(), CANONICAL),
    ("/service/vault.py", frozenset({"body_digest"}), CANONICAL),
    ("/service/vault.py", frozenset({"seal_body", "open_body", "_place"}), SEALING),
    ("/service/vault.py", frozenset({"new_record_key", "record_key", "_record_place"}), KEYS),
    ("/crypto/keys.py", frozenset(), KEYS),
    ("/conflict/", frozenset(), MERGING),
    ("/service/document_work.py", frozenset(), MERGING),
    ("/schemas/", frozenset(), VALIDATION),
    ("/marshmallow/", frozenset(), VALIDATION),
    ("/sqlalchemy/", frozenset(), SQL),
    ("/psycopg/", frozenset(), SQL),
    ("/sync_server/storage/", frozenset(), SQL),
    ("/crypto/sealing.py", frozenset({"keyed_digest"}), CANONICAL),
    ("/crypto/", frozenset(), ""),
    ("/sync_server/", frozenset(), REST),
]


def profiled(work: Callable[[], object]) -> tuple[Shares, pstats.Stats]:
    """The share of each area under cProfile, which makes many small calls look dearer."""
    profile = cProfile.Profile(time.process_time)
    profile.runcall(work)
    stats = pstats.Stats(profile)
    found = _Profile(stats)
    seconds: Shares = defaultdict(float)
    for function, (_, _, own, _, _) in found.entries.items():
        for area, share in found.areas(function).items():
            seconds[area] += own * share
    return _shares(seconds), stats


def hottest(stats: pstats.Stats, most: int = 12) -> list[list[object]]:
    """The functions with most time of their own: name, calls, and the percentage of all."""
    entries: dict[Function, tuple[Any, ...]] = stats.stats  # type: ignore[attr-defined]
    total = sum(entry[2] for entry in entries.values())
    dearest = sorted(entries.items(), key=lambda item: -item[1][2])[:most]
    return [[_name(function), entry[1], 100 * entry[2] / total] for function, entry in dearest]


class Sampler:
    """Looks every few milliseconds of CPU at what runs; it makes nothing dearer."""

    def __init__(self) -> None:
        self._seconds: Shares = defaultdict(float)
        self._last = 0.0

    @property
    def shares(self) -> Shares:
        """The share of each area in all that ran inside `sampling`."""
        return _shares(self._seconds)

    @contextmanager
    def sampling(self, every: float = 0.001) -> Iterator[None]:
        """Samples what runs inside; `every` is in seconds of CPU."""
        before = signal.signal(signal.SIGPROF, self._sample)
        self._last = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, every, every)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)

    def _sample(self, _: int, frame: FrameType | None) -> None:
        """Counts the CPU time since the last look: long calls into C delay a signal."""
        now = time.process_time()
        area = ""
        while frame is not None and not area:
            area = _area(frame.f_code.co_filename, frame.f_code.co_name)
            frame = frame.f_back
        self._seconds[area or REST] += now - self._last
        self._last = now


class _Profile:
    """A profile's functions, each with the areas that it counts for."""

    def __init__(self, stats: pstats.Stats) -> None:
        self.entries = stats.stats  # type: ignore[attr-defined]  # missing in typeshed
        self._known: dict[Function, Shares] = {}

    def areas(self, function: Function) -> Shares:
        """The shares of the areas in a function's own time; they add up to 1."""
        if function not in self._known:
            area = _area(function[0], function[2])
            self._known[function] = {area or REST: 1.0}  # also ends a recursion
            if not area:
                self._known[function] = self._callers(function)
        return self._known[function]

    def _callers(self, function: Function) -> Shares:
        callers = self.entries[function][4]
        weights = {caller: one[2] + 1e-9 for caller, one in callers.items() if caller != function}
        total = sum(weights.values())
        shares: Shares = defaultdict(float)
        for caller, weight in weights.items():
            for area, share in self.areas(caller).items():
                shares[area] += share * weight / total
        return dict(shares) or {REST: 1.0}


def _area(file: str, name: str) -> str:
    """The area of a function; empty for one that counts for its caller."""
    for part, names, area in _RULES:
        if part in file and (not names or name in names):
            return area
    return ""


def _name(function: Function) -> str:
    file, _, name = function
    return f"{'/'.join(file.split('/')[-2:])} {name}" if file != "~" else name[:60]


def _shares(seconds: Shares) -> Shares:
    total = sum(seconds.values())
    return {area: seconds.get(area, 0.0) / total for area in AREAS}
