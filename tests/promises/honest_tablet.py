"""A tablet as CouchDB's replication protocol wants it, and a stock PouchDB behind the same methods.

It keeps what it was given, asks for what it lacks, sends what is new on it, and honours deletions.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from urllib.parse import urlencode

from urllib3 import PoolManager
from urllib3.util import Retry, make_headers

from tablet.stock import Credentials, StockTablet
from tests.protocol.api import SECONDS
from tests.support.personas import Persona

Json = dict[str, Any]
WHOLE = 1_000


@dataclass(frozen=True)
class Shown:
    """What a tablet shows of a document: the revision that wins, and its members without `_`."""

    rev: str
    body: Json


class Tablet(Protocol):
    """What a history does with a tablet."""

    persona: Persona
    refused: dict[str, set[str]]

    @property
    def has_synced(self) -> bool:
        """Whether it was given anything yet."""

    def write(self, document: str, body: Json) -> None:
        """Edits what is shown, or begins a document; nothing is sent."""

    def push(self) -> list[str]:
        """Sends what is new; returns the ids of what was sent and not refused."""

    def pull(self, limit: int = WHOLE, cut: int | None = None) -> None:
        """Fetches what is new, in pages of `limit`; breaks off after `cut` revisions."""

    def documents(self) -> dict[str, Shown]:
        """What is shown."""

    def without(self, is_excepted: Callable[[str, str], bool]) -> dict[str, Shown]:
        """What would be shown without those of the refused revisions that are excepted."""


class Cut(Exception):
    """The link broke."""


@dataclass
class Held:
    """A document on a tablet: who descends from whom, and the bodies that came."""

    parents: dict[str, str | None] = field(default_factory=dict)
    bodies: dict[str, Json] = field(default_factory=dict)

    def add(self, path: list[str], body: Json) -> None:
        """Takes a revision with its ancestors, the newest first."""
        for rev, parent in zip(path, [*path[1:], None], strict=True):
            self.parents[rev] = self.parents.get(rev) or parent
        self.bodies[path[0]] = body

    def path(self, rev: str | None) -> Iterator[str]:
        """A revision and what it descends from."""
        while rev is not None:
            yield rev
            rev = self.parents[rev]

    def leaves(self) -> set[str]:
        """What nothing descends from."""
        return self.parents.keys() - set(self.parents.values())

    def winner(self) -> str:
        """The leaf that is shown: a live one before a tombstone, the longest, the greatest digest.

        Source: CouchDB documentation, Replication and conflict model.
        """
        return max(self.leaves(), key=lambda rev: (not self.is_deleted(rev), *_order(rev)))

    def is_deleted(self, rev: str) -> bool:
        """Whether a leaf is a tombstone."""
        return bool(self.bodies[rev].get("_deleted"))

    def pruned(self, is_gone: Callable[[str], bool]) -> Held:
        """The same without some leaves, and what then is one."""
        kept = Held(dict(self.parents), self.bodies)
        while gone := [rev for rev in kept.leaves() if is_gone(rev)]:
            for rev in gone:
                del kept.parents[rev]
        return kept


class Link:
    """A tablet's requests to its database. Histories make so many that each has to cost little."""

    def __init__(self, persona: Persona, url: str) -> None:
        self._url = url
        account = make_headers(basic_auth=f"{persona.device}:{persona.token}")
        # A link that was idle for too long is closed: whoever finds it so asks again.
        again = Retry(3, allowed_methods=None)
        headers = {**account, "Accept": "application/json"}
        self._connections = PoolManager(headers=headers, retries=again, timeout=SECONDS)

    def get(self, path: str, **parameters: str | int) -> Any:
        """What is answered."""
        return self._answer("GET", path, parameters)

    def post(self, path: str, body: Json, **parameters: str | int) -> Any:
        """What is answered to a body."""
        return self._answer("POST", path, parameters, body)

    def _answer(
        self, method: str, path: str, parameters: Mapping[str, str | int], body: Json | None = None
    ) -> Any:
        sent = None if body is None else json.dumps(body)
        answer = self._connections.request(
            method,
            f"{self._url}/{path}?{urlencode(parameters)}",
            body=sent,
            headers={**self._connections.headers, "Content-Type": "application/json"},
        )
        assert answer.status in {200, 201}, answer.data
        return answer.json()


