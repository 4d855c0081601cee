"""What a caller should hold, as digests; who has all of it knows so, and who has not finds what.

Ours: docs/reference/protocol.md, Digest.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
import requests

from tests.protocol.api import Api, Json, is_error, revision, row_ids
from tests.protocol.cases import REGISTRATION, Tablet, Team, accepted_case, new_case, new_rev
from tests.support.digest_walk import Documents, Holding, Walk, walk
from tests.support.server import KanafServer


@pytest.fixture
def database(server: KanafServer, open_db: Api) -> Api:
    """An empty open database, not of a CouchDB, which has no digests."""
    return open_db


def digests(api: Api, *prefixes: str) -> Json:
    answer = api.get("_digest", **({"prefix": ",".join(prefixes)} if prefixes else {}))
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()["digests"]
    return told


def held(api: Api) -> dict[str, list[str]]:
    """What a tablet that has read its whole feed holds: the live leaves of live documents."""
    rows = api.get("_changes", style="all_docs").json()["results"]
    names = [row["id"] for row in rows if not row.get("deleted")]
    got = api.post("_bulk_get", {"docs": [{"id": one} for one in names]}).json()["results"]
    leaves: dict[str, list[str]] = {}
    for row in got:
        live = (one["ok"] for one in row["docs"] if not one["ok"].get("_deleted"))
        leaves.setdefault(row["id"], []).extend(one["_rev"] for one in live)
    return leaves


def compared(api: Api, documents: Documents) -> Walk:
    return walk(lambda prefixes: digests(api, *prefixes), documents)


def has_all(tablet: Tablet) -> bool:
    """Whether what a tablet reads from the feed is what the digest says, to the last byte."""
    own, root = Holding(held(tablet.api)).told(""), digests(tablet.api)[""]
    return own == {name: root[name] for name in own}


@pytest.mark.parametrize(("count", "most"), [(400, 2), (5_000, 3)])
def test_one_missing_document_is_found_in_few_exchanges(
    database: Api, count: int, most: int, figure: Callable[[str], None]
) -> None:
    documents = {f"document {n}": [new_rev(1)] for n in range(count)}
    sent = [revision({"_id": one}, *revs) for one, revs in documents.items()]
    for start in range(0, count, 1_000):
        assert database.push(*sent[start : start + 1_000]) == []
    gone = random.Random(count).choice(list(documents))
    kept = {one: revs for one, revs in documents.items() if one != gone}

    complete, lacking = compared(database, documents), compared(database, kept)

    figure(f"1 missing of {count:,}: found in {lacking.exchanges} exchanges")
    assert (complete.missing, complete.beyond, complete.exchanges) == (set(), set(), 1)
    assert (lacking.missing, lacking.beyond) == ({gone}, set())
    assert lacking.exchanges <= most


def test_every_live_leaf_counts_and_no_tombstone(database: Api) -> None:
    for rev in ("1-b", "1-a", "10-c"):
        assert database.push(revision({"_id": "a"}, rev)) == []
    assert database.push(revision({"_id": "a", "_deleted": True}, "11-d")) == []
    database.delete("b", rev=database.write({"_id": "b"}))
    database.write({"_id": "_design/é"})
    database.put("_local/c", {})

    root = digests(database)[""]

    assert root["documents"]["a"] == ["1-a", "1-b", "10-c"]
    assert root["documents"].keys() == {"a", "_design/é"}
    assert root["count"] == 2
    assert Holding(root["documents"]).told("") == {name: root[name] for name in ("count", "hash")}


def test_an_empty_database_has_the_hash_of_nothing(database: Api) -> None:
    assert digests(database) == {"": {**Holding({}).told(""), "documents": {}}}
    assert digests(database, "0", "ff").keys() == {"0", "ff"}


def test_a_digest_tells_up_to_where_a_feed_has_to_be_read(database: Api) -> None:
    database.write({"_id": "a"})
    told = database.get("_digest").json()

    assert told["update_seq"] == database.last_seq()
    assert told["pending"] == 0
    assert database.get("_changes", since=told["update_seq"]).json()["results"] == []


@pytest.mark.parametrize(
    "prefix", ["A", "g", "0 ", "0,,x", "é", "0" * 65, ",".join(["0"] * 33), "0\n"]
)
def test_what_is_no_prefix_is_refused(database: Api, prefix: str) -> None:
    assert is_error(database.get("_digest", prefix=prefix), 400, "bad_request")


def test_everybody_is_told_what_their_feed_shows(team: Team) -> None:
    new_case(team)
    case = accepted_case(team)
    apart = team.bilal.document(case.record, "k21", {**REGISTRATION, "age": 8})
    first = case.revs[case.registration]
    case.edit(team.amina, case.registration, {**REGISTRATION, "age": 9})
    assert team.bilal.push(apart, new_rev(2), first) is None

    for tablet in (team.amina, team.bilal, team.chen, team.dina):
        root = digests(tablet.api)[""]
        assert has_all(tablet)
        assert root["count"] == tablet.api.get().json()["doc_count"]
        assert root["count"] == len(row_ids(tablet.api.get("_all_docs")))


@pytest.mark.parametrize("how", ["ended", "consent withdrawn"])
def test_a_digest_changes_at_once_when_sharing_ends_and_begins_again(team: Team, how: str) -> None:
    case = accepted_case(team)
    before = held(team.chen.api)
    assert compared(team.chen.api, before) == Walk(exchanges=1)

    assert (case.end() if how == "ended" else case.consent(False)) is None
    ended = compared(team.chen.api, before)
    after = held(team.chen.api)
    assert (case.resume() if how == "ended" else case.consent(True)) is None
    resumed = compared(team.chen.api, after)

    assert case.registration in ended.beyond
    assert (case.referral in ended.beyond) == (how == "ended")
    assert not ended.missing & {case.registration}
    assert case.registration in resumed.missing
    assert has_all(team.chen)


def test_a_stranger_learns_nothing_of_what_others_do(team: Team) -> None:
    def told() -> Sequence[Mapping[str, Any]]:
        return [digests(team.dina.api, *prefixes) for prefixes in ((), tuple("0123456789abcdef"))]

    before = told()
    case = accepted_case(team)
    case.edit(team.amina, case.registration, {**REGISTRATION, "age": 9})
    wrong = team.amina.document(case.record, "k21", {"sex": "x"})
    assert team.amina.push(wrong, new_rev(3), case.revs[case.registration]) is not None

    assert told() == before
    assert all(one.startswith("shared:") for one in held(team.dina.api))


def test_who_has_a_refused_edit_finds_it_beyond_or_other_and_nothing_else(team: Team) -> None:
    case = new_case(team)
    documents = held(team.amina.api)
    wrong = team.amina.document(case.record, "k21", {**REGISTRATION, "age": "nine"})
    refused = new_rev(2)
    assert team.amina.push(wrong, refused, case.revs[case.registration]) is not None

    found = compared(team.amina.api, {**documents, case.registration: [refused]})

    assert (found.missing, found.beyond) == ({case.registration}, set())


def test_who_may_not_enter_a_database_gets_no_digest_of_it(
    team: Team, database: Api, admin: requests.Session
) -> None:
    by_password = Api(team.amina.api.url, admin).get("_digest")
    no_member = Api(database.url, team.amina.persona.session).get("_digest")
    nobody = requests.get(f"{database.url}/_digest", timeout=30)

    assert is_error(by_password, 403, "forbidden")
    assert is_error(no_member, 404, "not_found")
    assert is_error(nobody, 401, "unauthorized")
