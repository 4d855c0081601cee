"""Records get other owners: of their agency, or of another with the child's consent."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from sync_server.service.caller import Caller
from sync_server.service.case_facts import record_facts
from sync_server.service.directory_changes import add_user, change_user, shut_out_user
from sync_server.service.documents import DocumentReader
from sync_server.service.feed import page
from sync_server.service.handover import (
    RECORDS_AT_ONCE,
    Kept,
    NotHandedOver,
    Order,
    ask,
    carry_out,
    hand_some,
    prospect,
)
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.service.quarantine_desk import NotDecided, accept, sent_in
from sync_server.sharing.assignment import Obstacle
from sync_server.sharing.audience import audience
from sync_server.storage import applying
from sync_server.storage.handover import handover, kept_records
from sync_server.storage.rows import HandoverRow, RecordRow
from tests.service.conftest import CASE, REFERRAL, REGISTRATION, Programme, made_on
from tests.service.damage import spoil_key


@dataclass
class Caseload:
    """Records of amina's, and people who may get them.

    eve is a caseworker of amina's agency and group; dina, of another agency, is in gedaref, which
    fadi supervises; root administers.
    """

    programme: Programme

    def user(self, name: str) -> int:
        person = self.programme.kanaf.directory().named(name)
        assert person is not None
        return person.id

    def name(self, row: RecordRow) -> str:
        return self.programme.kanaf.user(row.owner_id or 0).name

    def begin(self, name: str, *, consent: bool = True) -> str:
        """Somebody begins a record; its id."""
        self.programme.record = str(uuid4())
        for form, data in (("k1", {**CASE, "consent_to_share": consent}), ("k21", REGISTRATION)):
            assert self.programme.write(name, form, data).code is None
        return self.programme.record

    def rows(self) -> dict[str, RecordRow]:
        with self.programme.kanaf.store.read() as reading:
            found = reading.cases_after(self.programme.database.id, "", 10_000)
        return {row.record_id: row for row in found}

    def owners(self) -> dict[str, str]:
        return {record: self.name(row) for record, row in self.rows().items()}

    def ask(self, order: Order, by: Caller | None = None, reason: str | None = None) -> int:
        return ask(self.programme.kanaf, self.programme.database, order, by, reason)

    def hand_over(self, order: Order, by: Caller | None = None, reason: str | None = None) -> int:
        number = self.ask(order, by, reason)
        carry_out(self.programme.kanaf, number)
        return number

    def known(self, number: int) -> HandoverRow:
        with self.programme.kanaf.store.read() as reading:
            found = handover(reading.connection, number)
        assert found is not None
        return found

    def kept(self, number: int) -> dict[str, str]:
        with self.programme.kanaf.store.read() as reading:
            return dict(kept_records(reading.connection, number))

    def feed(self, name: str) -> dict[str, bool]:
        """The documents of cases in somebody's feed from its start, and whether each is shown."""
        kanaf = self.programme.kanaf
        with kanaf.store.read() as reading:
            caller = self.programme.caller(name)
            reader = DocumentReader(kanaf, reading, self.programme.database, caller)
            changes = page(reader, 0, 10_000).changes
        return {
            one.document_id: not one.deleted
            for one in changes
            if not (one.is_revoked or one.document_id.startswith("shared:"))
        }

    def assert_feeds_are_right(self) -> None:
        """Each record's audience is the one that follows from what it and the directory say now."""
        kanaf, database = self.programme.kanaf, self.programme.database
        with kanaf.store.read() as reading:
            directory = kanaf.directory_of(database, reading)
            rows = self.rows()
            written: dict[str, dict[int, frozenset[str]]] = {one: {} for one in rows}
            for one in reading.audiences(database.id, rows):
                written[one.record_id][one.user_id] = one.parts
            documents = [row.document_id for row in reading.documents_of(database.id, rows)]
        for record, row in rows.items():
            facts = record_facts(row, kanaf.clock())
            assert facts is not None
            assert written[record] == dict(audience(facts, directory))
        for name in ("amina", "bilal", "chen", "dina", "eve", "fadi"):
            seen = {one for one in documents if self._is_shown(name, one)}
            assert {one for one, is_shown in self.feed(name).items() if is_shown} == seen

    def _is_shown(self, name: str, document: str) -> bool:
        with self.programme.reader(name) as reader:
            return bool(reader.sight.documents([document]))


