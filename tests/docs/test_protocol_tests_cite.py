"""Every protocol test says where CouchDB states what it checks, or that it is ours."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1] / "protocol"
WORDS = ("Source:", "Sources:", "Ours:")


def cites(node: ast.Module | ast.FunctionDef) -> bool:
    """Whether a line of the docstring says who states the behaviour."""
    lines = (ast.get_docstring(node) or "").splitlines()
    return any(line.startswith(WORDS) for line in lines)


def silent(file: Path) -> list[str]:
    """The tests of a file for which neither they nor the file say it."""
    module = ast.parse(file.read_text("utf-8"))
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    tests = [one for one in functions if one.name.startswith("test_")]
    assert tests, f"{file.name} has no tests"
    return [f"{file.name}: {one.name}" for one in tests if not (cites(module) or cites(one))]


@pytest.mark.parametrize("file", sorted(TESTS.glob("test_*.py")), ids=lambda file: file.name)
def test_every_protocol_test_says_who_states_it(file: Path) -> None:
    assert silent(file) == []
