"""XLSForm's conditions become expressions, or are refused by name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.expressions import Scope, faults_of_expression, value_of
from schemas.xlsform.xpath import Question, Standing, UntranslatableXPath, expression_of

QUESTIONS = {
    "age": Question("integer"),
    "born": Question("date"),
    "seen": Question("yes_no"),
    "sex": Question("select_one"),
    "needs": Question("select_many"),
    "family": Question("rows"),
    "grade": Question("integer", ("family",)),
    "pets": Question("rows", ("family",)),
    "legs": Question("integer", ("family", "pets")),
}
TOP = Standing(QUESTIONS)
AT_AGE = Standing(QUESTIONS, "age")
IN_FAMILY = Standing(QUESTIONS, "grade", ("family",))
AMONG_CHOICES = Standing(QUESTIONS, "sex", columns=frozenset({"state"}))
AGE, NEEDS, SEEN = {"var": "age"}, {"var": "needs"}, {"var": "seen"}
SEEN_AS_TEXT = {"if": [{"==": [SEEN, None]}, None, {"if": [SEEN, "yes", "no"]}]}


@pytest.mark.parametrize(
    ("source", "place", "expression"),
    [
        ("${age} >= 18", TOP, {">=": [AGE, 18]}),
        ("${ age }>=18.50", TOP, {">=": [AGE, 18.5]}),
        (". > 0 and . < 120", AT_AGE, {"and": [{">": [AGE, 0]}, {"<": [AGE, 120]}]}),
        ("../age", TOP, AGE),
        ("current()/../age != 3", TOP, {"!=": [AGE, 3]}),
        ("${age} = ''", TOP, {"==": [AGE, None]}),
        ('${age} = "a\'b"', TOP, {"==": [AGE, "a'b"]}),
        ("${seen} = 'yes'", TOP, {"==": [{"var": "seen"}, True]}),
        ("'no' != ${seen}", TOP, {"!=": [{"var": "seen"}, False]}),
        ("selected(${seen}, 'no')", TOP, {"==": [{"var": "seen"}, False]}),
        ("../seen = 'yes'", TOP, {"==": [SEEN, True]}),
        ("(current()/../seen) = ('no')", TOP, {"==": [SEEN_AS_TEXT, "no"]}),
        ("'yes' = (${seen})", TOP, {"==": [SEEN, True]}),
        ("${seen} = ''", TOP, {"==": [SEEN, None]}),
        ("coalesce(${seen}, 'no')", TOP, {"coalesce": [SEEN_AS_TEXT, "no"]}),
        ("${seen} = ${sex}", TOP, {"==": [SEEN_AS_TEXT, {"var": "sex"}]}),
        ("not(${seen})", TOP, {"!": [SEEN_AS_TEXT]}),
        ("${needs} = 'food'", TOP, {"==": [{"concat": [NEEDS]}, "food"]}),
        ("${needs} != ''", TOP, {"!=": [NEEDS, None]}),
        ("string-length(${needs})", TOP, {"length": [{"concat": [NEEDS]}]}),
        ("${sex} = 'yes'", TOP, {"==": [{"var": "sex"}, "yes"]}),
        ("selected(${needs}, 'food')", TOP, {"selected": [NEEDS, "food"]}),
        (
            "not(selected(., 'a'))",
            Standing(QUESTIONS, "needs"),
            {"!": [{"selected": [NEEDS, "a"]}]},
        ),
        ("count-selected(${needs}) <= 3", TOP, {"<=": [{"count": [NEEDS]}, 3]}),
        ("1 + 2 * 3", TOP, {"+": [1, {"*": [2, 3]}]}),
        ("(1 + 2) * 3", TOP, {"*": [{"+": [1, 2]}, 3]}),
        ("7 div 2 mod 3", TOP, {"%": [{"/": [7, 2]}, 3]}),
        ("-${age} - -1", TOP, {"-": [{"-": [AGE]}, {"-": [1]}]}),
        ("1 or 2 or 3 or 4", TOP, {"or": [1, 2, 3, 4]}),
        ("1 + 2 + (3 + 4)", TOP, {"+": [1, 2, {"+": [3, 4]}]}),
        ("1 - 2 - 3", TOP, {"-": [{"-": [1, 2]}, 3]}),
        ("1 or 2 and 3", TOP, {"or": [1, {"and": [2, 3]}]}),
        (
            "int((today() - ${born}) div 365.25)",
            TOP,
            {"int": [{"/": [{"-": [{"today": []}, {"var": "born"}]}, 365.25]}]},
        ),
        ("date('2020-01-01') < ${born}", TOP, {"<": [{"date": ["2020-01-01"]}, {"var": "born"}]}),
        ("if(${age} < 5, 'small', '')", TOP, {"if": [{"<": [AGE, 5]}, "small", None]}),
        ("coalesce(${age}, 0)", TOP, {"coalesce": [AGE, 0]}),
        ("concat('${age}', ${age})", TOP, {"concat": ["${age}", AGE]}),
        ("string-length(${sex}) = 4", TOP, {"==": [{"length": [{"var": "sex"}]}, 4]}),
        ("regex(., '^[0-9]{3}$')", AT_AGE, {"regex": [AGE, "^[0-9]{3}$"]}),
        ("round(${age} div 3, 2)", TOP, {"round": [{"/": [AGE, 3]}, 2]}),
        ("number(${sex})", TOP, {"+": [{"var": "sex"}]}),
        ("boolean(${age})", TOP, {"!": [{"!": [AGE]}]}),
        ("true() = false()", TOP, {"==": [True, False]}),
        ("max(${age}, 3) - min(1, 2)", TOP, {"-": [{"max": [AGE, 3]}, {"min": [1, 2]}]}),
        ("count(${family})", TOP, {"count": [{"var": "family"}]}),
        ("count(${grade})", TOP, {"count": [{"var": "family"}]}),
        ("count(${legs})", TOP, {"count": [{"var": "family.pets"}]}),
        ("count(${pets})", IN_FAMILY, {"count": [{"var": "pets"}]}),
        ("selected(${grade}, '3')", TOP, {"selected": [{"var": "family.grade"}, "3"]}),
        ("round(${age}, -2)", TOP, {"round": [AGE, {"-": [2]}]}),
        ("sum(${grade})", TOP, {"sum": [{"var": "family.grade"}]}),
        ("sum(${legs})", TOP, {"sum": [{"var": "family.pets.legs"}]}),
        ("sum(${legs})", IN_FAMILY, {"sum": [{"var": "pets.legs"}]}),
        ("${grade} > ${age}", IN_FAMILY, {">": [{"var": "grade"}, AGE]}),
        ("state = ${sex}", AMONG_CHOICES, {"==": [{"var": "choice.state"}, {"var": "sex"}]}),
    ],
)
def test_a_condition_becomes_an_expression(source: str, place: Standing, expression: Any) -> None:
    assert expression_of(source, place) == expression


@pytest.mark.parametrize(
    ("source", "code", "about"),
    [
        ("", "bad_xpath", ""),
        ("1 +", "bad_xpath", ""),
        ("'unclosed", "bad_xpath", ""),
        ("${a b}", "bad_xpath", ""),
        ("selected(${needs})", "bad_xpath", ""),
        ("if(1, 2)", "bad_xpath", ""),
        ("${nobody} > 1", "unknown_question", "nobody"),
        ("${9} > 1", "unknown_question", "9"),
        ("../nobody", "unknown_question", "nobody"),
        ("${grade} > 1", "in_repeat", "grade"),
        ("${grade} = ''", "in_repeat", "grade"),
        ("count(${needs})", "not_in_repeat", "needs"),
        ("count(1)", "not_in_repeat", ""),
        ("pulldata('a', 'b')", "unknown_function", "pulldata"),
        ("jr:choice-name(${sex}, '')", "unknown_function", "jr:choice-name"),
        ("position(..) > 1", "unknown_function", "position"),
        ("once(random())", "unknown_function", "once"),
        ("contains(${sex}, 'a')", "unknown_function", "contains"),
        ("/data/age", "unknown_path", "/data/age"),
        ("../../age", "unknown_path", "../../age"),
        ("age > 1", "unknown_path", "age"),
        (". > 1", "unknown_path", "."),
        ("${age} | ${sex}", "unknown_operator", "|"),
        ("regex(${sex}, '(?i)a')", "bad_pattern", ""),
        ("regex(${sex}, ${sex})", "bad_pattern", ""),
        ("9999999999999999999", "out_of_range", ""),
        ("not(" * 40 + "1" + ")" * 40, "too_deep", ""),
        ("(" * 1_999 + "1" + ")" * 1_999, "too_deep", ""),
        ("'" + "a" * 5_000 + "'", "too_long", ""),
    ],
)
def test_what_has_no_expression_is_refused_by_name(source: str, code: str, about: str) -> None:
    with pytest.raises(UntranslatableXPath) as refused:
        expression_of(source, TOP)

    assert (refused.value.code, refused.value.about) == (code, about)


def test_a_long_chain_is_no_deep_one() -> None:
    source = " or ".join(f"${{age}} = {number}" for number in range(120))

    expression = expression_of(source, TOP)

    assert value_of(expression, Scope("2026-11-26", {"age": 119})) is True
    assert value_of(expression, Scope("2026-11-26", {"age": 120})) is False


PIECES = st.sampled_from(
    [
        *(
            "${age}",
            "${nobody}",
            ".",
            "..",
            "/",
            "(",
            ")",
            "selected(",
            "if(",
            "today()",
            ",",
            "'a'",
        ),
        *(" and ", " or ", " = ", " < ", "+", "-", "*", " div ", "[", "]", "1", "2.5", "not(", "$"),
        *(
            "regex(",
            "count(",
            "@",
            "::",
            "|",
            "{",
            "}",
            '"',
            "\x00",
            "é",
            "jr:x(",
            "child::a",
            "//",
        ),
    ]
)


@given(st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=40))
def test_whatever_stands_in_a_cell_is_translated_or_refused(source: str) -> None:
    try:
        expression = expression_of(source, AT_AGE)
    except UntranslatableXPath:
        return
    assert faults_of_expression(expression) == ()
    value_of(expression, Scope("2026-11-26", {"age": 7}))
