from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from tablet.stock import Credentials, Denied, StockTablet, TabletError
from tests.tablet.refusing_server import PASSWORD, REASON, refusing_server

pytestmark = pytest.mark.pouchdb

FIRST_BRANCH = {
    "_id": "case",
    "_rev": "2-aaaa",
    "_revisions": {"start": 2, "ids": ["aaaa", "0000"]},
    "notes": "moved in with her aunt",
}
SECOND_BRANCH = {
    "_id": "case",
    "_rev": "2-bbbb",
    "_revisions": {"start": 2, "ids": ["bbbb", "0000"]},
    "notes": "moved in with her uncle",
}


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


# Documents


def test_a_document_is_read_as_it_was_written(amina: StockTablet) -> None:
    text = "كنف – a line\nanother \u2028 and 𐀀"

    rev = amina.put({"_id": "case", "notes": text, "age": 7, "in_school": None})

    assert amina.get("case") == {
        "_id": "case",
        "_rev": rev,
        "notes": text,
        "age": 7,
        "in_school": None,
    }


def test_writing_over_an_unknown_revision_is_a_conflict(amina: StockTablet) -> None:
    amina.put({"_id": "case"})

    with pytest.raises(TabletError) as refused:
        amina.put({"_id": "case", "notes": "written without having read"})

    assert (refused.value.name, refused.value.status) == ("conflict", 409)
    assert refused.value.reason == "Document update conflict"


def test_a_removed_document_is_not_found_and_leaves_a_tombstone(amina: StockTablet) -> None:
    tombstone = amina.remove("case", amina.put({"_id": "case"}))

    with pytest.raises(TabletError) as refused:
        amina.get("case")

    assert (refused.value.status, refused.value.reason) == (404, "deleted")
    assert amina.leaves("case") == [{"_id": "case", "_rev": tombstone, "_deleted": True}]


def test_two_branches_are_a_conflict_with_both_leaves_kept(amina: StockTablet) -> None:
    assert amina.bulk_docs([FIRST_BRANCH, SECOND_BRANCH], new_edits=False) == []

    winner = amina.get("case", conflicts=True)

    assert (winner["_rev"], winner["_conflicts"]) == ("2-bbbb", ["2-aaaa"])
    assert {leaf["_rev"] for leaf in amina.leaves("case")} == {"2-aaaa", "2-bbbb"}
    assert amina.leaves("case", ["2-aaaa", "2-cccc"], revs=True) == [FIRST_BRANCH]


def test_a_bulk_write_has_a_row_for_each_document(amina: StockTablet) -> None:
    amina.put({"_id": "old"})

    refused, taken = amina.bulk_docs([{"_id": "old"}, {"_id": "new"}])

    assert (refused["id"], refused["name"], refused["status"]) == ("old", "conflict", 409)
    assert (taken["id"], taken["ok"]) == ("new", True)


def test_documents_are_listed_by_id_and_changes_by_sequence(amina: StockTablet) -> None:
    amina.put({"_id": "b"})
    rev = amina.put({"_id": "a"})

    rows = amina.all_docs(include_docs=True)
    changes = amina.changes(since=1)

    assert [row["id"] for row in rows] == ["a", "b"]
    assert rows[0]["doc"] == {"_id": "a", "_rev": rev}
    assert changes == {
        "results": [{"id": "a", "changes": [{"rev": rev}], "seq": 2}],
        "last_seq": 2,
    }
    assert amina.info()["doc_count"] == 2


def test_an_attachment_is_read_as_it_was_written(amina: StockTablet) -> None:
    content = bytes(range(256))
    first = amina.put_attachment("case", "photo 1.jpg", content, "image/jpeg")
    second = amina.put_attachment("case", "photo 1.jpg", b"", "image/png", first)

    assert amina.get_attachment("case", "photo 1.jpg", rev=first) == content
    assert amina.get_attachment("case", "photo 1.jpg") == b""
    assert amina.get("case")["_attachments"]["photo 1.jpg"]["content_type"] == "image/png"
    assert amina.get("case")["_rev"] == second


