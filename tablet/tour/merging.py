"""Two tablets of one caseworker edit the same registration while both are offline."""

from __future__ import annotations

from tablet.stock.driver import Document
from tablet.tour.cast import Cast, Child
from tablet.tour.field_tablet import FieldTablet, converge
from tablet.tour.findings import Findings

CLASH = "data.household_size"


def different_answers(findings: Findings, cast: Cast, child: Child) -> None:
    """Different answers are merged; of a set that both have extended, both elements stay."""
    first, second = cast.amina, cast.aminas_second
    first.edit(child.registration, {"age": 10, "protection_concerns": ["separated", "distress"]})
    second.edit(
        child.registration,
        {"care_arrangement": "foster", "protection_concerns": ["separated", "no_documents"]},
    )
    findings.tell("amina-tablet-1, offline: age 10, one more concern: distress")
    findings.tell(
        "amina-tablet-2, offline: care by a foster family, one more concern: no documents"
    )
    findings.check("both sync until nothing moves", converge((first, second)))
    for tablet in (first, second):
        shown = _told(findings, tablet, child, "age", "care_arrangement", "protection_concerns")
        data = shown["data"]
        findings.check(
            f"{tablet.device} shows both edits",
            (data["age"], data["care_arrangement"]) == (10, "foster"),
        )
        findings.check(
            f"{tablet.device} shows all three concerns",
            set(data["protection_concerns"]) == {"separated", "distress", "no_documents"},
        )
        findings.check(f"{tablet.device} has no conflict", is_settled(shown))
    findings.check("both show the same revision", same_revision((first, second), child))


def the_same_answer(findings: Findings, cast: Cast, child: Child) -> None:
    """The same answer, given differently, is nobody's to decide but a person's."""
    first, second = cast.amina, cast.aminas_second
    first.edit(child.registration, {"household_size": 6})
    second.edit(child.registration, {"household_size": 7})
    findings.tell("amina-tablet-1, offline: a household of 6")
    findings.tell("amina-tablet-2, offline: a household of 7")
    findings.check("both sync until nothing moves", converge((first, second)))
    for tablet in (first, second):
        shown = _told(findings, tablet, child, "household_size")
        values = [candidate.get("value") for candidate in open_units(shown).get(CLASH, [])]
        findings.check(f"{tablet.device} has one live leaf", "_conflicts" not in shown)
        findings.check(
            f"{tablet.device} shows that 6 and 7 wait for a person", values in ([6, 7], [7, 6])
        )
    findings.check("both show the same revision", same_revision((first, second), child))
    findings.check("bilal, who supervises amina, finds it listed", _lists(cast, cast.bilal, child))
    findings.check("dina does not", not _lists(cast, cast.dina, child))


def bilal_settles(findings: Findings, cast: Cast, child: Child) -> None:
    """The supervisor decides on his own tablet, and everybody comes to show it."""
    everybody = (cast.bilal, cast.amina, cast.aminas_second)
    findings.check("bilal's tablet syncs until nothing moves", converge((cast.bilal,)))
    candidates = open_units(cast.bilal.see(child.registration)).get(CLASH, [])
    findings.require("bilal-tablet-1 shows two candidates", len(candidates) == 2)
    findings.tell("bilal-tablet-1: 7 it is; he asked the foster mother")
    settles = {CLASH: [candidate["rev"] for candidate in candidates]}
    cast.bilal.edit(child.registration, {"household_size": 7}, settles)
    findings.check("all three tablets sync until nothing moves", converge(everybody))
    for tablet in everybody:
        shown = _told(findings, tablet, child, "household_size")
        findings.check(
            f"{tablet.device} shows 7, and nothing open",
            shown["data"]["household_size"] == 7 and is_settled(shown),
        )
    findings.check("all show the same revision", same_revision(everybody, child))
    findings.check("nothing of it is listed any more", not _lists(cast, cast.bilal, child))


def open_units(shown: Document) -> dict[str, list[Document]]:
    """The units of a document that wait for a person, with their candidates."""
    units: dict[str, list[Document]] = shown.get("merge", {}).get("open", {})
    return units


def is_settled(shown: Document) -> bool:
    """Whether one live leaf stands and nothing in it waits for a person."""
    return "_conflicts" not in shown and not open_units(shown)


def same_revision(tablets: tuple[FieldTablet, ...], child: Child) -> bool:
    """Whether tablets show the same revision of the registration."""
    return len({tablet.see(child.registration)["_rev"] for tablet in tablets}) == 1


def _told(findings: Findings, tablet: FieldTablet, child: Child, *names: str) -> Document:
    """What a tablet shows of the registration, said in one line."""
    shown = tablet.see(child.registration)
    answers = ", ".join(f"{name} {_answer(shown['data'].get(name))}" for name in names)
    findings.tell(f"{tablet.device} sees {shown['_rev'][:8]}…: {answers}")
    return shown


def _answer(value: object) -> str:
    return " + ".join(value) if isinstance(value, list) else str(value)


def _lists(cast: Cast, tablet: FieldTablet, child: Child) -> bool:
    """Whether somebody finds the registration among what waits for a person."""
    rows = cast.web.conflicts(tablet.credentials)
    return any(row["document"] == child.registration and CLASH in row["open"] for row in rows)
