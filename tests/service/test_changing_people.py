"""People and tablets are changed and shut out: answers follow at once, feeds by jobs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from sync_server.errors import WrongCredentials
from sync_server.service.accounts import Accounts
from sync_server.service.directory_changes import (
    InvalidAccount,
    Rights,
    add_device,
    add_group,
    add_user,
    change_user,
    let_in_user,
    records_owned,
    renew_token,
    set_password,
    shut_out_device,
    shut_out_user,
)
from sync_server.service.documents import DocumentReader
from sync_server.service.fanout import run_fanout
from sync_server.service.feed import page
from sync_server.service.kanaf import Kanaf
from sync_server.storage.fanout import pending_jobs
from tests.service.conftest import REGISTRATION, Programme, made_on

PASSWORD, OTHER = "correct horse", "battery staple"


def at_rest(programme: Programme) -> None:
    while run_fanout(programme.kanaf):
        pass


def feed(programme: Programme, name: str) -> set[str]:
    """The documents of the record that somebody's feed shows from its start."""
    with programme.kanaf.store.read() as reading:
        caller = programme.caller(name)
        reader = DocumentReader(programme.kanaf, reading, programme.database, caller)
        changes = page(reader, 0, 1_000).changes
    seen = {one.document_id for one in changes if not one.is_revoked}
    return {one for one in seen if one.startswith(programme.record)}


def add_administrator(kanaf: Kanaf, name: str) -> None:
    add_user(kanaf, name, role="administrator", agency="a", password=PASSWORD)


def test_who_moves_to_another_group_sees_its_records_and_no_longer_those_of_before(
    programme: Programme,
) -> None:
    programme.register()
    registration = f"{programme.record}:k21"
    assert registration in feed(programme, "bilal")

    moved = change_user(programme.kanaf, "bilal", groups=("gedaref",))

    assert moved.groups == ("gedaref",)
    assert not programme.sees("bilal", "k21")
    at_rest(programme)
    assert feed(programme, "bilal") == set()
    change_user(programme.kanaf, "bilal", groups=("khartoum",))
    assert programme.sees("bilal", "k21")
    at_rest(programme)
    assert registration in feed(programme, "bilal")
    assert programme.audit("user changed") == ["bilal groups=gedaref", "bilal groups=khartoum"]


def test_a_role_changes_what_somebody_may_do(programme: Programme) -> None:
    programme.register()

    change_user(programme.kanaf, "dina", role="supervisor", agency="a", groups=("khartoum",))

    assert programme.sees("dina", "k21")
    assert programme.audit("user changed") == ["dina role=supervisor agency=a groups=khartoum"]


def test_who_was_shut_out_is_in_again_once_they_are_let_in(programme: Programme) -> None:
    programme.register()
    kanaf, accounts = programme.kanaf, Accounts(programme.kanaf)
    token = add_device(kanaf, "bilal", "bilal-tablet")
    set_password(kanaf, "bilal", PASSWORD)
    session = accounts.begin_session("bilal", PASSWORD)

    shut_out_user(kanaf, "bilal")
    at_rest(programme)

    for name, secret in (("bilal-tablet", token), ("bilal", PASSWORD)):
        with pytest.raises(WrongCredentials):
            accounts.basic(kanaf.registry(), name, secret)
    assert kanaf.directory().named("bilal") is None

    let_in_user(kanaf, "bilal")
    at_rest(programme)

    assert accounts.basic(kanaf.registry(), "bilal-tablet", token).person.name == "bilal"
    assert accounts.session(kanaf.registry(), session.text) is None, "a session stays ended"
    assert programme.sees("bilal", "k21")
    assert f"{programme.record}:k21" in feed(programme, "bilal")
    assert programme.audit("user shut out") == programme.audit("user let in") == ["bilal"]


@pytest.mark.parametrize("secret", ["token", "password"])
def test_who_came_in_by_another_secret_is_out_while_they_wait(
    programme: Programme, secret: str
) -> None:
    """A feed without an end goes on for who is still let in."""
    kanaf, accounts = programme.kanaf, Accounts(programme.kanaf)
    if secret == "token":
        name, known = "bilal-tablet", add_device(kanaf, "bilal", "bilal-tablet")
    else:
        name, known = "bilal", PASSWORD
        set_password(kanaf, "bilal", PASSWORD)
    caller = accounts.basic(kanaf.registry(), name, known)
    with kanaf.store.read() as reading:
        assert kanaf.caller_now(reading, caller) == caller

    if secret == "token":
        renew_token(kanaf, "bilal-tablet")
    else:
        set_password(kanaf, "bilal", OTHER)

    with kanaf.store.read() as reading:
        assert kanaf.caller_now(reading, caller) is None


