"""Workbooks of XLSForm as forms: what is taken, and what is said of the rest."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from schemas import problems
from schemas.xlsform.grids import UnreadableWorkbook
from schemas.xlsform.workbook import read_workbook
from tests.schemas.workbooks import end, form_of, option, question, read, saved, told, xlsx

OVER_ONE = {">": [{"var": "i"}, 1]}
YES_NO = [option("yn", "yes"), option("yn", "no")]
STATES = [
    option("state", "SD01"),
    option("state", "SD02"),
    option("town", "north", state="SD01"),
    option("town", "south", state="SD02"),
]


def types_of(*survey: dict[str, Any], choices: Any = ()) -> dict[str, str]:
    return {one.name: one.type for one in form_of(*survey, choices=choices).fields}


@pytest.mark.parametrize(
    ("kind", "field_type"),
    [
        ("text", "text"),
        ("string", "text"),
        ("integer", "integer"),
        ("int", "integer"),
        ("Integer", "integer"),
        ("add integer prompt", "integer"),
        ("q string", "text"),
        ("decimal", "decimal"),
        ("date", "date"),
        ("dateTime", "datetime"),
        ("date time", "datetime"),
        ("note", "note"),
        ("image", "photo"),
        ("photo", "photo"),
        ("audio", "audio"),
        ("file", "file"),
        ("barcode", "barcode"),
        ("select_one town", "select_one"),
        ("select one town", "select_one"),
        ("select one from town", "select_one"),
        ("select1 town", "select_one"),
        ("select_multiple town", "select_many"),
        ("select all that apply from town", "select_many"),
    ],
)
def test_a_question_has_the_type_that_its_name_means(kind: str, field_type: str) -> None:
    """Source: XLSForm, Question types; pyxform, aliases.py for the names of before."""
    assert types_of(question(kind, "q"), choices=STATES) == {"q": field_type}


@pytest.mark.parametrize(
    ("kind", "column", "value", "field_type"),
    [
        ("text", "kind", "phone", "phone"),
        ("text", "kind", "location", "location"),
        ("text", "kind", "date_range", "date_range"),
        ("text", "appearance", "multiline", "long_text"),
        ("image", "appearance", "signature", "signature"),
        ("select_one town", "kind", "ordered_choice", "ordered_choice"),
        ("select_one town", "merge", "highest", "ordered_choice"),
        ("select_multiple town", "kind", "tally", "tally"),
    ],
)
def test_what_xlsform_has_no_type_for_is_said_beside_it(
    kind: str, column: str, value: str, field_type: str
) -> None:
    asked = question(kind, "q", **{column: value})

    assert types_of(asked, choices=STATES) == {"q": field_type}


@pytest.mark.parametrize(
    "kind",
    [
        *("geopoint", "geotrace", "rank town", "select_one_from_file a.csv", "select_one a.csv"),
        *("select_one_external town", "time", "acknowledge", "xml-external", "hidden", "nonsense"),
        *("begin loop over town", "osm", "video"),
    ],
)
def test_a_type_that_makes_no_sense_here_is_refused_by_name(kind: str) -> None:
    assert ("survey", 2, "type", "refused", "unknown_type", kind) in told(
        question(kind, "q"), choices=STATES
    )


def test_every_problem_of_a_workbook_is_told_at_once_with_sheet_row_and_column() -> None:
    said = told(
        question("integer", "age", constraint="${agee} < 3", required="${age} > 3"),
        question("geopoint", "gps"),
        question("select_one nowhere", "town"),
        question("text", "1st"),
        question("text", "age"),
        question("text", "x", merge="newest", default="${nobody}"),
        {"type": "text", "name": "unlabelled"},
        question("text", "y", relevant="pulldata('a', 'b')", kind="planet"),
        question("begin group", "never_ended"),
        question("integer", "z", default="many", min="low"),
        choices=[option("l", "a b"), {"list_name": "l", "name": "c"}],
    )

    assert {(*one[:3], one[4]) for one in said if one[3] == "refused"} == {
        ("survey", 2, "constraint", "unknown_question"),
        ("survey", 2, "required", "conditional_required"),
        ("survey", 3, "type", "unknown_type"),
        ("survey", 4, "type", "unknown_list"),
        ("survey", 5, "name", "bad_code"),
        ("survey", 6, "name", "duplicate"),
        ("survey", 7, "merge", "not_an_option"),
        ("survey", 7, "default", "unknown_question"),
        ("survey", 8, "label", "required"),
        ("survey", 9, "relevant", "unknown_function"),
        ("survey", 9, "kind", "not_this_kind"),
        ("survey", 10, "type", "not_ended"),
        ("survey", 11, "default", "bad_default"),
        ("survey", 11, "min", "not_a_number"),
    }


def test_an_option_that_is_wrong_is_told_where_it_stands() -> None:
    said = told(
        question("select_one l", "q"),
        choices=[option("l", "a b"), {"list_name": "l", "name": "c"}, option("l", "d")],
    )

    assert {(*one[:3], one[4]) for one in said if one[3] == "refused"} == {
        ("choices", 3, "name", "bad_code"),
        ("choices", 4, "label", "required"),
    }


def test_a_heading_with_a_slip_of_the_pen_is_refused_for_its_rule_would_be_lost() -> None:
    said = told(
        question("integer", "q", constrain=". > 1", relevant_old="x", reason="y"),
        settings=[{"form_title": "Form", "cardinality": "one", "form_idd": "f"}],
    )

    assert [(*one[:3], one[4]) for one in said if one[3] == "refused"] == [
        ("settings", 1, "form_idd", "misspelled_heading"),
        ("survey", 1, "constrain", "misspelled_heading"),
    ]


def test_what_is_not_translated_is_told_where_it_stands_and_refuses_nothing() -> None:
    arabic = {"label::العربية (ar)": "س"}
    whole = question("text", "q", **arabic)
    half = question("select_one l", "r", **{"hint::English (en)": "Ask", **arabic})
    choices = [option("l", "a"), option("l", "b", **arabic)]
    _, notes = read(xlsx(survey=[whole, half], choices=choices))

    missing = [one for one in notes if one.outcome == "missing"]
    assert {(one.place.sheet, one.place.row, one.place.column, one.about) for one in missing} == {
        ("settings", None, "title", "ar"),
        ("survey", 3, "hint", "ar"),
        ("choices", 2, "label", "ar"),
    }
    assert {one.code for one in missing} == {"not_translated"}


def test_a_text_that_is_not_in_the_first_language_is_not_told_of_another() -> None:
    settings = [{"form_title": "Form", "default_language": "English (en)", "cardinality": "one"}]
    asked = {"type": "text", "name": "q", "label::العربية (ar)": "س"}
    said = told(question("text", "p"), asked, settings=settings)

    assert ("survey", 3, "label", "required", "en") in refused(said)


def refused(said: Any) -> set[tuple[Any, ...]]:
    return {(*one[:3], *one[4:]) for one in said if one[3] == "refused"}


@pytest.mark.parametrize("heading", ["list_nam", "lists_name"])
def test_in_choices_a_slip_is_told_where_the_column_is_missing(heading: str) -> None:
    listed = [{heading: "l", "name": "a", "label::English (en)": "A"}]
    _, notes = read(xlsx(survey=[question("select_one l", "q")], choices=listed))

    (slip,) = (one for one in notes if one.code == "misspelled_heading")
    assert (slip.place.sheet, slip.place.column, slip.about) == ("choices", heading, "list_name")


def test_in_choices_a_column_of_the_designers_own_may_be_almost_another() -> None:
    form = form_of(question("select_one l", "q"), choices=[option("l", "a", names="x", labels="y")])

    assert dict(form.fields[0].options[0].attributes) == {"names": "x", "labels": "y"}


def test_a_column_without_which_nothing_can_be_read_is_told_once() -> None:
    said = told({"type": "text", "nmae": "q", "label::English (en)": "Q"})

    assert ("survey", 1, "", "missing_heading", "name") in refused(said)


@pytest.mark.parametrize(("sheet", "meant"), [("setting", "settings"), ("Choice", "choices")])
def test_a_sheet_with_a_slip_of_the_pen_is_refused_for_it_would_not_be_read(
    sheet: str, meant: str
) -> None:
    _, notes = read(xlsx(survey=[question("text", "q")], **{sheet: [{"form_title": "Form"}]}))

    slips = [one for one in notes if one.code == "misspelled_sheet"]
    assert [(one.place.sheet, one.outcome, one.about) for one in slips] == [
        (sheet, "refused", meant)
    ]


def test_a_select_without_a_list_is_told_as_such() -> None:
    said = told(question("select_one", "q"), question("select multiple", "r"))

    assert {one[3] for one in refused(said)} >= {"no_list"}
    assert "unknown_type" not in {one[3] for one in refused(said)}


def test_of_another_answer_and_a_filter_one_has_to_go() -> None:
    choices = [option("l", "a", of="x")]
    said = told(question("select_one l or_other", "q", choice_filter="of = 'x'"), choices=choices)

    assert ("survey", 2, "choice_filter", "other_with_filter", "") in refused(said)


def test_repeats_stand_in_each_other_three_levels_deep() -> None:
    begun = [question("begin repeat", f"r{level}") for level in range(4)]
    said = told(*begun, question("text", "q"), *[end("repeat")] * 4)

    assert ("survey", 5, "type", "too_many_levels", "") in refused(said)


def test_what_is_left_out_is_told_with_the_reason() -> None:
    said = told(
        question("start", "started"),
        question("text", "q", appearance="w1", guidance_hint="x"),
        question("text", "old", disabled="yes"),
        {"label::English (en)": None, "notes": "to be discussed"},
        {"type": "begin group", "name": "empty"},
        end("group"),
        choices=[option("unused", "a")],
        settings=[
            {"form_title": "Form", "cardinality": "one", "version": "7", "style": "pages"},
            {"form_title": "again"},
        ],
    )

    assert {(*one[:3], one[4]) for one in said if one[3] == "left_out"} == {
        ("survey", 2, "type", "of_the_envelope"),
        ("survey", 3, "appearance", "column_not_used"),
        ("survey", 3, "guidance_hint", "column_not_used"),
        ("survey", 4, "", "disabled"),
        ("survey", 5, "", "comment"),
        ("survey", 6, "", "empty_group"),
        ("choices", 3, "", "unused_list"),
        ("settings", 2, "style", "column_not_used"),
        ("settings", 2, "version", "column_not_used"),
        ("settings", 3, "", "second_settings"),
    }


def test_groups_are_sections_and_repeats_are_rows() -> None:
    form = form_of(
        question("begin group", "home", relevant="${age} < 18"),
        question("begin repeat", "family"),
        question("text", "relation"),
        question("begin_repeat", "toys", relevant="${relation} != ''"),
        question("text", "toy"),
        end("repeat"),
        end("repeat"),
        question("begin group", "inner"),
        question("text", "note_of_it"),
        end("group"),
        end("group"),
        question("integer", "age"),
        question("integer", "n", constraint=". = count(${toy})"),
    )

    family, note, age, n = form.fields
    assert [(one.name, one.within, one.relevant) for one in form.sections] == [
        ("home", None, {"<": [{"var": "age"}, 18]}),
        ("inner", "home", None),
    ]
    assert (family.section, note.section, age.section) == ("home", "inner", None)
    assert [cell.name for cell in family.fields] == ["relation", "toys"]
    assert family.fields[1].relevant == {"!=": [{"var": "relation"}, None]}
    assert n.constraint == {"==": [{"var": "n"}, {"count": [{"var": "family.toys"}]}]}
    assert n.xpath == {"constraint": ". = count(${toy})"}


def test_a_cascade_offers_what_belongs_to_the_answer_before() -> None:
    form = form_of(
        question("select_one state", "state"),
        question("select_one town", "town", choice_filter="state = ${state}"),
        choices=STATES,
    )

    assert problems(form, {"state": "SD01", "town": "north"}, draft=False) == ()
    (wrong,) = problems(form, {"state": "SD01", "town": "south"}, draft=False)
    assert (wrong.path, wrong.code) == ("town", "filtered_option")


def test_or_other_asks_what_the_other_is() -> None:
    form = form_of(question("select_multiple town or_other", "town"), choices=STATES)

    town, other = form.fields
    assert [one.code for one in town.options] == ["north", "south", "other"]
    assert (other.name, other.type) == ("town_other", "text")
    assert problems(form, {"town": ["other"], "town_other": "x"}, draft=False) == ()
    assert town.options[2].label["en"] == "Other"


def test_a_list_of_yes_and_no_is_a_yes_no_question_and_asked_for_by_its_codes() -> None:
    form = form_of(
        question("select_one yn", "in_school"),
        question("text", "school", relevant="${in_school} = 'yes'", required="yes"),
        choices=YES_NO,
    )

    assert form.fields[0].type == "yes_no"
    assert problems(form, {"in_school": False}, draft=False) == ()
    assert [one.path for one in problems(form, {"in_school": True}, draft=False)] == ["school"]


def test_texts_are_taken_in_every_language_with_its_direction() -> None:
    form = form_of(
        {
            "type": "text",
            "name": "q",
            "label::Somali (so)": "Magac",
            "label::العربية": "الاسم",
            "label::ku-Arab": "ناو",
            "hint::so": "buuxi",
        },
        settings=[{"form_title": "Foom", "form_id": "f", "default_language": "so"}],
    )

    assert [(one.code, one.name, one.direction) for one in form.languages] == [
        ("so", "Soomaali", "ltr"),
        ("ar", "العربية", "rtl"),
        ("ku-Arab", "ku-Arab", "rtl"),
    ]
    assert form.fields[0].label == {"so": "Magac", "ar": "الاسم", "ku-Arab": "ناو"}
    assert form.fields[0].hint == {"so": "buuxi"}
    assert form.title == {"so": "Foom"}


def test_a_language_that_nobody_knows_is_refused_at_its_heading() -> None:
    asked = {"type": "text", "name": "q", "label": "x", "label::Klingonese": "y"}

    assert ("survey", 1, "label::Klingonese", "refused", "unknown_language_name", "Klingonese") in (
        told(asked)
    )


def test_two_headings_with_one_meaning_are_refused() -> None:
    asked = question("text", "q", relevant="true()", relevance="false()")
    texts = {"type": "text", "name": "q", "label": "x", "label::en": "y"}

    assert ("survey", 1, "relevance", "refused", "duplicate_heading", "relevance") in told(asked)
    assert ("survey", 1, "label::en", "refused", "duplicate_heading", "label::en") in told(texts)


@pytest.mark.parametrize(
    ("kind", "told_default", "default"),
    [
        ("integer", "5", 5),
        ("integer", 5, 5),
        ("text", "abc", "abc"),
        ("date", "2026-11-26", "2026-11-26"),
        ("date", "2026-11-26 00:00:00", "2026-11-26"),
        ("date", "today()", {"today": []}),
        ("text", "concat('a', 'b')", {"concat": ["a", "b"]}),
        ("select_one yn", "yes", True),
    ],
)
def test_a_default_is_a_value_of_the_type_or_an_expression(
    kind: str, told_default: Any, default: Any
) -> None:
    form = form_of(question(kind, "q", default=told_default), choices=YES_NO)

    assert form.fields[0].default == default


@pytest.mark.parametrize("column", ["trigger", "save_to", "repeat_count"])
def test_a_column_without_which_the_form_means_something_else_is_refused(column: str) -> None:
    said = told(question("text", "other"), question("text", "q", **{column: "${other}"}))

    assert ("survey", 3, column, "refused", "column_not_possible", "${other}") in said


def test_a_range_is_a_number_between_two() -> None:
    form = form_of(
        question("range", "q", parameters="start=0 end=5 step=1"),
        question("range", "r", parameters="start=0;end=1;step=0.5"),
    )

    assert [(one.type, one.min, one.max) for one in form.fields] == [
        ("integer", 0, 5),
        ("decimal", 0, 1),
    ]


def test_extra_columns_say_how_answers_are_merged_and_shared() -> None:
    form = form_of(
        question("select_one town", "risk", merge="highest", couple="r", protected="yes"),
        question("date", "review", couple="r", sensitivity="plain", share="no", min=None),
        choices=STATES,
    )

    risk, review = form.fields
    assert (risk.merge, risk.couple, risk.protected, risk.share) == ("highest", "r", True, True)
    assert (review.couple, review.sensitivity, review.share) == ("r", "plain", False)


def test_a_form_that_mixes_who_the_child_is_with_the_rest_is_refused() -> None:
    said = told(question("text", "name", sensitivity="identifying"), question("text", "q"))

    assert "mixed_sensitivity" in {one[4] for one in said}


def test_two_questions_of_one_name_are_not_referred_to() -> None:
    said = told(
        question("text", "q"),
        question("begin repeat", "family"),
        question("text", "q"),
        end("repeat"),
        question("text", "r", relevant="${q} = 'a'"),
    )

    assert ("survey", 6, "relevant", "refused", "ambiguous_question", "q") in said


def test_what_the_reader_passes_over_is_told() -> None:
    """Source: pyxform, xls2json_backends.py, get_excel_rows and get_excel_column_headers."""
    book = Workbook()
    sheet = book.active
    sheet.title = "survey"
    sheet.append(["type", "name", "label::English (en)", None, "hint::en"])
    sheet.append(["text", "q", "Q", "a remark", "h"])
    sheet.append(["text", "r", "=A1", None, None])
    sheet.cell(100, 1, "text")
    sheet.cell(1, 40, "relevant")

    _, notes = read(saved(book))

    assert {(one.place.row, one.place.column, one.outcome, one.code) for one in notes} >= {
        (2, "D", "left_out", "no_heading"),
        (3, "label::English (en)", "refused", "formula_without_value"),
        (100, "type", "refused", "row_not_read"),
        (1, "AN", "refused", "heading_not_read"),
    }


@pytest.mark.parametrize("heading", [7, 2.5, "=A2", "type"])
def test_a_heading_at_which_the_reader_would_end_is_refused(heading: Any) -> None:
    book = Workbook()
    book.active.title = "survey"
    book.active.append(["type", "name", heading])
    book.active.append(["text", "q", "x"])

    form, notes = read(saved(book))

    assert form is None
    assert ("survey", 1, "C", "refused") in {
        (one.place.sheet, one.place.row, one.place.column, one.outcome) for one in notes
    }


def test_other_sheets_are_left_out_and_told() -> None:
    others = {"notes": [{"a": "b"}], "entities": [{"list_name": "c"}]}

    _, notes = read(xlsx(survey=[question("text", "q")], **others))

    assert {one.place.sheet for one in notes if one.code == "unknown_sheet"} == {*others}


@pytest.mark.parametrize(
    ("content", "name", "code"),
    [
        (b"", "a.xlsx", "bad_workbook"),
        (b"PK\x03\x04", "a.xlsx", "bad_workbook"),
        (b"\xd0\xcf\x11\xe0" * 200, "a.xls", "bad_workbook"),
        (b"nothing", "a.md", "bad_workbook"),
        (b"\xff\xfe|||||||", "a.md", "bad_workbook"),
        (b"x", "a.csv", "unknown_file_type"),
        (b"x", "a", "unknown_file_type"),
        (b"x" * 5_000_001, "a.md", "too_large"),
        (b"| choices |\n| | list_name | name |\n| | a | b |", "a.md", "no_survey"),
    ],
)
def test_what_is_no_workbook_is_said_to_be_none(content: bytes, name: str, code: str) -> None:
    with pytest.raises(UnreadableWorkbook) as refused:
        read_workbook(content, Path(name).suffix)

    assert refused.value.code == code


def test_sheets_that_differ_in_capitals_only_are_refused() -> None:
    content = xlsx(survey=[question("text", "q")], other1=[question("text", "r")])
    renamed = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as before, zipfile.ZipFile(renamed, "w") as after:
        for name in before.namelist():
            after.writestr(name, before.read(name).replace(b'name="other1"', b'name="Survey"'))

    with pytest.raises(UnreadableWorkbook) as refused:
        read(renamed.getvalue())

    assert refused.value.code == "duplicate_sheet"


def relevance(source: str, answers: dict[str, Any], *more: dict[str, Any]) -> bool:
    """Whether a question with this condition is asked."""
    form = form_of(
        question("text", "t"),
        question("integer", "i"),
        question("select_one yn", "yn"),
        question("select_one town", "s"),
        question("select_multiple town", "ms"),
        *more,
        question("text", "asked", relevant=source, required="yes"),
        choices=[*YES_NO, *STATES],
    )
    return bool(problems(form, answers, draft=False, today="2026-11-26"))


@pytest.mark.parametrize(
    ("source", "answers", "is_asked"),
    [
        ("selected('1 2', ${t})", {"t": "2"}, True),
        ("selected('1 2', ${t})", {"t": "12"}, False),
        ("selected(${t}, 'b')", {"t": "a b"}, True),
        ("selected(coalesce(${ms}, ''), 'north')", {"ms": ["south", "north"]}, True),
        ("selected(if(${i} > 1, ${ms}, ''), 'north')", {"i": 2, "ms": ["south", "north"]}, True),
        ("selected(if(${i} > 1, ${ms}, ''), 'north')", {"i": 1, "ms": ["north"]}, False),
        ("selected(string(${ms}), 'north')", {"ms": ["south", "north"]}, True),
        ("selected('yes no', ${yn})", {"yn": True}, True),
        ("count-selected(${ms}) = 2", {"ms": ["south", "north"]}, True),
        ("count-selected(coalesce(${ms}, '')) > 1", {"ms": ["south", "north"]}, True),
        ("selected(${ms}, 'north') = 1", {"ms": ["north"]}, True),
        ("selected(${ms}, 'north') = 'true'", {"ms": ["north"]}, True),
        ("(${i} > 5) = 1", {"i": 6}, True),
        ("(${i} > 5) = 0", {"i": 6}, False),
        ("yes", {}, True),
        ("FALSE", {}, False),
    ],
)
def test_conditions_mean_what_they_mean_in_odk(
    source: str, answers: dict[str, Any], is_asked: bool
) -> None:
    """Source: ODK XForms, XPath functions; XPath 1.0, 3.4; pyxform, aliases.py."""
    assert relevance(source, answers) is is_asked


@pytest.mark.parametrize("told", ["true", "false"])
def test_what_is_calculated_to_true_or_false_is_compared_with_the_words(told: str) -> None:
    adult = question("calculate", "adult", calculation="${i} >= 18")

    for value in (True, False):
        asked = relevance(f"${{adult}} = '{told}'", {"adult": value}, adult)
        assert asked is (value is (told == "true"))


@pytest.mark.parametrize(
    ("kind", "calculation", "made"),
    [
        ("select_one yn", "if(${i} > 1, 'yes', 'no')", {"if": [OVER_ONE, True, False]}),
        ("select_one yn", "${i} > 1", OVER_ONE),
        ("text", "${i} + 1", {"concat": [{"+": [{"var": "i"}, 1]}]}),
        ("date", "today() + 1", {"date": [{"+": [{"today": []}, 1]}]}),
        ("integer", "concat('1', '2')", {"+": [{"concat": ["1", "2"]}]}),
        ("integer", "count-selected(${ms})", {"count": [{"var": "ms"}]}),
        ("calculate", "concat('a', ' ', 'b')", {"concat": ["a", " ", "b"]}),
    ],
)
def test_what_a_question_is_answered_with_is_an_answer_of_its_type(
    kind: str, calculation: str, made: Any
) -> None:
    form = form_of(
        question("integer", "i"),
        question("select_multiple town", "ms"),
        question(kind, "q", calculation=calculation),
        choices=[*YES_NO, *STATES],
    )

    assert form.fields[2].calculation == made


@pytest.mark.parametrize(
    ("kind", "column", "value", "code"),
    [
        ("select_multiple town", "calculation", "'a b'", "wrong_result"),
        ("integer", "calculation", "${t} = 'a'", "wrong_result"),
        ("date", "default", "tomorrow", "bad_default"),
        ("integer", "default", "5.5", "bad_default"),
        ("select_one town", "default", "nowhere", "bad_default"),
        ("dateTime", "default", "2020-01-02 03:04:00", "bad_default"),
        ("text", "relevant", "''", "not_an_expression"),
        ("text", "relevant", "json:null", "not_an_expression"),
        ("text", "relevant", "json:" + "[" * 900, "not_an_expression"),
        ("text", "relevant", "json:" + '{"!":' * 900 + "1" + "}" * 900, "too_deep"),
        ("text", "relevant", "count-selected(${t}) > 1", "not_choices"),
        ("range", "parameters", "start=a end=5", "not_a_number"),
    ],
)
def test_what_cannot_be_meant_is_refused(kind: str, column: str, value: str, code: str) -> None:
    said = told(question("text", "t"), question(kind, "q", **{column: value}), choices=STATES)

    assert code in {one[4] for one in said if one[3] == "refused"}


def test_a_list_of_yes_and_no_with_another_answer_is_a_choice() -> None:
    asked, other = form_of(question("select_one yn or_other", "a"), choices=YES_NO).fields

    assert (asked.type, [one.code for one in asked.options]) == (
        "select_one",
        ["yes", "no", "other"],
    )
    assert other.relevant == {"selected": [{"var": "a"}, "other"]}


def test_another_answer_is_not_filtered_and_not_counted() -> None:
    filtered = question("select_one town or_other", "a", choice_filter="state = 'north'")
    counted = question("select_multiple town or_other", "b", kind="tally")

    said = told(filtered, counted, choices=STATES)

    assert ("survey", 2, "choice_filter", "refused", "other_with_filter", "") in said
    assert ("survey", 3, "kind", "refused", "not_this_kind", "tally") in said


def test_a_question_called_as_the_options_are_in_filters_is_refused() -> None:
    assert ("survey", 2, "name", "refused", "reserved_name", "") in told(question("text", "choice"))


def test_references_in_texts_and_rules_of_all_rows_are_told() -> None:
    asked = question("text", "q") | {"label::English (en)": "How old is ${q}?"}
    rows = question("begin repeat", "family", required="yes")

    said = told(asked, rows, question("text", "r"), end("repeat"))

    assert ("survey", 2, "label::English (en)", "changed", "reference_in_text", "") in said
    assert ("survey", 3, "required", "changed", "of_all_rows", "") in said


def test_parameters_of_a_range_are_read_as_they_are_written() -> None:
    form = form_of(question("range", "q", parameters="Start = 0; END=5 step=1"))

    assert (form.fields[0].min, form.fields[0].max) == (0, 5)


def test_a_column_without_a_language_beside_others_is_english() -> None:
    asked = {"type": "text", "name": "q", "label": "Name", "label::Arabic (ar)": "الاسم"}
    form = form_of(asked, settings=[{"form_id": "f"}])
    both = {**asked, "label::English (en)": "Name"}

    assert form.fields[0].label == {"en": "Name", "ar": "الاسم"}
    assert ("survey", 1, "label", "refused", "no_default_language", "") in told(
        both, settings=[{"form_id": "f"}]
    )


def test_headings_that_differ_by_blanks_only_are_refused() -> None:
    said = told(question("text", "q", relevant="1 = 2") | {"relevant ": "1 = 1"})

    assert ("survey", 1, "E", "refused", "duplicate_heading", "relevant ") in said


def test_groups_within_groups_without_end_are_refused() -> None:
    groups = [{"type": "begin group", "name": f"g{n}"} for n in range(1_200)]
    rows = [question("begin repeat", f"r{n}") for n in range(600)]

    assert "too_deep" in {one[4] for one in told(*groups)}
    assert "too_deep" in {one[4] for one in told(*rows)}


MARKDOWN = """\
# a remark

