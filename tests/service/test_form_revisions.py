"""Documents of one form, filled in different revisions of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas import form_to_json
from schemas.definition_json import form_from_json
from sync_server.service.waiting_for_people import open_conflicts
from tests.service.conftest import REGISTRATION, Programme

Json = dict[str, Any]
LABEL = dict.fromkeys(("en", "ar", "so", "fr"), "x")


def revised(programme: Programme, change: Callable[[dict[str, Json]], None]) -> None:
    """Publishes a second revision of the registration form: `change` edits its fields by name."""
    programme.publish("k21", by_name(change))


def by_name(change: Callable[[dict[str, Json]], None]) -> Callable[[Json], None]:
    def changed(form: Json) -> None:
        fields = {field["name"]: field for field in form["fields"]}
        change(fields)
        form["fields"] = list(fields.values())

    return changed


def with_danger(fields: dict[str, Json]) -> None:
    fields["danger"] = {"name": "danger", "type": "text", "label": LABEL}


def test_an_edit_in_an_older_revision_than_what_it_was_made_on_is_kept_apart(
    programme: Programme,
) -> None:
    """It could not hold the newer answers, so it would take them out."""
    revised(programme, with_danger)
    programme.write("amina", "k21", REGISTRATION)
    shown = programme.shown("bilal", "k21")
    programme.write(
        "bilal", "k21", {**REGISTRATION, "danger": "uncle"}, form_rev=2, _rev=shown["_rev"]
    )
    newer = programme.shown("amina", "k21")

    receipt = programme.write("amina", "k21", {**REGISTRATION, "age": 7}, _rev=newer["_rev"])

    assert receipt.code == "older_form"
    assert programme.shown("bilal", "k21")["data"]["danger"] == "uncle"


def test_edits_in_two_revisions_made_apart_are_merged_as_of_the_newer(programme: Programme) -> None:
    revised(programme, with_danger)
    programme.write("amina", "k21", REGISTRATION)
    programme.fork(
        "k21",
        ("amina", {**REGISTRATION, "age": 7}),
        ("bilal", {**REGISTRATION, "danger": "uncle"}, {"form_rev": 2}),
    )

    shown = programme.shown("bilal", "k21")
    assert (shown["form_rev"], shown["data"]["age"]) == (2, 7)
    assert shown["data"]["danger"] == "uncle"


def test_an_option_that_the_newer_revision_has_no_more_is_left_to_a_person(
    programme: Programme,
) -> None:
    """And is not held against those who edit something else meanwhile."""

    def without_kafala(fields: dict[str, Json]) -> None:
        care = fields["care_arrangement"]
        care["options"] = [one for one in care["options"] if one["code"] != "kafala"]

    form = form_to_json(programme.form("k21")) | {"revision": 2}
    by_name(without_kafala)(form)  # published it would be refused; another server may have it
    programme.kanaf.library = {**programme.kanaf.library, ("k21", 2): form_from_json(form)}
    programme.write("amina", "k21", REGISTRATION)
    programme.fork(
        "k21",
        ("amina", {**REGISTRATION, "care_arrangement": "kafala"}),
        ("bilal", {**REGISTRATION, "age": 7}, {"form_rev": 2}),
    )
    shown = programme.shown("bilal", "k21")
    assert set(shown["merge"]["open"]) == {"data.care_arrangement"}

    for age in (8, 9):
        edited = {**shown["data"], "age": age}
        assert programme.write("bilal", "k21", edited, form_rev=2, _rev=shown["_rev"]).code is None
        shown = programme.shown("bilal", "k21")
    assert set(shown["merge"]["open"]) == {"data.care_arrangement"}
    mended = {**shown["data"], "care_arrangement": "foster"}
    programme.write("bilal", "k21", mended, form_rev=2, _rev=shown["_rev"])
    assert open_conflicts(programme.kanaf, programme.database, programme.caller("bilal")) == []


def protecting(fields: dict[str, Json]) -> None:
    fields["age"]["protected"] = True


def coupling(fields: dict[str, Json]) -> None:
    for name in ("age", "birth_date"):
        fields[name].update(couple="years", protected=True)


@pytest.mark.parametrize("change", [protecting, coupling])
@pytest.mark.parametrize("form_rev", [1, 2])
def test_what_one_revision_protects_nobody_decides_in_another(
    programme: Programme, change: Callable[[dict[str, Json]], None], form_rev: int
) -> None:
    revised(programme, change)
    programme.write("amina", "k21", REGISTRATION)
    programme.fork(
        "k21", ("amina", {**REGISTRATION, "age": 7}), ("bilal", {**REGISTRATION, "age": 9})
    )
    shown = programme.shown("amina", "k21")

    edited = {**shown["data"], "age": 8}
    programme.write("amina", "k21", edited, _rev=shown["_rev"], form_rev=form_rev)

    (waiting,) = open_conflicts(programme.kanaf, programme.database, programme.caller("bilal"))
    (candidates,) = waiting["open"].values()
    assert "bilal" in {one["author"] for one in candidates}
