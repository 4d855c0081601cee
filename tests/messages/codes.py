"""Every code that a person can meet, found in the source."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import schemas.validation
import schemas.xlsform
import sync_server
from sync_server import errors

_SERVER = Path(sync_server.__file__).parent
_XLSFORM = Path(schemas.xlsform.__file__).parent


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


def publishing_codes() -> set[str]:
    """Why a form is not published."""
    return {code for call in _calls("NotPublishable") for code in _texts(call.args[:1])}


def undecided_codes() -> set[str]:
    """Why a supervisor's decision about quarantine was not carried out."""
    return {code for call in _calls("NotDecided") for code in _texts(call.args[:1])}


def workbook_codes() -> set[str]:
    """What is said of workbooks of XLSForm."""
    named = {
        "Note": 2,
        "refuse": 2,
        "_refuse": 1,
        "UnreadableWorkbook": 0,
        "UntranslatableXPath": 0,
    }
    return {
        code
        for name, at in named.items()
        for call in _calls(name, _XLSFORM)
        for argument in call.args[at : at + 1]
        for code in _texts([one for one in ast.walk(argument) if isinstance(one, ast.Constant)])
    }


def _calls(name: str, folder: Path = _SERVER) -> Iterator[ast.Call]:
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and name in (
                getattr(node.func, "id", None),
                getattr(node.func, "attr", None),
            ):
                yield node


def _texts(arguments: list[ast.expr]) -> Iterator[str]:
    for argument in arguments:
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value
