"""Scenes in which edits look like something that they are not, or meet in one place.

Each is played by two people apart from each other. In practice they are rare; here one history in
four holds one, all equally often, for they are where a merger goes wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.quality.acts import (
    Act,
    AddRow,
    Arrange,
    Choose,
    CopyRow,
    Move,
    Path,
    RemoveRow,
    Reword,
    SetValue,
    Strike,
    SwapNames,
    Write,
)
from bench.quality.document import Row, cells_of
from bench.quality.planning import Desk, mass, safety

_STORY = ("situation",)


@dataclass(frozen=True)
class Scene:
    """Who does what.

    Attributes:
        one: the edits of one person, in order; more than one where they come back to it.
        other: the edit of the other.
    """

    one: tuple[tuple[Act, ...], ...]
    other: tuple[Act, ...]


def _scene(one: Act | tuple[Act, ...], other: Act | tuple[Act, ...]) -> Scene:
    return Scene(
        (one if isinstance(one, tuple) else (one,),),
        other if isinstance(other, tuple) else (other,),
    )


def _relative(desk: Desk) -> Row:
    return desk.random.choice(desk.rows("family"))


def sentence_moved_and_reworded(desk: Desk) -> Scene:
    first, *_, last = desk.sentences(_STORY)
    return _scene(Move(_STORY, first, last), Reword(_STORY, first, desk.names.words(first)))


def sentence_moved_by_both(desk: Desk) -> Scene:
    first, second, *_, last = desk.sentences(_STORY)
    return _scene(
        Move(_STORY, first, last), Move(_STORY, first, desk.random.choice([second, last]))
    )


def sentence_struck_and_reworded(desk: Desk) -> Scene:
    sentence = desk.random.choice(desk.sentences(_STORY))
    return _scene(Strike(_STORY, sentence), Reword(_STORY, sentence, desk.names.words(sentence)))


def neighbours_reworded(desk: Desk) -> Scene:
    one, other, *_ = desk.sentences(_STORY)
    return _scene(
        Reword(_STORY, one, desk.names.words(one)), Reword(_STORY, other, desk.names.words(other))
    )


def sentences_added_at_one_place(desk: Desk) -> Scene:
    behind = desk.random.choice(desk.sentences(_STORY))
    return _scene(_write(desk, _STORY, behind), _write(desk, _STORY, behind))


def lines_added_to_the_log(desk: Desk) -> Scene:
    last = desk.sentences(("log",))[-1]
    return _scene(_write(desk, ("log",), last), _write(desk, ("log",), last))


def one_sentence_added_by_both(desk: Desk) -> Scene:
    first, *_, last = desk.sentences(_STORY)
    sentence = desk.names.new("s")
    words = desk.names.words(sentence)
    return _scene(
        Write(_STORY, sentence, words, last),
        Write(_STORY, sentence, words, desk.random.choice([first, last])),
    )


def _write(desk: Desk, path: Path, behind: str) -> Write:
    sentence = desk.names.new("s")
    return Write(path, sentence, desk.names.words(sentence), behind)


def sentence_corrected_alike(desk: Desk) -> Scene:
    sentence = desk.random.choice(desk.sentences(_STORY))
    act = Reword(_STORY, sentence, desk.names.words(sentence))
    return _scene(act, act)


def _typed_twice(path: Path, one: Any, other: Any) -> Scene:
    return _scene(SetValue(path, one), SetValue(path, other))


def same_fix_typed_twice(desk: Desk) -> Scene:
    value = desk.names.new("text ")
    return _typed_twice(("phone",), value, value)


def composed_and_decomposed(desk: Desk) -> Scene:
    number = desk.names.new("")
    return _typed_twice(("name_first",), f"Zah\u00e9ra {number}", f"Zahe\u0301ra {number}")


def whole_number_and_fraction(desk: Desk) -> Scene:
    age = 20 + desk.names.count
    return _typed_twice(("age",), age, float(age))


def one_instant_in_two_offsets(desk: Desk) -> Scene:
    number = desk.names.count % 60
    return _typed_twice(
        ("seen_at",), f"2027-02-03T10:{number:02}:00+02:00", f"2027-02-03T08:{number:02}:00Z"
    )


def one_weight_in_two_units(desk: Desk) -> Scene:
    weight = 20 + desk.names.count
    return _scene(mass(weight, "kg"), mass(weight * 1000, "g"))


def unit_slip(desk: Desk) -> Scene:
    """One writes the weight in grams, the other corrects it in kilograms."""
    weight = desk.data["weight"]
    return _scene(mass(weight * 1000, "g"), mass(weight + 1, "kg"))


def wrong_unit_and_wrong_number(desk: Desk) -> Scene:
    """One sees that the unit is wrong, the other that the number is."""
    weight = desk.data["weight"]
    return _scene(mass(weight, "g"), mass(weight + 1, "kg"))


def risk_raised_by_both(desk: Desk) -> Scene:
    placements = [one for one in ("relatives", "foster", "centre") if one != desk.data["placement"]]
    one, other = (safety("high", desk.random.choice(placements)) for _ in range(2))
    return _scene(one, other)


def risk_raised_and_placement_changed(desk: Desk) -> Scene:
    return _scene(safety("high", "centre"), safety("low", "relatives"))


def own_change_taken_back(desk: Desk) -> Scene:
    before = desk.data["school"]
    mistake = SetValue(("school",), desk.names.new("text "))
    back = SetValue(("school",), before)
    return Scene(((mistake,), (back,)), (SetValue(("school",), desk.names.new("text ")),))


def row_removed_and_edited(desk: Desk) -> Scene:
    row = _relative(desk)
    return _scene(RemoveRow(("family", row["id"])), _phone(desk, row))


def row_removed_and_typed_again(desk: Desk) -> Scene:
    row = _relative(desk)
    again = AddRow(("family", desk.names.new("r")), tuple(cells_of(row).items()))
    return _scene((RemoveRow(("family", row["id"])), again), _phone(desk, row))


def row_copied_with_its_id(desk: Desk) -> Scene:
    return _copied(desk, above=False)


def row_copied_above_itself(desk: Desk) -> Scene:
    return _copied(desk, above=True)


def _copied(desk: Desk, *, above: bool) -> Scene:
    row = _relative(desk)
    copy = cells_of(row) | {"name": desk.names.new("text ")}
    path = ("family", row["id"])
    return _scene(CopyRow(path, tuple(copy.items()), above), _phone(desk, row))


def _phone(desk: Desk, row: Row) -> SetValue:
    return SetValue(("family", row["id"], "phone"), desk.names.new("text "))


def twins_put_into_another_order(desk: Desk) -> Scene:
    rows = [row["id"] for row in desk.rows("family")]
    order = (rows[1], rows[0], *rows[2:])
    return _scene(Arrange(("family",), order), _phone(desk, desk.rows("family")[0]))


def twins_named_the_other_way_round(desk: Desk) -> Scene:
    one, other = desk.rows("family")[:2]
    swap = SwapNames(("family", one["id"]), other["id"], (other["name"], one["name"]))
    return _scene(swap, _phone(desk, one))


def rows_put_into_two_orders(desk: Desk) -> Scene:
    rows = [row["id"] for row in desk.rows("family")]
    one, other = (rows[1], rows[0], *rows[2:]), (*rows[:-2], rows[-1], rows[-2])
    return _scene(Arrange(("family",), one), Arrange(("family",), other))


def closed_and_next_visit_planned(desk: Desk) -> Scene:
    date = f"2027-03-{1 + desk.names.count % 28:02}"
    closing: tuple[Act, ...] = (SetValue(("status",), "closed"),)
    if desk.data["next_visit_on"] is not None:
        closing += (SetValue(("next_visit_on",), None),)
    return _scene(closing, SetValue(("next_visit_on",), date))


def option_unticked_by_both(desk: Desk) -> Scene:
    chosen = desk.data["needs"]
    if not chosen:
        act = Choose(("needs",), "option_a", chosen=True)
        return _scene(act, act)
    one = Choose(("needs",), chosen[0], chosen=False)
    return _scene(one, one)


def consent_given_by_both(desk: Desk) -> Scene:
    value = not desk.data["consent_to_share"]
    return _typed_twice(("consent_to_share",), value, value)


SCENES: tuple[Callable[[Desk], Scene], ...] = (
    sentence_moved_and_reworded,
    sentence_moved_by_both,
    sentence_struck_and_reworded,
    neighbours_reworded,
    sentences_added_at_one_place,
    lines_added_to_the_log,
    one_sentence_added_by_both,
    sentence_corrected_alike,
    same_fix_typed_twice,
    composed_and_decomposed,
    whole_number_and_fraction,
    one_instant_in_two_offsets,
    one_weight_in_two_units,
    unit_slip,
    wrong_unit_and_wrong_number,
    risk_raised_by_both,
    risk_raised_and_placement_changed,
    own_change_taken_back,
    row_removed_and_edited,
    row_removed_and_typed_again,
    row_copied_with_its_id,
    row_copied_above_itself,
    twins_put_into_another_order,
    twins_named_the_other_way_round,
    rows_put_into_two_orders,
    closed_and_next_visit_planned,
    option_unticked_by_both,
    consent_given_by_both,
)
