"""Roles of a programme's own: who has one sees and does by it at once, and nothing else changes."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, update

from schemas import form_to_json
from sync_server.service import publishing
from sync_server.service.directory_changes import (
    InvalidAccount,
    add_user,
    change_user,
    set_password,
    shut_out_user,
)
from sync_server.service.fanout import run_fanout
from sync_server.service.feed import page
from sync_server.service.programme_roles import remove_role, role_to_json, set_role
from sync_server.service.publishing import next_revision, publish_form, published_to
from sync_server.sharing.roles import ROLES
from sync_server.storage import schema
from sync_server.storage.directory import changing
from tests.service.conftest import REGISTRATION, Programme

READER = {"scope": "agency", "reads": ["k1", "k21", "published"]}
SEEN = {"name": "seen", "type": "yes_no", "label": {"en": "Seen"}}
VISIT = {
    "name": "visit",
    "title": {"en": "Visit"},
    "languages": [{"code": "en", "name": "English", "direction": "ltr"}],
    "cardinality": "one",
    "fields": [SEEN],
}


def publish(programme: Programme, code: str, **members: Any) -> None:
    definition = {**VISIT, "name": f"visit {code}", **members}
    forms = published_to(programme.kanaf, programme.database)
    publish_form(programme.kanaf, programme.database, next_revision(forms, definition, code))


def feed(programme: Programme, name: str) -> set[str]:
    while run_fanout(programme.kanaf):
        pass
    with programme.reader(name) as reader:
        changes = page(reader, 0, 1_000).changes
    seen = {one.document_id for one in changes if not one.is_revoked}
    return {one for one in seen if not one.startswith("shared:")}


def test_who_gets_a_role_of_the_programmes_own_sees_by_it(programme: Programme) -> None:
    programme.register()
    kanaf = programme.kanaf

    assert set_role(kanaf, "reader", READER, dry_run=True) == 0
    with pytest.raises(InvalidAccount, match="no role 'reader'"):
        change_user(kanaf, "bilal", role="reader")
    assert set_role(kanaf, "reader", READER) == 0
    change_user(kanaf, "bilal", role="reader")

    assert programme.sees("bilal", "k1")
    assert feed(programme, "bilal") == {f"{programme.record}:k1", f"{programme.record}:k21"}
    rev = programme.shown("bilal", "k21")["_rev"]
    edited = programme.write("bilal", "k21", {**REGISTRATION, "sex": "male"}, _rev=rev)
    assert edited.code == "not_allowed"
    assert programme.audit("role set") == ["reader"]


def test_a_role_that_changes_is_another_at_once_and_in_feeds_by_jobs(programme: Programme) -> None:
    programme.register()
    set_role(programme.kanaf, "reader", READER)
    change_user(programme.kanaf, "bilal", role="reader")
    feed(programme, "bilal")

    assert set_role(programme.kanaf, "reader", {**READER, "reads": ["k1"]}) == 1

    assert not programme.sees("bilal", "k21")
    assert feed(programme, "bilal") == {f"{programme.record}:k1"}


@pytest.mark.parametrize(
    ("name", "role", "told"),
    [
        ("caseworker", READER, "ready role"),
        ("re ader", READER, "white space"),
        ("reader", {}, "scope is one of"),
        ("reader", {**READER, "scope": "country"}, "scope is one of"),
        ("reader", {**READER, "reads": "k21"}, "reads is a list"),
        ("reader", {**READER, "reads": [21]}, "reads is a list"),
        ("reader", {**READER, "reads": ["identity"]}, "'identity' is no code"),
        ("reader", {**READER, "writes": ["k22"]}, "writes nothing that it does not read"),
        ("reader", {**READER, "actions": ["erase"]}, "'erase' is no action"),
        ("reader", {**READER, "color": []}, "nothing is known of color"),
        ("reader", {**READER, "scope": "none"}, "the scope none reads no form"),
        ("reader", {**READER, "actions": ["administer"]}, "who administers reads no case"),
        ("reader", {**READER, "gives": ["caseworker"]}, "may employ"),
        ("reader", {**READER, "actions": ["employ"], "gives": ["king"]}, "no role 'king'"),
        ("reader", {**READER, "actions": ["employ"], "gives": ["supervisor"]}, "may not"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused(
    programme: Programme, name: str, role: dict[str, Any], told: str
) -> None:
    with pytest.raises(InvalidAccount, match=told):
        set_role(programme.kanaf, name, role)

    assert set(programme.kanaf.registry().roles) == set(ROLES)


def test_a_role_that_others_give_does_not_outgrow_them(programme: Programme) -> None:
    kanaf = programme.kanaf
    set_role(kanaf, "helper", {"scope": "own", "reads": ["k1"]})
    set_role(kanaf, "head", {**READER, "actions": ["employ"], "gives": ["helper"]})

    with pytest.raises(InvalidAccount, match="head gives helper"):
        set_role(kanaf, "helper", {"scope": "agency", "reads": ["k20"]})
    with pytest.raises(InvalidAccount, match="helper is given by head"):
        remove_role(kanaf, "helper")


def test_a_role_that_somebody_has_stays(programme: Programme) -> None:
    kanaf = programme.kanaf
    set_role(kanaf, "reader", READER)
    change_user(kanaf, "bilal", role="reader")
    shut_out_user(kanaf, "bilal")

    with pytest.raises(InvalidAccount, match="1 people are reader, such as bilal"):
        remove_role(kanaf, "reader")
    change_user(kanaf, "bilal", role="supervisor")
    remove_role(kanaf, "reader")
    for gone in ("reader", "caseworker"):
        with pytest.raises(InvalidAccount, match="no role of the programme's own"):
            remove_role(kanaf, gone)


def test_somebody_is_left_who_administers(programme: Programme) -> None:
    kanaf = programme.kanaf
    set_role(kanaf, "keeper", {"scope": "none", "actions": ["administer"]})
    add_user(kanaf, "eve", role="keeper", agency="a")
    set_password(kanaf, "eve", "correct horse")

    with pytest.raises(InvalidAccount, match="the last administrators"):
        set_role(kanaf, "keeper", {"scope": "none"})

    assert role_to_json(kanaf.registry().roles["keeper"])["actions"] == ["administer"]


def test_what_is_shown_of_a_role_makes_the_same_role(programme: Programme) -> None:
    for name, role in ROLES.items():
        set_role(programme.kanaf, f"{name}2", {**role_to_json(role), "gives": []})

    known = programme.kanaf.registry().roles
    assert all(known[f"{name}2"].reads == role.reads for name, role in ROLES.items())


def test_forms_of_survivors_and_of_identity_are_read_by_those_whose_role_names_them(
    programme: Programme,
) -> None:
    kanaf = programme.kanaf
    programme.register()
    identifying = [{**SEEN, "sensitivity": "identifying"}]
    publish(programme, "k100")
    publish(programme, "k101", survivors=True)
    publish(programme, "k102", fields=identifying)
    for code in ("k100", "k101", "k102"):
        assert programme.write("amina", code, {"seen": True}).code is None
    add_user(kanaf, "eve", role="agency_manager", agency="a")
    add_user(kanaf, "fay", role="data_clerk", agency="a", groups=("khartoum",))

    def seen(name: str) -> set[str]:
        shown = {code for code in ("k100", "k101", "k102") if programme.sees(name, code)}
        assert {one for one in feed(programme, name) if ":k10" in one} == {
            f"{programme.record}:{code}" for code in shown
        }
        return shown

    assert seen("bilal") == {"k100", "k101", "k102"}
    assert seen("eve") == {"k100", "k102"}
    assert seen("fay") == {"k100"}
    assert programme.write("fay", "k101", {"seen": False}).code == "not_allowed"

    manager = role_to_json(ROLES["agency_manager"])
    reads = [*manager["reads"], "survivors"]
    set_role(kanaf, "gbv_manager", {**manager, "reads": reads, "gives": [], "actions": []})
    change_user(kanaf, "eve", role="gbv_manager")
    assert seen("eve") == {"k100", "k101", "k102"}


def test_who_came_in_before_a_form_was_published_is_shown_its_documents(
    programme: Programme,
) -> None:
    programme.register()
    publish(programme, "k100")
    assert programme.write("amina", "k100", {"seen": True}).code is None
    before = programme.database
    assert before.catalog is None

    with programme.reader("bilal") as reader:
        assert reader.sight.database is before
        found = {one.document_id for one in page(reader, 0, 1_000).changes}

    assert f"{programme.record}:k100" in found


def test_what_a_catalog_says_is_sealed(programme: Programme) -> None:
    publish(programme, "k100", survivors=True)

    catalog = programme.refresh().catalog
    assert catalog is not None
    assert b"survivors" not in catalog
    assert programme.kanaf.catalog(programme.database) == {
        "k100": frozenset({"published", "survivors"})
    }


def test_who_reads_a_form_is_decided_by_its_first_revision(programme: Programme) -> None:
    publish(programme, "k100")
    last = form_to_json(programme.form("k100"))
    forms = published_to(programme.kanaf, programme.database)

    asked = {**last["fields"][0], "sensitivity": "identifying"}
    for other in ({"survivors": True}, {"fields": [asked]}):
        form = next_revision(forms, {**last, **other}, "k100")
        with pytest.raises(ValueError, match="other_readers"):
            publish_form(programme.kanaf, programme.database, form)


def test_of_two_forms_published_at_once_under_one_code_the_stricter_readers_stand(
    programme: Programme, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second is entered before the first is there; it is refused then, and opens nothing."""
    kanaf, database = programme.kanaf, programme.database
    forms = published_to(kanaf, database)
    told = next_revision(forms, {**VISIT, "survivors": True}, "k100")
    plain = next_revision(forms, {**VISIT, "name": "another"}, "k100")
    enter = publishing._enter

    def entered_by_both(*given: Any) -> None:
        monkeypatch.setattr(publishing, "_enter", enter)
        enter(*given)
        enter(kanaf, database, plain)

    monkeypatch.setattr(publishing, "_enter", entered_by_both)
    publish_form(kanaf, database, told)

    with pytest.raises(ValueError, match="other_form"):
        publish_form(kanaf, database, plain)
    assert kanaf.catalog(programme.refresh())["k100"] == {"published", "survivors"}


def test_forms_from_before_there_were_catalogs_are_entered(programme: Programme) -> None:
    programme.register()
    publish(programme, "k100", survivors=True)
    assert programme.write("amina", "k100", {"seen": True}).code is None

    def forget(connection: Connection) -> None:
        with changing(connection):
            connection.execute(update(schema.database).values(catalog=None))

    programme.kanaf.store.administratively(forget)
    programme.refresh()
    assert not programme.sees("amina", "k100")

    publishing.enter_published_forms(programme.kanaf)

    assert programme.kanaf.catalog(programme.refresh())["k100"] == {"published", "survivors"}
    assert programme.sees("amina", "k100")
