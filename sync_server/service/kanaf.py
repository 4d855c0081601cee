"""The service's parts, put together for one process."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from schemas import library_forms
from sync_server.config import Settings
from sync_server.crypto.keys import MasterKeys, read_master_keys
from sync_server.errors import DatabaseMissing
from sync_server.service.caller import Caller
from sync_server.service.case_forms import CaseForms, Forms
from sync_server.service.published_forms import Parsed, published_forms
from sync_server.service.vault import Vault
from sync_server.sharing.facts import Directory, Person
from sync_server.sharing.roles import OF_NOTHING, ROLES, Action, Catalog, Role, Scope, in_programme
from sync_server.storage import directory as directory_tables
from sync_server.storage.arrivals import Arrivals
from sync_server.storage.conduct import accepted, last_conduct
from sync_server.storage.databases import HIDDEN
from sync_server.storage.document_counts import DocumentCounts
from sync_server.storage.reading import Reading
from sync_server.storage.rows import (
    EVERYONE,
    DatabaseKind,
    DatabaseRow,
    DeviceRow,
    RoleRow,
    UserRow,
)
from sync_server.storage.store import Connection, Store

CATALOG_PLACE = "catalog"
"""What the catalog of a database is sealed for."""


@dataclass(frozen=True)
class Registry:
    """All that administration has written, as of one version of the directory.

    Attributes:
        roles: the ready ones and the programme's own, by name.
        users: those who were shut out, too, by id.
        devices: the active ones, those that are lost among them, by name.
        databases: the databases by name.
        accepted: the ids of those who accepted the last code of conduct; None where there is none.
    """

    version: int
    directory: Directory
    roles: Mapping[str, Role]
    users: dict[int, UserRow]
    devices: dict[str, DeviceRow]
    databases: dict[str, DatabaseRow]
    accepted: frozenset[int] | None

    def database(self, name: str) -> DatabaseRow:
        """The database of that name.

        Raises:
            DatabaseMissing: there is none.
        """
        if name not in self.databases:
            raise DatabaseMissing
        return self.databases[name]

    def now(self, database: DatabaseRow) -> DatabaseRow | None:
        """A database as it is by this version; None once it was removed."""
        now = self.databases.get(database.name)
        return now if now is not None and now.uuid == database.uuid else None

    def has_accepted(self, user_id: int) -> bool:
        """Whether somebody accepted the last code of conduct, where there is one."""
        return self.accepted is None or user_id in self.accepted

    def is_lost(self, device: str) -> bool:
        """Whether a device of that name may come in, and is lost."""
        return device in self.devices and self.devices[device].is_lost

    def person(self, row: UserRow) -> Person:
        """A user as the rules of sharing see them."""
        return person(row, self.roles)


@dataclass(frozen=True)
class _Published:
    """The forms that documents of a database may be filled in.

    Attributes:
        directory_version: in which they were looked for.
        told_at: the seq at which everybody was last told of a shared document.
    """

    directory_version: int
    told_at: int
    forms: Forms


@dataclass
class Kanaf:
    """What every use case needs: the store, the keys, the directory, the forms, a clock.

    Attributes:
        library: the forms that ship.
        clock: seconds since 1970.
        counts: of documents, as this process has counted them.
    """

    settings: Settings
    store: Store
    master_keys: MasterKeys
    library: Forms
    arrivals: Arrivals
    clock: Callable[[], float] = time.time
    counts: DocumentCounts = field(default_factory=DocumentCounts, init=False)
    _known: Registry | None = field(default=None, init=False)
    _vaults: dict[str, Vault] = field(default_factory=dict, init=False)
    _forms: dict[str, _Published] = field(default_factory=dict, init=False)
    _parsed: Parsed = field(default_factory=dict, init=False)
    _catalogs: dict[bytes, Catalog] = field(default_factory=dict, init=False)
    _directories: dict[str, tuple[int, Directory]] = field(default_factory=dict, init=False)

    def registry(self, reading: Reading | None = None) -> Registry:
        """What administration has written until now, in whichever process, or until a reading."""
        if reading is not None:
            return self._registry_in(reading)
        with self.store.read() as now:
            return self._registry_in(now)

    def database(self, name: str) -> DatabaseRow:
        """The database of that name.

        Raises:
            DatabaseMissing: there is none.
        """
        return self.registry().database(name)

    def vault(self, database: DatabaseRow) -> Vault:
        """The keys of a database."""
        if database.uuid not in self._vaults:
            self._vaults[database.uuid] = Vault.of(self.master_keys, database)
        return self._vaults[database.uuid]

    def forms(
        self, database: DatabaseRow, reading: Reading, needed: Iterable[tuple[str, int]] = ()
    ) -> Forms:
        """The forms that documents of a database may be filled in, by code and revision.

        Args:
            needed: codes and revisions of which one that is not known is looked for anew: tablets
                may know a form a moment before this process is told of it.
        """
        if database.kind is DatabaseKind.OPEN:
            return self.library
        version = self.registry(reading).version
        known = self._forms.get(database.uuid)
        has_needed = known is not None and all(one in known.forms for one in needed)
        if known is None or not has_needed or known.directory_version != version:
            known = self._looked_up(database, reading, version, known if has_needed else None)
            self._forms[database.uuid] = known
        return known.forms

    def _looked_up(
        self, database: DatabaseRow, reading: Reading, version: int, known: _Published | None
    ) -> _Published:
        """The forms of a database in a version of the directory. Most changes of that are of
        people: then what is known of the forms, if anything, still holds.
        """
        told_at = reading.last_seq_of(database.id, EVERYONE)
        if known is not None and known.told_at == told_at:
            return replace(known, directory_version=version)
        found = published_forms(reading, self.vault(database), self._parsed, self.library)
        return _Published(version, told_at, {**found, **self.library})

    def case_forms(
        self, database: DatabaseRow, reading: Reading, needed: Iterable[tuple[str, int]] = ()
    ) -> CaseForms:
        """The forms of a case database under its policy, as `forms` knows them."""
        return CaseForms.under(database.merge_policy, self.forms(database, reading, needed))

    def directory(self, reading: Reading | None = None) -> Directory:
        """The active users: those of now, or those of a reading."""
        return self.registry(reading).directory

    def catalog(self, database: DatabaseRow) -> Catalog:
        """What a case database has published, by code."""
        if database.catalog is None:
            return {}
        if database.catalog not in self._catalogs:
            words = self.vault(database).open_note(database.catalog, CATALOG_PLACE)
            self._catalogs[database.catalog] = {code: frozenset(one) for code, one in words.items()}
        return self._catalogs[database.catalog]

    def directory_of(self, database: DatabaseRow, reading: Reading) -> Directory:
        """The active users as of a reading, their roles with the codes of a database's forms."""
        registry = self.registry(reading)
        version, known = self._directories.get(database.uuid, (-1, registry.directory))
        if version != registry.version:
            database = registry.now(database) or database
            known = registry.directory.in_programme(self.catalog(database))
            self._directories[database.uuid] = registry.version, known
        return known

    def in_programme(self, database: DatabaseRow, caller: Caller) -> Caller:
        """A caller whose role has the codes of a database's forms."""
        role = in_programme(caller.person.role, self.catalog(database))
        return replace(caller, person=replace(caller.person, role=role))

    def user(self, user_id: int) -> UserRow:
        """A user's row."""
        return self.registry().users[user_id]

    def caller_now(self, reading: Reading, caller: Caller) -> Caller | None:
        """Somebody who came in before, with the rights that they have in the state that is read.

        None once the user or the device was shut out, the device was lost or found, the token or
        the password was changed, or the session has ended.
        """
        known = self.registry(reading)
        person_now = known.directory.people.get(caller.person.id)
        if person_now is None:
            return None
        if caller.proof is not None and caller.proof != _proof_now(known, caller, person_now):
            return None
        if caller.is_lost != known.is_lost(caller.device):
            return None
        if caller.session and not self._lasts(reading, caller.session, person_now):
            return None
        if self.clock() >= caller.until:
            return None
        now = replace(caller, person=person_now)
        return now.lost() if caller.is_lost else now

    def _lasts(self, reading: Reading, session: bytes, person: Person) -> bool:
        user = directory_tables.session_user(reading.connection, session, self.clock())
        return user == person.id

    def _registry_in(self, reading: Reading) -> Registry:
        version = reading.directory_version()
        known = self._known
        if known is None or known.version != version:
            users = {row.id: row for row in directory_tables.users(reading.connection)}
            devices = directory_tables.devices(reading.connection)
            roles = all_roles(reading.connection)
            known = self._known = Registry(
                version,
                Directory.of(person(row, roles) for row in users.values() if row.active),
                roles,
                users,
                {device.name: device for device in devices if device.active},
                {one.name: one for one in reading.databases() if not one.name.startswith(HIDDEN)},
                _accepted(reading.connection),
            )
        return known


