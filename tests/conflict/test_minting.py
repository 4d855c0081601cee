"""Ids of minted revisions: the same in every release and on every server of a programme.

The expected ids are computed here from their definition: a kind's letter, then the HMAC-SHA256 of
the kind, the document, the parent and the content as JSON.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest

from conflict.canonical import canonical_json
from conflict.minting import (
    Version,
    authored_rev,
    closing_rev,
    merge_rev,
    merge_version,
    merged_heads,
    notice_rev,
    pushed_path,
    stub_rev,
    tip,
    touch_rev,
)
from conflict.revision import Rev
from conflict.tree import Kind, Node, RevisionTree

KEY, OTHER_KEY = b"the key of a programme", b"the key of another"
DOCUMENT, OTHER_DOCUMENT = "3f6c:k21", "3f6c:k22"
FIRST, LEAF = Rev(1, "a1"), Rev(2, "b2")
PATH = (LEAF, FIRST)
GONE = {"_deleted": True}


def merge_body(version: Any = 1, policy: Any = 0, **members: Any) -> dict[str, Any]:
    merge = {"v": version, "p": policy, "of": ["2-b2", "2-a3"], "open": {}}
    return {"data": {"age": 9}, "merge": merge, **members}


def digest(*content: Any) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hmac.new(KEY, text.encode(), hashlib.sha256).hexdigest()


def test_what_closes_touches_or_hides_a_leaf_is_a_digest_of_that_leaf():
    closing = "x" + digest("closing", DOCUMENT, "2-b2", None)[:32]
    touch = "t" + digest("touch", DOCUMENT, "2-b2", None)[:32]
    stub = "s" + digest("stub", DOCUMENT, "2-b2", "dina")[:32]

    assert closing_rev(KEY, DOCUMENT, LEAF) == Rev(3, closing)
    assert touch_rev(KEY, DOCUMENT, LEAF) == Rev(3, touch)
    assert stub_rev(KEY, DOCUMENT, LEAF, "dina") == Rev(3, stub)


def test_a_notice_is_a_first_revision_and_a_digest_of_its_body():
    body = {"unit": "data.age"}

    assert notice_rev(KEY, DOCUMENT, body) == Rev(1, "n" + digest("notice", DOCUMENT, body)[:32])


def test_an_edit_without_an_id_gets_one_without_a_letter():
    body = {"data": {"age": 9}}
    first = digest("authored", DOCUMENT, "None", body)[:32]
    second = digest("authored", DOCUMENT, "2-b2", body)[:32]

    content = canonical_json(body)
    assert authored_rev(KEY, DOCUMENT, None, content) == Rev(1, first)
    assert authored_rev(KEY, DOCUMENT, LEAF, content) == Rev(3, second)


@pytest.mark.parametrize(
    ("version", "policy", "letters"),
    [(1, 0, "m100"), (9, 35, "m90z"), (10, 37, "ma11"), (35, 36**2 - 1, "mzzz")],
)
def test_the_id_of_a_merge_is_a_digest_of_its_body_behind_the_versions(
    version: int, policy: int, letters: str
):
    body = merge_body(version, policy)
    merge = merge_rev(KEY, DOCUMENT, LEAF, body)

    assert merge == Rev(3, letters + digest("merge", DOCUMENT, "2-b2", body)[:32])
    assert merge_version(merge) == Version(version, policy)
    assert kind_of(merge, body) is Kind.MERGE


def test_a_merge_stands_for_its_heads_in_their_order():
    assert merged_heads(merge_body()) == (Rev(2, "a3"), Rev(2, "b2"))


def kind_of(rev: Rev, body: Any, *, reader: str | None = None) -> Kind:
    return pushed_path(KEY, DOCUMENT, (rev, *PATH), body, reader)[0].kind


def test_a_pushed_revision_is_what_its_id_and_its_body_prove():
    merge = merge_rev(KEY, DOCUMENT, LEAF, merge_body())

    assert kind_of(closing_rev(KEY, DOCUMENT, LEAF), GONE) is Kind.CLOSING
    assert kind_of(touch_rev(KEY, DOCUMENT, LEAF), {"data": {}}) is Kind.TOUCH
    assert kind_of(stub_rev(KEY, DOCUMENT, LEAF, "dina"), GONE, reader="dina") is Kind.STUB
    assert kind_of(merge, merge_body()) is Kind.MERGE


@pytest.mark.parametrize("letter", "xtsm")
def test_the_letter_of_a_kind_alone_proves_nothing(letter: str):
    rev = Rev(3, letter + "1" * 32)

    assert kind_of(rev, GONE, reader="dina") is Kind.AUTHORED
    assert kind_of(rev, merge_body(), reader="dina") is Kind.AUTHORED


@pytest.mark.parametrize(("key", "document"), [(OTHER_KEY, DOCUMENT), (KEY, OTHER_DOCUMENT)])
def test_an_id_of_another_programme_or_document_proves_nothing(key: bytes, document: str):
    merge = merge_rev(key, document, LEAF, merge_body())

    assert kind_of(closing_rev(key, document, LEAF), GONE) is Kind.AUTHORED
    assert kind_of(touch_rev(key, document, LEAF), {"data": {}}) is Kind.AUTHORED
    assert kind_of(stub_rev(key, document, LEAF, "dina"), GONE, reader="dina") is Kind.AUTHORED
    assert kind_of(merge, merge_body()) is Kind.AUTHORED


def test_an_id_minted_above_another_revision_proves_nothing():
    merge = merge_rev(KEY, DOCUMENT, Rev(2, "c4"), merge_body())

    assert kind_of(closing_rev(KEY, DOCUMENT, Rev(2, "c4")), GONE) is Kind.AUTHORED
    assert kind_of(touch_rev(KEY, DOCUMENT, Rev(2, "c4")), {"data": {}}) is Kind.AUTHORED
    assert kind_of(merge, merge_body()) is Kind.AUTHORED


def test_a_stub_hides_from_the_reader_for_whom_it_was_made_and_from_nobody_else():
    stub = stub_rev(KEY, DOCUMENT, LEAF, "dina")

    assert kind_of(stub, GONE, reader="chen") is Kind.AUTHORED
    assert kind_of(stub, GONE) is Kind.AUTHORED


def test_what_closes_or_hides_a_leaf_is_a_tombstone_or_it_is_an_edit():
    stub = stub_rev(KEY, DOCUMENT, LEAF, "dina")

    assert kind_of(closing_rev(KEY, DOCUMENT, LEAF), {"data": {}}) is Kind.AUTHORED
    assert kind_of(stub, {"data": {}}, reader="dina") is Kind.AUTHORED


def test_a_merge_with_another_body_than_its_id_proves_is_an_edit():
    merge = merge_rev(KEY, DOCUMENT, LEAF, merge_body())

    assert kind_of(merge, merge_body(data={"age": 10})) is Kind.AUTHORED


@pytest.mark.parametrize("version", [0, -1, 36, True, 1.0, "1", None])
def test_a_merge_by_rules_of_no_version_is_an_edit(version: Any):
    text = digest("merge", DOCUMENT, "2-b2", merge_body(version))[:32]
    claims = [Rev(3, f"m{letter}00{text}") for letter in "01z"]

    assert {kind_of(claim, merge_body(version)) for claim in claims} == {Kind.AUTHORED}


@pytest.mark.parametrize("policy", [-1, 36**2, True, 0.0, "0", None])
def test_a_merge_by_a_policy_of_no_number_is_an_edit(policy: Any):
    text = digest("merge", DOCUMENT, "2-b2", merge_body(policy=policy))[:32]
    claims = [Rev(3, f"m1{letters}{text}") for letters in ("00", "01", "zz")]

    assert {kind_of(claim, merge_body(policy=policy)) for claim in claims} == {Kind.AUTHORED}


def test_a_first_revision_is_an_edit_whatever_it_is_called():
    claim = Rev(1, "m100" + digest("merge", DOCUMENT, "None", merge_body())[:32])

    assert pushed_path(KEY, DOCUMENT, (claim,), merge_body()) == (Node(claim),)


def test_a_merge_may_have_a_parent_of_which_no_ancestor_is_known():
    merge = merge_rev(KEY, DOCUMENT, LEAF, merge_body())
    heads = (Rev(2, "a3"), LEAF)

    assert pushed_path(KEY, DOCUMENT, (merge, LEAF), merge_body()) == (
        Node(merge, kind=Kind.MERGE, of=heads),
        Node(LEAF, stored=False),
    )


def test_what_lies_below_a_pushed_revision_is_known_by_its_id_alone():
    touch = touch_rev(KEY, DOCUMENT, LEAF)
    closing = closing_rev(KEY, DOCUMENT, touch)
    stub = stub_rev(KEY, DOCUMENT, closing, "dina")
    last = Rev(6, "c6")

    assert pushed_path(KEY, DOCUMENT, (last, stub, closing, touch, *PATH), GONE, "dina") == (
        Node(last, deleted=True),
        Node(stub, kind=Kind.STUB, stored=False),
        Node(closing, kind=Kind.CLOSING, stored=False),
        Node(touch, kind=Kind.TOUCH, stored=False),
        Node(LEAF, stored=False),
        Node(FIRST, stored=False),
    )


def test_a_revision_shows_itself_until_it_is_touched():
    touch = touch_rev(KEY, DOCUMENT, LEAF)
    again = touch_rev(KEY, DOCUMENT, touch)
    other = Node(Rev(3, "c3"), LEAF)
    nodes = [Node(FIRST), Node(LEAF, FIRST), other]
    touched = [*nodes, Node(touch, LEAF, kind=Kind.TOUCH)]
    twice = [*touched, Node(again, touch, kind=Kind.TOUCH)]

    assert tip(RevisionTree(nodes), LEAF).rev == LEAF
    assert tip(RevisionTree(touched), LEAF).rev == touch
    assert tip(RevisionTree(twice), LEAF).rev == again
