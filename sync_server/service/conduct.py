"""The code of conduct. Who acts for others, or gets a tablet, has accepted its last version.

Nobody's sync waits for it: a tablet goes on sending what its user wrote, and asks them when they
see the text. Those who look after them see who has not accepted it.
"""

from __future__ import annotations

from collections.abc import Mapping

from sync_server.errors import ConductNotAccepted, InvalidRequest
from sync_server.messages import LANGUAGES
from sync_server.service.caller import Caller
from sync_server.service.directory_changes import carried_out, note
from sync_server.service.kanaf import Kanaf
from sync_server.storage import conduct
from sync_server.storage.rows import ConductRow
from sync_server.storage.store import Connection

LONGEST_TEXT = 100_000


class UnusableConduct(ValueError):
    """A text is no code of conduct; the message says what to do instead."""


def check_conduct(texts: Mapping[str, str]) -> None:
    """Looks whether texts could be published.

    Raises:
        UnusableConduct: there is none, an empty or a very long one, or one in a language that this
            service does not speak.
    """
    unknown = ", ".join(one for one in texts if one not in LANGUAGES)
    if unknown:
        raise UnusableConduct(f"{unknown}: choose of the languages {', '.join(LANGUAGES)}")
    if not texts or not all(one.strip() for one in texts.values()):
        raise UnusableConduct("a code of conduct has a text that is not empty")
    if any(len(one) > LONGEST_TEXT for one in texts.values()):
        raise UnusableConduct(f"a text has at most {LONGEST_TEXT} characters")


def publish_conduct(kanaf: Kanaf, texts: Mapping[str, str]) -> int:
    """Publishes the next version: from now on everybody is asked to accept it.

    Args:
        texts: by language (`en`, `ar`).

    Returns:
        Its number.

    Raises:
        UnusableConduct: see `check_conduct`; or the last version has the same.
    """
    check_conduct(texts)

    def publish(connection: Connection) -> int:
        last = conduct.last_conduct(connection)
        if last is not None and last.texts == dict(texts):
            raise UnusableConduct(f"that is version {last.version} already")
        version = conduct.add_conduct(connection, texts, kanaf.clock())
        note(kanaf, connection, "code of conduct published", str(version))
        return version

    return carried_out(kanaf, publish)


def current_conduct(kanaf: Kanaf) -> ConductRow | None:
    """The last version; None where the programme has none."""
    with kanaf.store.read() as reading:
        return conduct.last_conduct(reading.connection)


def accept_conduct(kanaf: Kanaf, caller: Caller, version: int) -> None:
    """Notes that somebody accepts the last version.

    Raises:
        InvalidRequest: it is another one, or there is none.
    """

    def accept(connection: Connection) -> None:
        accept_in(kanaf, connection, caller.person.id, version)
        note(kanaf, connection, "code of conduct accepted", str(version), caller)

    current = current_conduct(kanaf)
    if current is None or current.version != version:
        raise InvalidRequest("version")
    if not kanaf.registry().has_accepted(caller.person.id):
        carried_out(kanaf, accept)


def accept_in(kanaf: Kanaf, connection: Connection, user_id: int, version: int | None) -> None:
    """Notes that somebody accepts the last version, as part of a change of the directory.

    Raises:
        ConductNotAccepted: the last one is another.
    """
    last = conduct.last_conduct(connection)
    if last is None:
        return
    if version != last.version:
        raise ConductNotAccepted
    conduct.accept(connection, user_id, version, kanaf.clock())
