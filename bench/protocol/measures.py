"""Everything that is measured, in the order of the tables, and what CouchDB is said to reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bench.protocol import reading, waiting, writing
from bench.protocol.cases import VALIDATED_FIELDS
from bench.protocol.cost import Figures
from bench.protocol.peer import Peer
from bench.protocol.scene import Scene
from bench.protocol.sizes import Sizes

TOLD_BY_JAVASCRIPT = 32  # seconds of CouchDB for a caseworker's feed without `_selector`


@dataclass(frozen=True)
class Measure:
    """One kind of request.

    Attributes:
        name: in the JSON.
        title: in tables; `{documents}` and the like stand for the sizes.
        unit: of what the figures count so many a second.
        run: does it once on one server.
        told: figures of CouchDB 3.4.3 on a machine like this, told and not measured here.
    """

    name: str
    title: str
    unit: str
    run: Callable[[Peer, Scene], Figures]
    told: Figures = field(default_factory=dict)

    def titled(self, sizes: Sizes) -> str:
        """The title with the sizes of a run."""
        return self.title.format(**{name: f"{size:,}" for name, size in vars(sizes).items()})


MEASURES = (
    Measure(
        "bulk_docs_replicated",
        "`_bulk_docs` of {documents}, `new_edits=false`",
        "documents",
        writing.bulk_docs_replicated,
        {"per_cpu": 1_885.0},
    ),
    Measure(
        "bulk_docs_new",
        "`_bulk_docs` of {documents}, new revisions",
        "documents",
        writing.bulk_docs_new,
        {"per_cpu": 1_885.0},
    ),
    Measure(
        "bulk_docs_validated",
        f"`_bulk_docs` of {{documents}} cases, {VALIDATED_FIELDS} answers",
        "documents",
        writing.bulk_docs_validated,
        {"per_cpu": 750.0},
    ),
    Measure("changes", "`_changes` of {rows}", "rows", reading.changes, {"per_cpu": 20_000.0}),
    Measure(
        "changes_with_documents",
        "`_changes` of {rows}, documents",
        "rows",
        reading.changes_with_documents,
        {"per_cpu": 4_450.0},
    ),
    Measure("all_docs", "`_all_docs` of {rows}, documents", "rows", reading.all_docs),
    Measure("all_docs_page", "`_all_docs`, 100 of {rows}", "pages", reading.all_docs_page),
    Measure(
        "bulk_get",
        "`_bulk_get` of {documents}, revisions",
        "documents",
        reading.bulk_get,
        {"per_cpu": 2_950.0},
    ),
    Measure(
        "bulk_get_pictures",
        "`_bulk_get` of {documents}, 20 kB attached",
        "documents",
        reading.bulk_get_pictures,
    ),
    Measure("put_alone", "PUT, one client", "puts", writing.put_alone, {"median_ms": 5.6}),
    Measure(
        "put_together", "PUT, {clients} clients", "puts", writing.put_together, {"per_wall": 540.0}
    ),
    Measure("get", "GET of a document", "gets", reading.get),
    Measure(
        "caseworkers_feed",
        "a caseworker's {feed} of {cases}",
        "feeds",
        reading.caseworkers_feed,
        {"seconds": 2.2},
    ),
    Measure("waiting", "{waiters} waiting long-polls", "answers", waiting.waiting),
)
