"""The table of expressions and their values, `expression_cases.json`.

Each group has answers, rows around the expression and a day, and cases: an expression and its
value.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from schemas.expressions import Scope

TODAY = "2026-11-26"


@dataclass(frozen=True)
class Case:
    name: str
    expression: Any
    scope: Scope
    gives: Any


def _cases() -> list[Case]:
    groups = json.loads((Path(__file__).parent / "expression_cases.json").read_text("utf-8"))
    return [
        Case(f"{group['about']}: {json.dumps(expression)}", expression, _scope(group), _one(gives))
        for group in groups
        for expression, gives in group["cases"]
    ]


def _scope(group: dict[str, Any]) -> Scope:
    rows = tuple(group.get("rows", ()))
    return Scope(group.get("today", TODAY), group.get("answers", {}), rows)


def _one(value: Any) -> Any:
    """JSON has one kind of number: `3.0` in the table is 3."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


CASES = _cases()
