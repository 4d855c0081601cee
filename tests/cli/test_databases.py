from __future__ import annotations

from tests.cli.running import Shell


def test_an_unknown_database_is_named_and_so_are_those_there_are(initialised: Shell) -> None:
    for command in (
        ("db", "policy", "somalia"),
        ("merge", "explain", "x", "--database", "somalia"),
    ):
        said = initialised.kanaf(*command)
        assert said.is_a_sentence, said.text
        assert "no database 'somalia'; there are: sudan" in said.text


def test_an_open_database_has_no_areas_no_policy_and_no_merges(initialised: Shell) -> None:
    with_areas = initialised.kanaf("db", "create", "refs", "--open", "--country", "SD")
    assert with_areas.status == 2
    assert initialised.kanaf("db", "create", "refs", "--open").status == 0

    assert initialised.kanaf("db", "policy", "refs").is_a_sentence
    assert initialised.kanaf("merge", "explain", "x", "--database", "refs").is_a_sentence


def test_an_unknown_record_or_document_is_not_one_in_which_nothing_was_merged(
    initialised: Shell,
) -> None:
    for name, what in (("none", "record"), ("none:k21", "document")):
        said = initialised.kanaf("merge", "explain", name, "--database", "sudan")
        assert said.is_a_sentence, said.text
        assert f"no {what} '{name}' in sudan" in said.text
    nothing = initialised.kanaf("merge", "explain", "shared", "--database", "sudan")
    assert (nothing.status, nothing.text) == (0, "nothing had to be merged here\n")
