"""A history played under a rule set."""

from __future__ import annotations

from functools import partial

from bench.quality.acts import Act
from bench.quality.histories import Does, History
from bench.quality.outcome import NewRuleSet, Outcome
from bench.quality.sentences import Wordings
from bench.quality.typing_in import Data, typed


def played(history: History, rule_set: NewRuleSet) -> Outcome:
    """What comes of a history: everybody does what they meant to what their tablet shows."""
    server = rule_set(history.base)
    for step in history.steps:
        if step.does is Does.EDIT:
            assert step.edit is not None
            server.edit(step.who, partial(_typed, step.edit.acts, history.wordings))
        elif step.does is Does.PUSH:
            server.push(step.who)
        else:
            server.pull(step.who)
    return server.outcome()


def _typed(acts: tuple[Act, ...], wordings: Wordings, data: Data) -> Data:
    return typed(data, acts, wordings)
