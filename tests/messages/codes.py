"""Every code that a person can meet, found in the source."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import schemas.validation
import sync_server
from sync_server import errors

_SERVER = Path(sync_server.__file__).parent


def error_codes() -> set[str]:
    """The codes of sync_server/errors.py."""
    classes = (value for value in vars(errors).values() if inspect.isclass(value))
    return {one.code for one in classes if hasattr(one, "code")}


def refusal_codes() -> set[str]:
    """The codes that a document is put into quarantine with."""
    return {code for call in _calls("Refusal") for code in _texts(call.args[:1])}


def problem_codes() -> set[str]:
    """What can be wrong with answers: what validation names, and what the service adds."""
    found = {code for call in _calls("Problem") for code in _texts(call.args[1:2])}
    described = inspect.getdoc(schemas.validation.problems) or ""
    listed = re.sub(r"\([^)]*\)", "", described.partition("Codes: ")[2]).partition(".")[0]
    return found | {code.strip() for code in listed.split(",")}


def _calls(name: str) -> Iterator[ast.Call]:
    for path in _SERVER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == name
            ):
                yield node


def _texts(arguments: list[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
