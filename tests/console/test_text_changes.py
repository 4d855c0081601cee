"""What an edit has changed of a text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.console.text_changes import pieces

TEXT = "One. Two. Three. Four. Five. Six."


def told(before: str, after: str) -> list[tuple[str, str]]:
    return [(piece.what, piece.text) for piece in pieces(before, after)]


@pytest.mark.parametrize(
    ("after", "changed"),
    [
        (TEXT, [("kept", "… ")]),
        (TEXT.replace(" ", "\n"), [("kept", "… ")]),
        (f"{TEXT} Seven.", [("kept", "… Six."), ("in", "Seven.")]),
        (
            TEXT.replace("Three", "3"),
            [("kept", "One. Two. "), ("out", "Three. "), ("in", "3. "), ("kept", "Four. … ")],
        ),
        ("", [("out", TEXT)]),
    ],
)
def test_what_was_changed_is_told_with_what_stands_beside_it(
    after: str, changed: list[tuple[str, str]]
) -> None:
    assert told(TEXT, after) == changed


@given(st.lists(st.sampled_from(["A. ", "B. ", "C. "])), st.lists(st.sampled_from(["A. ", "D. "])))
def test_all_that_was_put_in_or_taken_out_is_told(before: list[str], after: list[str]) -> None:
    found = pieces("".join(before), "".join(after))

    put_in = "".join(piece.text for piece in found if piece.what == "in")
    taken_out = "".join(piece.text for piece in found if piece.what == "out")
    assert put_in.count("D.") == after.count("D. ")
    assert taken_out.count("B.") == before.count("B. ")
    assert taken_out.count("C.") == before.count("C. ")
