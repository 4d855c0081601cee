"""A Node process that is driven: commands out, answers in, one line each."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tablet.stock.errors import TabletError
from tablet.stock.installation import SCRIPT
from tablet.stock.node import node_command
from tablet.stock.replication import Replicated, replicated

# Node ends a command at its limit and says so; only a process that hangs needs longer.
GRACE_SECONDS = 5.0


class NodeProcess:
    """A running script, tablet.mjs or another that answers as lines.mjs does; for one thread."""

    def __init__(self, installation: Path, script: str = SCRIPT) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
        self._process = subprocess.Popen(
            [*node_command(), script],
            cwd=installation,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._last_id = 0
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def call(self, command: str, arguments: Mapping[str, object], time_limit: float) -> Any:
        """The answer to a command.

        Args:
            command: its name in the script.
            arguments: as that command takes them; JSON without NaN and infinities.
            time_limit: in seconds.

        Raises:
            TabletError: the command failed ("timeout" at its limit), or the process is gone
                ("process_ended"); a process that doesn't answer even its limit is killed.
        """
        self._last_id += 1
        self._send(
            {
                "id": self._last_id,
                "command": command,
                "arguments": arguments,
                "limit_ms": round(time_limit * 1000),
            }
        )
        answer = self._answer(command, time_limit + GRACE_SECONDS)
        if "error" in answer:
            raise _tablet_error(answer["error"])
        return answer.get("ok")

    def end(self) -> None:
        """Let the process end by itself, which closes its database, and wait for that."""
        self._close_input()
        with contextlib.suppress(subprocess.TimeoutExpired):  # one that hangs is killed
            self._process.wait(GRACE_SECONDS)
        self.kill()
        self._errors.close()

    def kill(self) -> None:
        """End the process without a chance to tidy up, as when a battery is pulled."""
        self._process.kill()
        self._process.wait()
        self._reader.join()
        self._close_input()

    def _close_input(self) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                self._answers.put(line)
        self._answers.put(None)

    def _send(self, message: Mapping[str, object]) -> None:
        assert self._process.stdin is not None
        # ASCII: Node's reader of lines also breaks at U+2028.
        line = json.dumps(message, ensure_ascii=True, allow_nan=False)
        try:
            self._process.stdin.write(line.encode("ascii") + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, ValueError):
            raise self._ended() from None

    def _answer(self, command: str, patience: float) -> dict[str, Any]:
        try:
            line = self._answers.get(timeout=patience)
        except queue.Empty:
            self.kill()
            raise TabletError("timeout", f"{command}: Node hung and was killed") from None
        if line is None:
            raise self._ended()
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _ended(self) -> TabletError:
        code = self._process.wait()
        self._errors.seek(0)
        last_lines = self._errors.read().decode(errors="replace").strip().splitlines()[-20:]
        return TabletError("process_ended", "\n".join([f"Node ended with {code}", *last_lines]))


def _tablet_error(error: Mapping[str, Any]) -> TabletError:
    return TabletError(
        error["name"],
        error.get("reason") or error.get("message") or "no reason given",
        status=error.get("status"),
        replication=_broken_off(error),
    )


def _broken_off(error: Mapping[str, Any]) -> Replicated | None:
    return replicated(error["result"], error["denied"]) if "result" in error else None
