"""How much of everything is measured."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Sizes:
    """The sizes of a run; as they stand here they are those of the figures in the reference.

    Attributes:
        rounds: of every measure, on every server.
        documents: in one `_bulk_docs` or `_bulk_get`.
        rows: documents in the database that `_changes` and `_all_docs` list.
        requests: single requests one after the other, or of all clients together.
        clients: that write at the same time.
        cases: documents in the case database.
        feed: those of them that the caseworker sees.
        waiters: long-polls that wait at the same time.
    """

    rounds: int = 5
    documents: int = 500
    rows: int = 20_000
    requests: int = 500
    clients: int = 16
    cases: int = 35_000
    feed: int = 130
    waiters: int = 1_000

    @property
    def is_smoke(self) -> bool:
        """Whether anything is smaller than in a measurement."""
        return any(getattr(self, one.name) < one.default for one in fields(self))


SMOKE = Sizes(
    rounds=1, documents=50, rows=500, requests=50, clients=16, cases=500, feed=25, waiters=50
)
