"""Valid documents of a case database, each of one size."""

from __future__ import annotations

import random
import uuid
from typing import Any

import orjson

from bench.programme import AUTHOR, AUTHORS_TABLET

Document = dict[str, Any]
DOCUMENT_BYTES = 1_500
_TEXT = "زارت الأخصائية الأسرة في المنزل. The child lives with her aunt and goes to school again. "
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # of a ULID
_LONG_TEXT = {"k21": "notes", "k22": "summary", "k23": "situation"}


def batch(count: int, chance: random.Random, *, follow_ups: int = 3) -> list[Document]:
    """New documents of new records, as a tablet replicates them (`new_edits=false`).

    A record has a registration, an assessment and some follow-up visits.
    """
    documents: list[Document] = []
    while len(documents) < count:
        record = str(uuid.UUID(int=chance.getrandbits(128), version=4))
        documents += [
            _document(f"{record}:k21", _registration(chance), chance),
            _document(f"{record}:k22", _assessment(chance), chance),
            *(
                _document(f"{record}:k23:{_ulid(chance)}", _follow_up(chance), chance)
                for _ in range(follow_ups)
            ),
        ]
    return documents[:count]


def edited(documents: list[Document], chance: random.Random) -> list[Document]:
    """The next edit of every document: its long text shortened and the salt new."""
    after: list[Document] = []
    for document in documents:
        name = _LONG_TEXT[document["form"]]
        data = {**document["data"], name: document["data"][name][:-1]}
        ids = [_hex(chance), *document["_revisions"]["ids"]]
        history = {"start": len(ids), "ids": ids}
        rev = f"{len(ids)}-{ids[0]}"
        edit = {"data": data, "salt": _hex(chance), "_rev": rev, "_revisions": history}
        after.append({**document, **edit})
    return after


def _document(document_id: str, data: Document, chance: random.Random) -> Document:
    form, digest = document_id.split(":")[1], _hex(chance)
    document = {
        "_id": document_id,
        "_rev": f"1-{digest}",
        "_revisions": {"start": 1, "ids": [digest]},
        "form": form,
        "form_rev": 1,
        "author": AUTHOR,
        "device": AUTHORS_TABLET,
        "edited_at": "2026-11-23T08:12:03+02:00",
        "salt": _hex(chance),
        "state": "complete",
        "data": data,
    }
    _fill(document, _LONG_TEXT[form])
    return document


def _fill(document: Document, name: str) -> None:
    """Brings a document to its size, in bytes of JSON, by one of its texts."""
    document["data"][name] = ""
    room = DOCUMENT_BYTES - len(orjson.dumps(document))
    text = (_TEXT * 20).encode()[:room].decode(errors="ignore")
    document["data"][name] = text + "." * (room - len(text.encode()))


def _registration(chance: random.Random) -> Document:
    return {
        "sex": chance.choice(["female", "male"]),
        "age": chance.randrange(18),
        "birth_date": f"{chance.randrange(2009, 2026)}-05-17",
        "age_estimated": chance.random() < 0.5,
        "nationality": "سوداني",
        "languages": chance.sample(["arabic", "somali", "english", "french"], 2),
        "residence": "SD01",
        "displacement_status": "idp",
        "protection_concerns": ["separated", "neglect"],
        "in_school": chance.random() < 0.5,
        "household_size": chance.randrange(2, 12),
        "registered_on": "2026-11-20",
    }


def _assessment(chance: random.Random) -> Document:
    return {
        "assessed_on": "2026-11-21",
        "risk_level": chance.choice(["low", "medium", "high"]),
        "needs": chance.sample(["safety", "psychosocial", "health"], 2),
        "recommended_action": "Refer to psychosocial support.",
        "review_on": "2026-12-21",
    }


def _follow_up(chance: random.Random) -> Document:
    return {
        "visited_on": "2026-11-22",
        "contact_type": "home_visit",
        "child_seen": True,
        "progress": chance.choice(["improved", "unchanged", "worse"]),
        "next_visit_on": "2026-12-01",
    }


def _hex(chance: random.Random) -> str:
    return f"{chance.getrandbits(128):032x}"


def _ulid(chance: random.Random) -> str:
    return "0" + "".join(chance.choices(_LETTERS, k=25))
