from __future__ import annotations

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.protocol.api import Api, is_error, revision
from tests.protocol.waiting import Waiting
from tests.support.personas import administrator

FIRST, SECOND, OTHER = "1-" + "a" * 32, "2-" + "b" * 32, "2-" + "c" * 32


@pytest.fixture
def filled(open_db: Api) -> Api:
    """a, b and c were written, and a then once more."""
    rev = open_db.write({"_id": "a"})
    open_db.write({"_id": "b"})
    open_db.write({"_id": "c"})
    open_db.write({"_id": "a", "_rev": rev, "n": 2})
    return open_db


def ids(told: dict) -> list[str]:
    return [row["id"] for row in told["results"]]


def test_every_document_stands_once_where_it_changed_last(filled: Api) -> None:
    """Source: CouchDB's documentation, api/database/changes, `GET /{db}/_changes`."""
    told = filled.get("_changes").json()

    assert ids(told) == ["b", "c", "a"]
    assert told["results"][2]["changes"] == [{"rev": filled.get("a").json()["_rev"]}]
    assert (told["last_seq"], told["pending"]) == (told["results"][2]["seq"], 0)


def test_each_row_is_a_line_for_clients_that_read_by_lines(filled: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, changes_callback/2."""
    answer = filled.get("_changes")
    waited = filled.get("_changes", feed="longpoll", timeout=1, since=answer.json()["last_seq"])
    first, *rows, bracket, rest = answer.text.splitlines()

    assert [json.loads(row.removesuffix(",")) for row in rows] == answer.json()["results"]
    assert (first, bracket) == ('{"results":[', "],")
    assert json.loads("{" + rest) == {"last_seq": answer.json()["last_seq"], "pending": 0}
    assert waited.json() == {"results": [], **json.loads("{" + rest)}


def test_pages_follow_each_other_without_a_gap(filled: Api) -> None:
    """Source: CouchDB's documentation, api/database/changes, `limit`, `since`, `pending`."""
    first = filled.get("_changes", limit=2).json()
    second = filled.get("_changes", limit=2, since=first["last_seq"]).json()

    assert (ids(first), first["pending"]) == (["b", "c"], 1)
    assert (ids(second), second["pending"]) == (["a"], 0)
    assert ids(filled.get("_changes", since=second["last_seq"]).json()) == []


def test_a_limit_of_none_is_taken_for_one(filled: Api) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    assert len(filled.get("_changes", limit=0).json()["results"]) == 1


def test_the_newest_changes_come_first_when_descending(filled: Api) -> None:
    """Source: CouchDB's documentation, api/database/changes, `descending`."""
    assert ids(filled.get("_changes", descending=True).json()) == ["a", "c", "b"]
    assert ids(filled.get("_changes", descending=True, limit=1).json()) == ["a"]


def test_since_now_tells_only_what_comes_after(filled: Api) -> None:
    """Source: CouchDB's documentation, api/database/changes, `since`."""
    told = filled.get("_changes", since="now").json()
    filled.write({"_id": "d"})

    assert ids(told) == []
    assert ids(filled.get("_changes", since=told["last_seq"]).json()) == ["d"]


@pytest.mark.parametrize("since", ["", "x", "-1", "7-foreign", "9" * 40, '"0"', "٣-x", "null"])
def test_a_since_that_is_not_ours_means_from_the_start(filled: Api, since: str) -> None:
    """Ours: docs/reference/protocol.md, Not there; CouchDB refuses such a `since`, 400."""
    assert ids(filled.get("_changes", since=since).json()) == ["b", "c", "a"]


def test_a_since_of_another_database_means_from_the_start(filled: Api, root: Api) -> None:
    """Source: CouchDB, couch_db.erl, calculate_start_seq/3."""
    other = Api(f"{root.url}/other-feed", root.session)
    other.put()
    for n in range(9):
        other.put(f"d{n}", {})

    assert ids(filled.get("_changes", since=other.last_seq()).json()) == ["b", "c", "a"]


def test_a_deletion_is_told_as_one(filled: Api) -> None:
    """Source: CouchDB's documentation, api/database/changes, `deleted`."""
    rev = filled.delete("b", rev=filled.get("b").json()["_rev"]).json()["rev"]

    row = filled.ids()["b"]

    assert (row["deleted"], row["changes"]) == (True, [{"rev": rev}])


def test_all_leaves_are_told_when_asked_for(open_db: Api) -> None:
    """Source: CouchDB, couch_changes.erl, apply_style/2; couch_doc.erl, to_doc_info_path/1."""
    open_db.push(revision({"_id": "a"}, SECOND, FIRST), revision({"_id": "a"}, OTHER, FIRST))

    (winner,) = open_db.get("_changes").json()["results"]
    (leaves,) = open_db.get("_changes", style="all_docs").json()["results"]

    assert winner["changes"] == [{"rev": OTHER}]
    assert leaves["changes"] == [{"rev": OTHER}, {"rev": SECOND}]


def test_documents_are_included_with_their_conflicts(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/database/changes, `include_docs`, `conflicts`."""
    open_db.push(revision({"_id": "a"}, SECOND, FIRST), revision({"_id": "a"}, OTHER, FIRST))

    (row,) = open_db.get("_changes", include_docs=True, conflicts=True).json()["results"]

    assert row["doc"] == {"_id": "a", "_rev": OTHER, "_conflicts": [SECOND]}


def test_the_feed_may_be_asked_for_by_post(filled: Api) -> None:
    """Ours: docs/reference/protocol.md, Where an open database differs."""
    assert ids(filled.post("_changes", {}).json()) == ["b", "c", "a"]
    assert ids(filled.post("_changes").json()) == ["b", "c", "a"]


def test_a_long_poll_answers_at_once_what_is_there_already(filled: Api) -> None:
    """Source: CouchDB, fabric_view_changes.erl, keep_sending_changes/8."""
    begun = time.monotonic()

    assert ids(filled.get("_changes", feed="longpoll").json()) == ["b", "c", "a"]
    assert time.monotonic() - begun < 5


def test_a_long_poll_waits_for_the_next_change(filled: Api) -> None:
    """Source: CouchDB's documentation, api/database/changes, Long Polling."""
    since = filled.last_seq()
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(filled.get, "_changes", feed="longpoll", since=since, timeout=9000)
        time.sleep(0.3)
        assert not waiting.done()
        Api(filled.url, administrator()).write({"_id": "d"})

        assert ids(waiting.result(timeout=5).json()) == ["d"]


def test_a_long_poll_ends_empty_when_its_time_is_up(filled: Api) -> None:
    """Source: CouchDB's documentation, api/database/changes, `timeout`."""
    since = filled.last_seq()
    begun = time.monotonic()

    told = filled.get("_changes", feed="longpoll", since=since, timeout=300).json()

    assert (told["results"], told["last_seq"]) == ([], since)
    assert 0.25 < time.monotonic() - begun < 5


def test_a_waiting_long_poll_gives_signs_of_life(filled: Api) -> None:
    """Ours: that the JSON begins after them; docs/reference/protocol.md, Feeds.

    Source: CouchDB's documentation, api/database/changes, `heartbeat`.
    """
    since = filled.last_seq()
    writer = threading.Timer(1.6, lambda: Api(filled.url, administrator()).write({"_id": "d"}))
    writer.start()

    answer = filled.get("_changes", feed="longpoll", since=since, heartbeat=1000)

    writer.join()
    assert answer.content.startswith(b"\n")
    assert ids(answer.json()) == ["d"]


def test_the_head_of_a_long_poll_is_answered_at_once(filled: Api) -> None:
    """Source: CouchDB, couch_httpd.erl, start_chunked_response/3, where a HEAD ends."""
    parameters = {"feed": "longpoll", "since": filled.last_seq(), "heartbeat": 1000}

    answer = filled.request("HEAD", "_changes", parameters)

    assert (answer.status_code, answer.content) == (200, b"")


def test_a_long_page_is_the_same_in_pieces(open_db: Api) -> None:
    """Which it is made in where it has more rows than one piece.

    Source: CouchDB, chttpd_db.erl, changes_callback/2 and maybe_flush_changes_feed/3.
    """
    for start in range(0, 2_300, 1_150):
        numbers = range(start, start + 1_150)
        assert open_db.push(*({"_id": f"{n:04}", "_rev": "1-a"} for n in numbers)) == []

    whole = open_db.get("_changes", include_docs=True)
    pages = [open_db.get("_changes", include_docs=True, limit=800).json()]
    while pages[-1]["pending"]:
        since = pages[-1]["last_seq"]
        pages.append(open_db.get("_changes", include_docs=True, limit=800, since=since).json())
    limited = open_db.get("_changes", include_docs=True, limit=1_600)
    polled = open_db.get("_changes", include_docs=True, feed="longpoll")

    told = whole.json()
    assert sorted(ids(told)) == [f"{n:04}" for n in range(2_300)]
    assert told["results"] == [row for page in pages for row in page["results"]]
    assert (told["last_seq"], told["pending"]) == (pages[-1]["last_seq"], 0)
    assert limited.json()["results"] == told["results"][:1_600]
    assert (limited.json()["last_seq"], limited.json()["pending"]) == (pages[1]["last_seq"], 700)
    assert polled.content == whole.content
    assert len(whole.content.splitlines()) == 2_300 + 3
    assert open_db.request("HEAD", "_changes").status_code == 200


@pytest.mark.usefixtures("server")
def test_a_short_page_has_a_length(filled: Api) -> None:
    """Ours: docs/reference/protocol.md, Feeds; all of CouchDB's are chunked."""
    answer = filled.get("_changes")

    assert answer.headers["Content-Length"] == str(len(answer.content))


def test_with_a_heartbeat_a_long_poll_waits_whatever_the_timeout(filled: Api) -> None:
    """Source: CouchDB, couch_changes.erl, get_changes_timeout/2."""
    waiting = Waiting(filled, filled.last_seq(), timeout=0)
    assert waiting.still_waits()
    Api(filled.url, administrator()).write({"_id": "d"})

    assert ids(waiting.told()) == ["d"]


@pytest.mark.parametrize(
    "parameters",
    [
        {"limit": "-1"},
        {"limit": "x"},
        {"feed": "unknown"},
        {"seq_interval": "0"},
        {"seq_interval": "x"},
        {"feed": "longpoll", "timeout": "x"},
        {"feed": "longpoll", "heartbeat": "x"},
        {"feed": "longpoll", "heartbeat": "-5"},
        {"feed": "longpoll", "heartbeat": "0"},
    ],
)
def test_parameters_that_make_no_sense_are_a_bad_request(filled: Api, parameters: dict) -> None:
    """Ours: `limit` and `timeout`; CouchDB 3.5 answers 500 to letters, and takes -1 for no limit.

    Source: CouchDB, chttpd_db.erl, parse_changes_query/1 and handle_changes_req1/2.
    """
    assert is_error(filled.get("_changes", **parameters), 400, "bad_request")


def test_every_row_has_a_seq_whatever_interval_is_asked_for(filled: Api) -> None:
    """An interval lets a server leave seqs out, which costs this one nothing to give.

    Source: CouchDB, documentation, /{db}/_changes, seq_interval.
    """
    rows = filled.get("_changes", seq_interval=2).json()["results"]

    assert rows == filled.get("_changes").json()["results"]
    assert all(row["seq"] for row in rows)


def test_a_page_with_attachments_tells_all_of_them(open_db: Api) -> None:
    """Source: CouchDB documentation, api/database/changes, `attachments`."""
    data = base64.b64encode(b"content").decode()
    for number in range(12):
        file = {"content_type": "text/plain", "data": data}
        open_db.write({"_id": f"{number:02}", "_attachments": {"f": file}})

    told = open_db.get("_changes", include_docs=True, attachments=True).json()

    assert [row["id"] for row in told["results"]] == [f"{number:02}" for number in range(12)]
    assert {row["doc"]["_attachments"]["f"]["data"] for row in told["results"]} == {data}
    assert told["pending"] == 0
