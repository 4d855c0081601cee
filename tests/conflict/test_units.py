"""Bodies taken apart into units and put together again."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conflict.revision import Rev
from conflict.rules import PLAIN, FieldRule, Rule, Rules
from conflict.units import EXISTENCE, STATE, Shape, Unit
from conflict.value import MISSING

RULES = {
    "needs": FieldRule(Rule.UNION, protected=True),
    "family": FieldRule(
        Rule.ROWS,
        protected=True,
        cells={
            "skills": FieldRule(Rule.UNION, protected=True),
            "remarks": FieldRule(Rule.TEXT),
        },
    ),
    "story": FieldRule(Rule.TEXT, protected=True),
    "log": FieldRule(Rule.APPEND),
    "risk": FieldRule(Rule.HIGHEST, order=("low", "high"), couple="safety"),
    "placement": FieldRule(couple="safety", protected=True),
    "street": FieldRule(couple="address"),
    "house": FieldRule(couple="address"),
    "safety": FieldRule(Rule.ASK),
}
PHOTO, OTHER_PHOTO = {"digest": "md5-1"}, {"digest": "md5-2"}


def body(state: str | None = None, photos: dict[str, Any] | None = None, **data: Any) -> Any:
    made: dict[str, Any] = {"data": data}
    if state is not None:
        made["state"] = state
    return {**made, "_attachments": photos} if photos else made


def field(name: str) -> Unit:
    return Unit("data", name)


class OfBodies(Shape):
    """The shape of some bodies that need no revisions to be told apart."""

    def __init__(self, bodies: list[Any], rules: Rules, rest: FieldRule = PLAIN) -> None:
        self._listed = bodies
        named = {Rev(1, str(number)): one for number, one in enumerate(bodies)}
        super().__init__(named, rules, rest)

    def of(self, one: Any) -> dict[Unit, Any]:
        """The units of one of them."""
        return self.units(Rev(1, str(self._listed.index(one))))


def units_of(one: Any, other: Any) -> dict[Unit, Any]:
    """The units of the first of two bodies."""
    return OfBodies([one, other], RULES).of(one)


def test_what_all_bodies_share_is_not_taken_apart():
    one = body("draft", {"a": PHOTO}, age=9, needs=["food"], risk="low")

    assert units_of(one, body("draft", {"a": PHOTO}, age=9.0, needs=["food"], risk="low")) == {}


def test_a_field_the_state_and_an_attachment_are_units_of_their_own():
    one = body("draft", {"a": PHOTO, "b": PHOTO}, age=9, sex="female")
    other = body("complete", {"a": OTHER_PHOTO, "b": PHOTO}, age=10, sex="female")

    assert units_of(one, other) == {
        field("age"): 9,
        STATE: "draft",
        Unit("_attachments", "a"): PHOTO,
    }


def test_what_a_body_has_not_is_no_unit_of_it():
    assert units_of(body(), body("draft", {"a": PHOTO}, age=9, risk="low", needs=[])) == {}


def test_a_state_that_is_null_is_another_than_none():
    assert units_of({"data": {}, "state": None}, body()) == {STATE: None}
    assert units_of(body(), {"data": {}, "state": None}) == {}


def test_a_body_without_answers_has_no_units():
    assert units_of({"data": None}, body(age=9)) == units_of({}, body(age=9)) == {}


def test_coupled_fields_are_one_unit_as_soon_as_one_of_them_differs():
    one, other = body(risk="low", placement="home"), body(risk="high", placement="home")

    assert units_of(one, other) == {Unit("group", "safety"): {"risk": "low", "placement": "home"}}
    assert units_of(body(risk="low"), other) == {Unit("group", "safety"): {"risk": "low"}}


def test_a_set_has_a_unit_for_each_element_and_one_for_itself():
    assert units_of(body(needs=["food", "Food_2-b", 1, "a b"]), body(needs=[])) == {
        Unit("data", "needs", element=""): [],
        Unit("data", "needs", element="food"): "food",
        Unit("data", "needs", element="Food_2-b"): "Food_2-b",
        Unit("data", "needs", element="1"): 1,
        Unit("data", "needs", element='"a b"'): "a b",
    }
    assert units_of(body(needs=None), body(needs=[])) == {Unit("data", "needs", element=""): None}


def test_rows_have_a_unit_for_their_order_for_each_row_and_for_each_cell_that_differs():
    row = {"id": "r1", "name": "aunt", "skills": ["sewing"], "tags": ["a"], "age": 40}
    other: dict[str, Any] = {"id": "r1", "name": "aunt", "skills": None, "tags": [], "age": 41}

    assert units_of(body(family=[row]), body(family=[other])) == {
        Unit("data", "family", element=""): ["r1"],
        Unit("data", "family", "r1"): True,
        Unit("data", "family", "r1", "age"): 40,
        Unit("data", "family", "r1", "tags"): ["a"],
        Unit("data", "family", "r1", "skills", ""): [],
        Unit("data", "family", "r1", "skills", "sewing"): "sewing",
    }
    assert units_of(body(family=[other]), body(family=[row])) == {
        Unit("data", "family", element=""): ["r1"],
        Unit("data", "family", "r1"): True,
        Unit("data", "family", "r1", "age"): 41,
        Unit("data", "family", "r1", "tags"): [],
        Unit("data", "family", "r1", "skills"): None,
    }
    assert units_of(body(family=None), body(family=[])) == {
        Unit("data", "family", element=""): None
    }


def test_rows_that_exchanged_what_they_say_are_mixed_but_not_above_a_tombstone_or_nothing():
    one, other = {"id": "r1", "name": "aunt"}, {"id": "r2", "name": "uncle"}
    swapped = [{**one, "name": "uncle"}, {**other, "name": "aunt"}]
    shape = OfBodies([body(family=[one, other]), body(family=swapped)], RULES)
    first, second, tombstone = Rev(1, "0"), Rev(1, "1"), Rev(1, "2")

    assert shape.mixed_rows(second, first) == {("family", "r1"), ("family", "r2")}
    assert shape.mixed_rows(second, tombstone) == shape.mixed_rows(tombstone, first) == set()
    assert shape.mixed_rows(second, None) == set()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("needs", "food"),
        ("family", "aunt"),
        ("family", ["aunt"]),
        ("story", 7),
        ("log", ["One."]),
    ],
)
def test_a_field_that_is_not_what_its_rule_is_about_is_one_plain_value(name: str, value: Any):
    shape = OfBodies([body(**{name: value}), body(**{name: None})], RULES)

    assert shape.of(body(**{name: value})) == {field(name): value}
    assert shape.rule(field(name)) == FieldRule(protected=RULES[name].protected)


def test_a_field_that_nobody_changed_is_a_plain_value():
    assert OfBodies([body(story="One.")], RULES).rule(field("story")) == PLAIN


@pytest.mark.parametrize(("name", "value"), [("story", "One."), ("log", None), ("other", 7)])
def test_a_field_that_fits_its_rule_is_merged_by_it(name: str, value: Any):
    shape = OfBodies([body(**{name: value}), body()], RULES)

    assert shape.rule(field(name)) == RULES.get(name, PLAIN)


def test_elements_are_merged_as_a_set_and_rows_and_their_order_as_plain_values():
    one = body(
        needs=["food"], family=[{"id": "r1", "skills": ["sewing"], "remarks": "x", "age": 1}]
    )
    shape = OfBodies([one, body(needs=[], family=[])], RULES)
    family = RULES["family"]
    plain = FieldRule(protected=True)

    assert shape.rule(Unit("data", "needs", element="")) == RULES["needs"]
    assert shape.rule(Unit("data", "needs", element="food")) == RULES["needs"]
    assert shape.rule(Unit("data", "family", element="")) == plain
    assert shape.rule(Unit("data", "family", "r1")) == plain
    assert shape.rule(Unit("data", "family", "r1", "age")) == PLAIN
    assert shape.rule(Unit("data", "family", "r1", "remarks")) == family.cells["remarks"]
    assert shape.rule(Unit("data", "family", "r1", "skills", "sewing")) == family.cells["skills"]
    assert shape.rule(Unit("data", "family", "r1", "skills", "")) == family.cells["skills"]
    assert shape.rule(Unit("data", "family", "r1", "skills")) == plain


@pytest.mark.parametrize("rest", [PLAIN, FieldRule(Rule.ASK, protected=True)])
def test_the_state_and_attachments_have_the_rule_of_the_rest_and_existence_is_plain(
    rest: FieldRule,
):
    shape = OfBodies([body("draft"), body("complete", {"a": PHOTO})], RULES, rest)

    assert shape.rule(STATE) == shape.rule(Unit("_attachments", "a")) == rest
    assert shape.rule(EXISTENCE) == PLAIN


@pytest.mark.parametrize(
    ("rules", "strictest"),
    [
        ([PLAIN, PLAIN], PLAIN),
        ([PLAIN, FieldRule(Rule.UNION)], PLAIN),
        ([PLAIN, FieldRule(protected=True)], FieldRule(protected=True)),
        ([PLAIN, RULES["risk"]], FieldRule(Rule.HIGHEST, ("low", "high"))),
        (
            [FieldRule(Rule.FIXED), RULES["risk"]],
            FieldRule(Rule.FIXED, ("low", "high")),
        ),
        ([FieldRule(Rule.FIXED), FieldRule(Rule.ASK)], FieldRule(Rule.ASK)),
        ([FieldRule(Rule.ASK), RULES["risk"]], FieldRule(Rule.ASK, ("low", "high"), ranked=True)),
        (
            [PLAIN, FieldRule(Rule.ASK, ("low", "high"), ranked=True)],
            FieldRule(Rule.ASK, ("low", "high"), ranked=True),
        ),
    ],
)
def test_a_group_is_as_strict_as_its_strictest_field(rules: list[FieldRule], strictest: FieldRule):
    coupled = {name: replace(one, couple="both") for name, one in zip("ab", rules, strict=True)}
    shape = OfBodies([body(a=1), body(a=2)], coupled)

    assert shape.rule(Unit("group", "both")) == strictest


def test_a_group_is_ranked_by_its_ranked_field_and_a_field_of_its_name_is_not():
    shape = OfBodies([body(risk="low", house=1, safety=1), body(risk="high", house=2)], RULES)

    assert shape.ranked_by(Unit("group", "safety")) == "risk"
    assert shape.ranked_by(Unit("group", "address")) is None
    assert shape.ranked_by(field("safety")) is None


def test_a_unit_is_about_fields_by_the_names_that_a_form_has_for_them():
    shape = OfBodies([body(risk="low"), body(risk="high")], RULES)

    assert shape.names(Unit("group", "safety")) == {"data.risk", "data.placement"}
    assert shape.names(Unit("data", "family", "r1", "age")) == {"data.family"}
    assert shape.names(Unit("_attachments", "a")) == {"_attachments.a"}
    assert shape.names(STATE) == {"state"}


@pytest.mark.parametrize(
    ("unit", "written"),
    [
        (EXISTENCE, "existence"),
        (STATE, "state"),
        (Unit("_attachments", "a.jpg"), "_attachments.a.jpg"),
        (Unit("group", "risk"), "group.risk"),
        (field("age"), "data.age"),
        (Unit("data", "needs", element="food"), "data.needs[food]"),
        (Unit("data", "needs", element=""), "data.needs[]"),
        (Unit("data", "family", "r-1_A-2"), "data.family[r-1_A-2]"),
        (Unit("data", "family", "a b"), 'data.family["a b"]'),
        (Unit("data", "family", "r1]"), 'data.family["r1]"]'),
        (Unit("data", "family", "r1", "age"), "data.family[r1].age"),
        (Unit("data", "family", "r1", "skills", "sewing"), "data.family[r1].skills[sewing]"),
    ],
)
def test_a_unit_is_written_as_settlements_name_it(unit: Unit, written: str):
    assert str(unit) == written


FULL = body(
    "draft",
    {"a": PHOTO, "b": PHOTO},
    age=9,
    sex="female",
    needs=["food", "school"],
    family=[
        {"id": "r2", "name": "uncle", "skills": []},
        {"id": "r1", "name": "aunt", "skills": ["maths", "sewing"]},
    ],
    risk="low",
    placement="home",
    story="One.",
)
OTHERS = [
    body(),
    body("complete", {"a": OTHER_PHOTO}, age=10, sex="male", risk="high", story=None),
    body("draft", {"b": PHOTO}, age=9, needs=None, family=None),
    body("draft", needs=[], family=[], risk="low"),
    body(None, None, needs=["food"], family=[{"id": "r1", "skills": None}], placement="home"),
]


def put_together(shape: Shape, some: Any, values: dict[Unit, Any]) -> dict[str, Any]:
    rows = values.get(Unit("data", "family", element=""))
    return shape.body_of(some, {STATE: MISSING, **values}, {"family": rows or []})


@pytest.mark.parametrize("other", OTHERS)
def test_a_body_put_together_from_its_units_is_the_same(other: Any):
    shape = OfBodies([FULL, other], RULES)

    assert put_together(shape, other, shape.of(FULL)) == FULL
    assert put_together(shape, FULL, shape.of(other)) == other


def test_a_body_has_what_all_share_and_no_empty_attachments():
    shared = body("draft", {"a": PHOTO}, age=9, risk="low")
    shape = OfBodies([shared, {**shared, "data": {**shared["data"], "sex": "male"}}], RULES)

    assert shape.body_of(shared, {}, {}) == shared
    assert OfBodies([body(age=9)], RULES).body_of(body(age=9), {}, {}) == body(age=9)


def test_a_row_that_does_not_stand_is_left_out_with_its_cells():
    shape = OfBodies([FULL, body()], RULES)
    made = shape.body_of(body(), {STATE: MISSING, **shape.of(FULL)}, {"family": ["r1"]})

    assert made["data"]["family"] == [{"id": "r1", "name": "aunt", "skills": ["maths", "sewing"]}]


def test_a_set_of_which_every_element_was_taken_out_is_as_the_list_itself_was_decided():
    whole, food = Unit("data", "needs", element=""), Unit("data", "needs", element="food")
    shape = OfBodies([body(needs=["food"]), body()], RULES)

    assert shape.body_of(body(), {whole: [], food: MISSING}, {}) == body(needs=[])
    assert shape.body_of(body(), {whole: None, food: MISSING}, {}) == body(needs=None)
    assert shape.body_of(body(), {food: MISSING}, {}) == body()


def test_rows_of_which_none_stands_are_as_the_list_itself_was_decided():
    whole, row = Unit("data", "family", element=""), Unit("data", "family", "r1")
    shape = OfBodies([body(family=[{"id": "r1"}]), body()], RULES)
    none: dict[str, list[str]] = {"family": []}

    assert shape.body_of(body(), {whole: ["r1"], row: MISSING}, none) == body(family=[])
    assert shape.body_of(body(), {whole: None, row: MISSING}, none) == body(family=None)
    assert shape.body_of(body(), {row: MISSING}, none) == body()
