"""Everybody sends every request, and what they are told is looked through.

Three things are looked for in every answer: what is planted where its reader may not look; a
difference from the answer about what does not exist; and a change by what others have written.
"""

from __future__ import annotations

import json
import math
import random
import re
from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

import requests
from flask import Flask
from werkzeug.exceptions import HTTPException

from sync_server.app import BLUEPRINTS
from sync_server.http.routes import register_routes
from tests.promises.confidential.canaries import words_of
from tests.promises.confidential.inventory import (
    INVENTORY,
    Ask,
    Target,
    Tried,
    ghost_database_of,
    ghost_of,
    swapped,
)
from tests.promises.confidential.oracle import supervises
from tests.promises.confidential.world import DATABASE, Document, Reader, World

SECONDS = 60
_BOUNDARY = re.compile(r'boundary="?([^";]+)"?')
_SEQ = re.compile(r"\b\d+-[0-9a-f]{16}(?![0-9a-z])")
_DIGEST = re.compile(r"\b(\d+)-[0-9a-z]{32,40}(?![0-9a-z])")
_ID = re.compile(r"(?<![0-9a-z])[0-9a-f]{32}(?![0-9a-z])")
_TIME = re.compile(r'"(heard_at|told_at|expires_at)": ?[0-9.]+')
_NOT_COMPARED = frozenset({"date", "expires", "set-cookie", "content-length"})
"""Headers. The length is that of the body, which is compared; in HEAD that of what GET would say,
in which seqs have as many digits as they have.
"""


NOTHING = Target(
    DATABASE,
    "3f6c0000-0000-4000-8000-000000000000:k8:01JDC3XJZS8W7V6T5R4Q3P2N1M",
    (f"1-{'1' * 32}", f"2-{'2' * 32}"),
    f"{'0' * 64}.jpg",
    "AAAAAAAAAAAAAAAAAAAAAA==",
    "nothing",
    "0-0123456789abcdef",
    "SD-0000",
    "nobody",
    "nobody-tablet-1",
)
"""A target that does not exist."""
FEED = "changes.changes"
LISTINGS = frozenset({"server.all_databases", "databases.information", FEED}) | {
    "all_docs.all_documents",
    "all_docs.several",
    "supervision.conflicts",
    "supervision.quarantine",
    "devices.listing",
    "console.waiting",
}
"""The routes that tell of many documents, or count them."""
KEEPERS = frozenset({"stranger", "colleague"})
"""Caseworkers who are there for their records: others of their role walk."""
KNOCKED_AT = frozenset({"documents.read", FEED, "bulk.bulk_get", "console.waiting"})


@dataclass(frozen=True)
class Told:
    """An answer."""

    status: str
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> bytes:
        """All of it, as it came over the network."""
        lines = [self.status, *(f"{name}: {value}" for name, value in self.headers.items())]
        return "\n".join(lines).encode("utf-8", "surrogateescape") + b"\n\n" + self.body

    def less_stubs(self, shown: Collection[str]) -> Told:
        """A feed's answer less the rows that tell somebody to forget what they were shown, and less
        what goes with a row: commas, and the seqs in lines of their own of an eventsource.
        """
        rows = (line.strip(b",\r").removeprefix(b"data: ") for line in self.body.split(b"\n"))
        kept = [one for one in rows if not one.startswith(b"id: ") and not _is_stub(one, shown)]
        return replace(self, body=b"\n".join(kept))

    @property
    def compared(self) -> str:
        """It without what may differ: seqs, the time, new ids, and digests behind generations."""
        headers = {one.lower(): value for one, value in self.headers.items()}
        text = self.body.decode("utf-8", "replace")
        boundary = _BOUNDARY.search(headers.get("content-type", ""))
        lines = [f"{one}: {headers[one]}" for one in sorted(headers) if one not in _NOT_COMPARED]
        whole = "\n".join([self.status, *lines, text])
        if boundary:
            whole = whole.replace(boundary[1], "BOUNDARY")
        for pattern, by in ((_DIGEST, r"\1-DIGEST"), (_SEQ, "SEQ"), (_ID, "ID"), (_TIME, r"\1")):
            whole = pattern.sub(by, whole)
        return whole


