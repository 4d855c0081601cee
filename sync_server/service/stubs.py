"""Stubs: attachments that an edit names and leaves as they are, without their content."""

from __future__ import annotations

from collections.abc import Sequence

from conflict.revision import Rev
from conflict.tree import Kind
from sync_server.service.document_work import DocumentWork
from sync_server.service.vault import Body


def with_stubs_found(work: DocumentWork, path: Sequence[Rev], body: Body) -> Body:
    """A body with its stubs replaced by what is said of these attachments where the edit was made;
    the same object where there are none.

    That is the nearest ancestor whose body is here, tombstones looked through that the service
    made; of a revision that is repeated it is the revision itself.

    Args:
        path: the revision, where it has an id, and its ancestors, as far as the edit names them.

    Raises:
        KeyError: a stub names an attachment that is not there, or had another content.

    Source: CouchDB, couch_att.erl, merge_stubs/3; couch_db.erl, make_first_doc_on_disk/4.
    """
    given: dict[str, Body] = body.get("_attachments", {})
    if not any(value.get("stub") for value in given.values()):
        return body
    before = _nearest(work, path)
    known = work.body(before).get("_attachments", {}) if before else {}
    found: dict[str, Body] = {}
    for name, value in given.items():
        found[name] = known[name] if value.get("stub") else value
        if before and value.get("stub") and not _is_meant(work, before, name, value):
            raise KeyError(name)
    return {**body, "_attachments": found}


def _nearest(work: DocumentWork, path: Sequence[Rev]) -> Rev | None:
    beyond = work.tree.path(path[-1])[1:] if path and path[-1] in work.tree else ()
    made = (Kind.CLOSING, Kind.REFUSAL, Kind.STUB)
    known = (rev for rev in (*path, *beyond) if work.is_stored(rev))
    return next((rev for rev in known if work.tree[rev].kind not in made), None)


def _is_meant(work: DocumentWork, before: Rev, name: str, stub: Body) -> bool:
    """Whether an attachment of a revision has the content that a stub of it means.

    The same digest proves it. Another one alone disproves it, but beside a `revpos` it may be
    CouchDB's, of what it has compressed (couch_db.erl, with_stream/3). CouchDB asks for the same
    `revpos`. Another server may have counted it from ancestors that are not here, so here the
    content has to be that of its generation, as far as the body of that is here.
    """
    digest, revpos = stub.get("digest"), stub.get("revpos")
    found = work.body(before)["_attachments"][name]["digest"]
    if revpos is None or digest == found:
        return digest in (None, found)
    path = [rev for rev in work.tree.path(before) if rev.generation == revpos]
    bodies = work.bodies(path).values()
    attached = [one.get("_attachments", {}).get(name, {}) for one in bodies]
    is_unchanged = all(one.get("digest") == found for one in attached)
    return bool(is_unchanged and revpos <= before.generation)
