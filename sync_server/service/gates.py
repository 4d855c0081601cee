"""What no edit may do to a document, however well it is formed.

A device may send any history it likes; these checks are made against the tree that is here, not
against what the pushed path claims.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from conflict.graph import authored_graph
from conflict.merge import Merged
from conflict.resolution import needed_bodies, resolution
from conflict.revision import Rev
from conflict.tree import Kind, Node, RevisionTree
from conflict.value import MISSING, equal
from sync_server.service.caller import Caller
from sync_server.service.case_facts import document_name
from sync_server.service.case_forms import CaseForms
from sync_server.service.document_work import DocumentWork
from sync_server.service.quarantine import Refusal
from sync_server.service.vault import Body
from sync_server.sharing.roles import Action

MOST_UNKNOWN_ANCESTORS = 1_000
"""Of one pushed revision: more edits between two syncs nobody makes."""
MOST_REVISIONS = 20_000
"""Of one document, merges and tombstones included."""
MOST_HEADS = 50
"""Edits of one document that did not see each other; every merge compares all of them."""


def check_history(work: DocumentWork, path: Sequence[Rev], caller: Caller) -> None:
    """Lets a path pass that fits what is known of the document.

    Raises:
        Refusal: `other_history`, where it names another parent for a known revision, or brings the
            body of a revision that somebody else's edit rests on; `too_many_versions`.
    """
    tree = work.tree
    for rev, parent in pairwise(path):
        node = tree.get(rev)
        if node is not None and node.parent not in (None, parent):
            raise Refusal("other_history")
    unknown = sum(rev not in tree for rev in path)
    if unknown > MOST_UNKNOWN_ANCESTORS or len(tree) + unknown > MOST_REVISIONS:
        raise Refusal("too_many_versions")
    if path[0] in tree and not _rests_on_own_word(work, path[0], caller):
        raise Refusal("other_history")


def check_outcome(
    key: bytes,
    work: DocumentWork,
    nodes: Sequence[Node],
    body: Body,
    caller: Caller,
    forms: CaseForms,
) -> None:
    """Lets an edit pass that leaves protected conflicts to those who may decide them.

    What an edit says that it settles, and on what it says that it was made, are its author's word.
    So the merge is tried: a protected unit that was open stays open, unless all others who had a
    say get what they said.

    Raises:
        Refusal: `not_allowed`, or `too_many_versions`.
    """
    tree = RevisionTree(work.tree)
    tree.insert(nodes)
    if len(work.tree) > MOST_HEADS and len(authored_graph(tree).heads) > MOST_HEADS:
        raise Refusal("too_many_versions")
    code = document_name(work.document_id).partition(":")[0]
    before = {
        unit: waiting
        for unit, waiting in _open_at_start(work).items()
        if forms.decides_protected(code, [unit])
    }
    if not before or Action.SETTLE in caller.person.role.actions:
        return
    mine = nodes[0].rev
    bodies = {**work.bodies(needed_bodies(tree) & {node.rev for node in work.tree}), mine: body}
    outcome = resolution(key, work.document_id, tree, bodies, forms.merging(code))
    if outcome.merge is None or not _leaves_open(before, outcome.merge, caller):
        raise Refusal("not_allowed")


def _leaves_open(
    before: Mapping[str, Sequence[Mapping[str, Any]]], after: Merged, caller: Caller
) -> bool:
    decided = {str(unit): one for unit, one in after.decisions.items()}
    for unit, waiting in before.items():
        now = decided.get(unit)
        if now is not None and (now.is_open or now.tell):
            continue
        value = MISSING if now is None else now.value
        others = [one for one in waiting if one["author"] != caller.person.name]
        if not all(equal(one.get("value", MISSING), value) for one in others):
            return False
    return True


def _open_at_start(work: DocumentWork) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The units that were left to a person before this transaction, with their candidates.

    While the document waits for something, no merge may stand, but those that its live leaves were
    made on.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    if work.row is None or not work.row.open_units:
        return found
    for merge in {_last_merge(work, leaf.rev) for leaf in work.row.leaves if not leaf.deleted}:
        told = work.body(merge)["merge"] if merge else {"open": {}}
        for unit, candidates in {**told["open"], **told.get("told", {})}.items():
            found.setdefault(unit, []).extend(candidates)
    return found


def _last_merge(work: DocumentWork, leaf: Rev) -> Rev | None:
    """The merge that a leaf is, or that its authors had seen last."""
    path = (work.tree[rev] for rev in work.tree.path(leaf))
    return next((node.rev for node in path if node.kind is Kind.MERGE and node.stored), None)


def _rests_on_own_word(work: DocumentWork, rev: Rev, caller: Caller) -> bool:
    """Whether what was made on a revision, of which only the id is known, is the caller's own."""
    waiting = [rev]
    while waiting:
        for child in work.tree.children(waiting.pop()):
            node = work.tree[child]
            if not node.stored:
                waiting.append(child)
            elif node.kind is Kind.AUTHORED:
                author = work.body(child).get("author")
                if author != caller.person.name:
                    return False
    return True
