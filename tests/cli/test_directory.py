"""`kanaf group`, `role` and `conduct`, as somebody types them."""

from __future__ import annotations

import json

from tests.cli.running import Shell

AMINA = ("user", "add", "amina", "--role", "caseworker", "--agency", "a", "--group", "g")


def test_groups_are_made_once_and_counted(initialised: Shell) -> None:
    assert initialised.done("group", "add", "kassala") == "group kassala is known\n"
    initialised.done("group", "add", "kassala")
    initialised.done(*AMINA)

    headings, *listed = initialised.done("group", "list").splitlines()

    assert headings.split() == ["NAME", "PEOPLE", "AGENCIES"]
    assert [line.split() for line in listed[:2]] == [["g", "1", "a"], ["kassala", "0", "-"]]
    assert "would be taken for 'kassala'" in initialised.refused("group", "add", "Kassala")
    unknown = initialised.refused("user", "change", "amina", "--group", "nowhere")
    assert "there is no group 'nowhere'; there are: g, kassala, khartoum, x" in unknown
    assert "kanaf group add" in unknown


def test_somebody_in_several_groups_begins_records_in_the_first(initialised: Shell) -> None:
    groups = ("--group", "x", "--group", "g", "--area", "SD01")
    initialised.done("user", "add", "amina", "--role", "caseworker", "--agency", "a", *groups)

    assert "x, g" in initialised.done("user", "list")
    moved = initialised.done("user", "change", "amina", "--group", "g", "--no-area")
    assert moved == "user amina is caseworker of a, in group g\n"


def test_a_role_is_shown_changed_and_set_under_another_name(initialised: Shell) -> None:
    shown = json.loads(initialised.done("role", "show", "agency_manager"))
    (initialised.folder / "role.json").write_text(json.dumps({**shown, "gives": []}))

    set_ = ("role", "set", "counting_manager", "role.json")
    assert "would be set; 0 people" in initialised.done(*set_, "--dry-run")
    assert "counting_manager" not in initialised.done("role", "list")
    initialised.done(*set_)
    assert "counting_manager" in initialised.done("role", "list")
    assert "ready role" in initialised.refused("role", "set", "caseworker", "role.json")
    (initialised.folder / "role.json").write_text("[]")
    assert "holds no role" in initialised.refused(*set_)
    (initialised.folder / "role.json").write_text("{")
    assert "is no JSON" in initialised.refused(*set_)
    initialised.done("role", "remove", "counting_manager")
    assert "no role 'counting_manager'" in initialised.refused("role", "show", "counting_manager")


def test_a_code_of_conduct_is_published_version_after_version(initialised: Shell) -> None:
    initialised.done(*AMINA)
    assert "there is no code of conduct" in initialised.refused("conduct", "show")
    (initialised.folder / "conduct.txt").write_text("Do no harm.\n")

    publish = ("conduct", "publish", "en=conduct.txt")
    assert "1 people would be asked" in initialised.done(*publish, "--dry-run")
    assert "version 1 is published" in initialised.done(*publish)
    assert "that is version 1 already" in initialised.refused(*publish)
    assert "Do no harm." in initialised.done("conduct", "show")
    assert "not yet" in initialised.done("conduct", "accepted")
    assert "with its language: en=conduct.txt" in initialised.refused(
        "conduct", "publish", "conduct.txt"
    )
    for dry in ((), ("--dry-run",)):
        unknown = initialised.refused("conduct", "publish", "xx=conduct.txt", *dry)
        assert "xx: choose of the languages en, ar, so, fr" in unknown


def test_a_slip_in_a_role_and_who_has_no_group_for_it_are_warned_of(initialised: Shell) -> None:
    shown = json.loads(initialised.done("role", "show", "caseworker"))
    reads = [*shown["reads"], "k99"]
    (initialised.folder / "role.json").write_text(json.dumps({**shown, "reads": reads}))

    told = initialised.done("role", "set", "health_worker", "role.json")

    assert told.splitlines()[0] == "warning: no case database has a form k99"
    added = ("user", "add", "amina", "--role", "health_worker", "--agency", "a")
    assert "amina is in no --group" in initialised.done(*added)
    row = "name,role,agency\ndina,health_worker,a\n"
    (initialised.folder / "people.csv").write_text(row)
    assert "row 2: dina is in no group" in initialised.done("user", "import", "people.csv")


def test_a_group_of_several_agencies_is_warned_of(initialised: Shell) -> None:
    """A supervisor sees the cases that are begun in their groups, whatever the agency."""
    initialised.done("agency", "add", "sos", "Another one")
    warned = "group khartoum has people of a, sos: its supervisors see the cases of all of them"
    of_a = ("--role", "supervisor", "--agency", "a")
    of_sos = ("--role", "caseworker", "--agency", "sos")
    group = ("--group", "khartoum")

    assert "has people of" not in initialised.done("user", "add", "bilal", *of_a, *group)
    assert warned in initialised.done("user", "add", "chen", *of_sos, *group)
    assert warned not in initialised.done("user", "change", "chen", "--group", "x")
    assert warned in initialised.done("user", "change", "chen", *group)
    initialised.done("user", "change", "chen", "--group", "x")
    rows = "name,role,agency,group\ndina,caseworker,sos,khartoum\n"
    (initialised.folder / "people.csv").write_text(rows)
    assert warned in initialised.done("user", "import", "people.csv", "--dry-run")
    listed = initialised.done("group", "list").splitlines()
    assert ["khartoum", "1", "a"] in [line.split() for line in listed]
    assert warned in initialised.done("user", "import", "people.csv")
