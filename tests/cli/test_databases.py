from __future__ import annotations

from tests.cli.running import Shell


def test_an_unknown_database_is_named_and_so_are_those_there_are(initialised: Shell) -> None:
    for command in (
        ("db", "policy", "somalia"),
        ("merge", "explain", "x", "--database", "somalia"),
    ):
        said = initialised.refused(*command)
        assert "no database 'somalia'; there are: sudan" in said


def test_an_open_database_has_no_areas_no_policy_and_no_merges(initialised: Shell) -> None:
    with_areas = initialised.kanaf("db", "create", "refs", "--open", "--country", "SD")
    assert with_areas.status == 2
    initialised.done("db", "create", "refs", "--open")

    initialised.refused("db", "policy", "refs")
    initialised.refused("merge", "explain", "x", "--database", "refs")


def test_an_unknown_record_or_document_is_not_one_in_which_nothing_was_merged(
    initialised: Shell,
) -> None:
    for name, what in (("none", "record"), ("none:k21", "document")):
        said = initialised.refused("merge", "explain", name, "--database", "sudan")
        assert f"no {what} '{name}' in sudan" in said
    nothing = initialised.done("merge", "explain", "shared", "--database", "sudan")
    assert nothing == "nothing had to be merged here\n"