class HonestTablet:
    """A tablet over HTTP."""

    def __init__(self, persona: Persona, url: str, *, pushes_back: bool) -> None:
        """An empty tablet.

        Args:
            pushes_back: whether it offers what it was given, as PouchDB does.
        """
        self.persona = persona
        self.refused: dict[str, set[str]] = {}
        self._link = Link(persona, url)
        self._pushes_back = pushes_back
        self._since = "0"
        self._held: dict[str, Held] = {}
        self._new: dict[str, set[str]] = {}
        self._unsent: dict[str, set[str]] = {}
        self._left: int | None = None

    @property
    def has_synced(self) -> bool:
        """Whether it was given anything yet."""
        return self._since != "0"

    def write(self, document: str, body: Json) -> None:
        """Edits what is shown, or begins a document; nothing is sent."""
        held = self._held.setdefault(document, Held())
        parent = held.winner() if held.parents else None
        rev = f"{_order(parent)[0] + 1 if parent else 1}-{secrets.token_hex(16)}"
        held.add([rev, *held.path(parent)], body)
        self._new.setdefault(document, set()).add(rev)
        self._unsent.setdefault(document, set()).add(rev)

    def push(self) -> list[str]:
        """Sends what is new; returns the ids of what was sent and not refused."""
        offered = {name: revs & self._held[name].leaves() for name, revs in self._new.items()}
        sent = [
            self._written(name, rev)
            for name, told in self._lacking(offered).items()
            for rev in told["missing"]
        ]
        rows = self._link.post("_bulk_docs", {"docs": sent, "new_edits": False}) if sent else []
        assert all(row["error"] == "forbidden" for row in rows), rows
        refused = {(row["id"], row["rev"]) for row in rows}
        for one in sent:
            name, rev = one["_id"], one["_rev"]
            mine = self._unsent.get(name, set()) & set(self._held[name].path(rev))
            self._unsent.get(name, set()).difference_update(mine)
            if (name, rev) in refused:
                self.refused.setdefault(name, set()).update({rev, *mine})
        self._new.clear()
        return [one["_id"] for one in sent if (one["_id"], one["_rev"]) not in refused]

    def pull(self, limit: int = WHOLE, cut: int | None = None) -> None:
        """Fetches what is new, in pages of `limit`; breaks off after `cut` revisions.

        A page that is not full is the last one, as for PouchDB.
        """
        self._left = cut
        while True:
            page = self._page(limit)
            rows = page["results"]
            lacked = [
                {"id": row["id"], "rev": one["rev"]}
                for row in rows
                for one in row["changes"]
                if one["rev"] not in self._held.setdefault(row["id"], Held()).parents
            ]
            try:
                self._fetch(lacked)
            except Cut:
                return
            self._since = page["last_seq"]
            if len(rows) < limit:
                return

    def documents(self) -> dict[str, Shown]:
        """What is shown."""
        return self.without(lambda *_: False)

    def without(self, is_excepted: Callable[[str, str], bool]) -> dict[str, Shown]:
        """What would be shown without those of the refused revisions that are excepted."""
        shown: dict[str, Shown] = {}
        for name, whole in self._held.items():
            refused = self.refused.get(name, ())
            gone = {rev for rev in refused if is_excepted(name, rev)}
            held = whole.pruned(gone.__contains__) if gone else whole
            if held.parents and not held.is_deleted(rev := held.winner()):
                shown[name] = Shown(rev, _answers(held.bodies[rev]))
        return shown

    def _page(self, limit: int) -> Json:
        page: Json = self._link.get("_changes", style="all_docs", since=self._since, limit=limit)
        return page

    def _fetch(self, lacked: list[Json]) -> None:
        if not lacked:
            return
        told = self._link.post("_bulk_get", {"docs": lacked}, revs="true", latest="true")
        for result in told["results"]:
            for row in result["docs"]:
                if self._left == 0:
                    raise Cut
                self._left = None if self._left is None else self._left - 1
                self._take(row["ok"])

    def _take(self, given: Json) -> None:
        start, ids = given["_revisions"]["start"], given["_revisions"]["ids"]
        path = [f"{start - at}-{digest}" for at, digest in enumerate(ids)]
        self._held[given["_id"]].add(path, given)
        if self._pushes_back:
            self._new.setdefault(given["_id"], set()).add(path[0])

    def _written(self, name: str, rev: str) -> Json:
        held = self._held[name]
        ids = [one.partition("-")[2] for one in held.path(rev)]
        return {
            **held.bodies[rev],
            "_id": name,
            "_rev": rev,
            "_revisions": {"start": _order(rev)[0], "ids": ids},
        }

    def _lacking(self, offered: Mapping[str, set[str]]) -> Json:
        """What the service has not got of some revisions, by document."""
        asked = {name: sorted(revs) for name, revs in offered.items() if revs}
        lacking: Json = self._link.post("_revs_diff", asked) if asked else {}
        return lacking


class PouchTablet:
    """A stock PouchDB; judged by what it shows."""

    def __init__(self, persona: Persona, url: str, pouch: StockTablet) -> None:
        self.persona = persona
        self.refused: dict[str, set[str]] = {}
        self._url = url
        self._pouch = pouch
        self._credentials = Credentials(persona.device, persona.token)

    @property
    def has_synced(self) -> bool:
        """Whether it was given anything yet."""
        return bool(self.documents())

    def write(self, document: str, body: Json) -> None:
        """Edits what is shown, or begins a document; nothing is sent."""
        shown = self.documents().get(document)
        self._pouch.put({**body, "_id": document, **({"_rev": shown.rev} if shown else {})})

    def push(self) -> list[str]:
        """Sends what is new; returns the ids of what is shown and was not refused."""
        pushed = self._pouch.push(self._url, self._credentials)
        for one in pushed.denied:
            self.refused.setdefault(one.id, set())
        return [name for name in self.documents() if name not in self.refused]

    def pull(self, limit: int = WHOLE, cut: int | None = None) -> None:
        """Fetches what is new, in pages of `limit`; PouchDB itself is not cut."""
        del cut
        self._pouch.pull(self._url, self._credentials, batch_size=max(limit, 2))

    def documents(self) -> dict[str, Shown]:
        """What is shown."""
        rows = self._pouch.all_docs(include_docs=True)
        return {row["id"]: Shown(row["value"]["rev"], _answers(row["doc"])) for row in rows}

    def without(self, is_excepted: Callable[[str, str], bool]) -> dict[str, Shown]:
        """What is shown and was never refused: PouchDB does not tell which revision it was."""
        del is_excepted
        return {name: one for name, one in self.documents().items() if name not in self.refused}


def _order(rev: str) -> tuple[int, str]:
    generation, _, digest = rev.partition("-")
    return int(generation), digest


def _answers(document: Mapping[str, Any]) -> Json:
    return {name: value for name, value in document.items() if not name.startswith("_")}
