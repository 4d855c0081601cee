"""Revision ids as they are written."""

from __future__ import annotations

import pytest

from conflict.revision import InvalidRevision, Rev, history


@pytest.mark.parametrize(
    ("text", "rev"),
    [
        ("3-917fa2381192822767f010b95b45325b", Rev(3, "917fa2381192822767f010b95b45325b")),
        ("999999999-a_Z", Rev(999_999_999, "a_Z")),
        ("1-" + "a" * 64, Rev(1, "a" * 64)),
    ],
)
def test_a_revision_is_read_as_it_is_written(text: str, rev: Rev):
    assert Rev.parse(text) == rev
    assert str(rev) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1",
        "1-",
        "-a",
        "0-a",
        "01-a",
        "1000000000-a",
        "1-" + "a" * 65,
        "1-a-b",
        "1-a\n",
        "1-é",
        1,
        None,
    ],
)
def test_what_is_written_otherwise_is_no_revision(text: object):
    with pytest.raises(InvalidRevision, match=r"^a revision is written as <generation>-<digest>$"):
        Rev.parse(text)


def test_a_history_goes_down_one_generation_a_step():
    assert history(3, ["c", "b", "a"]) == (Rev(3, "c"), Rev(2, "b"), Rev(1, "a"))
    assert history(7, ["g", "f"]) == (Rev(7, "g"), Rev(6, "f"))


@pytest.mark.parametrize(("start", "digests"), [(3, []), (0, []), (1, ["b", "a"]), (0, ["a"])])
def test_a_history_has_an_id_at_least_and_no_more_than_generations(start: int, digests: list[str]):
    message = r"^_revisions holds more ids than generations, or none$"
    with pytest.raises(InvalidRevision, match=message):
        history(start, digests)


def test_a_history_with_a_malformed_digest_is_none():
    with pytest.raises(InvalidRevision):
        history(2, ["b", "-"])
