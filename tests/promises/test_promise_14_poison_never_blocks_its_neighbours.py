"""Promise 14: a poison document never blocks its neighbours."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

from tablet.stock import Credentials, StockTablet
from tests.promises.enrolment import DATABASE, launcher
from tests.promises.poison import Corpus, Poison
from tests.support.personas import Json, Persona, create_persona
from tests.support.server import KanafServer

pytestmark = pytest.mark.promise(14)


@dataclass(frozen=True)
class Clinic:
    """A server with a case database, and a caseworker who pushes to it."""

    server: KanafServer
    amina: Persona

    def push(self, texts: list[str]) -> tuple[int, list[Json]]:
        """The status and the rows of a replication's `_bulk_docs`."""
        answered = self.amina.session.post(
            f"{self.server.url}/sync/{DATABASE}/_bulk_docs",
            data=f'{{"new_edits": false, "docs": [{", ".join(texts)}]}}',
            headers={"Content-Type": "application/json"},
            timeout=60,
        )
        rows = answered.json() if answered.status_code == 201 else []
        return answered.status_code, rows

    def stores(self, document: Json) -> bool:
        """Whether a document can be read with the revision that was pushed."""
        url = f"{self.server.url}/sync/{DATABASE}/{quote(document['_id'], safe='')}"
        answered = self.amina.session.get(url, params={"rev": document["_rev"]}, timeout=60)
        return answered.status_code == 200 and answered.json()["data"] == document["data"]

    def quarantined(self) -> Counter[tuple[str, str, str]]:
        """How often each refused document is shown: by id, revision and reason."""
        url = f"{self.server.url}/api/v1/{DATABASE}/quarantine"
        answered = self.amina.session.get(url, timeout=60)
        assert answered.status_code == 200
        shown = answered.json()["quarantine"]
        return Counter((one["document"], one["rev"], one["reason"]) for one in shown)

    def faults_of(self, poison: Poison) -> list[str]:
        """What goes wrong when poison is pushed twice, between two good documents."""
        record = str(uuid.uuid4())
        before, after = (
            self.amina.document(str(uuid.uuid4()), "k20", {"full_name": name})
            for name in ("first neighbour", "second neighbour")
        )
        before["_rev"] = after["_rev"] = f"1-{record.replace('-', '')}"
        held = self.quarantined()
        texts = [json.dumps(before), *poison.texts, json.dumps(after)]
        faults: list[str] = []
        for time in ("first", "second"):
            status, rows = self.push(texts)
            if status != 201:
                faults.append(f"the {time} push is answered {status}")
            faults += [
                f"the {time} row is {row['error']} ({row['reason'].partition(':')[0]})"
                for row in rows
                if row["error"] != "forbidden"
            ]
        faults += [
            f"the {which} neighbour is not stored"
            for which, good in (("first", before), ("second", after))
            if not self.stores(good)
        ]
        new = self.quarantined() - held
        if any(count > 1 for count in new.values()):
            faults.append("it stands in quarantine more than once")
        refused = status == 201 and bool(rows)
        if poison.document_id and refused and poison.document_id not in {one[0] for one in new}:
            faults.append("it was refused and is not in quarantine")
        return faults


def faults_of_all(clinic: Clinic, poisons: list[Poison]) -> dict[str, list[str]]:
    """The poison documents that got in the way of anything, by name, and how."""
    return {one.name: found for one in poisons if (found := clinic.faults_of(one))}


@pytest.fixture
def clinic(database_url: str, tmp_path: Path):
    with KanafServer(tmp_path, database_url=database_url) as server:
        yield Clinic(server, create_persona(server, "amina", DATABASE))


def test_every_poison_is_kept_aside_and_its_neighbours_are_stored(
    clinic: Clinic, database_url: str
):
    poisons = list(Corpus(clinic.amina).all())
    faults = faults_of_all(clinic, poisons)
    kind = database_url.partition(":")[0]
    print(f"promise 14 on {kind}: {len(poisons)} poison documents, {len(faults)} got in the way")
    for name, found in faults.items():
        print(f"  {name}: {'; '.join(found)}")

    assert len(poisons) >= 60
    assert not faults


def test_a_tablet_goes_on_behind_poison(tmp_path: Path, installation: Path):
    with (
        KanafServer(tmp_path / "server") as server,
        StockTablet(installation, tmp_path / "tablet") as tablet,
    ):
        clinic = Clinic(server, create_persona(server, "amina", DATABASE))
        poisons = [one.texts[0] for one in Corpus(clinic.amina).all() if _is_for_tablets(one)]
        assert not tablet.bulk_docs([json.loads(text) for text in poisons], new_edits=False)
        goods = [
            clinic.amina.document(str(uuid.uuid4()), "k20", {"full_name": f"neighbour {number}"})
            for number in range(20)
        ]
        for good in goods:
            good["_rev"] = tablet.put(good)
        pushed = tablet.push(
            f"{server.url}/sync/{DATABASE}",
            Credentials(clinic.amina.device, clinic.amina.token),
            batch_size=10,
        )
        print(
            f"promise 14: a tablet with {len(poisons)} poison documents pushed "
            f"{pushed.docs_written}, {len(goods)} of them good; {pushed.doc_write_failures} refused"
        )

        assert all(clinic.stores(good) for good in goods)


def test_a_server_without_a_quarantine_is_caught(database_url: str, tmp_path: Path):
    """The planted fault."""
    faulty = launcher("refusing_whole_requests")
    with KanafServer(tmp_path, database_url=database_url, launcher=faulty) as server:
        clinic = Clinic(server, create_persona(server, "amina", DATABASE))
        poisons = list(Corpus(clinic.amina).all())[:3]

        assert len(faults_of_all(clinic, poisons)) == len(poisons)


def _is_for_tablets(poison: Poison) -> bool:
    """Whether PouchDB itself takes it in, so that it can push it, and soon."""
    return poison.name.startswith(("answers", "envelope")) and len(poison.texts[0]) < 20_000
