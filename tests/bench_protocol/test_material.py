"""What the comparison sends, and what it is installed from."""

from __future__ import annotations

import json
import random
from pathlib import Path

import orjson

from bench.documents import DOCUMENT_BYTES
from bench.protocol.cases import VALIDATED_FIELDS, answers, registrations

LOCK = Path(__file__).parents[2] / "bench" / "peer" / "package-lock.json"


def test_a_registration_has_its_answers_and_its_size() -> None:
    for document in registrations(5, random.Random(1)):
        assert answers(document) == VALIDATED_FIELDS
        assert 0 <= DOCUMENT_BYTES - len(orjson.dumps(document)) < 4


def test_the_lock_names_no_address_to_install_from() -> None:
    packages = json.loads(LOCK.read_text())["packages"].values()

    assert all("resolved" not in package for package in packages)
