"""A document's history told edit by edit, for tests that know what has to come of it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from conflict.canonical import canonical_json
from conflict.decision import Decision
from conflict.merge import Merged
from conflict.minting import authored_rev
from conflict.revision import Rev
from tests.conflict.replica import DOCUMENT, KEY, Body, Replica

EMPTY: Body = {"form": "k21", "form_rev": 1, "state": "draft", "data": {}}
GONE = object()
"""As a value: the answer is taken out."""


class Story(Replica):
    """One document on one server, and what people make of it."""

    def begin(self, author: str = "amina", **answers: Any) -> Rev:
        """A new document."""
        return self.edit(None, author, **answers)

    def edit(
        self,
        on: Rev | None,
        author: str = "amina",
        *,
        settles: Mapping[str, list[Rev]] | None = None,
        keeps: bool = False,
        members: Mapping[str, Any] | None = None,
        **answers: Any,
    ) -> Rev:
        """An edit made on a revision.

        Args:
            keeps: whether the client carries members on that it doesn't know, as PouchDB does.
            members: members of the document to set, such as `state`.
        """
        body = deepcopy(EMPTY if on is None else self.bodies[on])
        if not keeps:
            body.pop("merge", None)
            body.pop("settles", None)
        body.update(members or {})
        for name, value in answers.items():
            if value is GONE:
                body["data"].pop(name, None)
            else:
                body["data"][name] = value
        if settles is not None:
            body["settles"] = {unit: [str(rev) for rev in revs] for unit, revs in settles.items()}
        body["author"] = author
        return self._written(on, body)

    def delete(self, on: Rev, author: str = "amina") -> Rev:
        """A deletion made on a revision."""
        return self._written(on, {"_deleted": True, "author": author})

    def _written(self, on: Rev | None, body: Body) -> Rev:
        rev = authored_rev(KEY, DOCUMENT, on, canonical_json(body))
        self.receive((rev, *(self.tree.path(on) if on else ())), body)
        return rev

    @property
    def leaf(self) -> Rev:
        """The revision that everybody sees."""
        assert self.resolution.leaf is not None
        return self.resolution.leaf

    @property
    def answers(self) -> dict[str, Any]:
        """The answers that everybody sees."""
        answers: dict[str, Any] = self.bodies[self.leaf]["data"]
        return answers

    @property
    def merge(self) -> Merged:
        """What the heads came to."""
        assert self.resolution.merge is not None
        return self.resolution.merge

    @property
    def open(self) -> set[str]:
        """The names of the units that wait for a person."""
        return {str(unit) for unit in self.merge.open} if self.resolution.merge else set()

    def decision(self, name: str) -> Decision:
        """What became of a unit."""
        return {str(unit): one for unit, one in self.merge.decisions.items()}[name]

    def candidates(self, name: str) -> list[tuple[str | None, Any]]:
        """The author and value of each candidate that the document names for an open unit."""
        listed = self.bodies[self.leaf]["merge"]["open"][name]
        return sorted((one["author"], one.get("value", GONE)) for one in listed)
