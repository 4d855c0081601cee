"""A case database, a tablet of chen's with a stock PouchDB that syncs both ways, and what has to be
so whenever there is nothing left to be told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from itertools import count

from tests.promises.changing_staff import Staff
from tests.promises.shared_cases import SharedCase, name_of, seen_by_chen
from tests.promises.two_way_tablet import Cut, Held, TwoWayTablet
from tests.protocol.api import Json
from tests.protocol.cases import Team

MOST_SYNCS = 6
"""Until there is nothing left to send or to fetch."""
Revision = tuple[str, str]
"""Of a document."""


@dataclass(frozen=True)
class Edit:
    """What chen wrote on the tablet: a revision of a document, and what it was made on."""

    document_id: str
    rev: str
    parent: str | None


@dataclass
class Programme:
    """What there is, and what chen has written until now."""

    team: Team
    staff: Staff
    tablet: TwoWayTablet
    edits: list[Edit] = field(default_factory=list)
    is_supervisor: bool = False

    def supervise(self) -> None:
        """Chen sees and writes all that amina does; their feed follows with the next walk."""
        self.is_supervisor = True
        self.staff.supervises("chen", of="amina")

    def supervise_no_more(self) -> None:
        """Chen sees what is referred to them."""
        self.is_supervisor = False
        self.staff.as_before("chen")

    def sync(self, batch_size: int, cut: Cut | None = None) -> Json:
        """One sync of the tablet; see there."""
        chen = self.team.chen
        auth = chen.persona.device, chen.persona.token
        return self.tablet.sync(chen.api.url, auth, batch_size, cut)

    def sync_to_rest(self, batch_size: int = 100) -> list[Json]:
        """Syncs until nothing is left to send or to fetch: what a pull brings is pushed back by a
        later sync, and what that makes of it is pulled by one more.

        Where the link broke between the checkpoints of a push, the server's is ahead, and PouchDB
        does not write it again while it says the same seq: it sends the last batch with each sync,
        until there is something new. So it is at rest, too, where a sync is like the one before.

        Source: PouchDB, pouchdb-checkpointer, updateCheckpoint.

        Raises:
            AssertionError: a sync broke off, or there is no end of them.
        """
        self.staff.walk()
        outcomes: list[Json] = []
        for number in count():
            assert number < MOST_SYNCS, "the syncs come to no end"
            outcome = self.sync(batch_size)
            ways = outcome["push"], outcome["pull"]
            assert not any(way["failure"] for way in ways), outcome
            outcomes.append(outcome)
            is_repeated = outcomes[-2:-1] == [outcome] and not outcome["pull"]["read"]
            if is_repeated or not any(way["read"] for way in ways):
                break
        return outcomes

    def write(self, case: SharedCase, document_id: str, held: Held, **answers: object) -> str:
        """Chen writes on what the tablet shows. Where it shows nothing the document is new, or
        hidden: then PouchDB puts it on the deletion that it has. Returns the new revision.
        """
        shown = held.leaves[held.shown]["data"] if held.shown else {}
        begun = {"visited_on": "2026-11-21", "contact_type": "home_visit"}
        before = {**begun, **shown} if name_of(document_id).startswith("k23:") else shown
        chen = self.team.chen
        document = case.document(chen, name_of(document_id), {**before, **answers})
        made_on = {"_rev": held.shown} if held.shown else {}
        rev = self.tablet.put({**document, **made_on})
        if not held.shown:
            case.rewritten.add(document_id)
        self.edits.append(Edit(document_id, rev, held.shown))
        return rev

    def held(self, document_id: str) -> Held:
        """What the tablet has of a document."""
        return self.tablet.held([document_id])[document_id]

    def refused(self) -> set[Revision]:
        """What of chen's waits in quarantine."""
        session, url = self.team.chen.api.session, f"{self.team.api_url}/quarantine"
        rows = session.get(url, timeout=30).json()["quarantine"]
        return {(row["document"], row["rev"]) for row in rows if row["owner"] == "chen"}

    def wrong(self, cases: Collection[SharedCase]) -> list[str]:
        """What is wrong with some cases on the server or on the tablet, or with any edit."""
        refused = self.refused()
        return [
            *(f"chen has not written {one}" for one in refused - self._written()),
            *(f"{one} is neither stored nor in quarantine" for one in self._lost(refused)),
            *(f"{found}" for case in cases for found in self._wrong_in(case, refused)),
        ]

    def _written(self) -> set[Revision]:
        return {(one.document_id, one.rev) for one in self.edits}

    def _lost(self, refused: set[Revision]) -> list[str]:
        """The edits that are nowhere; of several on a line PouchDB sends the last."""
        below = {(one.document_id, one.parent) for one in self.edits}
        asked: dict[str, list[str]] = {}
        for document_id, rev in self._written() - below - refused:
            asked.setdefault(document_id, []).append(rev)
        missing = self.team.amina.api.post("_revs_diff", asked).json()
        return sorted(f"{one} {rev}" for one in missing for rev in missing[one]["missing"])

    def _wrong_in(self, case: SharedCase, refused: set[Revision]) -> Iterator[str]:
        standing = case.standing()
        for document_id in set(case.ids) - standing.keys():
            yield f"{document_id} was deleted on the server"
        for document_id, said in case.said.items():
            answers = standing.get(document_id, {}).get("data", {})
            if document_id not in case.rewritten and said not in answers.values():
                yield f"{document_id} no longer says {said!r}"
        seen = set(standing) if self.is_supervisor else seen_by_chen(standing)
        for document_id, held in self.tablet.held(standing).items():
            own = {rev for one, rev in refused if one == document_id}
            stands = standing[document_id] if document_id in seen else None
            if unlike := _unlike(held, stands, own):
                yield f"{document_id} {unlike}"


def _unlike(held: Held, stands: Json | None, refused: set[str]) -> str | None:
    """What is wrong with what the tablet has of a document; None for nothing.

    Args:
        stands: what chen is to be shown; None for nothing.
        refused: chen's own edits that wait for a decision: a tablet keeps those.
    """
    live = set(held.live) - refused
    if stands is None:
        return f"is shown as {live}, which is not for chen" if live else None
    if live != {stands["_rev"]}:
        return f"is shown as {live} where {stands['_rev']} stands, of {sorted(held.leaves)}"
    body = held.leaves[stands["_rev"]]
    is_same = all(body.get(name) == stands.get(name) for name in ("data", "candidates"))
    return None if is_same else "has another body"
