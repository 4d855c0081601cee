"""Many histories under several rule sets, each judged by the same truth."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bench.quality.histories import history
from bench.quality.judging import Verdict
from bench.quality.outcome import NewRuleSet
from bench.quality.playing import played
from bench.quality.rule_sets.field_patch import FieldPatch
from bench.quality.rule_sets.kanaf import Kanaf
from bench.quality.rule_sets.last_write_wins import LastWriteWins
from bench.quality.rule_sets.odk import Odk

RULE_SETS: Mapping[str, NewRuleSet] = {
    "kanaf": Kanaf,
    "last_write_wins": LastWriteWins,
    "field_patch": FieldPatch,
    "odk": Odk,
}


def verdicts(seeds: Iterable[int], rule_sets: Mapping[str, NewRuleSet]) -> dict[str, Verdict]:
    """How every rule set did on the histories of the seeds."""
    found = {name: Verdict() for name in rule_sets}
    for seed in seeds:
        one = history(seed)
        truth = one.truth()
        for name, rule_set in rule_sets.items():
            found[name].add(one, truth, played(one, rule_set))
    return found
