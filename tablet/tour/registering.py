"""The first chapter: everybody syncs, and amina registers a child."""

from __future__ import annotations

import secrets
from datetime import date

from schemas import case_number
from tablet.tour.cast import Cast, Child
from tablet.tour.field_tablet import FieldTablet, converge
from tablet.tour.findings import Findings

FORMS = {"k1", "k20", "k21", "k22"}


def everybody_syncs(findings: Findings, cast: Cast) -> None:
    """New tablets fetch what their owners may see."""
    everybody = (cast.amina, cast.aminas_second, cast.bilal, cast.chen, cast.dina)
    for tablet in everybody:
        tablet.sync()
        cases = {one.partition(":")[0] for one in tablet.case_documents()}
        findings.tell(f"{tablet.device} holds documents of {len(cases)} cases")
    findings.check(
        "both of amina's tablets hold the same documents",
        cast.amina.case_documents() == cast.aminas_second.case_documents(),
    )
    findings.check(
        "dina's tablet and amina's have no document in common",
        not cast.dina.case_documents() & cast.amina.case_documents(),
    )


def amina_registers_a_child(findings: Findings, cast: Cast, child: Child) -> None:
    """Four forms on her first tablet, offline; then both her tablets sync."""
    today = date.today().isoformat()  # noqa: DTZ011 - the day on amina's calendar
    number = case_number("SD", secrets.token_bytes(16))
    forms: dict[str, dict[str, object]] = {
        "k1": {
            "case_number": number,
            "opened_on": today,
            "status": "open",
            "consent_to_share": True,
            "consent_on": today,
        },
        "k20": {"full_name": "سلمى إبراهيم آدم", "nickname": "Salma"},
        "k21": {
            "sex": "female",
            "age": 9,
            "age_estimated": True,
            "languages": ["arabic"],
            "residence": "SD01003",
            "displacement_status": "idp",
            "protection_concerns": ["separated"],
            "care_arrangement": "unrelated_adult",
            "household_size": 5,
            "registered_on": today,
            "notes": "وصلت مع جارة من الحي نفسه.",
        },
        "k22": {"assessed_on": today, "risk_level": "medium", "needs": ["tracing"]},
    }
    for form, answers in forms.items():
        cast.amina.write(f"{child.record}:{form}", answers)
    findings.tell(
        f"amina-tablet-1, offline: case {number}, with identity, registration, assessment"
    )
    findings.check("her two tablets sync until nothing moves", converge(_aminas(cast)))
    findings.require(
        "amina-tablet-2 holds the four forms", cast.aminas_second.forms_of(child.record) == FORMS
    )


def _aminas(cast: Cast) -> tuple[FieldTablet, FieldTablet]:
    return cast.amina, cast.aminas_second
