"""The figures as a table, the first seeds of each kind of mistake, and one history told in full."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bench.measuring import table
from bench.quality.histories import Does, History
from bench.quality.judging import Verdict, asked
from bench.quality.outcome import NewRuleSet
from bench.quality.playing import played
from bench.quality.units import Unit

_FIRST = 5
_MISTAKES = ("wrong", "lost", "unnecessary")


def figures_table(verdicts: Mapping[str, Verdict]) -> str:
    """One line for each rule set."""
    some = next(iter(verdicts.values()))
    title = (
        f"{some.histories:,} histories, {some.units:,} units touched apart, {some.shared:,} "
        f"of them by two; {100 * some.needed / max(some.units, 1):.1f}% need a human"
    )
    columns = [
        "rule set",
        "merged",
        "merged of what two touched",
        "asked unnecessarily",
        "wrong silent merges",
        "lost edits",
    ]
    rows = [
        [
            name,
            _percent(one.merged_share),
            _percent(one.merged_share_of_shared),
            _percent(one.asked_unnecessarily),
            f"{len(one.wrong):,}",
            f"{len(one.lost):,}",
        ]
        for name, one in verdicts.items()
    ]
    return table(title, columns, rows)


def offenders(verdicts: Mapping[str, Verdict]) -> str:
    """Of each rule set the first histories of each kind of mistake, by seeds to replay them."""
    rows = [
        [name, mistake, f"{seed} ({unit})"]
        for name, one in verdicts.items()
        for mistake in _MISTAKES
        for seed, unit in _first_of(getattr(one, mistake))
    ]
    return table("first offenders; see one with --replay SEED", ["", "mistake", "seed"], rows)


def told(history: History, rule_sets: Mapping[str, NewRuleSet]) -> Iterator[str]:
    """A history, what is right, and what every rule set makes of it, line by line."""
    truth = history.truth()
    yield f"history {history.seed}" + (f", {history.scene}" if history.scene else "")
    for step in history.steps:
        if step.edit is None:
            yield f"  {step.who} {'sends' if step.does is Does.PUSH else 'fetches'}"
            continue
        yield f"  {step.who} edits ({step.edit.number}), having seen {sorted(step.edit.seen)}"
        yield from (f"      {act}" for act in step.edit.acts)
    yield "right:"
    for ruling in truth.rulings.values():
        wanted = {True: "a person decides", False: "merged", None: "either"}[ruling.asks]
        yield f"  {ruling.unit}: {wanted}"
    for name, rule_set in rule_sets.items():
        outcome, verdict = played(history, rule_set), Verdict()
        verdict.add(history, truth, outcome)
        yield f"{name}:"
        yield from (f"  asks {unit}" for unit in truth.rulings if asked(unit, outcome))
        for mistake in _MISTAKES:
            yield from (f"  {mistake}: {unit}" for _, unit in getattr(verdict, mistake))


def _first_of(found: list[tuple[int, Unit]]) -> list[tuple[int, Unit]]:
    return list(dict.fromkeys(found))[:_FIRST]


def _percent(share: float) -> str:
    return f"{100 * share:.2f}%"
