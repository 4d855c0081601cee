"""Feeds without an end: `continuous`, a line for each change, and `eventsource`, for browsers.

Source: CouchDB documentation, api/database/changes, Continuous, Event Source; chttpd_db.erl,
changes_callback/2.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from sync_server.service.directory_changes import shut_out_device
from tests.protocol.api import Api, Json, is_error
from tests.protocol.cases import REGISTRATION, Team, new_case
from tests.protocol.own_server import OwnServer
from tests.protocol.waiting import busy
from tests.support.personas import administrator, case_document


class Stream:
    """A feed that goes on, read line by line."""

    def __init__(self, api: Api, feed: str = "continuous", **parameters: Any) -> None:
        body = parameters.pop("body", None)
        headers = parameters.pop("headers", {})
        self.answer = api.request(
            "GET" if body is None else "POST",
            "_changes",
            {"feed": feed, **parameters},
            json=body,
            headers=headers,
            stream=True,
        )
        assert self.answer.status_code == 200, self.answer.text
        self.lines: Iterator[bytes] = self.answer.iter_lines(1)

    def __enter__(self) -> Stream:
        return self

    def __exit__(self, *_: object) -> None:
        self.answer.close()

    def row(self) -> Json:
        """The next row; signs of life before it are passed over."""
        row: Json = json.loads(next(line for line in self.lines if line))
        return row

    def rows(self) -> list[Json]:
        """All that is left until the end."""
        return [json.loads(line) for line in self.lines if line]


def events(stream: Stream) -> Iterator[dict[str, str]]:
    """The events of a stream, as the standard of server-sent events takes them apart."""
    event: dict[str, str] = {}
    for line in stream.lines:
        text = line.decode()
        if not text and event:
            yield event
            event = {}
        elif text:
            field, _, value = text.partition(": ")
            event[field] = value


@pytest.fixture
def filled(open_db: Api) -> Api:
    for name in "abc":
        open_db.write({"_id": name})
    return open_db


def test_a_continuous_feed_tells_what_is_there_and_what_comes_a_line_each(filled: Api) -> None:
    with Stream(filled, heartbeat=1000) as stream:
        before = [stream.row() for _ in range(3)]
        rev = filled.write({"_id": "d"})
        new = stream.row()

    assert before == filled.get("_changes", limit=3).json()["results"]
    assert (new["id"], new["changes"]) == ("d", [{"rev": rev}])


def test_a_feed_of_which_nothing_comes_in_time_ends_with_how_far_it_got(filled: Api) -> None:
    with Stream(filled, timeout=50) as stream:
        *rows, last = stream.rows()

    assert [row["id"] for row in rows] == ["a", "b", "c"]
    assert last == {"last_seq": filled.last_seq(), "pending": 0}


def test_each_change_gives_a_feed_its_whole_time_again(filled: Api) -> None:
    with Stream(filled, timeout=1500, since="now") as stream, ThreadPoolExecutor(1) as thread:
        told = thread.submit(stream.rows)
        for name in "defg":
            assert not told.done()
            filled.write({"_id": name})

        *rows, _ = told.result()

    assert [row["id"] for row in rows] == ["d", "e", "f", "g"]


def test_a_feed_ends_when_as_many_rows_as_were_asked_for_have_been_told(filled: Api) -> None:
    with Stream(filled, limit=4, heartbeat=1000) as stream:
        rows = [stream.row() for _ in range(3)]
        filled.push(*({"_id": name, "_rev": "1-a"} for name in "defg"))
        *more, last = stream.rows()

    told = [*rows, *more]
    assert len(told) == 4
    assert last["last_seq"] == told[-1]["seq"]
    assert {row["id"] for row in filled.get("_changes", since=last["last_seq"]).json()["results"]}


def test_who_waits_for_nothing_hears_signs_of_life(filled: Api) -> None:
    with Stream(filled, heartbeat=1000, since="now") as stream:
        assert [next(stream.lines) for _ in range(3)] == [b"", b"", b""]


@pytest.mark.parametrize(
    ("feed", "sign"),
    [("continuous", [b""]), ("eventsource", [b"event: heartbeat", b"data: ", b""])],
)
def test_a_feed_of_which_nothing_is_chosen_lives_while_others_write(
    filled: Api, feed: str, sign: list[bytes]
) -> None:
    """Source: CouchDB, couch_changes.erl, maybe_heartbeat/3."""
    writer = Api(filled.url, administrator())
    asked = {"filter": "_doc_ids", "doc_ids": ["none"], "since": "now", "heartbeat": 1000}
    with Stream(filled, feed, **asked) as stream, busy(writer):
        assert next(stream.lines) == b""

        assert [next(stream.lines) for _ in range(3 * len(sign))] == sign * 3


def test_a_long_feed_is_told_in_order_and_without_a_gap(open_db: Api) -> None:
    """Longer than what is made at once."""
    documents = [{"_id": f"{number:04}", "_rev": "1-a"} for number in range(450)]
    open_db.push(*documents)

    with Stream(open_db, timeout=10) as stream:
        *rows, last = stream.rows()

    assert rows == open_db.get("_changes").json()["results"]
    assert last["last_seq"] == rows[-1]["seq"]


@pytest.mark.parametrize("limit", [2, 1000])
def test_a_feed_read_backwards_ends_with_its_rows(filled: Api, limit: int) -> None:
    """Source: CouchDB, chttpd_changes_test.erl, t_continuous_reverse_limit_over_total/1."""
    with Stream(filled, descending=True, limit=limit, heartbeat=1000) as stream:
        *rows, _ = stream.rows()

    assert [row["id"] for row in rows] == ["c", "b", "a"][:limit]


def test_documents_and_filters_are_as_in_any_feed(filled: Api) -> None:
    """Source: CouchDB's documentation, api/database/changes, `include_docs`, _selector."""
    body = {"selector": {"colour": "green"}}
    with Stream(
        filled, body=body, filter="_selector", include_docs=True, since="now", heartbeat=1000
    ) as stream:
        filled.write({"_id": "d", "colour": "red"})
        filled.write({"_id": "e", "colour": "green"})

        assert stream.row()["doc"]["colour"] == "green"


