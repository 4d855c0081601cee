"""Every endpoint and option that the reference of the protocol names is used by a protocol test."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from sync_server.http.routes import Anybody
from sync_server.sharing.roles import Action

REPOSITORY = Path(__file__).parents[2]
TESTS = REPOSITORY / "tests" / "protocol"
NEEDS = "|".join(one.value for one in (*Anybody, *Action))
ROW = re.compile(rf"^\| ([A-Z, ]+) \| `([^`]+)` \| (?:{NEEDS}) \|(.*)$", re.M)
_SPOKEN = frozenset({"GET", "POST", "PUT", "DELETE", "HEAD", "COPY"})


@cache
def reference() -> str:
    return (REPOSITORY / "docs" / "reference" / "protocol.md").read_text("utf-8")


@dataclass(frozen=True)
class Spoken:
    """What a function of the protocol tests says: methods, and texts, of which some are paths."""

    methods: frozenset[str]
    texts: frozenset[str]


@cache
def spoken() -> list[Spoken]:
    """Each function of the protocol tests, with what the helpers of its file say that it calls."""
    found: list[Spoken] = []
    for file in TESTS.glob("*.py"):
        module = ast.parse(file.read_text("utf-8"))
        functions = {one.name: one for one in ast.walk(module) if isinstance(one, ast.FunctionDef)}
        for function in functions.values():
            called = {_name(node) for node in ast.walk(function) if isinstance(node, ast.Call)}
            helpers = [functions[name] for name in called & functions.keys()]
            methods = frozenset[str]().union(*map(_methods, [function, *helpers]))
            found.append(Spoken(methods, _texts(function)))
    return found


def _methods(function: ast.FunctionDef) -> frozenset[str]:
    """The methods that a function asks with: by what it calls, or as texts."""
    called = {_name(node).upper() for node in ast.walk(function) if isinstance(node, ast.Call)}
    words = {word for text in _texts(function) for word in text.split()}
    return frozenset(_SPOKEN & (called | words))


def _name(call: ast.Call) -> str:
    name: str = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return name


def _texts(function: ast.FunctionDef) -> frozenset[str]:
    """The texts in a function and in the decorators that give it its parameters."""
    return frozenset(
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


@cache
def words() -> frozenset[str]:
    """The texts and the names of arguments in the protocol tests."""
    found: set[str] = set()
    for file in TESTS.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= {node.value, *re.findall(r"\w+", node.value)}
            elif isinstance(node, ast.keyword) and node.arg:
                found.add(node.arg)
    return frozenset(found)


def endpoints() -> list[tuple[str, str]]:
    return [
        (method, path)
        for methods, path, _ in ROW.findall(reference())
        for method in methods.split(", ")
    ]


def options() -> list[str]:
    """What stands as code in the last column, and is the name of a parameter or a member."""
    cells = " ".join(cell for _, _, cell in ROW.findall(reference()))
    named = set(re.findall(r"`(_?[a-z]+(?:_[a-z]+)*)`", cells)) - {"normal", "read_only"}
    return sorted({*named, *re.findall(r"^\| `(_\w+)` \|", reference(), re.M)})


def test_the_reference_is_read_as_meant() -> None:
    assert {("POST", "/sync/{db}/_bulk_docs"), ("COPY", "/sync/{db}/{document}")} <= {*endpoints()}
    assert {"open_revs", "longpoll", "_selector", "seq_interval", "keys"} <= {*options()}


@pytest.mark.parametrize(("method", "path"), endpoints())
def test_every_endpoint_is_tried(method: str, path: str) -> None:
    literal = [part for part in path.split("/") if part and "{" not in part and part != "sync"]
    tried = [one for one in spoken() if method in one.methods]
    # A database or a document has any name.
    assert any(not literal or literal[-1] in text for one in tried for text in one.texts)


@pytest.mark.parametrize("option", options())
def test_every_option_is_tried(option: str) -> None:
    assert option in words()
