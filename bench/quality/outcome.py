"""What a rule set makes of a history, and what every rule set has to be able to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from bench.quality.acts import Path
from bench.quality.document import Data

TypeIn = Callable[[Data], Data]
"""What a person does at a form: the answers before them, and the answers that they save."""


@dataclass(frozen=True)
class Outcome:
    """A document in the end, as everybody sees it.

    Attributes:
        data: its answers.
        questions: the parts that wait for a person; with each the document as it would be with
            each of the answers that the person is shown.
        told: the same for parts that are decided and of which somebody is told.
    """

    data: Data
    questions: Mapping[Path, tuple[Data, ...]] = field(default_factory=dict)
    told: Mapping[Path, tuple[Data, ...]] = field(default_factory=dict)


class RuleSet(Protocol):
    """A server with the tablets of everybody who works on one document."""

    def edit(self, who: str, type_in: TypeIn) -> None:
        """Somebody saves the form on their tablet."""

    def push(self, who: str) -> None:
        """A tablet sends what it has not sent yet."""

    def pull(self, who: str) -> None:
        """A tablet that has sent everything fetches the document."""

    def outcome(self) -> Outcome:
        """What the server shows."""


NewRuleSet = Callable[[Data], RuleSet]
"""A rule set whose server and tablets all hold a document with the given answers."""
