"""Every text that a page asks for is written, and every text that is written is asked for."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from pathlib import Path

import sync_server.console
from conflict.decision import How
from conflict.rules import Rule
from sync_server.messages import LANGUAGES

FOLDER = Path(sync_server.console.__file__).parent
_ASKED = re.compile(r"""say\(["']([a-z_]+)["']""")
_COMPOSED = (
    {f"how.{how}" for how in How}
    | {f"rule.{rule}" for rule in Rule}
    | {"how.asked", "how.written_in_line", "rule.coupled", "rule.coupled_highest"}
    | {"rule.existence", "rule.order", "state.draft", "state.complete"}
)
"""Those whose names are put together."""


def written(language: str) -> dict[str, str]:
    text = files("sync_server.messages").joinpath(f"{language}.json").read_text("utf-8")
    texts: dict[str, str] = json.loads(text)
    return {
        name.removeprefix("console."): one
        for name, one in texts.items()
        if name.startswith("console.")
    }


def sources() -> str:
    found = [*FOLDER.glob("*.py"), *FOLDER.glob("templates/*.html")]
    return "\n".join(source.read_text("utf-8") for source in found)


def test_every_text_that_is_asked_for_is_written() -> None:
    asked = set(_ASKED.findall(sources())) | _COMPOSED

    assert {"sign_in", "left_empty"} <= asked
    assert asked - written("en").keys() == set()


def test_no_text_is_written_for_nothing() -> None:
    text = sources()
    lone = written("en").keys() - _COMPOSED

    assert [name for name in lone if not re.search(rf"""["'](console\.)?{name}["']""", text)] == []


def test_all_languages_leave_the_same_places_open() -> None:
    places = [
        {name: set(re.findall(r"{\w+}", text)) for name, text in written(language).items()}
        for language in LANGUAGES
    ]

    assert all(one == places[0] for one in places)