@pytest.mark.parametrize(
    "name", ["Bilal", "bilal\u200b", "\uff42ilal", "bi lal", "b" * 101, "a\x00", "Server"]
)
def test_nobody_gets_a_name_that_is_taken_for_another(programme: Programme, name: str) -> None:
    with pytest.raises(InvalidAccount):
        add_user(programme.kanaf, name, role="caseworker", agency="a", groups=("kassala",))


def test_letters_are_kept_in_one_way_of_writing(programme: Programme) -> None:
    add_group(programme.kanaf, "caf\u00e9")
    made = add_user(
        programme.kanaf, "jose\u0301", role="caseworker", agency="a", groups=(" cafe\u0301 ",)
    )

    assert (made.name, made.groups) == ("jos\u00e9", ("caf\u00e9",))


def test_records_stay_with_who_was_shut_out_and_are_counted(programme: Programme) -> None:
    programme.register()

    gone = shut_out_user(programme.kanaf, "amina")
    at_rest(programme)

    assert records_owned(programme.kanaf, gone) == {"sudan": 1}
    assert programme.sees("bilal", "k21")


def test_another_password_ends_the_sessions_with_the_one_before(programme: Programme) -> None:
    kanaf, accounts = programme.kanaf, Accounts(programme.kanaf)
    set_password(kanaf, "bilal", PASSWORD)
    session = accounts.begin_session("bilal", PASSWORD)

    set_password(kanaf, "bilal", OTHER)

    assert accounts.session(kanaf.registry(), session.text) is None
    with pytest.raises(WrongCredentials):
        accounts.begin_session("bilal", PASSWORD)
    assert accounts.begin_session("bilal", OTHER).caller.person.name == "bilal"
    assert programme.audit("password set") == ["bilal", "bilal"]


def test_a_device_that_was_shut_out_comes_in_with_its_new_token_only(programme: Programme) -> None:
    kanaf, accounts = programme.kanaf, Accounts(programme.kanaf)
    before = add_device(kanaf, "amina", "amina-tablet")
    shut_out_device(kanaf, "amina-tablet")

    token = renew_token(kanaf, "amina-tablet")

    assert accounts.basic(kanaf.registry(), "amina-tablet", token).person.name == "amina"
    with pytest.raises(WrongCredentials):
        accounts.basic(kanaf.registry(), "amina-tablet", before)
    assert programme.audit("device added") == ["amina-tablet of amina"]
    for action in ("device shut out", "device given another token"):
        assert programme.audit(action) == ["amina-tablet"]


def test_of_two_administrators_who_shut_each_other_out_one_stays(programme: Programme) -> None:
    kanaf = programme.kanaf
    first, second = "root-1", "root-2"
    for name in (first, second):
        add_administrator(kanaf, name)

    def shut_out(name: str) -> bool:
        try:
            shut_out_user(kanaf, name)
        except InvalidAccount:
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(shut_out, (first, second)))

    assert sorted(done) == [False, True]
    (left,) = {first, second} & {person.name for person in kanaf.directory().people.values()}
    with pytest.raises(InvalidAccount, match="the last administrator"):
        change_user(kanaf, left, role="caseworker")


@pytest.mark.parametrize(
    ("rights", "told"),
    [
        ({"role": "queen"}, "no role 'queen'"),
        ({"agency": "z"}, "no agency 'z'"),
        ({"groups": (" ",)}, "the name of a group"),
        ({"groups": ("nowhere",)}, "no group 'nowhere'; there are: gedaref, kassala, khartoum"),
        ({"groups": ("gedaref", "gedaref")}, "named twice"),
        ({"area": "Khartoum"}, "no code of an area"),
        ({"area": "SD99"}, "no code of an area"),
        ({"area": "SO1"}, "no code of an area"),
    ],
)
def test_what_cannot_be_changed_changes_nothing(
    programme: Programme, rights: Rights, told: str
) -> None:
    kanaf = programme.kanaf
    before = kanaf.registry()

    with pytest.raises(InvalidAccount, match=told):
        change_user(kanaf, "bilal", **rights)
    with pytest.raises(InvalidAccount, match="no user 'nobody'"):
        shut_out_user(kanaf, "nobody")
    with pytest.raises(InvalidAccount, match="no device 'nothing'"):
        shut_out_device(kanaf, "nothing")

    assert kanaf.registry() is before
    assert programme.audit("user changed") == []


