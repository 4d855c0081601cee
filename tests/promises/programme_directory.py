"""The people of a programme as a history changes them, and as the oracle has to know them.

The one place that knows how the directory is changed and what a user belongs to.
"""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterable
from dataclasses import replace

from sync_server.service import directory_changes
from sync_server.service.kanaf import Kanaf
from sync_server.service.roster import import_people, read_roster
from sync_server.storage import directory
from sync_server.storage.store import Connection
from tests.promises.sharing_oracle import User
from tests.support.personas import Persona, with_token

ROLES = (
    *("caseworker", "supervisor", "service_provider"),
    *("agency_manager", "tracing_officer", "data_clerk", "hub"),
    *("administrator", "information_officer", "national_viewer"),
)


class ProgrammeDirectory:
    """Who has which role, agency and groups; changes are written one at a time."""

    def __init__(self, kanaf: Kanaf) -> None:
        self._kanaf = kanaf
        self._users: dict[str, User] = {}
        self._one_at_a_time = threading.Lock()

    def user(self, name: str) -> User:
        """A user with the rights of now."""
        return self._users[name]

    def enrol(self, users: Iterable[User]) -> None:
        """Adds agencies and people. These agencies stand in no configuration: else every tablet
        would spend its time on those of all histories.
        """
        users = list(users)

        def add_agencies(connection: Connection) -> None:
            for agency in sorted({one.agency for one in users}):
                directory.add_agency(connection, agency, f"Agency {agency}")
            for group in sorted({group for one in users for group in one.groups}):
                directory.add_group(connection, group)

        directory_changes.carried_out(self._kanaf, add_agencies)
        text = io.StringIO()
        rows = csv.writer(text)
        rows.writerow(["name", "role", "agency", "group", "area"])
        rows.writerows(
            [one.name, one.role, one.agency, "|".join(one.groups), one.area or ""] for one in users
        )
        lines = read_roster(text.getvalue().encode(), ".csv")
        done = import_people(self._kanaf, lines, dry_run=False)
        assert done.faults == ()
        self._users.update({one.name: one for one in users})

    def tablet(self, name: str, device: str) -> Persona:
        """A user with another tablet."""
        with self._one_at_a_time:
            token = directory_changes.add_device(self._kanaf, name, device)
        return with_token(name, device, token)

    def change(
        self, name: str, *, role: str, agency: str, groups: tuple[str, ...], area: str | None
    ) -> None:
        """Gives somebody another place in the programme."""
        with self._one_at_a_time:
            directory_changes.change_user(
                self._kanaf, name, role=role, agency=agency, groups=groups, area=area
            )
            self._users[name] = User(name, role, agency, groups, area)

    def let_in(self, name: str, *, active: bool) -> None:
        """Shuts somebody out, or lets them in again."""
        change = directory_changes.let_in_user if active else directory_changes.shut_out_user
        user = self._users[name]
        with self._one_at_a_time:
            change(self._kanaf, name)
            self._users[name] = replace(user, active=active)

    def add_agency(self, code: str) -> None:
        """Another agency, of which every tablet is told."""
        with self._one_at_a_time:
            directory_changes.add_agency(self._kanaf, code, f"Agency {code}")
