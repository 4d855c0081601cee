"""Feeds of chosen documents, as in CouchDB's documentation, /{db}/_changes, Filtering."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
import pytest

from tests.protocol.api import Api, Json, is_error, revision
from tests.protocol.cases import Team, accepted_case, new_case
from tests.protocol.waiting import Waiting, busy
from tests.support.personas import administrator

FIRST, SECOND, OTHER = "1-" + "a" * 32, "2-" + "b" * 32, "2-" + "c" * 32


@pytest.fixture
def filled(open_db: Api) -> Api:
    """Ten numbered documents, and after each of them a design document."""
    for n in range(10):
        open_db.write({"_id": f"d{n}", "n": n})
        open_db.write({"_id": f"_design/{n}"})
    return open_db


def ids(told: Json) -> list[str]:
    return [row["id"] for row in told["results"]]


def live_ids(told: Json) -> list[str]:
    """Those of a feed that tells of what was revoked in other tests, too."""
    return [row["id"] for row in told["results"] if "deleted" not in row]


def of_documents(api: Api, *wanted: str, **parameters: Any) -> Json:
    answer = api.post("_changes", {"doc_ids": list(wanted)}, filter="_doc_ids", **parameters)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def selected(api: Api, selector: Any, **parameters: Any) -> Json:
    answer = api.post("_changes", {"selector": selector}, filter="_selector", **parameters)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


def all_pages(page: Callable[[str], Json], limit: int) -> list[str]:
    """The ids of all pages, as a client reads them that takes a short page for the last one."""
    found: list[str] = []
    since = "0"
    while True:
        told = page(since)
        found += ids(told)
        since = told["last_seq"]
        if len(told["results"]) < limit:
            return found


def test_the_feed_of_some_documents_tells_of_no_others(filled: Api) -> None:
    """Source: CouchDB, documentation, /{db}/_changes, Filtering, _doc_ids."""
    posted = of_documents(filled, "d7", "d2", "gone")
    got = filled.get("_changes", filter="_doc_ids", doc_ids=["d2", "d7"]).json()

    assert ids(posted) == ["d2", "d7"]
    assert got == posted
    assert (posted["last_seq"], posted["pending"]) == (filled.last_seq(), 0)


def test_a_page_of_some_documents_is_full_or_the_last_one(filled: Api) -> None:
    """A client takes a short page for the end: PouchDB, pouchdb-replication, replicate.js.

    Ours: docs/reference/promises.md, 6; CouchDB's `pending` counts what is not chosen, too.
    """
    wanted = [f"d{n}" for n in range(9)]

    first = of_documents(filled, *wanted, limit=4)
    second = of_documents(filled, *wanted, limit=4, since=first["last_seq"])
    third = of_documents(filled, *wanted, limit=4, since=second["last_seq"])

    assert [ids(first), ids(second), ids(third)] == [wanted[:4], wanted[4:8], wanted[8:]]
    assert [first["pending"], second["pending"], third["pending"]] == [5, 1, 0]
    assert first["last_seq"] == first["results"][-1]["seq"]
    assert ids(of_documents(filled, *wanted, since=third["last_seq"])) == []


def test_the_newest_of_some_documents_come_first_when_descending(filled: Api) -> None:
    """Source: CouchDB, documentation, /{db}/_changes, descending."""
    assert ids(of_documents(filled, "d1", "d5", "d3", descending=True)) == ["d5", "d3", "d1"]
    assert ids(of_documents(filled, "d1", "d5", "d3", descending=True, limit=1)) == ["d5"]


def test_some_documents_come_with_bodies_leaves_and_deletions(open_db: Api) -> None:
    """Source: CouchDB, documentation, /{db}/_changes, include_docs and style."""
    open_db.push(revision({"_id": "a"}, SECOND, FIRST), revision({"_id": "a"}, OTHER, FIRST))
    rev = open_db.delete("b", rev=open_db.write({"_id": "b"})).json()["rev"]

    told = of_documents(open_db, "a", "b", style="all_docs", include_docs=True)

    a, b = told["results"]
    assert (a["changes"], a["doc"]) == (
        [{"rev": OTHER}, {"rev": SECOND}],
        {"_id": "a", "_rev": OTHER},
    )
    assert (b["changes"], b["deleted"], b["doc"]["_deleted"]) == ([{"rev": rev}], True, True)


def test_ids_that_no_document_can_have_are_ids_of_none(filled: Api) -> None:
    """Source: CouchDB, couch_changes.erl, send_changes_doc_ids/6, which leaves out the unknown."""
    assert ids(of_documents(filled, "a\x00", "_secret", "", "x" * 600, "d1")) == ["d1"]
    assert ids(of_documents(filled)) == []


@pytest.mark.parametrize(
    "body", [{}, [], {"doc_ids": None}, {"doc_ids": "d1"}, {"doc_ids": [1]}, {"doc_ids": {}}]
)
def test_what_is_no_list_of_ids_is_a_bad_request(filled: Api, body: Any) -> None:
    """Source: CouchDB, couch_changes.erl, check_docids/1."""
    assert is_error(filled.post("_changes", body, filter="_doc_ids"), 400, "bad_request")


def test_a_list_of_ids_in_the_address_is_json(filled: Api) -> None:
    """Source: CouchDB, documentation, /{db}/_changes, doc_ids."""
    for parameters in ({}, {"doc_ids": "d1"}, {"doc_ids": "null"}):
        answer = filled.get("_changes", filter="_doc_ids", **parameters)
        assert is_error(answer, 400, "bad_request")


def test_more_ids_than_are_looked_up_at_once_are_a_bad_request(open_db: Api) -> None:
    """A bound of this service; CouchDB reads the whole feed for more than 1,000.

    Ours: docs/reference/protocol.md, Filters.
    """
    many = [f"d{n}" for n in range(10_000)]
    open_db.write({"_id": many[-1]})

    assert ids(of_documents(open_db, *many)) == many[-1:]
    answer = open_db.post("_changes", {"doc_ids": [*many, "one more"]}, filter="_doc_ids")
    assert is_error(answer, 400, "bad_request")


def test_the_feed_of_design_documents_tells_of_no_others(filled: Api) -> None:
    """Source: CouchDB, documentation, /{db}/_changes, Filtering, _design."""
    designs = [f"_design/{n}" for n in range(10)]
    rev = filled.delete("_design/4", rev=filled.get("_design/4").json()["_rev"]).json()["rev"]
    filled.write({"_id": "last"})

    told = filled.get("_changes", filter="_design").json()
    paged = all_pages(
        lambda since: filled.get("_changes", filter="_design", limit=3, since=since).json(), 3
    )

    assert ids(told) == [*designs[:4], *designs[5:], "_design/4"]
    assert (told["results"][-1]["deleted"], told["results"][-1]["changes"]) == (
        True,
        [{"rev": rev}],
    )
    assert told["last_seq"] == filled.last_seq()
    assert paged == ids(told)


@pytest.mark.parametrize("name", ["_unknown", "one", "a/b/c", "_doc_ids/x"])
def test_a_filter_that_cannot_be_is_a_bad_request(filled: Api, name: str) -> None:
    """Source: CouchDB, couch_changes.erl, configure_filter/4."""
    assert is_error(filled.get("_changes", filter=name), 400, "bad_request")


@pytest.mark.parametrize("name", ["", "/"])
def test_a_filter_of_no_name_chooses_all(filled: Api, name: str) -> None:
    """Source: CouchDB, couch_changes.erl, configure_filter/4."""
    assert filled.get("_changes", filter=name).json() == filled.get("_changes").json()


def test_who_waits_for_one_document_is_not_woken_by_others(filled: Api) -> None:
    """Source: CouchDB, documentation, /{db}/_changes, Long Polling and Filtering."""
    writer = Api(filled.url, administrator())
    waiting = Waiting(filled, filled.last_seq(), {"doc_ids": ["x"]}, filter="_doc_ids")

    writer.write({"_id": "another"})
    assert waiting.still_waits()
    writer.write({"_id": "x"})

    told = waiting.told()
    assert ids(told) == ["x"]
    assert told["last_seq"] == writer.last_seq()


def test_those_who_wait_for_different_documents_are_told_of_different_ones(filled: Api) -> None:
    """Source: CouchDB, documentation, /{db}/_changes, Long Polling and Filtering."""
    since, readers = filled.last_seq(), [Api(filled.url, administrator()) for _ in range(3)]
    one = Waiting(readers[0], since, {"doc_ids": ["x"]}, filter="_doc_ids")
    other = Waiting(readers[1], since, {"doc_ids": ["y"]}, filter="_doc_ids")
    design = Waiting(readers[2], since, filter="_design")

    filled.push(*(revision({"_id": name}, FIRST) for name in ("x", "y", "_design/z")))

    assert [ids(reader.told()) for reader in (one, other, design)] == [["x"], ["y"], ["_design/z"]]


def test_a_long_poll_that_ends_empty_has_moved_past_what_it_passed_over(filled: Api) -> None:
    """So the next one does not read it again.

    Source: CouchDB, documentation, /{db}/_changes, last_seq.
    """
    told = of_documents(filled, "gone", feed="longpoll", timeout=100)

    assert (ids(told), told["last_seq"]) == ([], filled.last_seq())


def test_the_documents_of_others_are_not_told_to_who_asks_for_them_by_id(team: Team) -> None:
    """What the caller may not see is not there: docs/reference/protocol.md.

    Ours: in CouchDB every member sees every document.
    """
    case = new_case(team, referred=False)
    own = [case.opening, case.registration]

    assert ids(of_documents(team.amina.api, *own)) == own
    for tablet in (team.dina, team.chen):
        told = of_documents(tablet.api, *own)
        assert (ids(told), told["pending"]) == ([], 0)


def test_configuration_is_told_to_every_member_who_asks_for_it(team: Team) -> None:
    """Ours: `shared:` documents; docs/reference/protocol.md."""
    shared = next(one for one in team.dina.api.ids() if one.startswith("shared:"))

    assert ids(of_documents(team.dina.api, shared)) == [shared]
    assert ids(team.dina.api.get("_changes", filter="_design").json()) == []


def test_who_asks_for_a_document_that_was_revoked_is_told_to_delete_it(team: Team) -> None:
    """Access that ends looks like a deletion: docs/reference/protocol.md.

    Ours: in CouchDB nobody's access to one document ends.
    """
    case = accepted_case(team)
    since = team.chen.api.last_seq()
    case.end()

    told = of_documents(team.chen.api, case.registration, since=since)
    anew = of_documents(team.chen.api, case.registration)
    on_another_tablet = of_documents(team.new_tablet_of_chen().api, case.registration)

    (row,) = told["results"]
    assert row == team.chen.api.ids(since)[case.registration]
    assert row["deleted"] is True
    assert anew["results"] == [row]
    assert ids(on_another_tablet) == []


def test_the_feed_of_a_selector_tells_of_the_documents_that_match(filled: Api) -> None:
    """Source: CouchDB, documentation, /{db}/_changes, Filtering, _selector."""
    rev = filled.get("d7").json()["_rev"]

    told = selected(filled, {"n": {"$gt": 6}}, include_docs=True)

    assert ids(told) == ["d7", "d8", "d9"]
    assert told["results"][0]["doc"] == {"_id": "d7", "_rev": rev, "n": 7}
    assert (told["last_seq"], told["pending"]) == (filled.last_seq(), 0)
    assert ids(
        selected(filled, {"_id": {"$beginsWith": "_design/"}, "_rev": {"$regex": "^1-"}})
    ) == [f"_design/{n}" for n in range(10)]


def test_an_empty_selector_chooses_all_and_one_that_nothing_matches_none(filled: Api) -> None:
    """Source: CouchDB, mango_selector.erl, match/2."""
    nothing = selected(filled, {"gone": 1})

    assert selected(filled, {}) == filled.get("_changes").json()
    assert (ids(nothing), nothing["last_seq"]) == ([], filled.last_seq())


def test_a_page_of_a_selector_is_full_or_the_last_one(open_db: Api) -> None:
    """However many rows are passed over: a client takes a short page for the end.

    Source: PouchDB, pouchdb-replication, replicate.js.
    """
    many = [revision({"_id": f"d{n}", "wanted": n % 90 == 0}, FIRST) for n in range(650)]
    assert open_db.push(*many) == []
    everything = ids(open_db.get("_changes").json())
    wanted = [one for one in everything if int(one[1:]) % 90 == 0]
    following = len(everything) - everything.index(wanted[4]) - 1

    first = selected(open_db, {"wanted": True}, limit=5)
    rest = selected(open_db, {"wanted": True}, limit=5, since=first["last_seq"])

    assert [ids(first), ids(rest)] == [wanted[:5], wanted[5:]]
    assert (first["last_seq"], first["pending"]) == (first["results"][-1]["seq"], following)
    assert (rest["last_seq"], rest["pending"]) == (open_db.last_seq(), 0)
    paged = all_pages(lambda since: selected(open_db, {"wanted": True}, limit=2, since=since), 2)
    assert paged == wanted
    assert ids(selected(open_db, {"wanted": True}, descending=True)) == wanted[::-1]
    assert ids(selected(open_db, {"wanted": True}, descending=True, limit=3)) == wanted[:-4:-1]


def test_of_all_leaves_those_that_match_are_told_beside_the_winners_body(open_db: Api) -> None:
    """Source: CouchDB, documentation, /{db}/_changes, include_docs with style=all_docs."""
    open_db.push(
        revision({"_id": "a", "n": 1}, SECOND, FIRST), revision({"_id": "a", "n": 2}, OTHER, FIRST)
    )

    (row,) = selected(open_db, {"n": 1}, style="all_docs", include_docs=True)["results"]

    assert row["changes"] == [{"rev": SECOND}]
    assert row["doc"] == {"_id": "a", "_rev": OTHER, "n": 2}
    assert ids(selected(open_db, {"n": 1})) == []
    assert selected(open_db, {"n": 2})["results"][0]["changes"] == [{"rev": OTHER}]


def test_a_deletion_is_chosen_by_what_the_tombstone_holds(open_db: Api) -> None:
    """Source: CouchDB, couch_changes.erl, filter/3 with open_revs/3."""
    rev = open_db.write({"_id": "a", "n": 1})
    open_db.put("a", {"_deleted": True, "_rev": rev, "n": 2})

    assert ids(selected(open_db, {"n": 1})) == []
    for selector in ({"n": 2}, {"_deleted": True}):
        assert selected(open_db, selector)["results"][0]["deleted"] is True


@pytest.mark.parametrize(
    "selector",
    [None, [], "a", {"$unknown": 1}, {"n": {"$in": 1}}, {"n": {"$regex": "("}}, {"$gt": 1}],
)
def test_a_selector_that_is_not_understood_is_a_bad_request(filled: Api, selector: Any) -> None:
    """Source: CouchDB, couch_changes.erl, check_selector/1."""
    answer = filled.post("_changes", {"selector": selector}, filter="_selector")

    assert is_error(answer, 400, "bad_request")
    assert answer.json()["reason"].startswith("invalid_selector: ")


def test_a_selector_is_taken_from_a_body_only(filled: Api) -> None:
    """Source: CouchDB, couch_changes.erl, get_selector_and_fields/1."""
    got = filled.get("_changes", filter="_selector", selector={"n": 1})

    assert is_error(got, 400, "bad_request")
    assert is_error(filled.post("_changes", [], filter="_selector"), 400, "bad_request")


def test_an_expression_that_would_take_for_ever_is_answered_soon(open_db: Api) -> None:
    """CouchDB gives up such a match, and takes it for none: mango_selector.erl, match/3.

    Source: CouchDB, mango_selector.erl, match/3.
    """
    open_db.write({"_id": "a", "text": "a" * 4_000 + "!"})

    assert ids(selected(open_db, {"text": {"$regex": "^(a+)+$"}})) == []
    assert ids(selected(open_db, {"text": {"$regex": "^(a+)+!$"}})) == ["a"]


def test_who_waits_for_what_a_selector_chooses_is_told_of_nothing_else(filled: Api) -> None:
    """Source: CouchDB, documentation, /{db}/_changes, Long Polling and Filtering."""
    since, writer = filled.last_seq(), Api(filled.url, administrator())
    body, other_body = {"selector": {"n": {"$gte": 100}}}, {"selector": {"n": {"$lt": 100}}}
    waiting = Waiting(filled, since, body, filter="_selector")
    other = Waiting(Api(filled.url, administrator()), since, other_body, filter="_selector")

    writer.write({"_id": "small", "n": 99})
    assert ids(other.told()) == ["small"]
    assert waiting.still_waits()
    writer.write({"_id": "great", "n": 100})

    told = waiting.told()
    assert (ids(told), told["last_seq"]) == (["great"], writer.last_seq())


@pytest.mark.parametrize("feed", ["longpoll", "continuous"])
def test_what_a_selector_chooses_far_behind_is_told(open_db: Api, feed: str) -> None:
    """Further than what is looked through before the answer begins.

    Source: CouchDB's documentation, api/database/changes, Filtering, _selector.
    """
    assert open_db.push(*(revision({"_id": f"d{n:04}"}, FIRST) for n in range(1_250))) == []
    open_db.write({"_id": "last", "last": True})
    parameters = {"feed": feed, "filter": "_selector", "timeout": 10}
    body = {"selector": {"last": True}}

    answer = open_db.request("POST", "_changes", parameters, json=body)

    is_stream = feed == "continuous"
    rows = [orjson.loads(answer.content.split()[0])] if is_stream else answer.json()["results"]
    assert [one["id"] for one in rows] == ["last"]


def test_a_long_poll_of_which_a_selector_chooses_nothing_ends_when_all_were_asked_about(
    open_db: Api,
) -> None:
    """Source: CouchDB, fabric_view_changes.erl, handle_message/3, `no_pass` and `complete`."""
    assert open_db.push(*(revision({"_id": f"d{n:04}"}, FIRST) for n in range(1_250))) == []

    told = selected(open_db, {"gone": True}, feed="longpoll", timeout=0)

    assert (ids(told), told["last_seq"], told["pending"]) == ([], open_db.last_seq(), 0)


def test_who_waits_for_what_is_not_chosen_hears_signs_of_life_while_others_write(
    filled: Api,
) -> None:
    """Source: CouchDB, couch_changes.erl, maybe_heartbeat/3."""
    body, writer = {"doc_ids": ["chosen"]}, Api(filled.url, administrator())
    waiting = Waiting(filled, filled.last_seq(), body, filter="_doc_ids")
    with busy(writer):
        assert [waiting.still_waits() for _ in range(3)] == [True] * 3
    writer.write({"_id": "chosen"})

    assert ids(waiting.told()) == ["chosen"]


def test_a_selector_looks_at_nothing_that_the_caller_may_not_see(team: Team) -> None:
    """What the caller may not see is not there: docs/reference/protocol.md.

    Ours: in CouchDB every member sees every document.
    """
    case = new_case(team, referred=False)
    of_case = {"_id": {"$beginsWith": case.record}}

    assert live_ids(selected(team.amina.api, {**of_case, "data.sex": "female"})) == [
        case.registration
    ]
    assert live_ids(selected(team.bilal.api, {**of_case, "form": "k1"})) == [case.opening]
    for tablet in (team.chen, team.dina):
        assert live_ids(selected(tablet.api, of_case)) == []
        assert live_ids(selected(tablet.api, {"data.sex": {"$exists": True}, **of_case})) == []


def test_what_was_revoked_is_deleted_whatever_the_selector(team: Team) -> None:
    """The selector may not look at it any more, and the tablet may hold it since before.

    Access that ends looks like a deletion: docs/reference/protocol.md.

    Ours: in CouchDB nobody's access to one document ends.
    """
    case = accepted_case(team)
    since = team.chen.api.last_seq()
    of_registration = {"_id": case.registration, "data.sex": "female"}
    assert live_ids(selected(team.chen.api, of_registration)) == [case.registration]
    case.end()

    told = selected(team.chen.api, {"form": "none"}, since=since, include_docs=True)
    anew = selected(team.chen.api, of_registration)
    on_another_tablet = selected(team.new_tablet_of_chen().api, of_registration)

    stub = team.chen.api.ids(since)[case.registration]
    (row,) = [row for row in told["results"] if row["id"] == case.registration]
    assert {**row, "doc": None} == {**stub, "doc": None}
    assert row["doc"]["_deleted"] is True
    assert "data" not in row["doc"]
    assert case.registration in ids(anew)
    assert case.registration not in ids(on_another_tablet)