def test_a_destroyed_database_has_nothing_to_read(amina: StockTablet) -> None:
    amina.put({"_id": "case"})
    amina.destroy()

    with pytest.raises(TabletError, match="not_open"):
        amina.get("case")


# Waiting


def test_waiting_ends_at_once_for_a_document_that_fits(amina: StockTablet) -> None:
    amina.put({"_id": "case", "data": {"notes": "x", "languages": ["ar"]}})

    found = amina.wait_for("case", {"data.languages": ["ar"], "_conflicts": None})

    assert found["data"]["notes"] == "x"


def test_waiting_sees_a_document_deleted(amina: StockTablet) -> None:
    tombstone = amina.remove("case", amina.put({"_id": "case"}))

    assert amina.wait_for("case", {"_deleted": True})["_rev"] == tombstone


def test_waiting_in_vain_ends_at_its_limit_and_the_tablet_works_on(amina: StockTablet) -> None:
    amina.put({"_id": "case", "notes": "x"})

    with pytest.raises(TabletError, match="timeout: wait_for"):
        amina.wait_for("case", {"notes": "y"}, time_limit=0.2)

    assert amina.get("case")["notes"] == "x"


# Replication between local databases


def test_a_push_and_a_pull_carry_all_leaves_and_attachments(
    amina: StockTablet, bilal: StockTablet, tmp_path: Path
) -> None:
    amina.bulk_docs([FIRST_BRANCH, SECOND_BRANCH], new_edits=False)
    amina.put_attachment("photo", "p.jpg", b"\xff\xd8", "image/jpeg")

    pushed = amina.push(tmp_path / "server")
    pulled = bilal.pull(tmp_path / "server")

    assert (pushed.ok, pushed.status, pushed.docs_written) == (True, "complete", 3)
    assert (pulled.docs_read, pulled.docs_written, pulled.denied) == (3, 3, ())
    assert bilal.get("case", conflicts=True) == amina.get("case", conflicts=True)
    assert bilal.get_attachment("photo", "p.jpg") == b"\xff\xd8"


def test_a_sync_carries_both_ways(amina: StockTablet, bilal: StockTablet, tmp_path: Path) -> None:
    amina.put({"_id": "of-amina"})
    bilal.put({"_id": "of-bilal"})
    bilal.push(tmp_path / "server")

    synced = amina.sync(tmp_path / "server")

    assert (synced.push.docs_written, synced.pull.docs_written) == (1, 1)
    assert [row["id"] for row in amina.all_docs()] == ["of-amina", "of-bilal"]
    assert amina.sync(tmp_path / "server").pull.docs_read == 0


def test_a_live_pull_has_fetched_all_when_it_has_started(
    amina: StockTablet, bilal: StockTablet, tmp_path: Path
) -> None:
    amina.put({"_id": "case"})
    amina.push(tmp_path / "server")

    bilal.start_live_pull(tmp_path / "server")

    assert bilal.get("case")["_id"] == "case"
    with pytest.raises(TabletError, match="already_live"):
        bilal.start_live_pull(tmp_path / "server")
    stopped = bilal.stop_live_pull()
    assert (stopped.status, stopped.docs_written) == ("cancelled", 1)
    with pytest.raises(TabletError, match="not_live"):
        bilal.stop_live_pull()


def test_a_folder_that_another_tablet_uses_is_refused(
    amina: StockTablet, bilal: StockTablet, tmp_path: Path
) -> None:
    amina.put({"_id": "case"})

    with pytest.raises(TabletError, match="lock"):
        bilal.pull(tmp_path / "amina")

    amina.close()
    assert bilal.pull(tmp_path / "amina").docs_written == 1


# Replication with a server


