"""An unchanged PouchDB that syncs both ways: one tablet after the other in one Node process."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from tablet.stock.process import NodeProcess

SCRIPT = Path(__file__).with_suffix(".mjs")
SECONDS = 60
Json = dict[str, Any]


@dataclass(frozen=True)
class Cut:
    """Where the link is cut during a sync.

    Attributes:
        at: the first request, from 1, that fails; all later ones do too.
        is_heard: whether the server still hears that one, and only its answer is lost.
    """

    at: int
    is_heard: bool


@dataclass(frozen=True)
class Held:
    """What a tablet has of a document.

    Attributes:
        shown: the revision that it shows; None where it shows none.
        leaves: the bodies of its leaves by revision, tombstones included.
    """

    shown: str | None
    leaves: Mapping[str, Json]

    @property
    def live(self) -> Mapping[str, Json]:
        """The leaves that are no tombstones."""
        return {rev: body for rev, body in self.leaves.items() if not body.get("_deleted")}


class TwoWayTablet:
    """A Node process with one local database at a time, inside `with`."""

    def __init__(self, installation: Path) -> None:
        self._installation = installation
        self._made = 0

    def __enter__(self) -> Self:
        self._folder = tempfile.TemporaryDirectory(prefix="two-way-tablet-")
        self._process = NodeProcess(self._installation, str(SCRIPT))
        return self

    def __exit__(self, *_: object) -> None:
        self._process.end()
        self._folder.cleanup()

    def begin_anew(self) -> None:
        """Destroys the local database, and opens an empty one."""
        self._made += 1
        self._call("open", path=str(Path(self._folder.name) / str(self._made)))

    def put(self, document: Json) -> str:
        """Writes a document on the revision that it names, if it names one; returns the new one."""
        rev: str = self._call("put", document=document)
        return rev

    def shown(self) -> set[str]:
        """The ids of all documents that are not deleted here."""
        return set(self._call("shown"))

    def held(self, ids: Collection[str]) -> dict[str, Held]:
        """What there is of some documents."""
        return {
            row["id"]: Held(row["shown"], {body["_rev"]: body for body in row["leaves"]})
            for row in self._call("held", ids=sorted(ids))
        }

    def sync(
        self, url: str, auth: tuple[str, str], batch_size: int, cut: Cut | None = None
    ) -> Json:
        """Syncs once, both ways.

        Returns:
            What became of `push` and of `pull`, and how many `requests` it took. Of each way the
            ids of `denied` documents, how many leaves it has `read`, and the `failure` or None.
        """
        name, password = auth
        answer: Json = self._call(
            "sync",
            url=url,
            auth={"username": name, "password": password},
            options={"batch_size": batch_size},
            cut_at=cut.at if cut else None,
            is_heard=cut.is_heard if cut else False,
        )
        return answer

    def _call(self, command: str, **arguments: Any) -> Any:
        return self._process.call(command, arguments, SECONDS)