def test_who_is_shut_out_gets_no_new_device(programme: Programme) -> None:
    shut_out_user(programme.kanaf, "amina")

    with pytest.raises(InvalidAccount, match="amina is shut out; let them in first"):
        add_device(programme.kanaf, "amina", "amina-tablet-2")


def test_a_change_is_work_for_case_databases_only(programme: Programme) -> None:
    at_rest(programme)
    change_user(programme.kanaf, "bilal", groups=("gedaref",))

    with programme.kanaf.store.read() as reading:
        pending = {
            one.name: pending_jobs(reading.connection, one.id) for one in reading.databases()
        }
    assert pending == {programme.database.name: 1}


def test_what_was_passed_over_is_told_when_rights_come_back_before_their_loss_was_fanned_out(
    programme: Programme,
) -> None:
    programme.register()
    change_user(programme.kanaf, "bilal", groups=("gedaref",))
    with programme.reader("bilal") as reader:
        found = page(reader, 0, 1_000)
        since = programme.tag("bilal").written(found.last_seq)
    assert not any(one.document_id.startswith(programme.record) for one in found.changes)

    change_user(programme.kanaf, "bilal", groups=("khartoum",))
    at_rest(programme)

    with programme.reader("bilal") as reader:
        start = programme.tag("bilal").read(since) or 0
        told = {one.document_id for one in page(reader, start, 1_000).changes}
    assert {f"{programme.record}:{form}" for form in ("k1", "k21")} <= told


def test_who_was_refused_and_may_write_again_has_lost_sight_of_the_document_meanwhile(
    programme: Programme,
) -> None:
    """Else nothing would be new to their tablet, which offers what was refused no other time."""
    programme.register()
    base = programme.shown("amina", "k21")["_rev"]
    edit = {**REGISTRATION, "nationality": "Sudanese"}
    change_user(programme.kanaf, "bilal", groups=("gedaref",))
    refused = programme.write("bilal", "k21", edit, **made_on(base, "1" * 32))
    assert refused.code == "not_allowed"
    with programme.reader("bilal") as reader:
        revoked = {one.document_id for one in page(reader, 0, 1_000).changes if one.is_revoked}
    assert f"{programme.record}:k21" in revoked

    change_user(programme.kanaf, "bilal", groups=("khartoum",))
    at_rest(programme)

    touched = programme.shown("bilal", "k21")["_rev"]
    assert touched.split("-")[0] > base.split("-")[0]


def test_who_sees_a_whole_agency_sees_its_records_whatever_their_group(
    programme: Programme,
) -> None:
    programme.register()
    for name, agency in (("eve", "a"), ("fay", "b")):
        add_user(programme.kanaf, name, role="agency_manager", agency=agency, password=None)
    at_rest(programme)

    assert feed(programme, "eve") == {f"{programme.record}:{form}" for form in ("k1", "k21")}
    assert feed(programme, "fay") == set()
    assert not programme.sees("fay", "k21")
    edited = {"_rev": programme.shown("eve", "k21")["_rev"]}
    assert programme.write("eve", "k21", REGISTRATION, **edited).code == "not_allowed"
    change_user(programme.kanaf, "eve", agency="b")
    assert not programme.sees("eve", "k21")
    at_rest(programme)
    assert feed(programme, "eve") == set()


def test_who_enters_papers_does_not_see_who_the_child_is(programme: Programme) -> None:
    programme.register()
    assert programme.write("amina", "k20", {}, state="draft").code is None
    change_user(programme.kanaf, "dina", role="data_clerk", groups=("khartoum",))
    at_rest(programme)

    assert feed(programme, "dina") == {f"{programme.record}:{form}" for form in ("k1", "k21")}
    assert not programme.sees("dina", "k20")


@pytest.mark.parametrize("name", ["chen\u034f", "chen\ufe0f", "\u3164chen", "\u0441hen"])
def test_nobody_gets_a_name_with_what_is_not_seen_or_of_two_scripts(
    programme: Programme, name: str
) -> None:
    with pytest.raises(InvalidAccount):
        add_user(programme.kanaf, name, role="caseworker", agency="a", groups=("kassala",))


@pytest.mark.parametrize(
    "name", ["\u0623\u0645\u064a\u0646\u0629", "\u0441\u0432\u0435\u0442\u0430", "jos\u00e9-2"]
)
def test_names_of_one_script_are_taken(programme: Programme, name: str) -> None:
    assert add_user(programme.kanaf, name, role="caseworker", agency="a").name == name
