"""What a target does not want is told and passed over; what it cannot store now is never."""

from __future__ import annotations

import json
import secrets
import uuid

import pytest

from tests.protocol.api import Api, Json, revision
from tests.protocol.cases import REGISTRATION, Tablet, new_rev, opening, photo
from tests.replicator.front import Asked, Own, front
from tests.replicator.running import Pair, leaves
from tests.replicator.test_copying import attached, fill
from tests.support.personas import create_persona
from tests.support.server import KanafServer


@pytest.fixture(scope="session")
def amina(servers: tuple[KanafServer, KanafServer]) -> Tablet:
    """A caseworker with a tablet, and the case database `sd` of the target's server."""
    server = servers[1]
    persona = create_persona(server, "amina", "sd")
    return Tablet(persona, Api(f"{server.url}/sync/sd", persona.session))


def test_a_refused_document_is_told_and_does_not_stop_the_others(pair: Pair, amina: Tablet) -> None:
    record = str(uuid.uuid4())
    case = amina.document(record, "k1", opening(record, True))
    registration = amina.document(record, "k21", REGISTRATION)
    picture = photo(amina, record, b"a picture")
    foreign = {**photo(amina, record, b"another"), "author": "dina"}
    spoilt: Json = {**amina.document(record, "k22", {}), "data": {"no_such_field": 1}}
    sent = [revision(one, new_rev(1)) for one in (case, registration, picture, foreign, spoilt)]
    assert not pair.source.push(*sent)
    account = f"{amina.persona.device}:{amina.persona.token}"

    said = pair.run(target=amina.api.url, KANAF_TARGET_AUTH=account, expect=1)

    assert (said.written, said.refused) == (3, 2)
    assert f'refused: "{spoilt["_id"]}" {sent[4]["_rev"]} forbidden invalid_answers' in said.lines
    assert f'refused: "{foreign["_id"]}" {sent[3]["_rev"]} forbidden false_author' in said.lines
    assert all(amina.sees(one["_id"]) for one in (case, registration, picture))
    again = pair.run(target=amina.api.url, KANAF_TARGET_AUTH=account, expect=1)
    assert (again.changes, again.refused) == (0, 0)
    assert "the target has refused 2 more before" in again.lines


def test_what_a_device_sees_of_cases_may_be_copied_elsewhere(pair: Pair, amina: Tablet) -> None:
    record = str(uuid.uuid4())
    case = amina.document(record, "k1", opening(record, True))
    picture = photo(amina, record, secrets.token_bytes(5_000))
    assert not amina.api.push(*(revision(one, new_rev(1)) for one in (case, picture)))
    account = f"{amina.persona.device}:{amina.persona.token}"

    said = pair.run(source=amina.api.url, KANAF_SOURCE_AUTH=account)

    assert said.written == said.changes > 2
    assert leaves(pair.target) == leaves(amina.api)


def test_a_design_document_that_is_refused_alone_does_not_take_others_with_it(pair: Pair) -> None:
    def strict(asked: Asked) -> Own | None:
        if asked.method == "PUT" and "_design" in asked.path:
            return Own(403, b'{"error":"forbidden","reason":"only the administrator"}')
        return None

    fill(pair.source)
    with front(pair.there.port, strict) as port:
        said = pair.run(target=pair.at(port), expect=1)

    assert said.refused == 1
    assert "only the administrator" not in said.lines
    here, there = leaves(pair.source), leaves(pair.target)
    del here["_design/views"]
    assert there == here


def test_an_error_that_is_no_refusal_is_tried_again_and_never_passed_over(pair: Pair) -> None:
    failures: list[Asked] = []

    def troubled(asked: Asked) -> Own | None:
        if asked.path.endswith("_bulk_docs") and len(failures) < 2:
            failures.append(asked)
            row = {"id": "a", "error": "internal_server_error", "reason": "none"}
            return Own(201, json.dumps([row]).encode())
        return None

    pair.source.write({"_id": "a"})
    with front(pair.there.port, troubled) as port:
        gave_up = pair.run("--retries", "0", target=pair.at(port), expect=2)
        said = pair.run(target=pair.at(port))

    assert 'could not store the document "a": internal_server_error' in gave_up.lines
    assert "trying again" in said.lines
    assert said.written == 1
    assert leaves(pair.target) == leaves(pair.source)


def test_an_attachment_that_the_target_lost_is_sent_after_all(pair: Pair) -> None:
    """The target names an ancestor, and has not got what is attached to it any more."""
    document = {"_id": "a", "_attachments": attached(one=b"content")}
    assert not pair.source.push(revision(document, "1-a"))
    pair.run()
    assert not pair.source.push(revision({**document, "n": 2}, "2-a", "1-a"))

    def forgetful(asked: Asked) -> Own | None:
        if asked.method == "PUT" and "/a?" in asked.path and b'"follows"' not in asked.body:
            return Own(412, b'{"error":"missing_stub","reason":"id:a, name:one"}')
        return None

    with front(pair.there.port, forgetful) as port:
        said = pair.run(target=pair.at(port))

    assert said.written == 1
    assert leaves(pair.target) == leaves(pair.source)


