"""Conditions that ask for an option that there is not are told."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import absent_options, form_from_json

LABEL = {"en": "x"}
Json = dict[str, Any]


def asked(name: str, kind: str = "text", **more: Any) -> Json:
    return {"name": name, "type": kind, "label": LABEL, **more}


def select(name: str, *codes: str, kind: str = "select_one", **more: Any) -> Json:
    return asked(name, kind, options=[{"code": code, "label": LABEL} for code in codes], **more)


def told(*fields: Json, **more: Any) -> list[tuple[str, str, str]]:
    languages = [{"code": "en", "name": "English", "direction": "ltr"}]
    head = {"code": "k100", "revision": 1, "title": LABEL, "cardinality": "one"}
    form = form_from_json({**head, "languages": languages, "fields": list(fields), **more})
    return [(one.path, one.question, one.option) for one in absent_options(form)]


def is_it(question: str, option: str) -> Json:
    return {"==": [{"var": question}, option]}


def test_a_condition_that_asks_for_an_option_that_there_is_not_is_told() -> None:
    place = select("place", "home", "away")
    needs = select("needs", "food", kind="select_many")
    either = {"or": [is_it("place", "elsewhere"), {"selected": [{"var": "needs"}, "water"]}]}

    assert told(place, needs, asked("where", relevant=either)) == [
        ("where.relevant", "place", "elsewhere"),
        ("where.relevant", "needs", "water"),
    ]


def test_options_that_are_there_and_questions_without_any_are_nothing_to_tell() -> None:
    place, age = select("place", "home"), asked("age", "integer")
    rules = {"and": [is_it("place", "home"), is_it("place", ""), {"!=": [{"var": "note"}, "x"]}]}

    assert told(place, age, asked("note"), asked("where", relevant=rules)) == []


def test_sections_are_looked_at_those_of_rows_too() -> None:
    def section(name: str) -> Json:
        return {"name": name, "label": LABEL, "relevant": is_it("place", "elsewhere")}

    name = asked("name", section="inner")
    family = asked("family", "rows", fields=[name], sections=[section("inner")], section="outer")

    assert told(select("place", "home"), family, sections=[section("outer")]) == [
        ("outer.relevant", "place", "elsewhere"),
        ("family.inner.relevant", "place", "elsewhere"),
    ]


def test_an_option_that_no_choice_of_a_cascade_can_lead_to_is_told() -> None:
    towns = [
        {"code": code, "label": LABEL, "attributes": {"state": state}}
        for code, state in (("north", "SD01"), ("south", "SD3"))
    ]
    towns.append({"code": "all", "label": LABEL})
    of_state = {"==": [{"var": "choice.state"}, {"var": "state"}]}
    town = asked("town", "select_one", options=towns, choice_filter=of_state)

    assert told(select("state", "SD01", "SD03"), town) == [("town.choice_filter", "state", "SD3")]


STATES = ("SD01", "SD03")
OF_STATE = {"==": [{"var": "choice.of"}, {"var": "state"}]}


@pytest.mark.parametrize(
    ("held", "asks"),
    [
        ("SD01 SD03", {"selected": [{"var": "choice.of"}, {"var": "state"}]}),
        (
            "all",
            {"or": [is_it("choice.of", "all"), {"==": [{"var": "choice.of"}, {"var": "state"}]}]},
        ),
        ("none", {"!=": [{"var": "choice.of"}, {"var": "state"}]}),
    ],
)
def test_a_cascade_in_which_every_option_can_be_offered_is_nothing_to_tell(
    held: str, asks: Json
) -> None:
    options = [{"code": "north", "label": LABEL, "attributes": {"of": held}}]
    town = asked("town", "select_one", options=options, choice_filter=asks)

    assert told(select("state", *STATES), town) == []


def test_of_yes_or_no_other_words_are_told() -> None:
    word = {"if": [{"var": "seen"}, "yes", "no"]}
    one = asked("one", relevant={"==": [word, "Yes"]})
    other = asked("other", relevant={"selected": [word, "no"]})

    assert told(asked("seen", "yes_no"), one, other) == [("one.relevant", "seen", "Yes")]


def test_within_rows_the_nearest_question_of_the_name_is_meant() -> None:
    rows = asked(
        "family",
        "rows",
        fields=[
            select("place", "tent"),
            asked("a", relevant=is_it("place", "home")),
            asked("b", relevant=is_it("risk", "none")),
        ],
    )

    assert told(select("place", "home"), select("risk", "low"), rows) == [
        ("family.a.relevant", "place", "home"),
        ("family.b.relevant", "risk", "none"),
    ]
