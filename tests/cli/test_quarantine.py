"""What was refused, looked at and decided about on the command line."""

from __future__ import annotations

import json

import pytest

from sync_server.config import settings
from sync_server.messages import sentence
from sync_server.service.kanaf import open_kanaf
from tests.cli.running import Said, Shell
from tests.service.conftest import REGISTRATION, Programme

PASSWORD = "a long password of bilal\n"
WHO = ("--database", "sudan", "--as", "bilal", "--password-stdin")


@pytest.fixture
def refused(initialised: Shell) -> Shell:
    """A terminal where amina's edit was refused, and bilal supervises her."""
    user = ("user", "add", "--agency", "a", "--group", "g", "--role")
    initialised.done(*user, "caseworker", "amina")
    said = initialised.kanaf(
        *user, "supervisor", "bilal", "--password-stdin", standard_input=PASSWORD
    )
    assert said.status == 0, said.text
    kanaf = open_kanaf(settings({**initialised.settings}))
    programme = Programme(kanaf, kanaf.database("sudan"))
    assert programme.write("amina", "k21", REGISTRATION).code is None
    rev = programme.shown("amina", "k21")["_rev"]
    wrong = programme.write("amina", "k21", {**REGISTRATION, "age": 99}, _rev=rev)
    assert wrong.code == "invalid_answers"
    kanaf.store.close()
    return initialised


def desk(shell: Shell, *command: str, password: str = PASSWORD) -> Said:
    return shell.kanaf("quarantine", *command, *WHO, standard_input=password)


def entry(shell: Shell) -> str:
    (line,) = desk(shell, "list").text.splitlines()
    assert line.endswith("amina  invalid_answers  age:out_of_range")
    return line.split()[0]


def test_what_was_refused_is_listed_shown_corrected_and_gone(refused: Shell) -> None:
    chosen = entry(refused)
    shown = json.loads(desk(refused, "show", chosen).text)
    assert (shown["sent"]["data"]["age"], shown["standing"]["data"]) == (99, REGISTRATION)
    right = {**shown["sent"]["data"], "age": 9}
    (refused.folder / "right.json").write_text(json.dumps(right))
    (refused.folder / "wrong.json").write_text(json.dumps({**right, "age": "nine"}))

    still_wrong = desk(refused, "correct", chosen, "wrong.json")
    assert still_wrong.status == 1
    assert "age: wrong_type\nError: Some answers do not fit the form." in still_wrong.text
    assert still_wrong.text.endswith(
        "Nothing was decided: kanaf quarantine correct or reject it.\n"
    )
    done = desk(refused, "correct", chosen, "right.json")

    assert done.text.startswith("corrected: 2-")
    assert desk(refused, "list").text == "nothing waits in quarantine for bilal\n"
    again = desk(refused, "accept", chosen)
    assert again.is_a_sentence
    assert "no such entry in quarantine" in again.text


def test_whoever_gives_all_that_is_shown_for_answers_is_told_what_to_keep(refused: Shell) -> None:
    chosen = entry(refused)
    (refused.folder / "shown.json").write_text(desk(refused, "show", chosen).text)

    said = desk(refused, "correct", chosen, "shown.json")

    assert said.is_a_sentence
    assert "keep only what is in it under data" in said.text
    assert entry(refused) == chosen


@pytest.mark.parametrize("decision", ["accept", "reject"])
def test_what_was_refused_is_accepted_or_rejected(refused: Shell, decision: str) -> None:
    said = desk(refused, decision, entry(refused))

    assert said.text.startswith(f"{decision}ed: ")
    assert desk(refused, "list").text == "nothing waits in quarantine for bilal\n"


def test_nobody_decides_without_the_password(refused: Shell) -> None:
    said = desk(refused, "list", password="another password\n")

    assert said.is_a_sentence
    assert "99" not in said.text


def test_answers_are_an_object(refused: Shell) -> None:
    (refused.folder / "a.json").write_text("[1]")

    assert "no JSON object" in desk(refused, "correct", entry(refused), "a.json").text


def test_who_has_not_accepted_the_code_of_conduct_decides_nothing(refused: Shell) -> None:
    chosen = entry(refused)
    (refused.folder / "conduct.txt").write_text("Never tell.")
    refused.done("conduct", "publish", "en=conduct.txt")

    said = desk(refused, "accept", chosen)

    assert said.status == 1
    assert sentence("conduct_not_accepted", "en") in said.text