def test_a_document_that_is_purged_while_it_is_copied_stops_nothing(pair: Pair) -> None:
    revs = {name: pair.source.write({"_id": name}) for name in ("a", "b")}

    def purged(asked: Asked) -> Own | None:
        if "_bulk_get" in asked.path:
            pair.source.post("_purge", {"a": [revs["a"]]})
        return None

    with front(pair.here.port, purged) as port:
        said = pair.run(source=pair.at(port))

    assert "it has changed meanwhile; trying again" in said.lines
    assert leaves(pair.target).keys() == {"b"}


def test_a_request_that_is_too_large_is_divided(pair: Pair) -> None:
    def narrow(asked: Asked) -> Own | None:
        if asked.path.endswith("_bulk_docs") and len(asked.body) > 1_000:
            return Own(413, b'{"error":"too_large","reason":"the request entity is too large"}')
        return None

    for number in range(20):
        pair.source.write({"_id": f"{number}", "text": "x" * 200})
    with front(pair.there.port, narrow) as port:
        said = pair.run(target=pair.at(port))

    assert said.written == 20
    assert leaves(pair.target) == leaves(pair.source)


def test_a_document_that_is_larger_than_the_target_takes_keeps_nothing_back(pair: Pair) -> None:
    def narrow(asked: Asked) -> Own | None:
        if asked.method in ("POST", "PUT") and len(asked.body) > 3_000:
            return Own(413, b'{"error":"too_large","reason":"the request entity is too large"}')
        return None

    for number in range(5):
        pair.source.write({"_id": f"{number}", "text": "x" * 200})
    large = pair.source.write({"_id": "large", "text": "x" * 5_000})
    pictured = pair.source.write({"_id": "pictured", **attached(one=b"x" * 50_000)})
    pair.source.write({"_id": "last"})

    with front(pair.there.port, narrow) as port:
        said = pair.run(target=pair.at(port), expect=1)

    assert (said.written, said.refused) == (6, 2)
    assert f'refused: "large" {large} too_large' in said.lines
    assert f'refused: "pictured" {pictured} too_large' in said.lines
    assert leaves(pair.target).keys() == {*"01234", "last"}


def test_what_was_refused_once_is_told_until_it_is_offered_again_and_taken(pair: Pair) -> None:
    is_strict = True

    def strict(asked: Asked) -> Own | None:
        if is_strict and "_bulk_docs" in asked.path and b"unwelcome" in asked.body:
            rows = [{"id": "unwelcome", "error": "forbidden", "reason": "not_allowed: no"}]
            return Own(201, json.dumps(rows).encode())
        return None

    pair.source.write({"_id": "unwelcome"})
    with front(pair.there.port, strict) as port:
        first = pair.run(target=pair.at(port), expect=1)
        is_strict = False
        pair.source.write({"_id": "later"})
        second = pair.run(target=pair.at(port), expect=1)
        third = pair.run("--from-start", target=pair.at(port))
        last = pair.run(target=pair.at(port))

    assert (first.written, first.refused) == (0, 1)
    assert (second.written, second.refused) == (1, 0)
    assert "--from-start offers them" in second.lines
    assert (third.changes, third.written, third.refused) == (2, 1, 0)
    assert (last.changes, last.lines) == (0, "")
    assert leaves(pair.target) == leaves(pair.source)


def test_who_begins_anew_on_a_bad_link_does_not_begin_anew_each_time(pair: Pair) -> None:
    for number in range(30):
        pair.source.write({"_id": f"{number:02}"})
    pair.run()
    asked_for: list[str] = []

    def cut(asked: Asked) -> Own | None:
        if "_changes" in asked.path:
            asked_for.append(asked.path)
            if len(asked_for) == 2:
                return Own(503, b'{"error":"service_unavailable","reason":"later"}')
        return None

    with front(pair.here.port, cut) as port:
        said = pair.run("--from-start", "--batch", "10", source=pair.at(port))

    assert (said.changes, said.written) == (30, 0)


def test_an_older_source_without_bulk_get_gives_everything_one_by_one(pair: Pair) -> None:
    def old(asked: Asked) -> Own | None:
        if asked.path.partition("?")[0].endswith("_bulk_get"):
            return Own(405, b'{"error":"method_not_allowed","reason":"Only GET,HEAD allowed"}')
        return None

    fill(pair.source)
    with front(pair.here.port, old) as port:
        said = pair.run(source=pair.at(port))

    assert said.written == 19
    assert leaves(pair.target) == leaves(pair.source)
