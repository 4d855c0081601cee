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
        initialised.done(*command)

    assert "a user 'amina' already" in initialised.refused(*AMINA)
    assert "a device 'amina-tablet-1' already" in initialised.refused(*device)
    unknown = initialised.refused("user", "add", "chen", "--role", "caseworker", "--agency", "b")
    assert "no agency 'b'; there are: a" in unknown


def test_an_agency_keeps_its_name_unless_somebody_means_to_change_it(initialised: Shell) -> None:
    initialised.done("agency", "add", "a", "Agency a")
    other = initialised.refused("agency", "add", "a", "Another")

    assert "an agency a already; its name is 'Agency a'" in other


@pytest.mark.parametrize("role", ["caseworker", "supervisor"])
def test_who_works_with_cases_in_no_group_is_warned_of(initialised: Shell, role: str) -> None:
    said = initialised.done("user", "add", "b", "--role", role, "--agency", "a")

    assert said.startswith("warning: ")


@pytest.mark.parametrize("typed", ["", "\n", "seven77\n"])
def test_a_password_is_neither_empty_nor_short(initialised: Shell, typed: str) -> None:
    initialised.refused(*ROOT, standard_input=typed)
    initialised.done(*ROOT, standard_input="eight888\n")


def test_the_first_administrator_has_no_short_password_either(shell: Shell) -> None:
    assert "at least 8" in shell.kanaf("init", KANAF_ADMIN="root:seven77").text
    shell.done("init", KANAF_ADMIN="root:eight888")


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
    initialised.refused(*command)


def test_init_says_whether_it_made_an_administrator(shell: Shell) -> None:
    admin = {"KANAF_ADMIN": "root:an administrator's password"}

    assert "no administrator was made" in shell.done("init")
    assert "administrator root is added" in shell.done("init", **admin)
    assert "root was there already" in shell.done("init", **admin)
