"""What every benchmark needs: CPU time and memory of processes, medians, a table, a file."""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import psutil

_CPU_FIELDS = slice(11, 13)  # utime and stime, after the command's name
_QUIET_SECONDS, _QUIET_CPU = 1.0, 0.06
_BUSY = 0.5  # of the processors
_TICKS = os.sysconf("SC_CLK_TCK")


def worker_processes() -> list[int]:
    """The processes that answer requests: children of the Python servers that this process started.

    A PostgreSQL server's processes are not among them.
    """
    this = psutil.Process()
    servers = [child for child in this.children() if child.exe() == this.exe()]
    return [worker.pid for server in servers for worker in server.children()]


def cpu_seconds(pids: Sequence[int]) -> float:
    """The CPU time that processes have used so far, all threads, user and system.

    Source: proc(5), /proc/pid/stat; its unit is a tick, mostly 10 ms.
    """
    ticks = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[_CPU_FIELDS])
    return ticks / _TICKS


def wait_until_quiet(pids: Sequence[int]) -> None:
    """Until the processes have nothing left to do but their regular looks for news."""
    while True:
        before = cpu_seconds(pids)
        time.sleep(_QUIET_SECONDS)
        if cpu_seconds(pids) - before <= _QUIET_CPU:
            return


def resident_kib(pids: Sequence[int]) -> float:
    """The memory that processes hold, in KiB."""
    return sum(psutil.Process(pid).memory_info().rss for pid in pids) / 1024


def medians(rounds: Sequence[dict[str, float]]) -> dict[str, float]:
    """The median of each figure over the rounds."""
    return {name: median(one[name] for one in rounds) for name in rounds[0]}


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table of text, the first column to the left, the others to the right."""
    cells = [list(columns), *[[_cell(value) for value in row] for row in rows]]
    widths = [max(len(row[column]) for row in cells) for column in range(len(columns))]
    lines = [
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in cells
    ]
    return "\n".join(["", title, lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def markdown_table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], *, labels: int = 1
) -> list[str]:
    """The lines of a table of Markdown, of which the first `labels` columns are words."""
    rule = ["---" if position < labels else "---:" for position in range(len(columns))]
    return [f"| {' | '.join(row)} |" for row in (columns, rule, *rows)]


def put_into_page(path: Path, place: str, lines: Sequence[str]) -> None:
    """Puts lines between the marks `<!-- place -->` and `<!-- end of place -->` of a page.

    Raises:
        ValueError: the page has no such place.
    """
    between = re.compile(rf"(?<=<!-- {place} -->\n).*(?=<!-- end of {place} -->)", re.DOTALL)
    text = "".join(f"{line}\n" for line in lines)
    filled, places = between.subn(lambda _: text, path.read_text("utf-8"))
    if not places:
        raise ValueError(f"the page has no place for {place}")
    path.write_text(filled, "utf-8")


def is_busy(load: float) -> bool:
    """Whether so much runs on this machine, by its load average, that figures mean nothing."""
    return load > _BUSY * (os.cpu_count() or 1)


def arguments(description: str, **defaults: int) -> argparse.Namespace:
    """The command line: `--json FILE`, and a whole number for each of `defaults`."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, help="write every round's figures to this file")
    for name, value in defaults.items():
        parser.add_argument(f"--{name}", type=int, default=value, help=f"default: {value}")
    return parser.parse_args()


def surroundings() -> str:
    """What else this machine does; figures of time count only where it is little."""
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return f"\n{os.cpu_count()} processors; load average over 1, 5 and 15 minutes: {load}"


def write_json(path: Path | None, figures: dict[str, Any]) -> None:
    """The figures, with what they were measured on; nothing without a path."""
    if path is None:
        return
    machine = {
        "processors": os.cpu_count(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_average": os.getloadavg(),
    }
    path.write_text(json.dumps({"machine": machine, **figures}, indent=2) + "\n")


def _cell(value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"
