"""`kanaf` as somebody types it: what it says, and the status that it ends with."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.server import COMMAND_SECONDS, KANAF


@dataclass(frozen=True)
class Said:
    """How a command ended, and what it printed, errors included."""

    status: int
    text: str

    @property
    def is_a_sentence(self) -> bool:
        """Whether it is refused with one line that a person can read."""
        is_one = self.text.startswith("Error: ") and self.text.count("\n") == 1
        return self.status == 1 and is_one and "Traceback" not in self.text


@dataclass(frozen=True)
class Shell:
    """A terminal in an empty directory, with settings of its own.

    Attributes:
        settings: `KANAF_*` variables.
    """

    folder: Path
    settings: Mapping[str, str]

    def done(self, *arguments: str, **settings: str) -> str:
        """What a command says that does what it is asked."""
        said = self.kanaf(*arguments, **settings)
        assert said.status == 0, said.text
        return said.text

    def refused(self, *arguments: str, **settings: str) -> str:
        """The sentence in which a command is refused."""
        said = self.kanaf(*arguments, **settings)
        assert said.is_a_sentence, said.text
        return said.text

    def kanaf(self, *arguments: str, standard_input: str = "", **settings: str) -> Said:
        """Runs a command; `settings` are further variables, for this one time."""
        others = {name: value for name, value in os.environ.items() if name[:6] != "KANAF_"}
        ended = subprocess.run(
            [*KANAF, *arguments],
            input=standard_input,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**others, **self.settings, **settings},
            cwd=self.folder,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        return Said(ended.returncode, ended.stdout)
