"""Long-polls of many at once: each is answered once, with their own, and none is forgotten."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from sync_server.service.administration import publish
from sync_server.service.directory_changes import shut_out_device, shut_out_user
from sync_server.storage.notifying import Notifier
from tests.protocol.api import Api, Json, is_error
from tests.protocol.cases import REGISTRATION, Team, new_case
from tests.protocol.own_server import OwnServer
from tests.protocol.waiting import Waiting
from tests.support.personas import add_device as enrolled_device
from tests.support.personas import administrator, case_document

ROUNDS = 40
LONGEST_MILLISECONDS = 5_000


@contextmanager
def all_waiting(apis: Sequence[Api]) -> Iterator[list[Waiting]]:
    """A long-poll of each, from now on."""
    since = [api.get("_changes", since="now").json()["last_seq"] for api in apis]
    with ThreadPoolExecutor(len(apis)) as threads:
        waiting = list(threads.map(Waiting, apis, since))
    try:
        yield waiting
    finally:
        for one in waiting:
            one.close()


def ids(told: Json) -> list[str]:
    return [row["id"] for row in told["results"]]


def test_both_tablets_of_one_user_are_told_and_nobody_who_may_not_see_it(team: Team) -> None:
    """Ours: in CouchDB every member sees every document."""
    other = enrolled_device(team.server, "amina", f"amina-tablet-{time.monotonic_ns()}")
    apis = [team.amina.api, Api(team.amina.api.url, other.session), team.bilal.api, team.dina.api]
    with all_waiting(apis) as (first, second, supervisor, nobody):
        case = new_case(team, referred=False)

        answers = [ids(one.told()) for one in (first, second, supervisor)]
        assert answers == [[case.opening, case.registration]] * 3
        assert nobody.still_waits()


def test_many_who_wait_are_each_answered_once(open_db: Api) -> None:
    """Source: CouchDB's documentation, api/database/changes, Long Polling."""
    apis = [Api(open_db.url, administrator()) for _ in range(60)]
    with all_waiting(apis) as waiting:
        open_db.write({"_id": "a"})

        answers = [one.told() for one in waiting]

    assert [ids(answer) for answer in answers] == [["a"]] * 60
    assert {answer["last_seq"] for answer in answers} == {open_db.last_seq()}


def test_a_change_is_not_lost_however_shortly_before_the_waiting_it_comes(open_db: Api) -> None:
    """Source: CouchDB, fabric_view_changes.erl, go/5, which listens before it reads."""
    chance = random.Random(20261123)
    reader, since = Api(open_db.url, administrator()), open_db.last_seq()
    with ThreadPoolExecutor(1) as thread:
        for number in range(ROUNDS):
            waiting = thread.submit(
                reader.get, "_changes", feed="longpoll", since=since, timeout=LONGEST_MILLISECONDS
            )
            time.sleep(chance.uniform(0, 0.015))  # anywhere between the request and its waiting
            open_db.write({"_id": str(number)})

            answer = waiting.result().json()

            assert ids(answer) == [str(number)]
            since = answer["last_seq"]


def test_who_is_shut_out_while_they_wait_is_told_nothing_of_what_comes_later(
    own_server: OwnServer,
) -> None:
    """Ours: CouchDB has no devices, so none is shut out."""
    apis = [own_server.api(device) for device in ("first", "second", "third")]
    with all_waiting(apis) as (kept, lost, supervisor):
        shut_out_device(own_server.kanaf, "second")
        shut_out_user(own_server.kanaf, "bilal")
        document = case_document(str(uuid.uuid4()), "k21", "amina", "first", REGISTRATION)
        apis[0].write(document)

        assert ids(kept.told()) == [document["_id"]]
        assert ids(lost.told()) == []
        assert supervisor.still_waits()
    for api in apis[1:]:
        assert is_error(api.get("_changes"), 401, "unauthorized")


def test_a_commit_whose_process_died_before_telling_it_is_found(
    own_server: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: how our processes tell each other of commits."""
    monkeypatch.setattr(Notifier, "committed", lambda *_: None)
    with all_waiting([own_server.api("first")]) as (waiting,):
        area = {"shared:location:SD01": {"name": {"en": "Khartoum"}}}
        publish(own_server.kanaf, own_server.kanaf.database("sd"), area)

        assert ids(waiting.told()) == ["shared:location:SD01"]