def with_people(programme: Programme) -> Caseload:
    kanaf = programme.kanaf
    for name, role, agency, group in (
        ("eve", "caseworker", "a", "khartoum"),
        ("fadi", "supervisor", "c", "gedaref"),
        ("gita", "caseworker", "c", "gedaref"),
        ("root", "administrator", "a", None),
    ):
        add_user(kanaf, name, role=role, agency=agency, groups=(group,) if group else ())
    return Caseload(programme)


@pytest.fixture
def caseload(programme: Programme) -> Caseload:
    return with_people(programme)


def to_c(caseload: Caseload, *names: str, **more: object) -> Order:
    """All records of agency a are handed to people of agency c."""
    receivers = tuple(caseload.user(name) for name in names or ("dina",))
    return Order(agency="a", receivers=receivers, may_leave=True, **more)  # type: ignore[arg-type]


def test_a_caseworkers_records_get_another_owner_of_the_agency(caseload: Caseload) -> None:
    records = [caseload.begin("amina") for _ in range(RECORDS_AT_ONCE + 1)]
    other = caseload.begin("dina")
    change_user(caseload.programme.kanaf, "eve", area="SD01")

    order = Order(owner=caseload.user("amina"), receivers=(caseload.user("eve"),))
    number = caseload.hand_over(order)

    assert caseload.owners() == {**dict.fromkeys(records, "eve"), other: "dina"}
    row = caseload.rows()[records[0]]
    assert (row.agency, row.group, row.area) == ("a", "khartoum", "SD01")
    assert caseload.known(number).handed == len(records)
    assert sorted(caseload.programme.audit("assigned")) == sorted(
        f"{record} amina > eve" for record in records
    )
    assert caseload.programme.audit("handover asked for") == [str(number)]
    assert caseload.programme.audit("handover done") == [str(number)]
    assert not any(caseload.feed("amina").values())
    caseload.assert_feeds_are_right()


def test_some_records_alone_are_assigned(caseload: Caseload) -> None:
    first, second = caseload.begin("amina"), caseload.begin("amina")

    caseload.hand_over(Order(records=(second,), receivers=(caseload.user("eve"),)))

    assert caseload.owners() == {first: "amina", second: "eve"}


def test_a_groups_records_are_assigned(caseload: Caseload) -> None:
    first, other = caseload.begin("amina"), caseload.begin("dina")

    caseload.hand_over(Order(group="khartoum", receivers=(caseload.user("eve"),)))

    assert caseload.owners() == {first: "eve", other: "dina"}


def test_within_an_agency_no_record_leaves_it(caseload: Caseload) -> None:
    record = caseload.begin("amina")

    number = caseload.hand_over(
        Order(owner=caseload.user("amina"), receivers=(caseload.user("dina"),))
    )

    assert caseload.owners() == {record: "amina"}
    assert caseload.kept(number) == {record: "other_agency"}


def test_an_agencys_caseload_goes_where_the_children_consent(caseload: Caseload) -> None:
    given, denied = caseload.begin("amina"), caseload.begin("amina", consent=False)

    number = caseload.hand_over(to_c(caseload))

    rows = caseload.rows()
    assert (caseload.name(rows[given]), rows[given].agency, rows[given].group) == (
        "dina",
        "c",
        "gedaref",
    )
    assert (caseload.name(rows[denied]), rows[denied].agency) == ("amina", "a")
    assert caseload.kept(number) == {denied: "no_consent"}
    assert caseload.programme.audit("handed over") == [f"{given} amina > dina"]
    assert {one.partition(":")[0] for one, shown in caseload.feed("bilal").items() if shown} == {
        denied
    }
    assert f"{given}:k21" in caseload.feed("fadi")
    caseload.assert_feeds_are_right()


def test_a_consent_that_is_withdrawn_after_the_dry_run_counts(caseload: Caseload) -> None:
    record = caseload.begin("amina")
    number = caseload.ask(to_c(caseload))
    rev = caseload.programme.shown("amina", "k1")["_rev"]
    denied = {**CASE, "consent_to_share": False}
    assert caseload.programme.write("amina", "k1", denied, _rev=rev).code is None

    carry_out(caseload.programme.kanaf, number)

    assert caseload.owners() == {record: "amina"}
    assert caseload.kept(number) == {record: "no_consent"}


