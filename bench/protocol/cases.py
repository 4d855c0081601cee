"""Documents of the case database: one caseworker's few among all those of another."""

from __future__ import annotations

import random

import orjson

from bench.documents import DOCUMENT_BYTES, Document, batch

OTHER, OTHERS_TABLET = "zahra", "zahra-tablet-1"
VALIDATED_FIELDS = 30
_RELATIONS = ("mother", "aunt", "uncle", "sibling")


def others(count: int, chance: random.Random) -> list[Document]:
    """New documents of 1.5 kB that the other caseworker writes."""
    return [_of_other(document) for document in batch(count, chance)]


def registrations(count: int, chance: random.Random) -> list[Document]:
    """New registrations of 1.5 kB of the other caseworker with `VALIDATED_FIELDS` answers each.

    14 fields, and a family of four rows with four cells each.
    """
    found = [one for one in batch(5 * count, chance) if one["form"] == "k21"]
    return [_cut(_of_other({**one, "data": _answers(one["data"])})) for one in found]


def answers(document: Document) -> int:
    """The fields and cells that are validated in a registration, ids of rows not among them."""
    cells = sum(len(row) - 1 for row in document["data"]["family"])
    return len(document["data"]) - 1 + cells


def _of_other(document: Document) -> Document:
    return {**document, "author": OTHER, "device": OTHERS_TABLET}


def _answers(data: Document) -> Document:
    family = [
        {
            "id": f"r{number}",
            "relation": relation,
            "age": 20 + number,
            "lives_with_child": True,
            "remarks": "Was met at the last visit, and will be asked again.",
        }
        for number, relation in enumerate(_RELATIONS)
    ]
    return {**data, "care_arrangement": "relatives", "family": family}


def _cut(document: Document) -> Document:
    """Shortens the notes until the document has its size again."""
    excess, data = len(orjson.dumps(document)) - DOCUMENT_BYTES, document["data"]
    notes = data["notes"].encode()[:-excess].decode(errors="ignore")
    return {**document, "data": {**data, "notes": notes}}
