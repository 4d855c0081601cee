"""What a database lacks of what a client offers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conflict.revision import Rev
from conflict.revs_diff import revs_diff
from conflict.tree import RevisionTree
from sync_server.errors import DocumentMissing
from sync_server.service.documents import DocumentReader


def lacking(
    reader: DocumentReader, asked: Mapping[str, Sequence[Rev]]
) -> dict[str, dict[str, list[Rev]]]:
    """What the database lacks of what a client offers, by document (`_revs_diff`).

    A revision of which only the id is known counts as known, as in CouchDB; so does the caller's
    own stub. Of a document that the caller does not see everything is lacking.

    Returns:
        `missing`, and `possible_ancestors` where there are any; documents that lack nothing are
        left out.
    """
    reader.load(asked.keys())
    answer: dict[str, dict[str, list[Rev]]] = {}
    for document_id, revs in asked.items():
        tree = _tree(reader, document_id)
        offered = (rev for rev in revs if not _is_stub(reader, tree, document_id, rev))
        diff = revs_diff(tree, offered)
        if diff.missing:
            answer[document_id] = {"missing": list(diff.missing)}
        if diff.possible_ancestors:
            answer[document_id]["possible_ancestors"] = list(diff.possible_ancestors)
    return answer


def _tree(reader: DocumentReader, document_id: str) -> RevisionTree:
    """A document's tree; an empty one where the caller sees no such document."""
    try:
        return reader.work(document_id).tree
    except DocumentMissing:
        return RevisionTree()


def _is_stub(reader: DocumentReader, tree: RevisionTree, document_id: str, rev: Rev) -> bool:
    if rev.digest[:1] != "s" or reader.sight.sees_everything:
        return False
    if reader.stub(document_id, rev) is not None:
        return True
    leaves = [node.rev for node in tree if node.rev.generation == rev.generation - 1]
    return any(reader.stub_of(document_id, leaf) == rev for leaf in leaves)
