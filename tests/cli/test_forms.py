from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

import schemas.library
from tests.cli.running import Shell
from tests.schemas.workbooks import SETTINGS, option, question, xlsx

OLD_WORKBOOK = Path(__file__).parents[1] / "schemas" / "form.xls"
LIBRARY = Path(schemas.library.__file__).parent


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A terminal without a service: forms are looked at without one."""
    return Shell(tmp_path, {})


def definition() -> dict[str, Any]:
    form: dict[str, Any] = json.loads((LIBRARY / "k22_assessment.json").read_text("utf-8"))
    return deepcopy(form)


def test_the_forms_that_ship_can_be_used(shell: Shell) -> None:
    files = sorted(map(str, LIBRARY.glob("*.json")))

    said = shell.done("forms", "check", *files).splitlines()

    assert len([line for line in said if line.endswith("can be used")]) == len(files)
    unread = "translated and read by nobody yet: 25 in ar, 25 in so, 25 in fr"
    assert f"{LIBRARY / 'k22_assessment.json'}: {unread}" in said
    assert any("k22: 6 fields, can be used" in line for line in said)


def test_every_problem_of_a_definition_is_told_with_its_place_and_what_to_do(shell: Shell) -> None:
    form = definition()
    form["fields"][0]["relevant"] = {"var": "nobody"}
    form["fields"][1]["min"] = 5
    form["title"]["de"] = "Beurteilung"
    (shell.folder / "form.json").write_text(json.dumps(form), "utf-8")

    said = shell.kanaf("forms", "check", "form.json")

    assert said.status == 1
    assert [line.split(". ")[0] for line in said.text.splitlines()] == [
        "form.json: fields[0].relevant: unknown_variable",
        "form.json: fields[1].min: not_allowed",
        "form.json: title.de: unknown_language",
    ]
    assert "Your role" not in said.text


def test_what_is_not_translated_is_told_and_keeps_nothing_from_being_used(shell: Shell) -> None:
    form = definition()
    del form["fields"][2]["label"]["so"]
    (shell.folder / "form.json").write_text(json.dumps(form), "utf-8")

    said = shell.done("forms", "check", "form.json").splitlines()

    assert said[0] == "form.json: fields[2].label: not in so"
    assert said[1].endswith("read by nobody yet: 25 in ar, 24 in so, 25 in fr")
    assert said[2].endswith("can be used")


def test_a_condition_on_an_option_that_there_is_not_is_told(shell: Shell) -> None:
    survey = [
        question("select_one place", "place"),
        question("text", "where", relevant="${place} = 'elsewhere'"),
    ]
    book = xlsx(survey=survey, choices=[option("place", "home")], settings=SETTINGS)
    (shell.folder / "form.xlsx").write_bytes(book)

    said = shell.done("forms", "check", "form.xlsx")

    assert "form.xlsx: where.relevant: look again: place has no option 'elsewhere'\n" in said
    assert said.endswith("2 fields, can be used\n")


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "\ud800"])
def test_what_is_no_json_is_said_to_be_none(shell: Shell, content: str) -> None:
    (shell.folder / "form.json").write_bytes(content.encode("utf-8", "surrogatepass"))

    said = shell.kanaf("forms", "check", "form.json")

    assert (said.status, said.text) == (1, "form.json: this is not JSON\n")


def test_of_a_workbook_every_part_is_told_with_sheet_row_and_column(shell: Shell) -> None:
    survey = [
        question("integer", "age", appearance="slider"),
        question("geopoint", "place"),
        question("text", "why", relevant="${agee} > 5"),
    ]
    (shell.folder / "form.xlsx").write_bytes(xlsx(survey=survey, settings=SETTINGS))

    said = shell.kanaf("forms", "check", "form.xlsx")

    assert said.status == 1
    assert [line.split(". ")[0] for line in said.text.splitlines()] == [
        "form.xlsx: survey, row 2: age, integer",
        "form.xlsx: survey, row 2, appearance: left out: column_not_used 'appearance'",
        "form.xlsx: survey, row 3, type: refused: unknown_type 'geopoint'",
        "form.xlsx: survey, row 4: why, text",
        "form.xlsx: survey, row 4, relevant: refused: unknown_question 'agee'",
        "form.xlsx: nothing was taken: mend what is refused",
    ]


def test_an_old_workbook_can_be_used(shell: Shell) -> None:
    said = shell.done("forms", "check", str(OLD_WORKBOOK))

    assert said.splitlines()[-1].endswith("form.xls: old: 5 fields, can be used")


def test_a_file_that_is_no_workbook_is_said_to_be_none(shell: Shell) -> None:
    (shell.folder / "form.xlsx").write_bytes(b"PK")

    said = shell.kanaf("forms", "check", "form.xlsx")

    assert (said.status, said.text) == (
        1,
        "form.xlsx: The file is damaged, or no workbook of the kind that its name says.\n",
    )


def test_the_schemas_of_definitions_and_of_answers_are_printed(shell: Shell) -> None:
    of_definitions = json.loads(shell.done("forms", "schema"))
    of_answers = json.loads(shell.done("forms", "schema", str(OLD_WORKBOOK)))

    assert of_definitions["title"] == "Definition of a form"
    assert of_answers["properties"]["age"]["type"] == "integer"
    (shell.folder / "a.json").write_text("{}")
    assert "a.json cannot be used" in shell.refused("forms", "schema", "a.json")
