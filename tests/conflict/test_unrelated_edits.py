"""Who edits something else changes nothing of what was merged, and decides nothing."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from conflict.canonical import canonical_json
from conflict.minting import authored_rev
from conflict.rules import FieldRule, FormRules, Rule
from conflict.tree import Kind, RevisionTree
from tests.conflict.edits import ACTS_ON_ROWS, Act
from tests.conflict.histories import random_history
from tests.conflict.replica import DOCUMENT, KEY, RULES, Body, Replica, broken_rules, upgraded
from tests.conflict.test_order_independence import FIRST_SEED, delivered

HISTORIES = 250
ELSEWHERE = "answered_elsewhere"
"""An answer that nobody in a random history gives."""


@pytest.mark.parametrize("acts", [None, ACTS_ON_ROWS], ids=["edits of every kind", "of rows"])
@pytest.mark.parametrize("keeps", [True, False], ids=["carrying on", "dropping"])
def test_an_edit_of_another_answer_leaves_all_as_it_was(
    keeps: bool, acts: tuple[Act, ...] | None
) -> None:
    """Whether or not the client carries on what it doesn't know, as PouchDB does."""
    tried = 0
    for seed in range(FIRST_SEED, FIRST_SEED + HISTORIES):
        random = Random(seed)
        history = random_history(
            random, tablets=random.randint(2, 5), edits=random.randint(1, 4), acts=acts
        )
        server = delivered(list(history.needed))
        if _is_out_of_question(server):
            continue
        before = _what_stands(server)
        for _ in range(2):
            _edit_elsewhere(server, keeps=keeps)
            assert _what_stands(server) == before, f"seed {seed}"
        tried += 1
    assert tried > HISTORIES // 2


def _is_out_of_question(server: Replica) -> bool:
    """Whether nothing is shown, or an edit of any answer decides something: that a document is
    there, or between two that were begun apart.
    """
    roots = sum(node.parent is None for node in server.tree)
    if server.shown is None or server.resolution.waits_for or roots > 1:
        return True
    return "existence" in _open(server.shown[1], "open")


def _edit_elsewhere(server: Replica, *, keeps: bool) -> None:
    assert server.shown is not None
    leaf, shown = server.shown
    body: Body = deepcopy(shown)
    body["author"] = "chen"
    body["data"][ELSEWHERE] = body["data"].get(ELSEWHERE, 0) + 1
    if not keeps:
        body.pop("merge", None)
        body.pop("settles", None)
    server.receive(
        (
            authored_rev(KEY, DOCUMENT, leaf, canonical_json(body)),
            *RevisionTree(server.tree).path(leaf),
        ),
        body,
    )


def _what_stands(server: Replica) -> Any:
    """Answers, and the candidates of what is open or told; sets in one order."""
    assert server.shown is not None
    _, body = server.shown
    answers = {name: _ordered(one) for name, one in body["data"].items() if name != ELSEWHERE}
    marks = body if server.resolution.merge else {}
    return (
        canonical_json([answers, body.get("state"), body.get("_attachments")]),
        _open(marks, "open"),
        _open(marks, "told"),
    )


def _ordered(answer: Any) -> Any:
    is_set = isinstance(answer, list) and not any(isinstance(one, dict) for one in answer)
    return sorted(answer, key=str) if is_set else answer


def _open(body: Body, kind: str) -> dict[str, list[str]]:
    units = body.get("merge", {}).get(kind, {})
    return {unit: sorted(one["rev"] for one in candidates) for unit, candidates in units.items()}


ASKING = {name: replace(rule, rule=Rule.ASK, protected=True) for name, rule in RULES.items()}
PLAIN = {name: replace(rule, rule=Rule.CHANGED, protected=False) for name, rule in RULES.items()}
GUARDED = {name: replace(rule, protected=not rule.protected) for name, rule in RULES.items()}


@pytest.mark.parametrize(
    "rules", [ASKING, PLAIN, GUARDED], ids=["asks for all", "merges nothing", "guards others"]
)
def test_another_policy_takes_back_no_decision_and_no_question(rules: dict[str, FieldRule]) -> None:
    """What a merge shows was decided by the policy of its time; what it left open stays open."""
    tried = 0
    for seed in range(FIRST_SEED, FIRST_SEED + HISTORIES):
        random = Random(seed)
        history = random_history(random, tablets=random.randint(2, 5), edits=random.randint(1, 4))
        server = delivered(list(history.needed))
        if _is_out_of_question(server) or server.resolution.merge is None:
            continue
        assert server.shown is not None
        leaf, body = server.shown
        if server.tree[leaf].kind is not Kind.MERGE:
            continue
        left = _left(body)
        asked = {re.split(r"[.\[]", unit)[1] for unit in left if unit.startswith("data.")}
        decided = {name: one for name, one in body["data"].items() if name not in asked}
        server.form = FormRules({1: rules, 2: rules}, upgraded, broken_rules, policy=1)
        for _ in range(2):
            _edit_elsewhere(server, keeps=random.random() < 0.5)
            assert server.shown is not None
            now = server.shown[1]
            shown = {name: now["data"].get(name) for name in decided if name not in COUPLED}
            assert {name: _ordered(one) for name, one in shown.items()} == {
                name: _ordered(one) for name, one in decided.items() if name not in COUPLED
            }, f"seed {seed}"
            for unit in _disputed(body):
                assert {*left[unit]} <= {*_left(now).get(unit, [])}, f"seed {seed}, {unit}"
        tried += 1
    assert tried > HISTORIES // 5


COUPLED = {name for name, rule in RULES.items() if rule.couple}


def _disputed(body: Body) -> list[str]:
    """The fields and couples between whose values nobody has decided, and which no policy names
    otherwise.
    """
    units = {**body["merge"]["open"], **body["merge"].get("told", {})}
    return [
        unit
        for unit, candidates in units.items()
        if unit.startswith("group.") or re.fullmatch(r"data\.\w+", unit)
        if len({canonical_json(one.get("value")) for one in candidates}) > 1
    ]


def _left(body: Body) -> dict[str, list[str]]:
    return {**_open(body, "open"), **_open(body, "told")}
