"""Long texts: edits of different sentences are all applied, others are left to a person."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflict.texts import combined, sentences
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


def test_who_added_more_of_the_same_to_a_log_has_added_it_once():
    log = "Visited."
    both = combined(log, [log + " Monday.", log + " Monday. Tuesday."], append=True)

    assert both == "Visited. Monday. Tuesday."


def test_additions_to_a_log_that_share_a_sentence_wait():
    log = "Visited."
    texts = [log + " Monday. Ill.", log + " Tuesday. Ill."]

    assert combined(log, texts, append=True) is None


def test_white_space_that_two_put_before_their_additions_is_no_sentence_that_they_share():
    log = "Visited."
    texts = ["\n\nMonday. " + log, "\n\nTuesday. " + log]

    assert combined(log, texts, append=True) == "\n\nMonday. \n\nTuesday. Visited."


def test_who_edits_what_another_edited_waits_though_their_additions_to_the_log_go_together():
    log = "Visited. Called. Ill. Asleep."
    one = "Fed. Called. Ill. Asleep. Monday."
    other = "Seen. Called. Ill. Asleep. Monday. Tuesday."

    assert combined(log, [one, other], append=True) is None


@pytest.mark.parametrize(
    ("text", "added", "expected"),
    [
        ("Visited. Called.", " Ill. \n", "Visited. Called. Ill."),
        ("Visited. Called.\n", "Ill.\n", "Visited. Called.\nIll.\n"),
        ("  Visited.", " Ill. ", "  Visited. Ill."),
    ],
)
def test_a_text_ends_with_white_space_only_if_it_did_before(text: str, added: str, expected: str):
    assert combined(text, [text + added]) == expected


def test_who_changes_more_than_sixty_places_has_written_another_text():
    before = [f"Entry {n}. " for n in range(200)]

    def changed(places: int) -> str:
        """The text with that many of its entries changed, every second one."""
        return "".join(
            f"Changed {n}. " if n < 2 * places and n % 2 else entry
            for n, entry in enumerate(before)
        )

    assert combined("".join(before), [changed(60)]) == changed(60)
    assert combined("".join(before), [changed(61)]) is None


def test_an_edit_of_an_open_text_carries_on_the_one_that_was_shown():
    story = Story()
    base = story.begin(story=STORY)
    story.edit(base, "amina", story=STORY.replace("the market", "the river"))
    story.edit(base, "bilal", story=STORY.replace("the market", "the school"))
    shown = story.answers["story"]
    story.edit(story.leaf, "amina", story=shown + " She eats well.")

    texts = {value for _, value in story.candidates("data.story")}
    assert shown + " She eats well." in texts
    assert len(texts) == 2
    assert shown not in texts


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
    "text",
    ["." * 10_000, "a.\n" * 3_333, " " * 10_000, "?! " * 3_333, "x" * 10_000, "a. b. " * 1_600],
)
def test_a_hostile_text_is_merged_in_a_moment(text: str):
    texts = ["b. " + text[5:], text[:-5] + " c.", text.replace("a.", "c. a."), "a. b. a. " * 1_000]
    before = time.process_time()
    for one in texts:
        for other in texts:
            combined(text, [one, other])

    assert time.process_time() - before < 3


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
