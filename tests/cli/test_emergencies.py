"""Emergency access as who keeps the server sees and ends it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from sync_server.config import settings
from sync_server.service.directory_changes import add_user
from sync_server.service.emergencies import ask
from sync_server.service.kanaf import open_kanaf
from tests.cli.running import Shell
from tests.service.conftest import Programme

REASON = "The hospital asks for her guardian tonight"


@pytest.fixture
def asked(initialised: Shell) -> str:
    """The id of a request."""
    kanaf = open_kanaf(settings({**initialised.settings}))
    add_user(kanaf, "root", role="administrator", agency="a")
    programme = Programme(kanaf, kanaf.database("sudan"))
    row = ask(kanaf, programme.database, programme.caller("root"), str(uuid4()), REASON)
    kanaf.store.close()
    return row.id


def test_a_request_is_listed_without_its_reason_and_ended(initialised: Shell, asked: str) -> None:
    listed = initialised.done("emergency", "list", "--database", "sudan")
    headings, row = listed.splitlines()
    assert headings.split() == ["ID", "STATE", "RECORD", "ASKED", "BY", "GRANTED", "BY", "UNTIL"]
    assert row.split()[:2] == [asked, "waits"]
    assert " root " in row
    assert REASON not in listed

    assert initialised.done("emergency", "end", asked) == f"{asked} is ended\n"

    ended = initialised.done("emergency", "list", "--database", "sudan")
    assert ended.splitlines()[1].split()[:2] == [asked, "over"]
    assert initialised.refused("emergency", "end", asked).startswith(
        "Error: There is no such request"
    )


def test_nobody_has_asked(initialised: Shell) -> None:
    listed = initialised.done("emergency", "list", "--database", "sudan")
    assert listed == "nobody has asked for emergency access\n"