def test_who_administers_goes_without_consent_with_a_reason(caseload: Caseload) -> None:
    record = caseload.begin("amina", consent=False)
    order = to_c(caseload, despite_consent=True)
    root = caseload.programme.caller("root")
    for by, reason in ((None, "the project ends"), (root, None), (root, " \n")):
        with pytest.raises(NotHandedOver):
            caseload.ask(order, by, reason)
    with pytest.raises(NotHandedOver, match="who administers"):
        caseload.ask(order, caseload.programme.caller("bilal"), "the project ends")
    assert caseload.owners() == {record: "amina"}

    number = caseload.hand_over(order, root, "the project ends")

    assert caseload.owners() == {record: "dina"}
    audit = caseload.programme.audit
    assert audit("handed over without consent") == [f"{record} amina > dina"]
    assert audit("handover asked for") == [f"{number} without consent: the project ends"]
    assert caseload.known(number).reason == "the project ends"


def test_a_dry_run_counts_and_changes_nothing(caseload: Caseload) -> None:
    caseload.begin("amina")
    caseload.begin("eve")
    denied = caseload.begin("amina", consent=False)
    before = caseload.rows()

    found = prospect(caseload.programme.kanaf, caseload.programme.database, to_c(caseload), None)

    dina = caseload.user("dina")
    assert found.handed == {(caseload.user("amina"), dina): 1, (caseload.user("eve"), dina): 1}
    assert found.kept == [Kept(denied, caseload.user("amina"), Obstacle.NO_CONSENT)]
    assert caseload.rows() == before


def test_several_receivers_get_as_many_each(caseload: Caseload) -> None:
    for _ in range(2 * RECORDS_AT_ONCE + 3):
        caseload.begin("amina")

    caseload.hand_over(to_c(caseload, "dina", "gita"))

    owners = list(caseload.owners().values())
    assert abs(owners.count("dina") - owners.count("gita")) == 1


def test_each_owners_records_go_to_whom_they_were_meant_for(caseload: Caseload) -> None:
    first, second = caseload.begin("amina"), caseload.begin("eve")
    third = caseload.begin("bilal")
    user = caseload.user
    owners = {user("amina"): user("gita"), user("eve"): user("dina")}

    number = caseload.hand_over(Order(agency="a", owners=owners, may_leave=True))

    assert caseload.owners() == {first: "gita", second: "dina", third: "bilal"}
    assert caseload.kept(number) == {third: "no_receiver"}


def test_a_record_that_cannot_be_read_stays_and_holds_up_no_other(caseload: Caseload) -> None:
    damaged, sound = caseload.begin("amina"), caseload.begin("amina")
    spoil_key(caseload.programme, damaged)

    number = caseload.hand_over(to_c(caseload))

    assert caseload.owners() == {damaged: "amina", sound: "dina"}
    assert caseload.kept(number) == {damaged: "unreadable"}


def test_who_cannot_own_records_gets_none(caseload: Caseload) -> None:
    record = caseload.begin("amina")
    kanaf = caseload.programme.kanaf
    add_user(kanaf, "hana", role="caseworker", agency="c")
    shut_out_user(kanaf, "gita")

    for name, told in (
        ("chen", "cannot be given records"),
        ("hana", "and a group"),
        ("root", "cannot be given records"),
    ):
        with pytest.raises(NotHandedOver, match=told):
            caseload.ask(to_c(caseload, name))
    gita = next(one.id for one in kanaf.registry().users.values() if one.name == "gita")
    with pytest.raises(NotHandedOver, match="gita is shut out"):
        caseload.ask(Order(agency="a", receivers=(gita,), may_leave=True))
    with pytest.raises(NotHandedOver, match="no record 'nothing'"):
        caseload.ask(Order(records=("nothing",), receivers=(caseload.user("eve"),)))
    assert caseload.owners() == {record: "amina"}