def test_live_is_another_name_for_continuous(filled: Api) -> None:
    """Source: CouchDB, chttpd_db.erl, parse_changes_query/1."""
    with Stream(filled, "live", timeout=10) as stream:
        assert [row["id"] for row in stream.rows()[:3]] == ["a", "b", "c"]


@pytest.mark.parametrize("feed", ["continuous", "eventsource"])
def test_the_head_of_a_feed_without_an_end_is_answered_at_once(filled: Api, feed: str) -> None:
    """Source: CouchDB, couch_httpd.erl, start_chunked_response/3."""
    answer = filled.request("HEAD", "_changes", {"feed": feed, "heartbeat": 1000})

    assert (answer.status_code, answer.content) == (200, b"")


@pytest.mark.parametrize("feed", ["continuous", "eventsource"])
def test_a_bad_request_is_an_error_and_no_feed(filled: Api, feed: str) -> None:
    """Ours: CouchDB 3.5 answers 500 to a `limit` of letters."""
    answer = filled.get("_changes", feed=feed, limit="x")

    assert is_error(answer, 400, "bad_request")


def test_a_browser_gets_an_event_for_each_change_and_takes_it_up_where_it_broke(
    filled: Api,
) -> None:
    with Stream(filled, "eventsource", heartbeat=1000) as stream:
        told = events(stream)
        first, second = next(told), next(told)
        assert stream.answer.headers["Content-Type"].startswith("text/event-stream")

    assert [json.loads(one["data"])["id"] for one in (first, second)] == ["a", "b"]
    assert json.loads(second["id"]) == json.loads(second["data"])["seq"]

    again = {"Last-Event-ID": second["id"]}
    with Stream(filled, "eventsource", since="0", heartbeat=1000, headers=again) as stream:
        assert json.loads(next(events(stream))["data"])["id"] == "c"


def test_a_browsers_signs_of_life_are_events_of_their_own(filled: Api) -> None:
    with Stream(filled, "eventsource", heartbeat=1000, since="now") as stream:
        event = next(events(stream))

    assert event.keys() == {"event", "data"}
    assert event["event"] == "heartbeat"


def test_each_reader_of_a_case_database_is_told_their_own(team: Team) -> None:
    """Ours: in CouchDB every member sees every document."""
    apis = [person.api for person in (team.amina, team.bilal, team.dina)]
    with (
        Stream(apis[0], since="now", heartbeat=1000) as caseworker,
        Stream(apis[1], since="now", heartbeat=1000) as supervisor,
        Stream(apis[2], since="now", timeout=3000) as nobody,
    ):
        case = new_case(team, referred=False)

        for stream in (caseworker, supervisor):
            assert [stream.row()["id"] for _ in range(2)] == [case.opening, case.registration]
        assert [row for row in nobody.rows() if "id" in row] == []


def test_the_feed_of_a_device_that_was_shut_out_ends_and_tells_nothing_more(
    own_server: OwnServer,
) -> None:
    """Ours: CouchDB has no devices, so none is shut out."""
    with Stream(own_server.api("second"), since="now", heartbeat=1000) as lost:
        assert next(lost.lines) == b""
        shut_out_device(own_server.kanaf, "second")
        case = case_document(str(uuid.uuid4()), "k21", "amina", "first", REGISTRATION)
        own_server.api("first").write(case)

        told = lost.rows()

    assert [row for row in told if "id" in row] == []
    assert "last_seq" in told[-1]


def test_many_readers_of_one_database_are_told_the_same(filled: Api) -> None:
    apis = [Api(filled.url, administrator()) for _ in range(20)]
    streams = [Stream(api, since="now", heartbeat=1000) for api in apis]
    try:
        revs = [filled.write({"_id": name}) for name in "xyz"]
        told = [[stream.row()["changes"][0]["rev"] for _ in revs] for stream in streams]
    finally:
        for stream in streams:
            stream.answer.close()

    assert told == [revs] * 20
