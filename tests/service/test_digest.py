"""What somebody should hold follows their rights at once, and says what is still on its way."""

from __future__ import annotations

from typing import Any

from sync_server.service.digest import Digest, digest
from sync_server.service.directory_changes import change_user
from sync_server.service.fanout import run_fanout
from sync_server.service.feed import page
from sync_server.service.sight import Sight
from sync_server.storage.reading import Reading
from tests.service.clashes import AGE, age_clash, settled
from tests.service.conftest import REGISTRATION, Programme


def digested(programme: Programme, name: str) -> Digest:
    kanaf = programme.kanaf
    with kanaf.store.read_one_state() as connection:
        sight = Sight(kanaf, Reading(connection), programme.database, programme.caller(name))
        return digest(kanaf, sight, [*"0123456789abcdef"])


def listed(programme: Programme, name: str) -> dict[str, Any]:
    """What somebody should hold of cases; few documents are told by name in every bucket."""
    told = digested(programme, name).buckets.values()
    documents = {one: leaves for bucket in told for one, leaves in bucket["documents"].items()}
    assert sum(bucket["count"] for bucket in told) == len(documents)
    return {one: revs for one, revs in documents.items() if not one.startswith("shared:")}


def test_rights_that_end_are_out_of_the_digest_before_the_feed_tells_it(
    programme: Programme,
) -> None:
    programme.register()
    assert len(listed(programme, "bilal")) == 2

    change_user(programme.kanaf, "bilal", groups=("gedaref",))

    assert listed(programme, "bilal") == {}
    assert digested(programme, "bilal").pending == 1
    while run_fanout(programme.kanaf):
        pass
    assert listed(programme, "bilal") == {}
    assert digested(programme, "bilal").pending == 0


def test_rights_that_begin_are_in_the_digest_when_the_feed_has_them(programme: Programme) -> None:
    programme.register()
    change_user(programme.kanaf, "dina", groups=("khartoum",), role="supervisor")

    assert listed(programme, "dina") == {}
    assert digested(programme, "dina").pending == 1
    while run_fanout(programme.kanaf):
        pass
    assert listed(programme, "dina") == listed(programme, "bilal") != {}
    assert digested(programme, "dina").pending == 0


def test_a_notice_is_in_the_digest_until_its_conflict_is_settled(programme: Programme) -> None:
    clash = age_clash(programme)
    documents = listed(programme, "amina")
    (notice,) = (one for one in documents if ":conflict:" in one)
    assert documents[clash["_id"]] == (clash["_rev"],)

    programme.write("bilal", "k21", {**REGISTRATION, "age": 9}, **settled(clash, AGE))

    assert notice not in listed(programme, "amina")


def test_a_feed_that_is_read_to_the_end_has_come_as_far_as_the_digest(programme: Programme) -> None:
    programme.register()

    with programme.reader("dina") as reader:
        last_seq = programme.tag("dina").written(page(reader, 0, 1_000).last_seq)

    assert last_seq == digested(programme, "dina").update_seq