def test_a_receiver_who_leaves_meanwhile_stops_the_handover_until_they_are_back(
    caseload: Caseload,
) -> None:
    records = [caseload.begin("amina") for _ in range(RECORDS_AT_ONCE + 1)]
    kanaf = caseload.programme.kanaf
    number = caseload.ask(to_c(caseload))
    hand_some(kanaf, number)
    change_user(kanaf, "dina", role="service_provider")

    with pytest.raises(NotHandedOver, match="dina cannot be given records"):
        carry_out(kanaf, number)
    assert [*caseload.owners().values()].count("dina") == RECORDS_AT_ONCE
    change_user(kanaf, "dina", role="caseworker")
    carry_out(kanaf, number)

    assert caseload.owners() == dict.fromkeys(records, "dina")


def test_a_supervisor_assigns_what_is_theirs_to_give(caseload: Caseload) -> None:
    record, other = caseload.begin("amina"), caseload.begin("gita")
    bilal = caseload.programme.caller("bilal")
    user = caseload.user

    number = caseload.hand_over(Order(records=(record, other), receivers=(user("eve"),)), bilal)
    outside = caseload.hand_over(Order(records=(other,), receivers=(user("dina"),)), bilal)

    assert caseload.owners() == {record: "eve", other: "gita"}
    assert caseload.kept(number) == {other: "not_allowed"}
    assert caseload.kept(outside) == {other: "not_allowed"}
    with pytest.raises(NotHandedOver, match="another agency"):
        caseload.ask(to_c(caseload), bilal)
    with pytest.raises(NotHandedOver, match="role of amina"):
        caseload.ask(Order(receivers=(user("eve"),)), caseload.programme.caller("amina"))


def test_a_referral_to_the_new_owner_ends_and_others_stay(caseload: Caseload) -> None:
    programme = caseload.programme
    record = caseload.begin("amina")
    other = f"{REFERRAL[:-1]}F"
    accepted = programme.refer("k21")
    to_dina = {"to_user": "dina", "forms": ["k21"], "service": "health"}
    sent = programme.write("amina", other, to_dina)
    answer = {**to_dina, "response": "accepted"}
    assert programme.write("dina", other, answer, _rev=str(sent.rev)).code is None

    caseload.hand_over(to_c(caseload), programme.caller("root"))

    ended = programme.shown("dina", other)
    assert (ended["data"], ended["author"]) == ({**answer, "ended": True}, "root")
    assert programme.shown("chen", REFERRAL)["_rev"] == str(accepted.rev)
    assert programme.sees("chen", "k21")
    states = {one.document: one.state for one in caseload.rows()[record].referrals}
    assert states == {f"{record}:{REFERRAL}": "accepted", f"{record}:{other}": "ended"}
    caseload.assert_feeds_are_right()
    caseload.hand_over(Order(records=(record,), receivers=(caseload.user("gita"),)))
    assert not programme.sees("dina", "k21"), "a referral that has ended shares nothing again"
    assert len(programme.audit("referral ended")) == 1


def test_open_conflicts_go_with_the_record(caseload: Caseload) -> None:
    programme = caseload.programme
    record = caseload.begin("amina")
    programme.write("amina", "k22", {"risk_level": "low", "assessed_on": "2026-11-02"})
    programme.fork(
        "k21", ("amina", {**REGISTRATION, "age": 9}), ("bilal", {**REGISTRATION, "age": 10})
    )
    before = programme.conflicts("bilal")
    notices = {one for one in caseload.feed("bilal") if ":conflict:" in one}
    assert before
    assert notices

    caseload.hand_over(to_c(caseload))

    assert programme.conflicts("fadi") == before
    assert programme.conflicts("bilal") == programme.conflicts("amina") == []
    assert notices <= {one for one, is_shown in caseload.feed("dina").items() if is_shown}
    assert {one.partition(":")[0] for one in caseload.feed("dina")} == {record}


def test_what_comes_back_is_shown_again(caseload: Caseload) -> None:
    record = caseload.begin("amina")
    user = caseload.user
    caseload.hand_over(to_c(caseload))
    assert not any(caseload.feed("amina").values())

    caseload.hand_over(Order(agency="c", receivers=(user("amina"),), may_leave=True))

    assert caseload.owners() == {record: "amina"}
    assert caseload.feed("amina")[f"{record}:k21"]
    caseload.assert_feeds_are_right()


