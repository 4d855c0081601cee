"""Two logs never agree on more than both databases hold."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.replicator.checkpoint import (
    FROM_THE_START,
    Json,
    common_history,
    log_with,
    seq_to_go_on,
)

SEQS = st.one_of(st.integers(0, 5), st.sampled_from(["1-a", "2-a", "3-a"]))
ENTRIES = st.fixed_dictionaries({"session_id": st.sampled_from("abcde"), "recorded_seq": SEQS})
LOGS = st.builds(lambda entries: {"history": entries}, st.lists(ENTRIES, max_size=6))
JSON = st.recursive(
    st.one_of(st.none(), st.integers(), st.text(max_size=3)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["session_id", "recorded_seq", "history"]), inner),
    ),
    max_leaves=8,
)


@dataclass
class World:
    """Two databases, with backups of both, and replications that may end anywhere.

    Attributes:
        source: what was written, in the order of its feed.
        target: what it holds.
    """

    source: list[int] = field(default_factory=list)
    target: set[int] = field(default_factory=set)
    source_log: Json = field(default_factory=dict)
    target_log: Json = field(default_factory=dict)
    backups: list[tuple[list[int], Json]] = field(default_factory=list)
    target_backups: list[tuple[set[int], Json]] = field(default_factory=list)
    number: int = 0

    def new(self) -> int:
        self.number += 1
        return self.number

    def write(self) -> None:
        self.source.append(self.new())

    def back_up(self) -> None:
        self.backups.append((list(self.source), self.source_log))
        self.target_backups.append((set(self.target), self.target_log))

    def restore_source(self, which: int) -> None:
        if self.backups:
            kept, self.source_log = self.backups[which % len(self.backups)]
            self.source = list(kept)

    def restore_target(self, which: int) -> None:
        if self.target_backups:
            kept, self.target_log = self.target_backups[which % len(self.target_backups)]
            self.target = set(kept)

    def lose_target(self) -> None:
        self.target, self.target_log = set(), {}

    def replicate(self, checkpoints: int, *, cut: bool, backed_up: int = 0) -> None:
        """Copies all in several steps, with a backup after one of them.

        `cut`: the last checkpoint reaches the source only.
        """
        session = str(self.new())
        history: Sequence[Json] = common_history(self.source_log, self.target_log)
        since = seq_to_go_on(history)
        assert set(self.source[:since]) <= self.target, "something would never be copied"
        for step in range(checkpoints):
            self.target |= set(self.source[since:])
            since = len(self.source)
            log = log_with({"session_id": session, "recorded_seq": since}, history)
            self.source_log = log
            if not (cut and step == checkpoints - 1):
                self.target_log = log
            history = log["history"]
            self.write()
            if step + 1 == backed_up:
                self.back_up()


ACTS = st.one_of(
    st.tuples(st.just("write")),
    st.tuples(st.just("back_up")),
    st.tuples(st.sampled_from(["restore_source", "restore_target"]), st.integers(0, 9)),
    st.tuples(st.just("lose_target")),
    st.tuples(st.just("replicate"), st.integers(1, 3), st.booleans(), st.integers(0, 2)),
)


@given(st.lists(ACTS, max_size=25))
def test_whatever_is_lost_restored_or_cut_nothing_is_passed_over(acts: list[tuple]) -> None:
    world = World()
    for name, *arguments in acts:
        if name == "replicate":
            world.replicate(arguments[0], cut=arguments[1], backed_up=arguments[2])
        else:
            getattr(world, name)(*arguments)
    world.replicate(1, cut=False)

    assert set(world.source[:-1]) <= world.target


@given(LOGS, LOGS)
def test_what_both_go_on_from_stands_in_both_logs(source: Json, target: Json) -> None:
    history = common_history(source, target)

    if history:
        assert history[0] in source["history"]
        assert history[0] in target["history"]
    else:
        assert seq_to_go_on(history) == FROM_THE_START


@given(LOGS, ENTRIES)
def test_a_checkpoint_that_both_took_is_where_they_go_on(log: Json, entry: Json) -> None:
    new = log_with(entry, log["history"])

    assert seq_to_go_on(common_history(new, new)) == entry["recorded_seq"]


@given(LOGS, ENTRIES, ENTRIES)
def test_a_checkpoint_that_only_the_source_took_loses_no_more_than_itself(
    log: Json, first: Json, second: Json
) -> None:
    both = log_with(first, log["history"])
    source = log_with({**second, "session_id": first["session_id"]}, both["history"])

    assert seq_to_go_on(common_history(source, both)) == first["recorded_seq"] or (
        second["recorded_seq"] in [one["recorded_seq"] for one in both["history"]]
    )


@given(JSON, JSON)
def test_a_log_that_somebody_spoilt_means_from_the_start_at_worst(one: object, two: object) -> None:
    logs = [log if isinstance(log, dict) else {"history": log} for log in (one, two)]

    seq_to_go_on(common_history(*logs))


@pytest.mark.parametrize("length", [1, 20_000])
def test_a_log_has_an_end_however_many_sessions_there_were(length: int) -> None:
    log: Json = {"history": []}
    for number in range(60):
        entry = {"session_id": str(number), "recorded_seq": f"{number}-{'x' * length}"}
        log = log_with(entry, log["history"])

    assert log["history"][0]["session_id"] == "59"
    assert 1 < len(log["history"]) <= 50
    assert len(json.dumps(log)) < 65_536
