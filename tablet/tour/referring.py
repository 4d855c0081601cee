"""amina refers the child to another agency's worker, and later ends the referral."""

from __future__ import annotations

from tablet.tour.cast import Cast, Child
from tablet.tour.field_tablet import FieldTablet, converge
from tablet.tour.findings import Findings
from tablet.tour.planning import PLANNED
from tablet.tour.registering import FORMS

AGREED = {"k20", "k21"}


def amina_refers(findings: Findings, cast: Cast, child: Child) -> None:
    """Before chen accepts, chen sees the referral and nothing else."""
    before = cast.chen.case_documents()
    findings.check("chen's tablet holds nothing of the child", not cast.chen.forms_of(child.record))
    answers: dict[str, object] = {
        "to_user": "chen",
        "forms": sorted(AGREED),
        "service": "psychosocial",
        "urgency": "medium",
        "reason": "Sleeps badly since the journey; would like to talk to somebody.",
    }
    cast.amina.write(child.referral, answers)
    findings.tell("amina-tablet-1: refers the child to chen; identity and registration are agreed")
    findings.check("amina's and chen's tablets sync", converge((cast.amina, cast.chen)))
    _sees(findings, cast.chen, child, {child.referral_name})
    findings.check("chen's tablet got no other document", _others(cast.chen, child) == before)


def chen_accepts(findings: Findings, cast: Cast, child: Child) -> None:
    """Then chen receives exactly the agreed forms."""
    before = _others(cast.chen, child)
    findings.require(
        "chen's tablet holds the referral", child.referral in cast.chen.case_documents()
    )
    cast.chen.edit(child.referral, {"response": "accepted"})
    findings.tell("chen-tablet-1: accepts")
    findings.check("chen's and amina's tablets sync", converge((cast.chen, cast.amina)))
    _sees(findings, cast.chen, child, {child.referral_name} | AGREED)
    findings.check("chen's tablet got no other document", _others(cast.chen, child) == before)
    findings.check(
        "chen cannot read the assessment by its id either",
        not cast.web.shows(child.assessment, cast.chen.credentials),
    )
    answered = cast.amina.see(child.referral)["data"]
    findings.check("amina-tablet-1 shows the acceptance", answered.get("response") == "accepted")


def amina_ends_it(findings: Findings, cast: Cast, child: Child) -> None:
    """When the referral ends, the documents leave chen's tablet."""
    before = _others(cast.chen, child)
    cast.amina.edit(child.registration, {"in_school": True})
    cast.amina.sync()
    findings.tell("amina-tablet-1: the child goes to school now; chen's tablet is offline")
    cast.amina.edit(child.referral, {"ended": True, "ended_reason": "The sessions are over."})
    findings.tell("amina-tablet-1: ends the referral")
    findings.check("amina's and chen's tablets sync", converge((cast.amina, cast.chen)))
    _sees(findings, cast.chen, child, set())
    findings.check("chen's tablet kept all other documents", _others(cast.chen, child) == before)
    findings.check(
        "chen cannot read the registration by its id any more",
        not cast.web.shows(child.registration, cast.chen.credentials),
    )
    rows = cast.web.quarantine(cast.chen.credentials)
    findings.check(
        "what chen's tablet pushed back of the withdrawn documents is not in quarantine",
        not any(row["document"].startswith(child.record) for row in rows),
    )
    findings.check(
        "on amina's tablets nothing was deleted",
        cast.amina.forms_of(child.record)
        == FORMS | PLANNED | {child.service_name, child.referral_name},
    )


def dina_sees_nothing(findings: Findings, cast: Cast, child: Child) -> None:
    """A caseworker of a third agency receives nothing of it, whatever happened before."""
    findings.check("dina's tablet syncs", converge((cast.dina,)))
    _sees(findings, cast.dina, child, set())
    findings.check(
        "dina cannot read the registration by its id either",
        not cast.web.shows(child.registration, cast.dina.credentials),
    )


def _sees(findings: Findings, tablet: FieldTablet, child: Child, expected: set[str]) -> None:
    held = tablet.forms_of(child.record)
    findings.tell(f"{tablet.device} sees of the child: {_listed(held)}")
    findings.check(f"{tablet.device} holds exactly: {_listed(expected)}", held == expected)


def _others(tablet: FieldTablet, child: Child) -> set[str]:
    """What a tablet holds of other children."""
    return {one for one in tablet.case_documents() if not one.startswith(f"{child.record}:")}


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(name.partition(":")[0] for name in names)) or "nothing"
