"""Invented cases as documents, the same for the same seed. Nothing here reads a clock or stores."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any

from schemas import Form, areas, case_number, library_forms
from sync_server.demo.names import BOYS, GIRLS, full_name
from sync_server.demo.stories import (
    ACTIONS,
    PLACES,
    REGISTRATION_NOTES,
    SITUATIONS,
    SUMMARIES,
    Language,
)
from sync_server.sharing.roles import (
    ASSESSMENT,
    CARE_ARRANGEMENT,
    CASE,
    CASE_PLAN,
    CLOSURE,
    CONSENT,
    FOLLOW_UP,
    IDENTITY,
    REGISTRATION,
)

Document = dict[str, Any]
Data = dict[str, Any]

AREA_OF = {"amina": "SD01", "dina": "SD12"}
"""The state in which each author works: Khartoum, Gedaref."""

_AMINAS_SHARE = 0.65
_DAYS = 300
_ULID_CHARACTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_FORMS: dict[str, Form] = {form.code: form for form in library_forms()}
_HIGH_RISK = {"unaccompanied", "armed_group", "sexual_violence", "trafficking", "detention"}


def demo_cases(seed: int, count: int, today: date) -> list[tuple[str, list[Document]]]:
    """Cases of amina and dina, about two of hers for each of dina's, each with its documents.

    Args:
        today: the last day on which anything is said to have happened; the first is 300 days
            earlier.

    Returns:
        For each case its author's name, and its documents: one each of k1, k20, k21, k22 and the
        consent k24, up to three follow-ups k23; where the risk is high a plan k25 and a care
        arrangement k27, and of a closed case its closure k28. They have no `_rev`.
    """
    random = Random(seed)
    return [_case(random, today) for _ in range(count)]


def _case(random: Random, today: date) -> tuple[str, list[Document]]:
    author = "amina" if random.random() < _AMINAS_SHARE else "dina"
    case = _Case(random, author, today)
    return author, case.documents()


@dataclass(frozen=True)
class _Written:
    """A filled form before its envelope."""

    form: str
    on: date
    data: Data


class _Case:
    """One child's case, told in the order in which its forms are filled."""

    def __init__(self, random: Random, author: str, today: date) -> None:
        self._random = random
        self._author = author
        self._today = today
        self._record = _uuid(random)
        self._language: Language = random.choice(("en", "ar"))
        self._opened = today - timedelta(days=random.randint(5, _DAYS))
        self._is_girl = random.random() < 0.5

    def documents(self) -> list[Document]:
        """The case's documents, the case form first."""
        case, identity, registration = self._case_form(), self._identity(), self._registration()
        assessment = self._assessment(registration["protection_concerns"])
        is_high = assessment.data["risk_level"] == "high"
        forms = [
            _Written(CASE, self._opened, case),
            _Written(IDENTITY, self._opened, identity),
            _Written(REGISTRATION, self._opened, registration),
            assessment,
            *self._follow_ups(),
            self._consent(shares=case["consent_to_share"]),
            *([self._plan(assessment), self._care(registration)] if is_high else []),
            *([self._closure()] if case["status"] == "closed" else []),
        ]
        return [self._document(written) for written in forms]

    def _document(self, written: _Written) -> Document:
        random = self._random
        form = _FORMS[written.form]
        name = form.code if form.cardinality == "one" else f"{form.code}:{_ulid(random)}"
        time = f"{random.randint(8, 16):02}:{random.randint(0, 59):02}:{random.randint(0, 59):02}"
        return {
            "_id": f"{self._record}:{name}",
            "form": form.code,
            "form_rev": form.revision,
            "author": self._author,
            "device": f"{self._author}-tablet-1",
            "edited_at": f"{written.on.isoformat()}T{time}+02:00",
            "salt": f"{random.getrandbits(128):032x}",
            "state": "complete",
            "data": written.data,
        }

    def _case_form(self) -> Data:
        consents = self._random.random() < 0.8
        form: Data = {
            "case_number": case_number("SD", self._random.randbytes(16)),
            "opened_on": self._opened.isoformat(),
            "status": "closed" if self._random.random() < 0.1 else "open",
            "consent_to_share": consents,
        }
        return {**form, "consent_on": form["opened_on"]} if consents else form

    def _identity(self) -> Data:
        random = self._random
        father = random.choice(BOYS)
        mother = random.choice(GIRLS)
        full = full_name(random, random.choice(GIRLS if self._is_girl else BOYS), father)
        in_latin = self._language == "en"
        form: Data = {
            "full_name": full.latin if in_latin else full.arabic,
            "father_name": father.latin if in_latin else father.arabic,
            "mother_name": mother.latin if in_latin else mother.arabic,
            "address": random.choice(PLACES[self._language]),
        }
        if random.random() < 0.4:
            form["phone"] = (
                f"+2490{random.randint(0, 99_999_999):08}"  # no such number is given out
            )
        return form

    def _registration(self) -> Data:
        random = self._random
        is_displaced = random.random() < 0.7
        concerns = self._options(REGISTRATION, "protection_concerns", 1, 3)
        alone = {"unaccompanied", "street"} & set(concerns)
        with_whom = (
            ("alone", "peers", "foster") if alone else ("one_parent", "relatives", "parents")
        )
        age = random.randint(2, 17)
        return {
            "sex": "female" if self._is_girl else "male",
            "age": age,
            "age_estimated": random.random() < 0.5,
            "nationality": "Sudanese" if self._language == "en" else "سودانية",
            "languages": ["arabic", *random.sample(("fur", "masalit", "beja", "english"), k=1)],
            "residence": self._residence(),
            "displacement_status": "idp" if is_displaced else "host_community",
            "protection_concerns": concerns,
            "care_arrangement": random.choice(with_whom),
            "in_school": age >= 6 and random.random() < 0.4,
            "household_size": 1 if alone else random.randint(2, 11),
            "registered_on": self._opened.isoformat(),
            "notes": random.choice(REGISTRATION_NOTES[self._language]),
        }

    def _assessment(self, concerns: list[str]) -> _Written:
        random = self._random
        on = self._day_after(self._opened, 14)
        risk = "high" if _HIGH_RISK & set(concerns) else random.choice(("low", "medium"))
        form: Data = {
            "assessed_on": on.isoformat(),
            "risk_level": risk,
            "needs": self._options(ASSESSMENT, "needs", 1, 4),
            "summary": random.choice(SUMMARIES[self._language]),
            "recommended_action": random.choice(ACTIONS[self._language]),
            "review_on": (on + timedelta(days=30)).isoformat(),
        }
        return _Written(ASSESSMENT, on, form)

    def _follow_ups(self) -> list[_Written]:
        return [self._follow_up() for _ in range(self._random.choice((0, 0, 1, 1, 2, 3)))]

    def _follow_up(self) -> _Written:
        random = self._random
        on = self._day_after(self._opened, _DAYS)
        form: Data = {
            "visited_on": on.isoformat(),
            "contact_type": self._options(FOLLOW_UP, "contact_type", 1, 1)[0],
            "child_seen": random.random() < 0.8,
            "situation": random.choice(SITUATIONS[self._language]),
            "progress": self._options(FOLLOW_UP, "progress", 1, 1)[0],
            "next_visit_on": (on + timedelta(days=14)).isoformat(),
        }
        return _Written(FOLLOW_UP, on, form)

    def _consent(self, *, shares: bool) -> _Written:
        form: Data = {
            "given_by": self._random.choice(("caregiver", "both")),
            "services": True,
            "share": shares,
            "given_on": self._opened.isoformat(),
        }
        if shares:
            form["share_with"] = self._options(CONSENT, "share_with", 1, 3)
        return _Written(CONSENT, self._opened, form)

    def _plan(self, assessment: _Written) -> _Written:
        random = self._random
        on = self._day_after(assessment.on, 7)
        goals = [
            {
                "id": f"{random.getrandbits(40):010x}",
                "need": need,
                "goal": random.choice(SUMMARIES[self._language]),
                "action": random.choice(ACTIONS[self._language]),
                "responsible": self._author,
                "due_on": (on + timedelta(days=random.randint(7, 60))).isoformat(),
            }
            for need in self._options_of_rows(CASE_PLAN, "goals", "need")
        ]
        form: Data = {
            "planned_on": on.isoformat(),
            "agreed_with": self._options(CASE_PLAN, "agreed_with", 1, 2),
            "goals": goals,
            "goal_count": len(goals),
            "review_on": (on + timedelta(days=30)).isoformat(),
        }
        return _Written(CASE_PLAN, on, form)

    def _care(self, registration: Data) -> _Written:
        on = self._day_after(self._opened, 14)
        lives = registration["care_arrangement"]
        care = {"one_parent": "parents", "alone": "independent", "peers": "independent"}
        form: Data = {
            "care": care.get(lives, lives),
            "since": self._opened.isoformat(),
            "safety": self._options(CARE_ARRANGEMENT, "safety", 1, 1)[0],
            "next_visit": (on + timedelta(days=14)).isoformat(),
        }
        return _Written(CARE_ARRANGEMENT, on, form)

    def _closure(self) -> _Written:
        on = self._day_after(self._opened, _DAYS)
        form: Data = {
            "reason": self._options(CLOSURE, "reason", 1, 1)[0],
            "closed_on": on.isoformat(),
            "child_agrees": True,
            "told_where": True,
        }
        return _Written(CLOSURE, on, form)

    def _options_of_rows(self, form: str, field: str, cell: str) -> list[str]:
        """One or two options of a cell."""
        rows = next(one for one in _FORMS[form].fields if one.name == field)
        asked = next(one for one in rows.fields if one.name == cell)
        codes = [option.code for option in asked.options if option.code != "other"]
        return self._random.sample(codes, k=self._random.randint(1, 2))

    def _options(self, form: str, field: str, least: int, most: int) -> list[str]:
        """Some of a field's options, by code and in the form's order."""
        asked = next(one for one in _FORMS[form].fields if one.name == field)
        codes = [option.code for option in asked.options if option.code != "other"]
        some = self._random.sample(codes, k=self._random.randint(least, most))
        return sorted(some, key=codes.index)

    def _residence(self) -> str:
        state = AREA_OF[self._author]
        return self._random.choice([area.pcode for area in areas("SD") if area.parent == state])

    def _day_after(self, day: date, most: int) -> date:
        """A day within `most` days after another one, never after today."""
        return min(day + timedelta(days=self._random.randint(1, most)), self._today)


def _uuid(random: Random) -> str:
    """A UUID of version 4, as RFC 9562 writes it."""
    digits = f"{random.getrandbits(128):032x}"
    variant = random.choice("89ab")
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-{variant}{digits[17:20]}-{digits[20:]}"


def _ulid(random: Random) -> str:
    """A ULID's 26 characters; the first is at most 7, for a ULID has 128 bits."""
    return random.choice("01234567") + "".join(random.choices(_ULID_CHARACTERS, k=25))
