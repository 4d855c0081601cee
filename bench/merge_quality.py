"""How well concurrent edits are merged by Kanaf, Primero's rule, field patches and ODK's rule.

Histories of people who edit one case form apart, whose right outcome is known by construction, are
played under each rule set; docs/reference/merge-quality.md says how to read the table.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from bench.measuring import write_json
from bench.quality.histories import history
from bench.quality.report import figures_table, offenders, told
from bench.quality.run import RULE_SETS, verdicts

SEED = 20_261_123


def main() -> None:
    """Prints the table and the first offenders, or one history in full."""
    chosen = _arguments()
    if chosen.replay is not None:
        for line in told(history(chosen.replay), RULE_SETS):
            print(line)
        return
    found = verdicts(range(chosen.seed, chosen.seed + chosen.histories), RULE_SETS)
    print(figures_table(found))
    print(offenders(found))
    print(f"\nbars that kanaf misses: {', '.join(found['kanaf'].missed) or 'none'}")
    write_json(
        chosen.json, {"seed": chosen.seed} | {name: one.figures() for name, one in found.items()}
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--histories", type=int, default=2_000, help="default: 2000")
    parser.add_argument("--seed", type=int, default=SEED, help="of the first history")
    parser.add_argument("--replay", type=int, metavar="SEED", help="tell the history of this seed")
    return parser.parse_args()


if __name__ == "__main__":
    main()
