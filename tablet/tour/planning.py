"""amina plans with the child, on two tablets; and in the end closes the case."""

from __future__ import annotations

from datetime import date

from tablet.tour.cast import Cast, Child
from tablet.tour.field_tablet import FieldTablet, converge
from tablet.tour.findings import Findings

PLANNED = {"k24", "k25"}
_SCHOOL = {"id": "school", "need": "education", "goal": "يعود إلى المدرسة", "responsible": "amina"}
_AUNT = {"id": "aunt", "need": "alternative_care", "goal": "Find the aunt in Wad Madani."}
_SLEEP = {"id": "sleep", "need": "psychosocial", "goal": "Sleeps through the night."}


def amina_plans(findings: Findings, cast: Cast, child: Child) -> None:
    """A consent, a plan and a service, offline; then both her tablets change the goals."""
    today = date.today().isoformat()  # noqa: DTZ011 - the day on amina's calendar
    consent = {"given_by": "both", "services": True, "share": True, "given_on": today}
    cast.amina.write(child.consent, {**consent, "share_with": ["psychosocial"]})
    plan = {"planned_on": today, "agreed_with": ["child"], "review_on": today}
    cast.amina.write(child.plan, {**plan, "goals": [_SCHOOL, _AUNT], "goal_count": 2})
    cast.amina.write(child.service, {"service": "psychosocial", "requested_on": today})
    findings.tell("amina-tablet-1, offline: the consent, a plan of two goals, a service asked for")
    tablets = (cast.amina, cast.aminas_second)
    findings.check("her two tablets sync until nothing moves", converge(tablets))
    findings.require(
        "amina-tablet-2 holds the consent, the plan and the service",
        cast.aminas_second.forms_of(child.record) >= {*PLANNED, child.service_name},
    )
    done = {**_SCHOOL, "done": True, "done_on": today}
    cast.amina.edit(child.plan, {"goals": [done, _AUNT]})
    cast.aminas_second.edit(child.plan, {"goals": [_SCHOOL, _AUNT, _SLEEP], "goal_count": 3})
    findings.tell("amina-tablet-1, offline: the child goes to school, a goal is reached")
    findings.tell("amina-tablet-2, offline: a third goal")
    findings.check("her two tablets sync until nothing moves", converge(tablets))
    for tablet in tablets:
        goals = _goals(tablet, child)
        findings.check(
            f"{tablet.device} shows three goals, the first of them reached",
            set(goals) == {"school", "aunt", "sleep"} and goals["school"] == done,
        )
        findings.check(
            f"{tablet.device} has no conflict in the plan",
            "_conflicts" not in tablet.see(child.plan),
        )


def amina_closes_the_case(findings: Findings, cast: Cast, child: Child) -> None:
    """The closure and the case's state, offline; her supervisor's tablet has both."""
    today = date.today().isoformat()  # noqa: DTZ011 - the day on amina's calendar
    closure = {"reason": "goals_met", "closed_on": today, "child_agrees": True, "told_where": True}
    cast.amina.write(child.closure, closure)
    cast.amina.edit(f"{child.record}:k1", {"status": "closed"})
    findings.tell("amina-tablet-1, offline: closes the case, with the child's agreement")
    findings.check("amina's and bilal's tablets sync", converge((cast.amina, cast.bilal)))
    findings.require(
        "bilal's tablet holds the closure", child.closure in cast.bilal.case_documents()
    )
    findings.check(
        "bilal-tablet-1 shows the case closed",
        cast.bilal.see(f"{child.record}:k1")["data"]["status"] == "closed",
    )


def _goals(tablet: FieldTablet, child: Child) -> dict[str, object]:
    """The goals that a tablet shows, by the ids of their rows."""
    return {goal["id"]: goal for goal in tablet.see(child.plan)["data"]["goals"]}
