"""Cases that are shared and no longer shared, over HTTP; the rule of who sees what of them, once
more in few words, from the documents that their owner is shown.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from typing import Any

from tests.protocol.api import Json, revision
from tests.protocol.cases import REGISTRATION, Tablet, Team, new_rev, opening, ulid

ANSWERS: dict[str, Json] = {
    "k21": REGISTRATION,
    "k22": {"assessed_on": "2026-11-20", "risk_level": "high"},
    "k23": {"visited_on": "2026-11-20", "contact_type": "home_visit", "situation": "as before"},
}
ONLY_AMINA = {"k21": "age", "k22": "summary", "k23": "next_visit_on"}
"""What nobody but amina answers, by form."""


class SharedCase:
    """A case of amina's that is referred to chen.

    Attributes:
        ids: of its documents, as amina and chen have written them.
        said: what amina last answered in each, to the question that only she answers.
        rewritten: those that somebody wrote anew who did not see what they said.
    """

    def __init__(
        self, team: Team, forms: Iterable[str], filled: Iterable[str] = ("k21", "k22", "k23")
    ) -> None:
        """Begins the case; the referral waits for its answer.

        Args:
            forms: what is agreed in the referral.
            filled: of which forms there is a document.
        """
        self.team, self.record = team, str(uuid.uuid4())
        self.referral = f"{self.record}:k2:{ulid()}"
        self.opening = f"{self.record}:k1"
        referred = {"to_user": "chen", "forms": sorted(forms), "service": "psychosocial"}
        documents = {
            "k1": opening(self.record, True),
            **{name if name != "k23" else f"k23:{ulid()}": ANSWERS[name] for name in filled},
            self.referral.partition(":")[2]: referred,
        }
        written = [self.document(team.amina, name, data) for name, data in documents.items()]
        assert team.amina.api.push(*(revision(one, new_rev(1)) for one in written)) == []
        self.ids = [one["_id"] for one in written]
        self.said: dict[str, Any] = {}
        self.rewritten: set[str] = set()

    def document(self, tablet: Tablet, name: str, data: Json) -> Json:
        """A document of the case as somebody fills it in; its name is what follows the record."""
        form, _, own_name = name.partition(":")
        return tablet.document(self.record, form, data, name=own_name or None)

    def edit(self, tablet: Tablet, document_id: str, **answers: Any) -> None:
        """Some answers given anew on what stands."""
        shown = tablet.api.get(document_id).json()
        name = document_id.partition(":")[2]
        edited = self.document(tablet, name, {**shown["data"], **answers})
        generation, _, _ = shown["_rev"].partition("-")
        assert tablet.push(edited, new_rev(int(generation) + 1), shown["_rev"]) is None

    def say(self, document_id: str, number: int) -> None:
        """Amina gives another answer to what only she answers; the number makes it one."""
        form = name_of(document_id).partition(":")[0]
        said = {
            "k21": number % 18,
            "k22": f"summary {number}",
            "k23": f"2027-01-{number % 28 + 1:02}",
        }
        self.edit(self.team.amina, document_id, **{ONLY_AMINA[form]: said[form]})
        self.said[document_id] = said[form]

    def accept(self) -> None:
        """Chen takes the referral on."""
        self.edit(self.team.chen, self.referral, response="accepted")

    def end(self) -> None:
        """Amina ends the referral."""
        self.edit(self.team.amina, self.referral, ended=True)

    def resume(self) -> None:
        """Amina takes the ended referral up again."""
        self.edit(self.team.amina, self.referral, ended=False)

    def agree(self) -> None:
        """The child agrees to share with partners."""
        self.edit(self.team.amina, self.opening, consent_to_share=True)

    def withdraw(self) -> None:
        """The child no longer agrees."""
        self.edit(self.team.amina, self.opening, consent_to_share=False)

    def standing(self) -> dict[str, Json]:
        """The case as amina is shown it: every document by its id."""
        wanted = {"startkey": f'"{self.record}:"', "endkey": f'"{self.record};"'}
        rows = self.team.amina.api.get("_all_docs", **wanted, include_docs=True).json()["rows"]
        return {row["id"]: row["doc"] for row in rows}


def seen_by_chen(standing: Mapping[str, Json]) -> set[str]:
    """The documents of a case that chen sees for its referrals, which are all to chen.

    Source: DESIGN §8: the forms agreed in a referral, within consent, until it is done, rejected or
    ended; whoever it is to sees the referral itself. Of answers in conflict the most protective.
    """
    names: set[str] = set()
    (case,) = (one for one in standing.values() if one["form"] == "k1")
    for document_id, referral in standing.items():
        if referral.get("form") != "k2":
            continue
        answers = _candidates(referral, "response")
        is_over = True in _candidates(referral, "ended") or {"rejected", "done"} & answers
        if not is_over:
            names.add(name_of(document_id))
            if answers == {"accepted"} and _candidates(case, "consent_to_share") == {True}:
                names.update(referral["data"]["forms"])
    return {
        one
        for one in standing
        if name_of(one) in names or name_of(one).partition(":")[0] in names - {"k2"}
    }


def name_of(document_id: str) -> str:
    """A document's name within its case; of a notice that of the document that it is about."""
    name = document_id.partition(":")[2]
    is_notice = name.startswith("conflict:")
    return name.removeprefix("conflict:").rpartition(":")[0] if is_notice else name


def _candidates(body: Json, question: str) -> set[Any]:
    opened = body.get("merge", {}).get("open", {}).get(question, ())
    return {body["data"].get(question), *(one["value"] for one in opened)}
