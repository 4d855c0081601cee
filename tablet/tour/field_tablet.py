"""A person's tablet: a stock one, whose documents carry the envelope of a case database."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tablet.stock import Credentials, StockTablet, Synced
from tablet.stock.driver import Document

_FIRST_SYNC_SECONDS = 120.0
_MOST_ROUNDS = 6
_ULID_CHARACTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@dataclass(frozen=True)
class FieldTablet:
    """A tablet and who signs in with it.

    Attributes:
        database: the address of the server's case database.
    """

    author: str
    device: str
    token: str
    database: str
    stock: StockTablet

    @property
    def credentials(self) -> Credentials:
        """What the tablet signs in with."""
        return Credentials(self.device, self.token)

    def sync(self) -> Synced:
        """Goes online for one sync, both ways."""
        return self.stock.sync(self.database, self.credentials, time_limit=_FIRST_SYNC_SECONDS)

    def see(self, document_id: str) -> Document:
        """The document as the tablet shows it; `_conflicts` names other live leaves."""
        return self.stock.get(document_id, conflicts=True)

    def write(self, document_id: str, answers: Mapping[str, object]) -> str:
        """Fills in a form for the first time; returns the revision."""
        return self.stock.put(
            {"_id": document_id, **self._envelope(document_id), "data": dict(answers)}
        )

    def edit(
        self,
        document_id: str,
        answers: Mapping[str, object],
        settles: Mapping[str, list[str]] | None = None,
    ) -> str:
        """Changes some answers of what the tablet shows; returns the new revision.

        Args:
            settles: of each open unit that is decided here, the revisions it was open between.
        """
        shown = self.stock.get(document_id)
        document = {
            "_id": document_id,
            "_rev": shown["_rev"],
            **self._envelope(document_id),
            "data": {**shown["data"], **answers},
        }
        return self.stock.put({**document, "settles": settles} if settles else document)

    def case_documents(self) -> set[str]:
        """The ids of all that the tablet holds beside the shared configuration."""
        ids = {row["id"] for row in self.stock.all_docs()}
        return {one for one in ids if not one.startswith("shared:")}

    def forms_of(self, record: str) -> set[str]:
        """What the tablet holds of a record: the names of its documents, `k21` or `k2:01J…`."""
        ids = (one.partition(":") for one in self.case_documents())
        return {name for record_id, _, name in ids if record_id == record}

    def _envelope(self, document_id: str) -> Document:
        return {
            "form": document_id.split(":")[1],
            "form_rev": 1,
            "author": self.author,
            "device": self.device,
            "edited_at": datetime.now().astimezone().isoformat(timespec="seconds"),
            "salt": secrets.token_hex(16),
            "state": "complete",
        }


def converge(tablets: Iterable[FieldTablet]) -> bool:
    """Syncs tablets in turn until nothing moves any more; False where that takes too long."""
    taking_part = list(tablets)
    for _ in range(_MOST_ROUNDS):
        moved = [_moved(tablet.sync()) for tablet in taking_part]
        if not any(moved):
            return True
    return False


def new_ulid() -> str:
    """A ULID: the time in milliseconds and 80 random bits, in 26 characters."""
    number = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return "".join(_ULID_CHARACTERS[number >> 5 * place & 31] for place in reversed(range(26)))


def _moved(synced: Synced) -> int:
    return synced.push.docs_written + synced.pull.docs_written
