from __future__ import annotations

import pytest

from tests.cli.running import Shell

AMINA = ("user", "add", "amina", "--role", "caseworker", "--agency", "a", "--group", "khartoum")
ROOT = ("user", "add", "root", "--role", "administrator", "--agency", "a", "--password-stdin")


def test_a_taken_name_an_unknown_agency_and_a_taken_device_are_told_apart(
    initialised: Shell,
) -> None:
    device = ("device", "add", "amina", "amina-tablet-1")
    for command in (AMINA, device):
        assert initialised.kanaf(*command).status == 0

    assert "a user 'amina' already" in initialised.kanaf(*AMINA).text
    assert "a device 'amina-tablet-1' already" in initialised.kanaf(*device).text
    unknown = initialised.kanaf("user", "add", "chen", "--role", "caseworker", "--agency", "b")
    assert unknown.is_a_sentence
    assert "no agency 'b'; there are: a" in unknown.text


def test_an_agency_keeps_its_name_unless_somebody_means_to_change_it(initialised: Shell) -> None:
    assert initialised.kanaf("agency", "add", "a", "Agency a").status == 0
    other = initialised.kanaf("agency", "add", "a", "Another")

    assert other.is_a_sentence
    assert "an agency a already; its name is 'Agency a'" in other.text


@pytest.mark.parametrize("command", [AMINA[:6], ("user", "add", "b", "--role", "supervisor")])
def test_who_works_with_cases_in_no_group_is_warned_of(
    initialised: Shell, command: tuple[str, ...]
) -> None:
    said = initialised.kanaf(*command[:5], "--agency", "a")

    assert said.status == 0
    assert said.text.startswith("warning: ")


@pytest.mark.parametrize("typed", ["", "\n", "seven77\n"])
def test_a_password_is_neither_empty_nor_short(initialised: Shell, typed: str) -> None:
    assert initialised.kanaf(*ROOT, standard_input=typed).is_a_sentence
    assert initialised.kanaf(*ROOT, standard_input="eight888\n").status == 0


def test_the_first_administrator_has_no_short_password_either(shell: Shell) -> None:
    assert "at least 8" in shell.kanaf("init", KANAF_ADMIN="root:seven77").text
    assert shell.kanaf("init", KANAF_ADMIN="root:eight888").status == 0


@pytest.mark.parametrize(
    "command",
    [
        ("agency", "add", "", "Agency"),
        ("agency", "add", "b c", "Agency"),
        ("agency", "add", "b", " "),
        ("user", "add", "", "--role", "caseworker", "--agency", "a"),
        ("user", "add", "chen", "--role", "caseworker", "--agency", "a", "--group", ""),
    ],
)
def test_names_and_codes_are_not_empty(initialised: Shell, command: tuple[str, ...]) -> None:
    assert initialised.kanaf(*command).is_a_sentence


def test_init_says_whether_it_made_an_administrator(shell: Shell) -> None:
    admin = {"KANAF_ADMIN": "root:an administrator's password"}

    assert "no administrator was made" in shell.kanaf("init").text
    assert "administrator root is added" in shell.kanaf("init", **admin).text
    assert "root was there already" in shell.kanaf("init", **admin).text
