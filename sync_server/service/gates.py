"""What no edit may do to a document, however well it is formed.

A device may send any history it likes; these checks are made against the tree that is here, not
against what the pushed path claims.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any

from conflict.decision import Decision
from conflict.graph import AuthoredGraph, authored_graph
from conflict.merge import Merged
from conflict.minting import maybe_merge
from conflict.resolution import needed_bodies, resolution
from conflict.revision import Rev
from conflict.tree import Kind, Node, RevisionTree
from conflict.value import MISSING, Value, differing, equal
from sync_server.service.caller import Caller
from sync_server.service.candidates import units_for_people
from sync_server.service.case_facts import form_code
from sync_server.service.case_forms import CaseForms
from sync_server.service.document_work import DocumentWork
from sync_server.service.quarantine import Refusal
from sync_server.service.vault import Body

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
    So the merge is tried: of a protected unit that was open, what others said stays among the
    candidates, unless it is what they get. While the document waits for something it cannot be
    tried, and no protected answer may be changed on which the leaves differ or that was open.

    Raises:
        Refusal: `not_allowed`, or `too_many_versions`.
    """
    is_free = caller.is_supervisor or not _is_disputed(work)
    if is_free and len(work.tree.leaves()) < MOST_HEADS:  # at most one head below each
        return
    tree = RevisionTree(work.tree)
    tree.insert(nodes)
    then = authored_graph(tree)
    if len(then.heads) > MOST_HEADS:
        raise Refusal("too_many_versions")
    if is_free:
        return
    code = form_code(work.document_id)
    now = authored_graph(work.tree)
    bodies = work.bodies([rev for rev in needed_bodies(then) if rev in work.tree])
    here = work.bodies(needed_bodies(now))
    before = _tried(key, work, now, here, forms)
    after = _tried(key, work, then, {**bodies, nodes[0].rev: body}, forms)
    waits = before is None or after is None
    if waits and _answers_changed(work, nodes, body, forms) & _in_dispute(work, forms, code):
        raise Refusal("not_allowed")
    if after is None:
        return
    waiting = _asked_by(before) if before else _asked_by_last_merges(work)
    since = max((one.get("form_rev", 0) for one in here.values()), default=0)
    guarded = {
        unit: [
            (author, forms.value_as(code, unit, value, since, body.get("form_rev", 0)))
            for author, value in waiting[unit]
        ]
        for unit in waiting
        if forms.decides_protected(code, [unit])
    }
    made = _Now(after, lambda unit: forms.fields(code, unit) or {unit})
    if not all(made.hears(unit, said, caller.person.name) for unit, said in guarded.items()):
        raise Refusal("not_allowed")


def _is_disputed(work: DocumentWork) -> bool:
    """Whether something may be open, or come to be once what stands side by side is merged."""
    is_open = work.row is not None and work.row.open_units > 0
    return is_open or len(work.tree.live_leaves()) > 1


def _tried(
    key: bytes,
    work: DocumentWork,
    graph: AuthoredGraph,
    bodies: Mapping[Rev, Body],
    forms: CaseForms,
) -> Merged | None:
    """What a document comes to; None while it waits for something."""
    merging = forms.merging(form_code(work.document_id))
    return resolution(key, work.document_id, graph, bodies, merging).merge


Said = Mapping[str, Sequence[tuple[str | None, Value]]]
"""Of every unit that is left to a person: who gave which value."""


def _asked_by(merge: Merged) -> Said:
    return {
        str(unit): [(writer.author, writer.value) for writer in one.writers]
        for unit, one in {**merge.open, **merge.told}.items()
    }


def _asked_by_last_merges(work: DocumentWork) -> Said:
    """What was asked by the merges that the live leaves are, or that their authors had seen last:
    while the document waits, no other may stand.
    """
    found: dict[str, list[tuple[str | None, Value]]] = {}
    for merge in _last_merges(work):
        for unit, candidates in units_for_people(work.body(merge)["merge"]).items():
            said = [(one["author"], one.get("value", MISSING)) for one in candidates]
            found.setdefault(unit, []).extend(said)
    return found


def _in_dispute(work: DocumentWork, forms: CaseForms, code: str) -> set[str]:
    """The protected answers that were open, or on which those who stand side by side differ."""
    leaves = work.bodies([leaf.rev for leaf in work.tree.live_leaves()]).values()
    highest = max((leaf.get("form_rev", 0) for leaf in leaves), default=0)
    read = (forms.as_units(leaf, highest) if "form" in leaf else leaf for leaf in leaves)
    unlike = differing(leaf.get("data", {}) for leaf in read)
    units = {*_asked_by_last_merges(work), *(f"data.{name}" for name in unlike)}
    return forms.protected_fields(code, units)


def _last_merges(work: DocumentWork) -> set[Rev]:
    found: set[Rev] = set()
    for leaf in work.tree.live_leaves():
        path = (work.tree[rev] for rev in work.tree.path(leaf.rev))
        merges = (node.rev for node in path if node.kind is Kind.MERGE and node.stored)
        found.update(islice(merges, 1))
    return found


@dataclass(frozen=True)
class _Now:
    """What an edit would make of a document.

    Attributes:
        fields: what a unit is about, by its name.
    """

    merge: Merged
    fields: Callable[[str], set[str]]

    def hears(self, unit: str, said: Sequence[tuple[str | None, Value]], caller: str) -> bool:
        """Whether all that others said of a unit is still heard, or is what stands.

        Where another revision of the form or another policy has the fields of a unit in units of
        another kind, one of these has to be asked about: what was said cannot be looked up in them.
        A candidate whose author cannot be told may hold anybody's word. What an earlier merge had
        come to by other rules is nobody's word, and holds.
        """
        decided = {str(one): made for one, made in self.merge.decisions.items()}
        renamed = [
            one
            for name, one in decided.items()
            if _kind(name) != _kind(unit) and self.fields(name) & self.fields(unit)
        ]
        if unit not in decided and renamed:
            return any(_is_asked(one) for one in renamed)
        now = decided.get(unit)
        if now and all(maybe_merge(one.rev) for one in now.writers):
            return True
        value = MISSING if now is None else now.value
        heard = [(one.author, one.value) for one in now.writers] if now and _is_asked(now) else []
        return all(
            author == caller
            or any(_may_be_same(author, other) and equal(one, told) for other, told in heard)
            or (equal(one, value) and not (now and now.is_open))
            for author, one in said
        )


def _may_be_same(author: str | None, other: str | None) -> bool:
    """Whether two words may be one person's; whose a word is may come to be known, or not be."""
    return author is None or other is None or author == other


def _kind(unit: str) -> str:
    """Whether a unit is coupled fields, a field or a part of one."""
    return "group" if unit.startswith("group.") else "part" if "[" in unit else "whole"


def _is_asked(decision: Decision) -> bool:
    return decision.is_open or decision.tell


def _answers_changed(
    work: DocumentWork, nodes: Sequence[Node], body: Body, forms: CaseForms
) -> set[str]:
    """The answers that an edit gives or takes back, by what is known of its history."""
    known = (work.tree.get(node.rev) for node in nodes[1:])
    start = next((node.rev for node in known if node is not None and node.stored), None)
    before: Mapping[str, Any] = work.body(start) if start is not None else {}
    if "form" in before:
        before = forms.as_units(dict(before), body["form_rev"])
    now = forms.as_units(body, body["form_rev"])
    return differing([now["data"], before.get("data", {})])


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
