"""Documents that no case database may accept as they are, or that try its parser."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.personas import Json, Persona

ULID = "01JDC3XJZS8W7V6T5R4Q3P2N1M"


@dataclass(frozen=True)
class Poison:
    """One or more documents as they are written into the request, and what makes them bad.

    Attributes:
        texts: JSON, of which some cannot be written by a decent encoder.
        document_id: under which it is to be kept; None where it has no usable one.
    """

    name: str
    texts: tuple[str, ...]
    document_id: str | None


class Corpus:
    """Makes poison by a caseworker; each in a record of its own."""

    def __init__(self, author: Persona) -> None:
        self._author = author

    @property
    def _record(self) -> str:
        """A new record's id."""
        return str(uuid.uuid4())

    def good(self, form: str = "k21", **more: Any) -> Json:
        """A document in good order, with a revision id as PouchDB would send it."""
        data = {"sex": "female", "registered_on": "2026-11-23"}
        document = self._author.document(self._record, form, data)
        return {**document, **self._revision(), **more}

    def all(self) -> Iterator[Poison]:
        """The corpus, named."""
        for name, data in self._answers().items():
            yield self._one(f"answers: {name}", {"data": data})
        for name, members in self._envelopes().items():
            yield self._one(f"envelope: {name}", members)
        for name in ("form", "form_rev", "author", "device", "edited_at", "salt", "state", "data"):
            document = self.good()
            del document[name]
            yield Poison(f"envelope: without {name}", (json.dumps(document),), document["_id"])
        for name, members in self._couchdb_members().items():
            yield self._one(f"members: {name}", members)
        for name, given in self._ids().items():
            yield Poison(f"id: {name}", (json.dumps(self.good(_id=given)),), None)
        for name, given in self._kept_ids().items():
            yield self._one(f"id: {name}", {"_id": given})
        for name, members in self._revisions().items():
            document = {**self.good(), **members}
            yield Poison(f"revision: {name}", (json.dumps(document),), None)
        yield from self._edited()
        yield from self._raw()
        yield from self._not_objects()

    def _edited(self) -> Iterator[Poison]:
        """What is taken in as it is, then edited, then contradicted."""
        for name, members in self._envelopes().items():
            if not members.keys() & {"settles", "merge"}:
                continue
            first = self.good(**members)
            edit, other = self.good(_id=first["_id"]), self.good(_id=first["_id"])
            ident, before = edit["_rev"][2:], first["_rev"][2:]
            edit |= {"_rev": f"2-{ident}", "_revisions": {"start": 2, "ids": [ident, before]}}
            edit["settles"] = {"data.sex": [first["_rev"]], "state": "x"}
            other["data"] = {**other["data"], "sex": "male"}
            texts = tuple(json.dumps(one) for one in (first, edit, other))
            yield Poison(f"edited and contradicted: {name}", texts, None)

    def _one(self, name: str, members: Json) -> Poison:
        document = self.good(**members)
        return Poison(name, (json.dumps(document),), document["_id"])

    def _revision(self) -> Json:
        ident = secrets.token_hex(16)
        return {"_rev": f"1-{ident}", "_revisions": {"start": 1, "ids": [ident]}}

    def _answers(self) -> dict[str, Any]:
        right: Json = {"sex": "female", "registered_on": "2026-11-23"}
        return {
            "a required one is missing": {"sex": "female"},
            "an unknown field": {**right, "shoe_size": 38},
            "a field with a control character": {**right, "a\u0001b": 1},
            "a number for a text": {**right, "nationality": 7},
            "an object for a text": {**right, "notes": {"a": 1}},
            "a text for a number": {**right, "age": "seven"},
            "a fraction for a whole number": {**right, "age": 7.5},
            "yes for true": {**right, "in_school": "yes"},
            "true for a number": {**right, "age": True},
            "an age of 200": {**right, "age": 200},
            "an age below 0": {**right, "age": -1},
            "2 to the 53rd": {**right, "household_size": 2**53},
            "2 to the 64th": {**right, "household_size": 2**64},
            "a number of 400 digits": {**right, "household_size": 10**400},
            "not an option": {**right, "displacement_status": "flying"},
            "an option twice": {**right, "languages": ["ar", "ar"]},
            "options that are no list": {**right, "languages": "ar"},
            "options that are objects": {**right, "languages": [{"ar": 1}]},
            "the 30th of February": {**right, "birth_date": "2026-02-30"},
            "a date that is a number": {**right, "birth_date": 20260101},
            "a text too long": {**right, "nationality": "x" * 1_001},
            "a long text too long": {**right, "notes": "x" * 10_001},
            "5 MB of text": {**right, "notes": "x" * 5_000_000},
            "100,000 unknown fields": {**right, **{f"f{n}": n for n in range(100_000)}},
        }

    def _envelopes(self) -> dict[str, Json]:
        return {
            "an unknown form": {"form": "k99", "_id": f"{self._record}:k99"},
            "the form of another id": {"form": "k22"},
            "an unknown revision of the form": {"form_rev": 99},
            "revision 0": {"form_rev": 0},
            "revision true": {"form_rev": True},
            "revision 1.0": {"form_rev": 1.5},
            "a revision of 400 digits": {"form_rev": 10**400},
            "a false author": {"author": "dina"},
            "an author that is a list": {"author": ["amina"]},
            "a false device": {"device": "dina-tablet-1"},
            "a device that is null": {"device": None},
            "a form that is a list": {"form": ["k21"]},
            "a date that is a number": {"edited_at": 1},
            "a short salt": {"salt": "abc"},
            "an upper-case salt": {"salt": "A" * 32},
            "a salt that is an object": {"salt": {}},
            "an unknown state": {"state": "done"},
            "a state that is a list": {"state": ["complete"]},
            "data that is a list": {"data": []},
            "data that is null": {"data": None},
            "data that is a text": {"data": "sex"},
            "an unknown member": {"colour": "red"},
            "a member of control characters": {"\u0000\u001f": 1},
            "settles that is a text": {"settles": "all"},
            "settles that is a list": {"settles": ["data.sex"]},
            "settles of numbers": {"settles": {"data.sex": [1, None]}},
            "merge that is a text": {"merge": "mine"},
            "merge of nothing": {"merge": {}},
            "merge of wrong types": {"merge": {"v": "1", "of": 3, "open": []}},
            "merge of malformed revisions": {"merge": {"v": 1, "of": ["x", 1], "open": {}}},
            "merge of unknown revisions": {
                "merge": {"v": 1, "of": ["1-" + "a" * 32, "1-" + "b" * 32], "open": {}}
            },
            "merge with open of numbers": {"merge": {"v": 1, "of": [], "open": {"data.sex": 5}}},
        }

    def _couchdb_members(self) -> dict[str, Json]:
        return {
            "a tombstone with answers": {"_deleted": True},
            "a tombstone by a text": {"_deleted": "yes"},
            "an unknown one with an underscore": {"_colour": "red"},
            "_purged": {"_purged": True},
            "_attachments that is a list": {"_attachments": []},
            "_attachments that is a text": {"_attachments": "photo"},
            "an attachment that is a number": {"_attachments": {"a": 1}},
            "an attachment without content": {"_attachments": {"a": {}}},
            "an attachment that is no base64": {"_attachments": {"a": {"data": "?"}}},
            "an attachment of objects": {"_attachments": {"a": {"data": {}}}},
            "an attachment without a name": {"_attachments": {"": {"data": "aGk="}}},
            "an attachment with an underscore": {"_attachments": {"_a": {"data": "aGk="}}},
            "an attachment not named by its digest": {"_attachments": {"a": {"data": "aGk="}}},
            "a stub of nothing": {"_attachments": {"a": {"stub": True}}},
            "a stub with a digest of a wrong type": {
                "_attachments": {"a": {"stub": True, "digest": {"md5": 1}}}
            },
            "a stub of an unknown digest": {
                "_attachments": {"a": {"stub": True, "digest": "md5-AAAAAAAAAAAAAAAAAAAAAA=="}}
            },
        }

    def _ids(self) -> dict[str, Any]:
        """Ids under which nothing can be kept."""
        return {
            "a number": 7,
            "null": None,
            "a list": ["a"],
            "empty": "",
            "with an underscore": "_hidden",
            "600 bytes": "x" * 600,
            "600 bytes of Arabic": "ع" * 300,
            "a NUL": "a\u0000b",
            "_design/": "_design/",
            "a design document": "_design/views",
            "a checkpoint": "_local/x",
            "shared configuration": "shared:form:k21.1",
            "shared of our own": "shared:mine",
        }

    def _kept_ids(self) -> dict[str, str]:
        """Ids that mean nothing in a case database."""
        return {
            "no colon": "case-7",
            "an upper-case record": f"{self._record.upper()}:k21",
            "no form": f"{self._record}:",
            "an unknown form's": f"{self._record}:k1000",
            "a form of one with a ULID": f"{self._record}:k21:{ULID}",
            "a line feed": f"{self._record}:k21\n",
            "control characters": "a\u0001\u001f\u007fb",
            "slashes": "../../etc/passwd",
            "percent signs": "a%00%2fb",
            "right to left": "\u202ek21\u202c",
            "510 bytes": "x" * 510,
        }

    def _revisions(self) -> dict[str, Json]:
        """Revision ids under which nothing can be kept."""
        ident = "a" * 32
        return {
            "no hyphen": {"_rev": "abc", "_revisions": None},
            "generation 0": {"_rev": f"0-{ident}", "_revisions": None},
            "a generation below 0": {"_rev": f"-1-{ident}", "_revisions": None},
            "a generation of 400 digits": {"_rev": f"{10**400}-{ident}", "_revisions": None},
            "a number": {"_rev": 1, "_revisions": None},
            "null": {"_rev": None, "_revisions": None},
            "a list": {"_rev": [f"1-{ident}"], "_revisions": None},
            "an empty hash": {"_rev": "1-", "_revisions": None},
            "control characters": {"_rev": "1-a\u0000\n", "_revisions": None},
            "10,000 characters": {"_rev": "1-" + "a" * 10_000, "_revisions": None},
            "another one in _revisions": {"_revisions": {"start": 1, "ids": ["b" * 32]}},
            "no ids": {"_revisions": {"start": 1, "ids": []}},
            "ids that are numbers": {"_revisions": {"start": 1, "ids": [1]}},
            "ids that are a text": {"_revisions": {"start": 1, "ids": ident}},
            "a start that is a text": {"_revisions": {"start": "1", "ids": [ident]}},
            "a start below the ids": {"_revisions": {"start": 1, "ids": [ident, ident, ident]}},
            "a start of 400 digits": {"_revisions": {"start": 10**400, "ids": [ident]}},
            "_revisions that is a list": {"_revisions": [1]},
        }

    def _raw(self) -> Iterator[Poison]:
        """What must be written by hand."""
        for name, value in {
            "half a character": r'"\ud800"',
            "half a character in a key": r'{"\udfff": 1}',
            "65 levels": "[" * 65 + "]" * 65,
            "100 levels": "[" * 100 + "]" * 100,
            "500 levels": '{"a":' * 500 + "1" + "}" * 500,
            "a number too large for a double": "1e400",
            "an exponent of 400 digits": "1e" + "9" * 400,
            "minus zero": "-0.0",
        }.items():
            document = self.good()
            document["data"]["notes"] = "HERE"
            text = json.dumps(document).replace('"HERE"', value)
            yield Poison(f"raw: {name}", (text,), document["_id"])
        good = self.good()
        surrogate = json.dumps(good).replace(good["_id"][:8], r"\ud800")
        yield Poison("raw: half a character in the id", (surrogate,), None)
        twice = json.dumps(good)[:-1] + ', "state": "nowhere"}'
        yield Poison("raw: a member twice", (twice,), good["_id"])

    def _not_objects(self) -> Iterator[Poison]:
        values = ("null", "7", '"text"', "[]", "{}", "true", '[{"_id": "a"}]', '{"_id": "a"}')
        for text in values:
            yield Poison(f"a document that is {text}", (text,), None)
        first = self.good()
        second = self.good(_id=first["_id"])
        other = {**first, "data": {**first["data"], "sex": "male"}}
        yield Poison(
            "a known revision with another body",
            (json.dumps(first), json.dumps(other)),
            first["_id"],
        )
        wrong = self.good(data={})
        yield Poison(
            "the same refused document twice in a request",
            (json.dumps(wrong), json.dumps(wrong)),
            wrong["_id"],
        )
        yield Poison(
            "two first revisions of a document",
            (json.dumps(first), json.dumps(second)),
            first["_id"],
        )
