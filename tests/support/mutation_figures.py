"""What became of the mutants that `make mutate` made: figures a module, and who survived.

The figures are read from what mutmut writes beside its mutants. A survivor has to be listed, with
the reason, in docs/reference/mutation.md by the line that it has in place of ours.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
RESULTS = REPOSITORY / "mutants" / "conflict"
LISTED = REPOSITORY / "docs" / "reference" / "mutation.md"
LEAST = 0.95
_FAILED, _CRASHED = 1, 3
_TOO_LONG = {-24, 24, 36, 152, 255}


@dataclass(frozen=True)
class Module:
    """The mutants of one module.

    Attributes:
        slow: those that were stopped because they went on for ever; they are killed, too.
        survivors: mutmut's names of those that no test noticed or none covers.
        seconds: what each of them took, added up; two or more run at once.
    """

    name: str
    mutants: int
    slow: int
    survivors: tuple[str, ...]
    seconds: float

    @property
    def killed(self) -> int:
        """How many the tests noticed."""
        return self.mutants - len(self.survivors)

    @property
    def share(self) -> float:
        """The part that the tests noticed, from 0 to 1."""
        return self.killed / self.mutants


class Unfinished(RuntimeError):
    """Some mutants have not been tried."""


def figures(file: Path) -> Module:
    """The figures of one module.

    Raises:
        Unfinished: the run was cut.
    """
    found = json.loads(file.read_text())
    ends: dict[str, int | None] = found["exit_code_by_key"]
    if None in ends.values():
        raise Unfinished(file.name)
    return Module(
        name=file.name.removesuffix(".py.meta"),
        mutants=len(ends),
        slow=sum(end in _TOO_LONG for end in ends.values()),
        survivors=tuple(
            name for name, end in ends.items() if end not in {_FAILED, _CRASHED, *_TOO_LONG}
        ),
        seconds=sum(found["durations_by_key"].values()),
    )


def row(name: str, modules: Iterable[Module]) -> str:
    """A line of the table, over one module or several."""
    each = list(modules)
    mutants, killed = sum(one.mutants for one in each), sum(one.killed for one in each)
    slow, seconds = sum(one.slow for one in each), sum(one.seconds for one in each)
    share = f"{100 * killed / mutants:.1f}%"
    return (
        f"| {name} | {mutants} | {killed} | {slow} | {mutants - killed} | {share} | {seconds:.0f} |"
    )


def mutated_lines(mutant: str) -> list[str]:
    """The lines that a mutant has in place of ours."""
    mutmut = Path(sys.executable).with_name("mutmut")
    shown = subprocess.run([mutmut, "show", mutant], capture_output=True, text=True, check=True)
    lines = shown.stdout.splitlines()
    return [line[1:].strip() for line in lines if line[:1] == "+" and line[:3] != "+++"]


def main(chosen: str | None = None) -> int:
    """Prints the figures, and says whether they are good enough as an exit status."""
    files = sorted(RESULTS.glob(f"{chosen or '*'}.py.meta"))
    modules = [one for one in map(figures, files) if one.mutants]
    if not modules:
        print(f"nothing in {chosen or 'conflict'} can be mutated")
        return 0
    print("| module | mutants | noticed | of these stopped | survived | noticed | seconds |")
    print("|---|---|---|---|---|---|---|")
    for one in modules:
        print(row(f"`{one.name}`", [one]))
    print(row("all", modules))
    listed = LISTED.read_text()
    unlisted = 0
    for name in (name for one in modules for name in one.survivors):
        lines = mutated_lines(name)
        if not all(f"`{line}" in listed for line in lines):
            unlisted += 1
            print(f"\nsurvived, and is not listed: {name}", *lines, sep="\n    ")
    poor = [one.name for one in modules if one.share < LEAST]
    print(f"\n{unlisted} survivors that are not listed; below {LEAST:.0%}: {poor or 'none'}")
    return 1 if poor or unlisted else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
