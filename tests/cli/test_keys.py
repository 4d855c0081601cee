"""Data is never given a second master key: what was sealed under the first would be lost."""

from __future__ import annotations

import pytest

from tests.cli.running import Shell

COMMANDS = (
    ("init",),
    ("check",),
    ("serve",),
    ("db", "create", "other"),
    ("device", "add", "amina", "t"),
)


def test_init_makes_no_new_key_for_data_that_was_sealed_under_another(initialised: Shell) -> None:
    mistyped = initialised.folder / "keys" / "mastre.key"

    said = initialised.refused("init", KANAF_MASTER_KEY_FILE=str(mistyped))

    assert "put the key file back, or use another data directory" in said
    assert not mistyped.exists()
    initialised.done("check")


def test_init_makes_no_new_key_where_only_a_tablet_was_enrolled(shell: Shell) -> None:
    for command in (
        ("init",),
        ("agency", "add", "a", "Agency a"),
        ("user", "add", "chen", "--role", "service_provider", "--agency", "a"),
        ("device", "add", "chen", "chen-tablet-1"),
    ):
        shell.done(*command)
    (shell.folder / "data.key").rename(shell.folder / "kept.key")

    shell.refused("init")
    assert not (shell.folder / "data.key").exists()


@pytest.mark.parametrize("command", COMMANDS)
def test_no_command_works_with_the_key_of_another_server(
    initialised: Shell, command: tuple[str, ...]
) -> None:
    initialised.done("init", KANAF_DATA_DIR=str(initialised.folder / "other"))
    key = str(initialised.folder / "other.key")

    assert "KANAF_MASTER_KEY_FILE" in initialised.refused(*command, KANAF_MASTER_KEY_FILE=key)


def test_a_second_init_changes_nothing(initialised: Shell) -> None:
    before = (initialised.folder / "data.key").read_text()

    initialised.done("init")

    assert (initialised.folder / "data.key").read_text() == before


def test_nobody_else_may_read_what_init_makes(initialised: Shell) -> None:
    made = [initialised.folder / "data.key", initialised.folder / "data"]
    made += (initialised.folder / "data").iterdir()

    assert [path.name for path in made if path.stat().st_mode & 0o077] == []
