"""Long texts: edits of different sentences are all applied, others are left to a person."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict.texts import MOST_SENTENCES, combined, sentences
from tests.conflict.story import Story

STORY = "She was found at the market. Her aunt is known. She likes to draw. School starts in May."


def test_edits_of_different_sentences_are_both_applied():
    one = STORY.replace("found at the market", "found near the river")
    other = STORY.replace("in May", "in June")

    assert combined(STORY, [one, other]) == one.replace("in May", "in June")


@pytest.mark.parametrize("other", ["Her uncle is known.", ""], ids=["changed", "removed"])
def test_different_edits_of_one_sentence_wait_for_a_person(other: str):
    sentence = "Her aunt is known."
    texts = [STORY.replace(sentence, "Her aunt was found."), STORY.replace(sentence, other)]

    assert combined(STORY, texts) is None


def test_edits_of_neighbouring_sentences_wait_for_a_person():
    texts = [STORY.replace("the market", "the river"), STORY.replace("Her aunt", "Her uncle")]

    assert combined(STORY, texts) is None


def test_the_same_fix_typed_twice_is_one_fix():
    fixed = STORY.replace("likes", "loves")

    assert combined(STORY, [fixed, fixed.replace("in May", "in June")]) == fixed.replace(
        "in May", "in June"
    )


def test_a_sentence_moved_by_one_and_edited_by_another_waits():
    first, second, third, fourth = sentences(STORY)
    edited = STORY.replace("the market", "the river")

    assert combined(STORY, [second + third + fourth + " " + first, edited]) is None


def test_a_sentence_moved_to_two_places_does_not_stand_twice():
    first, second, third, fourth = sentences(STORY)
    moved = [
        "".join([second, first, third, fourth]),
        "".join([second, third, first, fourth]),
    ]

    assert combined(STORY, moved) is None


def test_a_sentence_that_one_moved_and_another_removed_waits():
    first, second, third, fourth = sentences(STORY)

    assert combined(STORY, [second + third + first + fourth, second + third + fourth]) is None


def test_one_sentence_added_at_two_places_waits():
    first, second, third, fourth = sentences(STORY)
    added = "The police were told. "

    assert combined(STORY, [added + STORY, first + second + third + added + fourth]) is None


def test_what_two_add_at_the_end_waits_in_a_story_and_is_kept_in_a_log():
    one, other = STORY + " She eats well.", STORY + " She has a cough."

    assert combined(STORY, [one, other]) is None
    assert combined(STORY, [one, other], append=True) == STORY + " She eats well. She has a cough."


def test_lines_added_to_a_log_stay_lines():
    log = "Monday: visited.\nTuesday: called."
    both = combined(log, [log + "\nWednesday: A.", log + "\nWednesday: B."], append=True)

    assert both == "Monday: visited.\nTuesday: called.\nWednesday: A.\nWednesday: B."


def test_arabic_sentences_are_merged_like_any_others():
    text = "وجدت في السوق. خالتها معروفة. تحب الرسم؟ تبدأ المدرسة في مايو."
    one = text.replace("في السوق", "قرب النهر")
    other = text.replace("في مايو", "في يونيو")

    assert combined(text, [one, other]) == one.replace("في مايو", "في يونيو")


@given(st.text(max_size=200))
def test_a_text_is_its_sentences(text: str):
    assert "".join(sentences(text)) == text


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", []),
        ("A. B!  C?\nD", ["A. ", "B!  ", "C?\n", "D"]),
        ("Dr.Huda came at 3.30. She left.", ["Dr.Huda came at 3.30. ", "She left."]),
        ("\nA. B.", ["\nA. ", "B."]),
        ("نعم؟ لا۔ ربما…\nحسنا", ["نعم؟ ", "لا۔ ", "ربما…\n", "حسنا"]),
    ],
)
def test_a_sentence_ends_at_its_stop_or_at_the_end_of_its_line(text: str, parts: list[str]):
    assert sentences(text) == parts


PARTS = st.lists(st.sampled_from(["One. ", "Two! ", "ثلاثة؟ ", "Four\n", "five"]), max_size=8)


@given(PARTS, PARTS, PARTS, st.booleans())
def test_the_order_of_the_edits_does_not_matter(
    base: list[str], one: list[str], other: list[str], append: bool
):
    before, texts = "".join(base), ["".join(one), "".join(other)]

    assert combined(before, texts, append=append) == combined(before, texts[::-1], append=append)


@given(PARTS, PARTS)
def test_one_edit_alone_is_that_edit_but_for_white_space(base: list[str], one: list[str]):
    together = combined("".join(base), ["".join(one)])

    assert together is not None
    assert together.split() == "".join(one).split() or together.split() == " ".join(one).split()


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("P. Q.", "R. P."),
        ("P. Q.", "Q. R."),
        ("A. B. C.", "X. A. C."),
        ("A. B. C.", "A. X. B."),
        ("A. B. A. C.", "A. C. A."),
        ("", "A. B."),
    ],
)
def test_one_edit_alone_is_that_edit_wherever_its_sentences_stood_before(before: str, after: str):
    assert combined(before, [after]) == after


def test_a_text_keeps_the_white_space_at_its_end_and_gets_none_where_it_had_none():
    assert combined("A. B. C.\n", ["One. B. C.\n", "A. B. Three.\n"]) == "One. B. Three.\n"
    assert combined("A. B. C.", ["One. B. C. ", "A. B. Three.\n"]) == "One. B. Three."
    assert combined(" A. B. C.", [" A. B. Three.\n"]) == " A. B. Three."


def test_a_sentence_stands_behind_the_white_space_that_its_author_typed_before_it():
    assert combined("A. B.", ["X. B.\nC."]) == "X. B.\nC."


def test_sentences_that_one_person_left_between_two_changes_may_be_edited_by_another():
    base, one = "A. B. C. D. E.", "One. B. C. D. Five."

    assert combined(base, [one, "A. B. Three. D. E."]) == "One. B. Three. D. Five."


def test_one_of_several_fixes_in_a_row_typed_by_somebody_else_is_one_fix():
    base, one, other = "A. B. C. D. E.", "One. B. Three. Four. E.", "A. B. C. Four. E."

    assert combined(base, [one, other]) == one


def test_what_stands_behind_several_fixes_in_a_row_may_be_edited_by_another():
    base, one = "A. B. C. D. E. F.", "One. B. Three. Four. E. F."

    assert combined(base, [one, "A. B. C. D. E. Six."]) == "One. B. Three. Four. E. Six."


def test_a_sentence_said_again_and_again_still_parts_two_edits():
    visits = "She was visited.\n" * 250
    base, one = f"A.\n{visits}B.", f"One.\n{visits}Two."
    other = base.replace("She was visited.", "She had left.", 100)
    other = other.replace("She had left.", "She was visited.", 99)

    together = combined(base, [one, other])

    assert together == one.replace(visits, other.removeprefix("A.\n").removesuffix("B."))


def long_text(count: int, first: str, last: str) -> str:
    return "\n".join([first, *(f"Line {number}." for number in range(count - 2)), last])


def test_a_long_text_is_merged_where_little_of_it_was_changed():
    before = long_text(2 * MOST_SENTENCES, "A.", "Z.")
    one = long_text(2 * MOST_SENTENCES, "One.", "Z.")
    other = long_text(2 * MOST_SENTENCES, "A.", "Last.")

    assert combined(before, [one, other]) == long_text(2 * MOST_SENTENCES, "One.", "Last.")


def test_a_text_of_which_too_much_was_changed_waits_for_a_person():
    def changed(count: int) -> str | None:
        return combined(long_text(count, "A.", "Z."), [long_text(count, "One.", "Last.")])

    assert changed(MOST_SENTENCES) == long_text(MOST_SENTENCES, "One.", "Last.")
    assert changed(MOST_SENTENCES + 1) is None


@pytest.mark.parametrize(
    "text", ["." * 10_000, "a.\n" * 3_333, " " * 10_000, "?! " * 3_333, "x" * 10_000]
)
def test_a_hostile_text_is_merged_in_a_moment(text: str):
    before = time.process_time()
    combined(text, ["b. " + text[5:], text[:-5] + " c."])

    assert time.process_time() - before < 2


def test_a_text_that_only_one_has_edited_is_theirs_to_the_last_space():
    story = Story()
    base = story.begin(story="One.  Two.")
    story.edit(base, "amina", story="One.   Two. ")
    story.edit(base, "bilal", age=9)

    assert story.answers["story"] == "One.   Two. "


def test_texts_edited_from_different_beginnings_wait():
    story = Story()
    base = story.begin(story=STORY)
    story.edit(base, "amina", story=STORY.replace("the market", "the river"))
    later = story.edit(base, "bilal", story=STORY.replace("in May", "in June"))
    story.edit(later, "bilal", story=STORY.replace("in May", "in July"))
    story.edit(later, "chen", age=9)

    assert story.open == {"data.story"}
