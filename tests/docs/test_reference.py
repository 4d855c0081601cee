"""The reference names everything that a user can set, call, ask for or be told."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from schemas.xlsform.columns import Column, misspelled
from sync_server import config
from sync_server.app import BLUEPRINTS
from sync_server.cli import main
from sync_server.http.routes import register_routes
from tests.messages.codes import error_codes, problem_codes, refusal_codes

DOCS = Path(__file__).parents[2] / "docs"
CODES = sorted(error_codes() | refusal_codes() | problem_codes())


def reference(page: str) -> str:
    return (DOCS / "reference" / page).read_text("utf-8")


def setting_names() -> set[str]:
    tree = ast.parse(Path(config.__file__).read_text("utf-8"))
    texts = (str(node.value) for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {text for text in texts if re.fullmatch("KANAF_[A-Z_]+", text)}


def commands(group: click.Group, path: str = "kanaf") -> Iterator[tuple[str, click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def endpoints() -> dict[tuple[str, str], str]:
    """What each method and path needs, written as in the reference: `/sync/{db}/_changes`."""
    app = Flask("reference", static_folder=None)
    register_routes(app, BLUEPRINTS)
    return {
        (method, _as_written(re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))): str(
            app.extensions["entries"][rule.endpoint].need
        )
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def _as_written(path: str) -> str:
    return path.rstrip("/")


def documented_endpoints() -> dict[tuple[str, str], str]:
    pages = reference("protocol.md") + reference("console.md")
    rows = re.findall(r"^\| ([A-Z, ]+) \| `([^`]+)` \| ([a-z]+) \|", pages, re.MULTILINE)
    return {
        (method, _as_written(path)): need
        for methods, path, need in rows
        for method in methods.split(", ")
        if method not in ("HEAD", "OPTIONS")
    }


def test_the_source_is_read_as_meant() -> None:
    assert {"KANAF_DATA_DIR", "KANAF_PORT"} <= setting_names()
    assert {"kanaf init", "kanaf db create"} <= {name for name, _ in commands(main)}
    assert ("POST", "/sync/{db}/_bulk_docs") in endpoints()


def documented_columns() -> list[tuple[str, str]]:
    """The sheets and the headings of XLSForm's that the reference says something of; any other
    heading of choices is one of the form's own.
    """
    _, _, tables = reference("xlsform.md").partition("## Columns")
    said = [row.split("|")[1] for row in tables.splitlines() if row.startswith("| `")]
    assert said, "the table is not where it was"
    return [
        ("settings" if "of `settings`" in told else "survey", name)
        for told in said
        for name in re.findall(
            r"`(\w+)(?:::[^`]*)?`", re.sub("of choices `.*?`|of `.*?`", "", told)
        )
        if name != "list_name"
    ]


@pytest.mark.parametrize(("sheet", "name"), documented_columns())
def test_a_slip_in_any_heading_of_the_reference_is_found(sheet: str, name: str) -> None:
    assert misspelled(sheet, Column(name)) is None
    assert misspelled(sheet, Column(f"{name}x")) == name


@pytest.mark.parametrize("name", sorted(setting_names()))
def test_every_setting_is_in_the_reference(name: str) -> None:
    assert f"| `{name}` |" in reference("settings.md")


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_in_the_reference(code: str) -> None:
    assert f"| `{code}` |" in reference("errors.md")


@pytest.mark.parametrize(("path", "command"), list(commands(main)))
def test_every_command_is_in_the_reference_with_its_options(
    path: str, command: click.Command
) -> None:
    rows = [row for row in reference("commands.md").splitlines() if row.startswith(f"| `{path}")]
    assert rows, f"{path} is missing"
    for option in (one for one in command.params if isinstance(one, click.Option)):
        assert f"`{option.opts[-1]}`" in rows[0] or f"`{option.opts[-1]} " in rows[0]


def test_every_endpoint_is_in_the_reference_with_what_it_needs() -> None:
    assert endpoints().items() <= documented_endpoints().items()


def test_the_reference_names_no_endpoint_that_is_not_there() -> None:
    there = {(method, path.rstrip("/")) for method, path in endpoints()}
    assert {(method, path.rstrip("/")) for method, path in documented_endpoints()} <= there


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [one for one in targets if not (page.parent / one).exists()] == []