def test_a_server_that_is_away_is_named_by_the_connections_error(amina: StockTablet) -> None:
    address = f"http://127.0.0.1:{closed_port()}/sync/sudan"
    amina.put({"_id": "case"})

    for replicate in (amina.push, amina.pull, amina.sync, amina.start_live_pull):
        with pytest.raises(TabletError) as refused:
            replicate(address)
        assert refused.value.name == "ECONNREFUSED"
        assert refused.value.replication is not None
        assert refused.value.replication.status == "aborting"


def test_a_server_that_never_answers_is_left_at_the_time_limit(amina: StockTablet) -> None:
    amina.put({"_id": "case"})

    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}/sync/sudan"
        for replicate in (amina.push, amina.pull, amina.sync, amina.start_live_pull):
            with pytest.raises(TabletError, match="timeout"):
                replicate(address, time_limit=0.2)

    assert amina.get("case")["_id"] == "case"


def test_refused_documents_are_told_as_denied(amina: StockTablet) -> None:
    amina.bulk_docs([{"_id": "one"}, {"_id": "two"}])

    with refusing_server() as address:
        pushed = amina.push(address, Credentials("amina", PASSWORD))
        again = amina.push(address, Credentials("amina", PASSWORD))

    assert (pushed.ok, pushed.docs_written, pushed.doc_write_failures) == (True, 0, 2)
    assert pushed.denied == (
        Denied("one", "forbidden", REASON),
        Denied("two", "forbidden", REASON),
    )
    assert [row["reason"] for row in pushed.errors] == [REASON, REASON]
    assert again.denied == pushed.denied  # this server keeps no checkpoint


def test_a_live_pull_that_breaks_off_ends_the_wait_for_a_document(amina: StockTablet) -> None:
    with refusing_server() as address:
        amina.start_live_pull(address, Credentials("amina", PASSWORD))
        with pytest.raises(TabletError) as refused:
            amina.wait_for("case", {"notes": "x"})

    assert refused.value.name == "ECONNRESET"
    with pytest.raises(TabletError, match="ECONNRESET"):
        amina.stop_live_pull()


def test_wrong_credentials_are_refused_with_the_servers_words(amina: StockTablet) -> None:
    with refusing_server() as address, pytest.raises(TabletError) as refused:
        amina.sync(address, Credentials("amina", "wrong"))

    assert (refused.value.name, refused.value.status) == ("unauthorized", 401)
    assert refused.value.reason == "who are you?"


def test_credentials_are_neither_in_an_address_nor_in_a_text(amina: StockTablet) -> None:
    assert PASSWORD not in repr(Credentials("amina", PASSWORD))

    with pytest.raises(ValueError, match="auth") as refused:
        amina.push(f"http://amina:{PASSWORD}@127.0.0.1:{closed_port()}/sync/sudan")

    assert PASSWORD not in str(refused.value)


# Power


def test_a_tablet_whose_power_is_cut_says_so_and_keeps_what_it_had_answered(
    amina: StockTablet,
) -> None:
    amina.put({"_id": "case"})
    amina.kill()

    with pytest.raises(TabletError, match="process_ended: Node ended with"):
        amina.get("case")

    amina.close()
    amina.start()
    assert amina.get("case")["_id"] == "case"


def test_a_tablet_that_is_off_says_so(amina: StockTablet) -> None:
    amina.close()
    amina.close()

    with pytest.raises(TabletError, match="not_started"):
        amina.get("case")


def test_a_tablet_is_started_once(amina: StockTablet) -> None:
    with pytest.raises(TabletError, match="already_open"):
        amina.start()

    amina.put({"_id": "case"})


def test_a_tablet_without_a_folder_forgets_all(new_tablet: Callable[..., StockTablet]) -> None:
    tablet = new_tablet()
    tablet.put({"_id": "case"})
    tablet.close()
    tablet.start()

    assert tablet.all_docs() == []


def test_a_node_that_cannot_start_says_why(tmp_path: Path) -> None:
    tablet = StockTablet(tmp_path)

    with pytest.raises(TabletError, match=r"process_ended[^$]*tablet\.mjs"):
        tablet.start()