def _proof_now(known: Registry, caller: Caller, person: Person) -> bytes | None:
    """What is kept of the secret by which a caller would come in; None where they could not."""
    if not caller.device:
        return (known.users[person.id].password_hash or "").encode()
    device = known.devices.get(caller.device)
    return device.token_digest if device is not None and device.user_id == person.id else None


def _accepted(connection: Connection) -> frozenset[int] | None:
    last = last_conduct(connection)
    return None if last is None else frozenset(accepted(connection, last.version))


def all_roles(connection: Connection) -> dict[str, Role]:
    """The ready roles and the programme's own, by name."""
    own = (role_of(row) for row in directory_tables.roles(connection))
    return {**ROLES, **{role.name: role for role in own}}


def role_of(row: RoleRow) -> Role:
    """A role of the programme's own as the rules of sharing see it."""
    actions = frozenset(map(Action, row.actions))
    scope = cast(Scope, row.scope)
    return Role(row.name, scope, actions, row.reads, row.writes, row.in_emergency, row.gives)


def person(row: UserRow, roles: Mapping[str, Role]) -> Person:
    """A user as the rules of sharing see them."""
    role = roles.get(row.role, OF_NOTHING)  # one that was removed since the user was read
    return Person(row.id, row.name, role, row.agency, row.groups, row.area)


def open_kanaf(settings: Settings) -> Kanaf:
    """The service over the database and the keys that the settings name.

    Raises:
        UnusableKeyFile: the master keys cannot be read.
    """
    store = Store(settings.database_url)
    forms = {(form.code, form.revision): form for form in library_forms()}
    keys = read_master_keys(settings.master_key_file)
    return Kanaf(settings, store, keys, forms, Arrivals(store))


def new_uuid() -> str:
    """A random id of 32 hex digits."""
    return uuid.uuid4().hex
