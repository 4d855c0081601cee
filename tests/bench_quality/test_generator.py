"""The histories of the quality benchmark, and the truth about them."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

import bench.quality
from bench.quality.form import FORM, Kind
from bench.quality.histories import LOOK_ALIKES, history
from bench.quality.lookalikes import SCENES

QUALITY = Path(bench.quality.__file__).parent
COMPARES = {QUALITY / "run.py", QUALITY / "rule_sets" / "kanaf.py"}
GENERATOR = sorted({*QUALITY.rglob("*.py")} - COMPARES)
SEEDS = range(20_261_123, 20_261_123 + 300)


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", GENERATOR, ids=lambda path: path.stem)
def test_what_makes_and_judges_histories_imports_nothing_of_what_it_judges(path: Path):
    strangers = ("conflict", "tests", "bench.quality.run", "bench.quality.rule_sets.kanaf")

    assert [name for name in imports(path) if f"{name}.".startswith(strangers)] == []
    assert len(GENERATOR) > 10


def test_a_seed_is_a_history():
    assert history(7) == history(7)
    assert history(7) != history(8)


def test_the_truth_agrees_with_itself():
    """Where nobody has to be asked, the picture of what is right is right; nothing else moved."""
    for seed in SEEDS:
        truth = history(seed).truth()
        decided = [one for one in truth.rulings.values() if one.asks is False]
        assert [str(one.unit) for one in decided if not one.right(truth.picture)] == [], seed
        assert truth.strays(truth.picture) == [], seed


def test_every_edit_reaches_the_server_and_nobody_has_seen_what_is_not_made_yet():
    for seed in SEEDS:
        one = history(seed)
        for edit in one.edits:
            assert all(number < edit.number for number in edit.seen)
            assert edit.acts
        last = {step.who: step.does for step in one.steps}
        assert {*last.values()} == {"push"}


def test_every_look_alike_is_played_and_no_more_often_than_said():
    scenes = Counter(history(seed).scene for seed in range(1_500))
    names = {scene.__name__ for scene in SCENES}

    assert names <= scenes.keys()
    assert abs(sum(scenes[name] for name in names) / 1_500 - LOOK_ALIKES) < 0.05


def test_the_form_has_the_make_up_of_a_case_in_primero():
    """Counted in its default configuration; the four more are named in `form`."""
    kinds = Counter(field.kind for field in FORM)

    assert len(FORM) == 62 + 4
    assert kinds[Kind.MULTI] == 11
    assert kinds[Kind.ROWS] == 8
    assert kinds[Kind.TEXT] == 2
    assert kinds[Kind.LOG] == 1


def test_a_small_share_needs_a_human():
    """Were it above a twentieth, no merger could reach the bar; far below, the bar says nothing."""
    rulings = [
        ruling
        for seed in SEEDS
        for ruling in history(seed).truth().rulings.values()
        if ruling.touched
    ]

    assert 0.01 < sum(ruling.asks is True for ruling in rulings) / len(rulings) < 0.04
