"""What the benchmark says of Kanaf, and that it can say no."""

from __future__ import annotations

from functools import cache

import pytest

from bench.quality.judging import MERGED, Verdict
from bench.quality.run import RULE_SETS, verdicts
from tests.bench_quality.extremes import AlwaysAsk, AlwaysMerge

HISTORIES = 500
SEED = 20_261_123


@cache
def kanaf() -> Verdict:
    return verdicts(range(SEED, SEED + HISTORIES), {"kanaf": RULE_SETS["kanaf"]})["kanaf"]


def test_nineteen_of_twenty_concurrent_edits_are_settled_without_a_human():
    assert kanaf().merged_share >= MERGED


def test_what_is_asked_without_need_is_little():
    assert kanaf().asked_unnecessarily < 0.02


def test_nothing_is_merged_wrongly_in_silence():
    assert kanaf().wrong == []


def test_no_edit_is_lost():
    assert kanaf().lost == []


def test_to_ask_always_is_not_good_enough():
    verdict = verdicts(range(SEED, SEED + 100), {"ask": AlwaysAsk})["ask"]

    assert verdict.merged_share < MERGED
    assert verdict.lost == []


def test_never_to_ask_is_not_good_enough():
    verdict = verdicts(range(SEED, SEED + 100), {"merge": AlwaysMerge})["merge"]

    assert verdict.merged_share == 1
    assert verdict.wrong
    assert verdict.lost


@pytest.mark.parametrize("name", ["last_write_wins", "field_patch", "odk"])
def test_the_rules_of_others_are_found_wanting(name: str):
    verdict = verdicts(range(SEED, SEED + 100), {name: RULE_SETS[name]})[name]

    assert verdict.missed
    assert verdict.wrong
    assert verdict.lost
