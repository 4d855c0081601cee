"""What a server begins with: its key, its tables, its first administrator. `kanaf init` does this,
and does nothing to what is there already.
"""

from __future__ import annotations

from sync_server.checking import refuse_foreign_keys, refuse_key_beside_data, refuse_new_key
from sync_server.config import InvalidSetting, Settings
from sync_server.crypto.keys import write_new_master_key
from sync_server.service.administration import initialise
from sync_server.service.directory_changes import add_agency, add_user
from sync_server.service.kanaf import Kanaf, open_kanaf
from sync_server.service.publishing import enter_published_forms


def initialised(chosen: Settings) -> Kanaf:
    """The service with its key and its tables, made where they are missing; its store is open.

    Raises:
        InvalidSetting: a file or folder cannot be where the settings want it.
        UnsafeKeyFile: the key would lie beside the data.
        KeyFileMissing, Unopenable: the data is there already, and its keys are not these.
    """
    refuse_key_beside_data(chosen)
    try:
        chosen.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidSetting(f"KANAF_DATA_DIR can be no directory: {error.strerror}") from None
    refuse_new_key(chosen)
    try:
        if not chosen.master_key_file.exists():
            write_new_master_key(chosen.master_key_file)
    except OSError as error:
        raise InvalidSetting(f"KANAF_MASTER_KEY_FILE: {error.strerror}") from None
    kanaf = open_kanaf(chosen)
    initialise(kanaf)
    with kanaf.store.read() as reading:
        refuse_foreign_keys(kanaf, reading)
    enter_published_forms(kanaf)
    return kanaf


def add_administrator(kanaf: Kanaf) -> str:
    """Adds the administrator whom the settings name, unless they are there; says what was done.

    Raises:
        InvalidAccount: the name is unusable, or the password is too short.
    """
    if kanaf.settings.admin is None:
        return "no administrator was made: KANAF_ADMIN=name:password kanaf init makes one"
    name, password = kanaf.settings.admin
    if kanaf.directory().named(name) is not None:
        return f"user {name} was there already, and keeps their password"
    add_agency(kanaf, "office", "Programme office")
    add_user(kanaf, name, role="administrator", agency="office", password=password)
    return f"administrator {name} is added, of the agency office"
