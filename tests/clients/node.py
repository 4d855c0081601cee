"""Scripts that drive the clients for Node, each in a process of its own."""

from __future__ import annotations

import base64
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import tablet.stock
from tablet.stock.process import NodeProcess

HERE = Path(__file__).parent
STOCK = Path(tablet.stock.__file__).parent
PACKAGE_FILES = ("package.json", "package-lock.json")
SCRIPTS = (STOCK / "lines.mjs", STOCK / "tablet.mjs", *sorted(HERE.glob("*.mjs")))
TIME_LIMIT_SECONDS = 30.0


class Scripts:
    """A folder of scripts; the processes that were started from it end with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._processes = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._processes.close()

    def start(self, name: str) -> Script:
        process = NodeProcess(self.folder, f"{name}.mjs")
        self._processes.callback(process.end)
        return Script(process)


class Script:
    """A script that runs: its commands are called with keyword arguments.

    Bytes become Buffers and Buffers bytes, at any depth. What fails raises `TabletError`, with
    the name and status that the client gave.
    """

    def __init__(self, process: NodeProcess) -> None:
        self._process = process

    def call(
        self, command: str, /, *, time_limit: float = TIME_LIMIT_SECONDS, **arguments: Any
    ) -> Any:
        return _from_node(self._process.call(command, _to_node(arguments), time_limit))


def _to_node(value: Any) -> Any:
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, dict):
        return {name: _to_node(one) for name, one in value.items()}
    return [_to_node(one) for one in value] if isinstance(value, list | tuple) else value


def _from_node(value: Any) -> Any:
    if isinstance(value, dict):
        if value.keys() == {"$bytes"}:
            return base64.b64decode(value["$bytes"])
        return {name: _from_node(one) for name, one in value.items()}
    return [_from_node(one) for one in value] if isinstance(value, list) else value
