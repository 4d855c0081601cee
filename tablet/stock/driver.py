"""A stock tablet as a Python object: one local PouchDB database in a Node process of its own."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self
from urllib.parse import urlsplit

from tablet.stock.errors import TabletError
from tablet.stock.process import NodeProcess
from tablet.stock.replication import Credentials, Replicated, Synced, replicated

Document = dict[str, Any]

TIME_LIMIT_SECONDS = 30.0


class StockTablet:
    """A tablet with an unchanged PouchDB and one local database, kept in a folder (LevelDB).

    It runs between `start` and `close`, or inside `with`; a tablet with a folder can be started
    again and has what it had. Each call waits for its answer. Keyword arguments called `options`
    are PouchDB's own (`revs=True`, `include_docs=True`, `batch_size=10`, ...), given to it as they
    are.

    A call raises `TabletError` when PouchDB, the server or the process refuses, with the name
    "timeout" when it takes longer than its time limit (in seconds). One tablet is for one thread at
    a time; several tablets are independent of each other, their cookies and caches too.
    """

    def __init__(
        self,
        installation: Path,
        folder: Path | None = None,
        *,
        time_limit: float = TIME_LIMIT_SECONDS,
        options: Mapping[str, object] | None = None,
    ) -> None:
        """A tablet that is still switched off.

        Args:
            installation: what `install` returned.
            folder: of the database, made when absent, used by one tablet at a time; None: a
                temporary one, gone after `close`.
            time_limit: of each call that is given no other, in seconds.
            options: of the local database, for instance {"auto_compaction": True}.
        """
        self._installation = installation
        self._folder = folder
        self._time_limit = time_limit
        self._options = dict(options or {})
        self._process: NodeProcess | None = None
        self._temporary: tempfile.TemporaryDirectory[str] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    # Switching on and off

    def start(self) -> None:
        """Start Node and open the database.

        Raises:
            TabletError: "OpenError", when another tablet uses the folder; it is switched off then.
        """
        if self._process is not None:
            raise TabletError("already_open", "the tablet is running")
        path = self._database_path()
        self._process = NodeProcess(self._installation)
        try:
            self._call("open", {"path": str(path), "options": self._options})
        except TabletError:
            self.close()
            raise

    def close(self) -> None:
        """Switch off; a tablet that is off already, or was killed, is left as it is."""
        if self._process is not None:
            self._process.end()
            self._process = None
        if self._temporary is not None:
            self._temporary.cleanup()
            self._temporary = None

    def kill(self) -> None:
        """Cut the power: Node ends at once, without closing its database.

        Calls then raise "process_ended"; `close` and `start` switch it on again, with all that was
        answered before the cut.
        """
        if self._process is not None:
            self._process.kill()

    # Documents

    def get(self, doc_id: str, **options: object) -> Document:
        """The winning revision, or that of `rev=`; `conflicts=True`, `revs=True` tell more."""
        return self._document("get", {"id": doc_id, "options": options})

    def leaves(
        self, doc_id: str, wanted: Sequence[str] | Literal["all"] = "all", /, **options: object
    ) -> list[Document]:
        """The leaves of a document, tombstones included, or the wanted revisions (`open_revs`).

        In no particular order; a revision that isn't here is left out.
        """
        rows = self._call("get", {"id": doc_id, "options": {**options, "open_revs": wanted}})
        return [row["ok"] for row in rows if "ok" in row]

    def put(self, document: Mapping[str, object], **options: object) -> str:
        """Write a document, with its `_rev` unless it is new; returns the new revision."""
        return self._rev("put", {"document": document, "options": options})

    def remove(self, doc_id: str, rev: str) -> str:
        """Put a tombstone on a revision; returns the tombstone's own."""
        return self._rev("remove", {"id": doc_id, "rev": rev})

    def bulk_docs(
        self, documents: Sequence[Mapping[str, object]], **options: object
    ) -> list[Document]:
        """Write documents; returns PouchDB's rows.

        A row is {"ok", "id", "rev"}, or {"id", "name", "status", "message", "reason"?} for a
        document that failed. With `new_edits=False` the documents bring their own `_rev` and
        `_revisions`, and the rows are only those that failed.
        """
        arguments = {"documents": documents, "options": options}
        rows: list[Document] = self._call("bulk_docs", arguments)
        return rows

    def all_docs(self, **options: object) -> list[Document]:
        """The rows of `_all_docs`: {"id", "key", "value": {"rev"}, "doc"?}, in the order of ids."""
        rows: list[Document] = self._call("all_docs", {"options": options})["rows"]
        return rows

    def changes(self, **options: object) -> Document:
        """{"results": [{"id", "seq", "changes": [{"rev"}], "deleted"?, "doc"?}], "last_seq"}."""
        return self._document("changes", {"options": options})

    def info(self) -> Document:
        """{"db_name", "doc_count", "update_seq", ...} of the local database."""
        return self._document("info")

    def put_attachment(
        self, doc_id: str, name: str, content: bytes, content_type: str, rev: str | None = None
    ) -> str:
        """Attach to revision `rev`, or to a document made for it; returns the new revision."""
        arguments = {
            "id": doc_id,
            "name": name,
            "data": base64.b64encode(content).decode("ascii"),
            "content_type": content_type,
            "rev": rev,
        }
        return self._rev("put_attachment", arguments)

    def get_attachment(self, doc_id: str, name: str, **options: object) -> bytes:
        """The content of an attachment of the winning revision, or that of `rev=`."""
        arguments = {"id": doc_id, "name": name, "options": options}
        return base64.b64decode(self._call("get_attachment", arguments))

    def destroy(self) -> None:
        """Delete the local database and tell nobody; the tablet can only be closed then."""
        self._call("destroy")

    # Replication

    def push(
        self,
        other: str | Path,
        auth: Credentials | None = None,
        *,
        time_limit: float | None = None,
        **options: object,
    ) -> Replicated:
        """Send all that is new here, once, without retrying.

        Args:
            other: a server's database ("http://host/sync/name"), or the folder of a local one that
                no running tablet uses.
            auth: for a server.
            time_limit: in seconds; the replication is cancelled then.
            options: of the replication and of the other database, as PouchDB takes them together
                when it is given an address: batch_size, doc_ids, checkpoint, skip_setup, ...

        Raises:
            TabletError: it broke off; its `replication` tells what had been done. A document that
                the server refused as forbidden is no error: it is in the result's `denied`.
            ValueError: the address holds credentials.
        """
        result = self._replicate("push", other, auth, time_limit, options)
        return replicated(result, result["denied"])

    def pull(
        self,
        other: str | Path,
        auth: Credentials | None = None,
        *,
        time_limit: float | None = None,
        **options: object,
    ) -> Replicated:
        """Fetch all that is new there, once; arguments and errors as for `push`."""
        result = self._replicate("pull", other, auth, time_limit, options)
        return replicated(result, result["denied"])

    def sync(
        self,
        other: str | Path,
        auth: Credentials | None = None,
        *,
        time_limit: float | None = None,
        **options: object,
    ) -> Synced:
        """Push and pull once, side by side, as PouchDB's `sync` does; otherwise as `push`.

        What arrives by the pull may be pushed back by the push, or only by the next sync.
        """
        result = self._replicate("sync", other, auth, time_limit, options)
        push, pull = result["push"], result["pull"]
        return Synced(replicated(push, push["denied"]), replicated(pull, pull["denied"]))

    def start_live_pull(
        self,
        other: str | Path,
        auth: Credentials | None = None,
        *,
        time_limit: float | None = None,
        **options: object,
    ) -> None:
        """Pull what is there, and from then on whatever comes; arguments and errors as for `push`.

        Returns when all is fetched and PouchDB waits on the server's long poll. Without
        `retry=True` a broken connection ends the live pull: `wait_for` and `stop_live_pull` then
        raise its error.
        """
        self._replicate("start_live_pull", other, auth, time_limit, options)

    def stop_live_pull(self) -> Replicated:
        """Cancel the live pull; returns what it did from its start ("cancelled" is its status)."""
        result = self._call("stop_live_pull")
        return replicated(result, result["denied"])

    def start_live_push(
        self,
        other: str | Path,
        auth: Credentials | None = None,
        *,
        time_limit: float | None = None,
        **options: object,
    ) -> None:
        """Send what is there, and from then on whatever is written; otherwise as a live pull.

        Returns when all is sent and PouchDB waits for local news.
        """
        self._replicate("start_live_push", other, auth, time_limit, options)

    def stop_live_push(self) -> Replicated:
        """Cancel the live push; returns what it did from its start ("cancelled" is its status)."""
        result = self._call("stop_live_push")
        return replicated(result, result["denied"])

    def wait_for(
        self, doc_id: str, where: Mapping[str, object], *, time_limit: float | None = None
    ) -> Document:
        """The local document as soon as its winning revision fits; at once if it does already.

        PouchDB's own feed of local changes tells when to look, so nothing is polled.

        Args:
            doc_id: of a document that may not be here yet.
            where: a value for each path with dots into the document, for instance
                {"_rev": "3-..."}, {"data.notes": "..."}, {"_deleted": True}, {"_conflicts": None};
                None fits a member that isn't there too.
            time_limit: in seconds.

        Raises:
            TabletError: "timeout", or the error of a live pull that broke off.
        """
        return self._document("wait_for", {"id": doc_id, "where": where}, time_limit)

    # The process

    def _database_path(self) -> Path:
        if self._folder is not None:
            self._folder.parent.mkdir(parents=True, exist_ok=True)
            return self._folder.resolve()
        self._temporary = tempfile.TemporaryDirectory(prefix="stock-tablet-")
        return Path(self._temporary.name) / "database"

    def _call(
        self,
        command: str,
        arguments: Mapping[str, object] | None = None,
        time_limit: float | None = None,
    ) -> Any:
        if self._process is None:
            raise TabletError("not_started", "the tablet is switched off")
        return self._process.call(command, arguments or {}, time_limit or self._time_limit)

    def _document(
        self,
        command: str,
        arguments: Mapping[str, object] | None = None,
        time_limit: float | None = None,
    ) -> Document:
        document: Document = self._call(command, arguments, time_limit)
        return document

    def _rev(self, command: str, arguments: Mapping[str, object]) -> str:
        rev: str = self._call(command, arguments)["rev"]
        return rev

    def _replicate(
        self,
        command: str,
        other: str | Path,
        auth: Credentials | None,
        time_limit: float | None,
        options: Mapping[str, object],
    ) -> Document:
        if isinstance(other, str) and urlsplit(other).username is not None:
            raise ValueError("credentials belong in `auth`, not in the address")
        arguments = {
            "url": str(other),
            "auth": None if auth is None else asdict(auth),
            "options": options,
        }
        return self._document(command, arguments, time_limit)
