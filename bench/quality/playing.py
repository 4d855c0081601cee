"""A history played under a rule set."""

from __future__ import annotations

from functools import partial

from bench.quality.histories import Does, History
from bench.quality.outcome import NewRuleSet, Outcome
from bench.quality.typing_in import typed


def played(history: History, rule_set: NewRuleSet) -> Outcome:
    """What comes of a history: everybody does what they meant to what their tablet shows."""
    server = rule_set(history.base)
    for step in history.steps:
        if step.does is Does.EDIT:
            assert step.edit is not None
            type_in = partial(typed, acts=step.edit.acts, wordings=history.wordings)
            server.edit(step.who, type_in)
        elif step.does is Does.PUSH:
            server.push(step.who)
        else:
            server.pull(step.who)
    return server.outcome()