| survey |
| | type | name | label |
|---|---|---|---|

| | text | q | Q | # another
"""


def of_markdown(text: str) -> tuple[Any, list[tuple[str, int | None, str]]]:
    form, notes = read(text.encode(), "x.md")
    return form, [
        (one.place.sheet, one.place.row, one.code) for one in notes if one.outcome == "refused"
    ]


def test_rows_of_markdown_are_told_by_the_lines_of_the_file() -> None:
    form, said = of_markdown(MARKDOWN)
    assert (form.fields[0].name, said) == ("q", [])

    assert of_markdown(MARKDOWN + "\n\n| | planet | r | R |")[1] == [("survey", 10, "unknown_type")]


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("| | text | r | R | more |", "no_heading_over_it"),
        ("| | text | r | R", "line_not_read"),
        ("text | r | R |", "line_not_read"),
        ("anything", "line_not_read"),
        ("| Survey |", "duplicate_sheet"),
        ("| choices |\n| | list_name | name | name |", "duplicate_heading"),
        ("| choices |\n| | list_name | | name |", "bad_heading"),
    ],
)
def test_what_would_be_lost_of_markdown_is_refused(line: str, code: str) -> None:
    form, said = of_markdown(MARKDOWN + line)

    assert form is None
    assert code in {one[2] for one in said}