@dataclass
class Walk:
    """What was sent, and what was found in the answers.

    Attributes:
        share: of the requests that try a route, so many are sent, at random, and one at least.
        leaks: a line for each.
        sent: how many requests.
        who: the names of those who sent any.
    """

    world: World
    chance: random.Random
    share: float = 1.0
    leaks: list[str] = field(default_factory=list)
    sent: int = 0
    who: set[str] = field(default_factory=set)
    inventory: list[Tried] = field(default_factory=lambda: INVENTORY)

    def everybody(self) -> list[Reader | None]:
        """Who walks: everybody with a tablet, those with a password by it, and nobody known."""
        readers = [one for one in self.world.readers.values() if one.name not in KEEPERS]
        by_password = [self.world.by_password(one) for one in readers if one.console.cookies]
        return [*readers, *by_password, None]

    def read_everything(self, reader: Reader | None, targets: int = 2) -> None:
        """All that reads, aimed at some of what somebody does not see, at what they see and, if
        there are any targets, at the open database.
        """
        if reader is not None and not reader.who.may_come_in:
            self._knock(reader)
            return
        base = self.world.target(self.world.nothing(), reader)
        self._send_all(reader, base, self._tried(writes=False))
        for document in self._foreign(reader, targets):
            self._compare(reader, document, writes=False)
        seen = self._seen(reader)
        if seen is not None:
            target = self.world.target(seen, reader)
            self._send_all(reader, target, self._tried(writes=False), base)
        if targets:
            self._read_club(reader)

    def write_everything(self, reader: Reader | None, targets: int = 2) -> None:
        """All that writes, aimed at what somebody does not see."""
        for document in self._foreign(reader, targets):
            self._compare(reader, document, writes=True)
        if not self.world.is_of_club(reader):
            target = self.world.club_target(reader)
            self._compare_with(reader, target, ghost_database_of(target, self.chance), writes=True)

    def answers(self, reader: Reader | None) -> dict[str, str]:
        """What somebody is told by every request that reads and is aimed at nothing."""
        return {
            repr(ask): self._told(reader, ask).compared
            for tried in self._tried(writes=False)
            for _, ask in tried.asks(NOTHING)[: None if tried.endpoint in LISTINGS else 1]
            if ask.method != "HEAD"
        }

    def compare(
        self, reader: Reader | None, before: dict[str, str], after: dict[str, str], why: str
    ) -> None:
        """Notes where an answer has changed by what somebody may not see."""
        for ask, told in before.items():
            if after[ask] != told:
                self._note(reader, f"{ask} changed when {why}: {_difference(told, after[ask])}")

    # One target

    def _compare(self, reader: Reader | None, document: Document, *, writes: bool) -> None:
        target = self.world.target(document, reader)
        record = document.id.partition(":")[0]
        beside = writes or self.world.sees_record(reader, document.id)
        if beside and document.id.count(":") < 2:  # there is no other of its form in the record
            self._send_all(reader, target, self._tried(writes=writes))
            return
        ghost = ghost_of(target, self.chance, beside=beside)
        if self.world.sees(reader, f"{record}:k1"):
            ghost = replace(ghost, number=target.number)
        self._compare_with(reader, target, ghost, writes=writes)

    def _compare_with(
        self, reader: Reader | None, target: Target, ghost: Target, *, writes: bool
    ) -> None:
        for tried in self._tried(writes=writes):
            pairs = zip(tried.asks(target), tried.asks(ghost), strict=True)
            for aimed, vain in self._some([(a, b) for (_, a), (_, b) in pairs if a != b]):
                one, other = self._told(reader, aimed), self._told(reader, vain)
                if reader is not None and tried.endpoint == FEED:
                    one, other = one.less_stubs(reader.shown), other.less_stubs(reader.shown)
                there, nowhere = one.compared, _swapped(other, ghost, target).compared
                if there != nowhere:
                    what = _difference(nowhere, there)
                    self._note(reader, f"{aimed} tells that it is there: {what}")

    def _send_all(
        self, reader: Reader | None, target: Target, tried: list[Tried], base: Target | None = None
    ) -> None:
        """Sends all requests aimed at a target, but those that are the same for `base`."""
        for one in tried:
            known = [ask for _, ask in one.asks(base)] if base else []
            asks = [ask for _, ask in one.asks(target) if ask not in known]
            for ask in self._some(asks):
                self._told(reader, ask)

    def _knock(self, reader: Reader) -> None:
        """A few requests by who is shut out: each wrong secret costs the server a slow hash."""
        for document in self._foreign(reader, 1):
            target = self.world.target(document, reader)
            few = [one for one in self._tried(writes=False) if one.endpoint in KNOCKED_AT]
            self._send_all(reader, target, few)

    def _read_club(self, reader: Reader | None) -> None:
        target = self.world.club_target(reader)
        if self.world.is_of_club(reader):
            self._send_all(reader, target, self._tried(writes=False))
        else:
            ghost = ghost_database_of(target, self.chance)
            self._compare_with(reader, target, ghost, writes=False)

    def _some(self, every: list[Any]) -> list[Any]:
        """A share of some requests, in their order; one at least."""
        most = math.ceil(len(every) * self.share)
        kept = sorted(self.chance.sample(range(len(every)), most))
        return [every[at] for at in kept]

    def _tried(self, *, writes: bool) -> list[Tried]:
        return [one for one in self.inventory if one.writes == writes]

    def _foreign(self, reader: Reader | None, targets: int) -> list[Document]:
        """Some documents that somebody does not see: one with a file, one in a record of which
        they see something, and any.
        """
        found = self.world.foreign_to(reader)
        near = [one for one in found if self.world.sees_record(reader, one.id)]
        near = [one for one in near if one.id.count(":") == 2] or near
        far = [one for one in found if one not in near]
        chosen = [*far[:1], *near[:1]]
        rest = [one for one in found if one not in chosen]
        chosen += self.chance.sample(rest, min(len(rest), max(targets - len(chosen), 0)))
        return chosen[:targets]

    def _seen(self, reader: Reader | None) -> Document | None:
        found = [one for one in self.world.documents.values() if self.world.sees(reader, one.id)]
        found = [one for one in found if one.revs]
        return max(found, key=lambda one: (one.file != "none.jpg", len(one.revs)), default=None)

    # One request

    def _told(self, reader: Reader | None, ask: Ask) -> Told:
        """The answer to a request, looked through."""
        sent = _as_caller(ask, reader)
        told = self._send(reader, sent)
        self.sent += 1
        self.who.add(_name(reader))
        said = self.world.canaries.found(
            words_of([sent.path, unquote(sent.path), sent.query, sent.json, sent.data])
            + words_of([*sent.headers.values(), *map(unquote, sent.headers.values())])
        )
        for word in self.world.canaries.found(told.text) - said:
            if not self.world.is_told(reader, word):
                places = sorted(map(str, self.world.canaries.places[word]))
                self._note(reader, f"{sent} told {word.decode()} of {places}")
        if ask.method not in ("GET", "HEAD") and reader is not None:
            self._let_know(reader, said)
        return told

    def _let_know(self, reader: Reader, said: set[bytes]) -> None:
        """What somebody writes may stand in quarantine, which their supervisor sees."""
        names = said & self.world.canaries.names
        for one in self.world.readers.values():
            if one.name == reader.name or supervises(one.who, reader.who):
                one.known |= names

    def _send(self, reader: Reader | None, ask: Ask) -> Told:
        headers = {"Accept": "application/json", "Accept-Encoding": "identity", **ask.headers}
        data: Any = ask.data
        if ask.json is not None:
            data = json.dumps(ask.json)
            headers["Content-Type"] = "application/json"
        with self._session(reader, ask) as session:
            answer = session.request(
                ask.method,
                self.world.server.url + ask.path,
                params=ask.query,
                data=data,
                headers=headers,
                allow_redirects=False,
                timeout=SECONDS,
            )
        if answer.status_code >= 500 and answer.status_code != 501:
            self._note(reader, f"{ask} failed: {answer.status_code} {answer.text[:200]}")
        return Told(f"{answer.status_code} {answer.reason}", dict(answer.headers), answer.content)

    def _session(self, reader: Reader | None, ask: Ask) -> Any:
        if reader is None or ask.signs_out:
            return requests.Session()
        session = reader.console if ask.path.startswith("/console") else reader.api.session
        return _Kept(session)

    def _note(self, reader: Reader | None, what: str) -> None:
        self.leaks.append(f"{_name(reader)}: {what}")


