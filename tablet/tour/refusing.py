"""An invalid answer is refused and kept; what was sent along with it arrives."""

from __future__ import annotations

from tablet.tour.cast import Cast, Child
from tablet.tour.field_tablet import FieldTablet, converge
from tablet.tour.findings import Findings
from tablet.tour.web import Row


def an_invalid_answer(findings: Findings, cast: Cast, child: Child) -> None:
    """A mistyped age goes into quarantine; amina and her supervisor find it there."""
    refused = cast.amina.edit(child.registration, {"age": 250})
    sent_along = cast.amina.edit(child.assessment, {"summary": "The aunt has been found."})
    findings.tell("amina-tablet-1: an age of 250, mistyped; and a summary in the assessment")
    denied = cast.amina.sync().push.denied
    for one in denied:
        findings.tell(f"amina-tablet-1 is told: {one.name}, {one.reason}")
    findings.check(
        "the registration is denied, and nothing else",
        [(one.id, one.name) for one in denied] == [(child.registration, "forbidden")],
    )
    findings.check("amina-tablet-2 syncs", converge((cast.aminas_second,)))
    findings.check(
        "amina-tablet-2 shows the new assessment",
        cast.aminas_second.see(child.assessment)["_rev"] == sent_along,
    )
    findings.check(
        "amina-tablet-2 shows the age as it was",
        cast.aminas_second.see(child.registration)["data"]["age"] == 10,
    )
    for tablet in (cast.amina, cast.bilal):
        rows = _kept(cast, tablet, child)
        findings.check(
            f"{tablet.author} finds it in quarantine, with what is wrong: age",
            [(row["rev"], _paths(row)) for row in rows] == [(refused, ["age"])],
        )
    findings.check("dina does not find it", not _kept(cast, cast.dina, child))


def amina_corrects_it(findings: Findings, cast: Cast, child: Child) -> None:
    """The corrected answer is accepted, and with it the refused revision leaves quarantine."""
    cast.amina.edit(child.registration, {"age": 11})
    findings.tell("amina-tablet-1: 11 it is")
    both = (cast.amina, cast.aminas_second)
    findings.check("both tablets sync until nothing moves", converge(both))
    for tablet in both:
        shown = tablet.see(child.registration)
        findings.check(f"{tablet.device} shows 11", shown["data"]["age"] == 11)
    findings.check("quarantine has let go of it", not _kept(cast, cast.amina, child))


def _kept(cast: Cast, tablet: FieldTablet, child: Child) -> list[Row]:
    """What somebody finds of the child in quarantine."""
    rows = cast.web.quarantine(tablet.credentials)
    return [row for row in rows if row["document"].startswith(f"{child.record}:")]


def _paths(row: Row) -> list[str]:
    return [problem["path"] for problem in row["problems"]]
