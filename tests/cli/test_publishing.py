"""Forms of a programme on the command line: published, listed, written out."""

from __future__ import annotations

from typing import Any

from tests.cli.running import Shell
from tests.schemas.workbooks import question, xlsx

VISIT = [question("integer", "age"), question("text", "why", relevant="${age} < 18")]
NAMED = [{"form_title::English (en)": "Home visit", "form_id": "visit", "cardinality": "many"}]


def test_a_workbook_is_published_revised_listed_and_written_again(initialised: Shell) -> None:
    def imported(survey: list[dict[str, Any]], *options: str) -> list[str]:
        (initialised.folder / "visit.xlsx").write_bytes(xlsx(survey=survey, settings=NAMED))
        return initialised.done(
            "forms", "import", "visit.xlsx", "--database", "sudan", *options
        ).splitlines()

    assert imported(VISIT, "--dry-run")[-1] == "k100, revision 1, would be published"
    assert imported(VISIT)[-2:] == [
        "visit.xlsx: a form of its own: none here is called visit",
        "k100, revision 1, is published",
    ]
    assert imported(VISIT)[-1] == "k100, revision 1, is published already, as it is here"
    assert imported([*VISIT, question("date", "next_visit")])[-2:] == [
        "visit.xlsx: next_visit: added (date)",
        "k100, revision 2, is published",
    ]
    listed = initialised.done("forms", "list", "--database", "sudan").splitlines()
    assert listed[-1] == "k100.2  Home visit (visit)"
    assert listed[0] == "k1.1  Case"

    for name in ("first.xlsx", "first.json", "first.md"):
        initialised.done("forms", "export", "k100.1", name, "--database", "sudan")
        again = initialised.done("forms", "check", name).splitlines()
        assert again[-1].endswith("2 fields, can be used")
    to_last = ("forms", "export", "k100", "last.xlsx", "--database", "sudan")
    initialised.done(*to_last)
    assert "is there already: name another, or add --overwrite" in initialised.refused(*to_last)
    initialised.done(*to_last, "--overwrite")
    assert initialised.done("forms", "check", "last.xlsx").endswith("3 fields, can be used\n")


def test_a_revision_that_breaks_answers_is_refused_with_what_breaks(initialised: Shell) -> None:
    (initialised.folder / "a.xlsx").write_bytes(xlsx(survey=VISIT, settings=NAMED))
    (initialised.folder / "b.xlsx").write_bytes(xlsx(survey=VISIT[:1], settings=NAMED))
    initialised.done("forms", "import", "a.xlsx", "--database", "sudan")

    said = initialised.kanaf("forms", "import", "b.xlsx", "--database", "sudan")

    assert said.status == 1
    assert "b.xlsx: why: cannot be: removed\n" in said.text
    assert "Error: The revision would take the meaning from answers that are there." in said.text
    assert initialised.done("forms", "list", "--database", "sudan").endswith("visit)\n")


def test_what_cannot_be_published_or_found_is_said(initialised: Shell) -> None:
    (initialised.folder / "a.md").write_text("| survey |\n| | type | name |\n| | geopoint | x |")
    initialised.done("db", "create", "refs", "--open")

    assert initialised.kanaf("forms", "import", "a.md", "--database", "sudan").status == 1
    assert "no database 'x'" in initialised.refused("forms", "list", "--database", "x")
    assert "no forms" in initialised.refused("forms", "list", "--database", "refs")
    for form in ("k77", "k21.9", "x"):
        said = initialised.refused("forms", "export", form, "o.xlsx", "--database", "sudan")
        assert f"has no form {form}" in said
    assert initialised.kanaf("forms", "export", "k21", "o.doc", "--database", "sudan").status == 2