def test_a_late_edit_of_the_old_owner_is_for_the_new_side_to_decide(caseload: Caseload) -> None:
    programme = caseload.programme
    caseload.begin("amina")
    rev = programme.shown("amina", "k21")["_rev"]
    caseload.hand_over(to_c(caseload))

    late = programme.write("amina", "k21", {**REGISTRATION, "age": 9}, **made_on(rev, "1" * 32))

    assert late.code == "not_allowed"
    (entry,) = programme.quarantine("fadi")
    assert (entry["owner"], entry["reason"]) == ("amina", "not_allowed")
    for name in ("bilal", "dina", "amina"):
        with pytest.raises(NotDecided):
            sent_in(programme.kanaf, programme.database, programme.signed_in(name), entry["entry"])
    accept(programme.kanaf, programme.database, programme.signed_in("fadi"), entry["entry"])
    assert programme.shown("dina", "k21")["data"]["age"] == 9
    assert not programme.sees("amina", "k21")


class Lost(Exception):
    """The connection broke before the commit."""


class Interleaved:
    """Records of amina's and eve's that change hands: hers become the other's in one handover.

    Whoever is handed twice is back where they were.
    """

    def __init__(self, caseload: Caseload, other: Kanaf, count: int) -> None:
        self.caseload = caseload
        self.processes = caseload.programme.kanaf, other
        self.before = {caseload.begin(("amina", "eve")[n % 2]): n % 2 for n in range(count)}
        amina, eve = caseload.user("amina"), caseload.user("eve")
        order = Order(records=tuple(self.before), owners={amina: eve, eve: amina})
        self.number = caseload.ask(order)

    def go_on(self, how: str) -> None:
        """Takes a step: in one process or the other, in both at once, or one that is lost."""
        first, second = self.processes
        if how == "lost":
            with _losing_commits(first), pytest.raises(Lost):
                hand_some(first, self.number)
        elif how == "at once":
            with ThreadPoolExecutor(2) as threads:
                list(threads.map(lambda one: hand_some(one, self.number), self.processes))
        else:
            hand_some(first if how == "here" else second, self.number)

    def assert_each_was_handed_once(self) -> None:
        carry_out(self.processes[0], self.number)
        owners = self.caseload.owners()
        assert {record: owners[record] for record in self.before} == {
            record: ("eve", "amina")[owner] for record, owner in self.before.items()
        }
        told = [one.partition(" ")[0] for one in self.caseload.programme.audit("assigned")]
        assert all(told.count(record) == 1 for record in self.before)
        assert self.caseload.known(self.number).handed == len(self.before)
        self.caseload.assert_feeds_are_right()


@contextmanager
def _losing_commits(kanaf: Kanaf) -> Iterator[None]:
    def lose(_: object) -> None:
        raise Lost

    event.listen(kanaf.store.writer_engine, "commit", lose)
    try:
        yield
    finally:
        event.remove(kanaf.store.writer_engine, "commit", lose)


@pytest.fixture
def other_process(caseload: Caseload) -> Iterator[Kanaf]:
    """The same service, opened once more."""
    kanaf = open_kanaf(caseload.programme.kanaf.settings)
    yield kanaf
    kanaf.store.close()


@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    count=st.integers(1, 2 * RECORDS_AT_ONCE + 1),
    steps=st.lists(st.sampled_from(["here", "elsewhere", "at once", "lost"]), max_size=4),
)
def test_however_it_is_stopped_and_resumed_each_record_is_handed_once(
    caseload: Caseload, other_process: Kanaf, count: int, steps: list[str]
) -> None:
    interleaved = Interleaved(caseload, other_process, count)
    for step in steps:
        if caseload.known(interleaved.number).ended_at is None:
            interleaved.go_on(step)
    interleaved.assert_each_was_handed_once()


def test_a_handover_that_forgets_how_far_it_is_would_be_noticed(
    caseload: Caseload, other_process: Kanaf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A planted fault: how far it has come is not written with the records."""
    interleaved = Interleaved(caseload, other_process, 2)
    with monkeypatch.context() as planted:
        planted.setattr(applying, "advance", lambda *_: None)
        interleaved.go_on("here")

    with pytest.raises(AssertionError):
        interleaved.assert_each_was_handed_once()


def test_what_is_not_there_is_not_carried_out(caseload: Caseload) -> None:
    with pytest.raises(NotHandedOver, match="no handover 99"):
        hand_some(caseload.programme.kanaf, 99)
