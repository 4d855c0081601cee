"""What a replica lacks of the revisions that another one offers it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conflict.revision import Rev
from conflict.tree import RevisionTree


@dataclass(frozen=True, slots=True)
class RevsDiff:
    """The answer for one document.

    Attributes:
        missing: the unknown revisions, in the order in which they were asked.
        possible_ancestors: leaves that a missing revision may stand on, so that the sender need not
            send the attachments that they have; the winner first, then as CouchDB orders conflicts.
    """

    missing: tuple[Rev, ...] = ()
    possible_ancestors: tuple[Rev, ...] = ()


def revs_diff(tree: RevisionTree, asked: Iterable[Rev]) -> RevsDiff:
    """What a tree lacks of the asked revisions; of an empty tree, everything.

    A revision of which only the id is known is not missing. (To PouchDB it is, which names no
    possible ancestors either.)

    Source: CouchDB, couch_db.erl, get_missing_revs/2 and possible_ancestors/2.
    """
    missing = tuple(rev for rev in asked if rev not in tree)
    if not missing:
        return RevsDiff()
    newest = max(missing).generation
    older = (leaf.rev for leaf in tree.leaves() if leaf.rev.generation < newest)
    return RevsDiff(missing, tuple(older))
