"""Regular expressions are found as `re` finds them, and none takes long."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync_server.mango.pattern import LONGEST_TEXT, InvalidPattern, Pattern


@st.composite
def expressions(draw: st.DrawFn, depth: int = 3) -> str:
    """An expression that both know, of few letters, so that it is often found."""
    simple = st.sampled_from(
        ["a", "b", ".", "[ab]", "[^a]", "[^]a]", r"\w", r"\W", r"\d", r"\.", "^", "$", r"\b", r"\B"]
    )
    if depth == 0:
        return draw(simple)
    inner = expressions(depth - 1)
    kind = draw(st.sampled_from(["one", "two", "either", "repeated", "group"]))
    if kind == "two":
        return draw(inner) + draw(inner)
    if kind == "either":
        return f"({draw(inner)}|{draw(inner)})"
    if kind == "repeated":
        counts = ["*", "+", "?", "*?", "+?", "??", "{2}", "{1,}", "{0,2}", "{1,3}?"]
        return f"(?:{draw(inner)}){draw(st.sampled_from(counts))}"
    return draw(simple) if kind == "one" else f"({draw(inner)})"


@given(expressions(), st.text("ab1. \n", min_size=1, max_size=8))
@example("(?i)A", "a")
@example("(?s)a.b", "a\nb")
@example("[a&&b]", "&")
def test_an_expression_is_found_where_python_finds_it(expression: str, text: str) -> None:
    """In an empty text older Pythons find no place that is no border, and before a last line's end
    they find the end of the text, as CouchDB does and RE2 does not.
    """
    known = expression.replace("$", r"\Z").replace("&&", "&")
    found = re.search(known, text, re.ASCII) is not None

    assert Pattern(expression).is_in(text) is found


@pytest.mark.parametrize(
    "expression",
    [
        *("(", ")", "a)", "[", "[a", "*a", "a**", "a++", "a{2}{3}", "a{3,2}", "\\"),
        *(r"(a)\1", "(?=a)", "(?!a)", "(?<=a)b", "(?<!a)b", "(?>a)", "(*FAIL)", "[z-a]"),
        *("a" * 257, "((a{15}){15}){15}", "(((){99}){99}){99}", "\ud800"),
    ],
)
def test_what_is_malformed_or_large_or_needs_to_go_back_is_refused(
    expression: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InvalidPattern):
        Pattern(expression)
    assert capfd.readouterr() == ("", "")


def test_a_text_with_half_a_character_holds_nothing() -> None:
    assert not Pattern("a").is_in("a\ud800")


@pytest.mark.parametrize(
    "expression", ["(a+)+$", "^(a|a)*$", "(a|aa)+$", "^a*a*a*a*a*a*a*a*$", "(.*a){12}$", "(x+x+)+y"]
)
def test_what_python_would_try_for_ever_is_decided_at_once(expression: str) -> None:
    begun = time.monotonic()

    assert not Pattern(expression).is_in("a" * (LONGEST_TEXT - 1) + "!")
    assert time.monotonic() - begun < 5


def test_a_text_that_is_too_long_holds_nothing() -> None:
    assert Pattern("a").is_in("a" * LONGEST_TEXT)
    assert not Pattern("a").is_in("a" * (LONGEST_TEXT + 1))
