"""A form that nobody knew goes its whole way: workbook, server, tablets without a network, back."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tablet.stock import Credentials, StockTablet, Synced
from tests.protocol.cases import Team
from tests.schemas.workbooks import option, question, xlsx
from tests.service.conftest import CASE
from tests.service.test_publishing import CHAIN, FIRST, SETTINGS, STATES
from tests.support.personas import Persona

pytestmark = [pytest.mark.pouchdb, pytest.mark.clients]
Json = dict[str, Any]

ANSWERS = {
    **CHAIN,
    "q5": "end",
    "state": "north",
    "town": "a",
    "family": [{"id": "f", "relation": "aunt", "toys": [{"id": "t", "toy": "ball"}]}],
}
YEARS = {**question("integer", "years", required="yes", renamed_from="age")}
SECOND = [
    YEARS,
    {**FIRST[1], "relevant": "${years} < 18"},
    *FIRST[2:],
    question("date", "next_visit"),
]
NORTHERN = [option("state", "northern", replaces="north"), option("town", "a", state="northern")]
STATES_OF_SECOND = [NORTHERN[0], STATES[1], NORTHERN[1], STATES[3]]


def synced(tablet: StockTablet, person: Persona, team: Team) -> Synced:
    url = f"{team.server.url}/sync/{team.name}"
    return tablet.sync(url, Credentials(person.device, person.token), time_limit=60)


def filled(person: Persona, record: str, form: str, data: Json, **more: Any) -> Json:
    return {**person.document(record, form, data), **more}


def test_a_form_is_published_filled_without_a_network_upgraded_and_exported(
    team: Team, new_tablet: Callable[..., StockTablet], tmp_path: Path
) -> None:
    server, to = team.server, ("--database", team.name)
    amina, bilal = team.amina.persona, team.bilal.persona
    aminas, bilals = new_tablet(tmp_path / "amina"), new_tablet(tmp_path / "bilal")
    name = f"visit_{uuid.uuid4().hex[:8]}"
    settings = [{**SETTINGS[0], "form_id": name}]
    book = tmp_path / "visit.xlsx"
    book.write_bytes(xlsx(survey=FIRST, choices=STATES, settings=settings))

    said = server.run("forms", "import", str(book), *to)

    (line,) = [one for one in said.splitlines() if one.endswith("revision 1, is published")]
    code = line.partition(",")[0]
    synced(aminas, amina, team)
    definition = aminas.get(f"shared:form:{code}.1")
    assert [one["name"] for one in definition["fields"]][:3] == ["age", "q1", "q2"]
    record = str(uuid.uuid4())
    document = f"{record}:{code}"
    aminas.put(filled(amina, record, "k1", CASE))
    aminas.put(filled(amina, record, code, ANSWERS))
    assert synced(aminas, amina, team).push.doc_write_failures == 0
    synced(bilals, bilal, team)

    # amina is away from here on, with the first revision; bilal gets the second.
    seen = aminas.get(document)
    away = {**ANSWERS, "q5": "later"}
    aminas.put(filled(amina, record, code, away, _rev=seen["_rev"]))
    book.write_bytes(xlsx(survey=SECOND, choices=STATES_OF_SECOND, settings=settings))
    assert f"{code}, revision 2, is published" in server.run("forms", "import", str(book), *to)
    synced(bilals, bilal, team)
    assert bilals.get(f"shared:form:{code}.2")["fields"][0]["renamed_from"] == "age"
    rest = {key: value for key, value in ANSWERS.items() if key != "age"}
    upgraded = {**rest, "years": 7, "state": "northern", "next_visit": "2026-12-01"}
    base = bilals.get(document)["_rev"]
    bilals.put(filled(bilal, record, code, upgraded, form_rev=2, _rev=base))
    assert synced(bilals, bilal, team).push.doc_write_failures == 0
    assert synced(aminas, amina, team).push.doc_write_failures == 0

    for _ in range(2):
        for tablet, person in ((aminas, amina), (bilals, bilal)):
            synced(tablet, person, team)
    for tablet in (aminas, bilals):
        shown = tablet.get(document, conflicts=True)
        assert (shown["form_rev"], shown["data"]) == (2, {**upgraded, "q5": "later"})
        assert "_conflicts" not in shown
    exported = tmp_path / "exported.xlsx"
    server.run("forms", "export", code, str(exported), *to)
    again = server.run("forms", "import", str(exported), *to)
    assert f"{code}, revision 2, is published already, as it is here" in again