class _Kept:
    """A session that goes on."""

    def __init__(self, session: requests.Session) -> None:
        self._session = session

    def __enter__(self) -> requests.Session:
        return self._session

    def __exit__(self, *_: object) -> None:
        pass


def _is_stub(row: bytes, shown: Collection[str]) -> bool:
    """Whether a line is an empty one or a row of a document that was shown, all of whose leaves are
    stubs: these have digests that begin with `s`.
    """
    if b'"deleted":true' not in row:
        return not row
    told = json.loads(row)
    digests = [one["rev"].partition("-")[2] for one in told["changes"]]
    return told["id"] in shown and all(one.startswith("s") for one in digests)


def _name(reader: Reader | None) -> str:
    if reader is None:
        return "nobody"
    return reader.name if reader.device else f"{reader.name} by password"


def _as_caller(ask: Ask, reader: Reader | None) -> Ask:
    """A request that writes in the caller's own name."""
    if ask.json is None or reader is None:
        return ask
    text = json.dumps(ask.json).replace('"AUTHOR"', json.dumps(reader.name))
    return replace(ask, json=json.loads(text.replace('"DEVICE"', json.dumps(reader.device))))


def _swapped(told: Told, ghost: Target, target: Target) -> Told:
    headers = {name: swapped(value, ghost, target) for name, value in told.headers.items()}
    body = swapped(told.body.decode("utf-8", "surrogateescape"), ghost, target)
    return Told(told.status, headers, body.encode("utf-8", "surrogateescape"))


