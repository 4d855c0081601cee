"""Promise 3: at rest a tablet holds what its user may see, and nothing else that it shows."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from random import Random

import pytest

from tablet.stock import StockTablet
from tests.promises import sharing_oracle
from tests.promises.sharing_history import MOST_STEPS, History, cast
from tests.promises.sharing_programme import Programme, programme
from tests.promises.soaking import rounds
from tests.support.both import Kind

pytestmark = pytest.mark.promise(3)

HISTORIES = 150
OF_A_PROGRAMME = 50
WITH_POUCHDB = 8
MOST_WITH_FAULT, AT_ONCE_WITH_FAULT = 160, 8
PAUSES = 2
AT_ONCE = 4

FAULTS = [
    "leaving_out_the_last_records",
    "granting_without_old_documents",
    "forgetting_revocations",
    "granting_without_a_touch",
    "reaching_beyond_what_was_told",
    "sharing_without_consent",
    "forgetting_what_its_author_holds",
    "going_on_with_other_rights",
]


@dataclass
class Tried:
    """What histories came to.

    Attributes:
        compared: documents of cases that were compared on tablets, over all rests.
        failed: what went wrong, by the history's seed.
    """

    histories: int = 0
    compared: int = 0
    failed: dict[int, list[str]] = field(default_factory=dict)

    def happen(
        self,
        living: Programme,
        seed: int,
        histories: int,
        pouches: Sequence[StockTablet] = (),
    ) -> dict[int, list[str]]:
        """Lets some histories happen at the same time in one programme; returns what goes wrong.

        Twice before their end, and then, everything comes to rest and is compared; nothing goes
        on after a fault.

        Args:
            seed: that of the first history; the others have those that follow.
            pouches: of which the first histories use one each.
        """
        seeds = range(seed, seed + histories)
        living.directory.enrol([one for each in seeds for one in cast(each)])
        given = chain(pouches, repeat(None))
        lives = [History(living, *one) for one in zip(seeds, given, strict=False)]
        pauses = {MOST_STEPS - 1, *Random(seed).sample(range(5, MOST_STEPS - 1), PAUSES)}
        found: list[list[str]] = []
        with ThreadPoolExecutor(AT_ONCE) as threads:
            for at in range(MOST_STEPS):
                list(threads.map(History.step, [one for one in lives if at < one.steps]))
                if at in pauses:
                    living.come_to_rest()
                    found = list(threads.map(History.faults, lives))
                    if any(found):
                        break
        self.histories += histories
        self.compared += sum(one.compared for one in lives)
        failed = {one.seed: it for one, it in zip(lives, found, strict=True) if it}
        self.failed |= failed
        return failed

    def tell(self, kind: str, seed: int) -> None:
        """Prints the figures."""
        print(
            f"promise 3 on {kind}: {self.histories} histories, {len(self.failed)} failed, "
            f"{self.compared} documents compared on tablets, seed {seed}"
        )
        for number, faults in self.failed.items():
            print(f"  history {number}: {'; '.join(faults[:5])}")


def test_a_tablet_holds_what_its_user_may_see(kind: Kind, tmp_path: Path) -> None:
    for seed in rounds(3, f"histories on {kind.name}", HISTORIES):
        tried = Tried()
        for start in range(seed, seed + HISTORIES, OF_A_PROGRAMME):
            with kind.fresh() as url, programme(tmp_path / str(start), url) as living:
                tried.happen(living, start, OF_A_PROGRAMME)
        tried.tell(kind.name, seed)

        assert tried.failed == {}


def test_a_stock_pouchdb_shows_what_its_user_may_see(
    kind: Kind, new_tablet: Callable[..., StockTablet], tmp_path: Path
) -> None:
    pouches = [new_tablet(tmp_path / f"pouch-{number}") for number in range(WITH_POUCHDB)]
    tried = Tried()
    with kind.fresh() as url, programme(tmp_path / "programme", url) as living:
        tried.happen(living, 1, WITH_POUCHDB, pouches)
    tried.tell(f"{kind.name}, with a PouchDB in each", 1)

    assert tried.failed == {}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_service_that_tells_too_little_or_too_much_is_caught(fault: str, tmp_path: Path) -> None:
    """The planted faults."""
    with programme(tmp_path, None, fault) as living:
        starts = range(1, MOST_WITH_FAULT, AT_ONCE_WITH_FAULT)
        assert any(Tried().happen(living, start, AT_ONCE_WITH_FAULT) for start in starts)


def test_the_oracle_knows_nothing_of_what_it_judges() -> None:
    tree = ast.parse(Path(sharing_oracle.__file__).read_text())
    imported = {
        name
        for node in ast.walk(tree)
        if isinstance(node, (ast.Import, ast.ImportFrom))
        for name in [getattr(node, "module", None), *(one.name for one in node.names)]
    }
    assert not any(name and name.partition(".")[0] == "sync_server" for name in imported)