def _difference(expected: str, found: str) -> str:
    """The first place in which two answers differ."""
    at = next((n for n, (a, b) in enumerate(zip(expected, found, strict=False)) if a != b), -1)
    start = max(at - 60, 0)
    return f"{expected[start : at + 80]!r} / {found[start : at + 80]!r}"


# The URL map


def url_map() -> Flask:
    """An application with all routes and nothing behind them."""
    app = Flask("routes", static_folder=None)
    register_routes(app, BLUEPRINTS)
    return app


def untried_routes(app: Flask, inventory: list[Tried], target: Target) -> list[str]:
    """What the inventory and the routes of an application do not have in common, a line for each:
    a rule and method that no request tries, or an entry whose requests lead elsewhere.
    """
    routes = {
        f"{method} {rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"OPTIONS"}
    }
    tried: set[str] = set()
    wrong: list[str] = []
    for entry in inventory:
        for endpoint, ask in entry.asks(target):
            found = _route(app, ask)
            if found is None or found[0] != endpoint:
                wrong.append(f"{endpoint}: {ask.method} {ask.path} leads to {found}")
            else:
                tried.add(f"{ask.method} {found[1]} ({endpoint})")
    return [f"nothing tries {one}" for one in sorted(routes - tried)] + wrong


def _route(app: Flask, ask: Ask) -> tuple[str, str] | None:
    adapter = app.url_map.bind("localhost")
    try:
        rule, _ = adapter.match(unquote(ask.path), method=ask.method, return_rule=True)
    except HTTPException:
        return None
    return rule.endpoint, rule.rule
