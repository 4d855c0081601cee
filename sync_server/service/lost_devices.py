"""Tablets that are lost. They see nothing any more, and are not refused altogether: what they have
not sent may be all that there is of it. Once they have handed that in, they are told to erase
themselves.
"""

from __future__ import annotations

from sync_server.errors import NotAllowed
from sync_server.service.caller import Caller
from sync_server.service.directory_changes import (
    InvalidAccount,
    carried_out,
    device_to_refuse,
    note,
)
from sync_server.service.kanaf import Kanaf
from sync_server.service.orders import SignedOrder, wipe_order
from sync_server.storage import directory
from sync_server.storage.rows import DeviceRow
from sync_server.storage.store import Connection


def lose_device(kanaf: Kanaf, name: str, by: Caller | None = None) -> None:
    """Says that a device is lost: at once in every process it is shown nothing, what it sends goes
    into quarantine, and it is told to erase itself. One that was shut out may hand in again.

    Args:
        by: who says so over the network; None on the server itself.

    Raises:
        InvalidAccount: there is no such device, or it has erased itself.
        NotAllowed: it is of nobody whom `by` looks after.
    """

    def lose(connection: Connection) -> None:
        device = device_to_refuse(connection, name, by)
        if device.wiped_at is not None:
            raise InvalidAccount(f"{name} has erased itself, and is let in no more")
        lost_at = kanaf.clock() if device.lost_at is None else device.lost_at
        directory.change_device(connection, device.id, active=True, lost_at=lost_at)
        directory.void_enrolments(connection, user_id=None, device=name)
        note(kanaf, connection, "device lost", name, by)

    carried_out(kanaf, lose)


def order_for(kanaf: Kanaf, caller: Caller) -> SignedOrder | None:
    """The order for the caller's device; None where it is not lost. That it was given out is in the
    audit log.
    """
    device = kanaf.registry().devices.get(caller.device)
    if device is None or not device.is_lost:
        return None
    kanaf.store.administratively(
        lambda connection: note(kanaf, connection, "wipe order given out", device.name, caller)
    )
    return wipe_order(kanaf.master_keys, device.name, device.install_id, int(kanaf.clock()))


def wiped(kanaf: Kanaf, caller: Caller) -> None:
    """Notes that the caller's device has erased itself; it is let in no more.

    Raises:
        NotAllowed: it is not lost, or was shut out or found meanwhile.
    """

    def close(connection: Connection) -> None:
        device = _lost_now(connection, caller)
        directory.change_device(connection, device.id, active=False, wiped_at=kanaf.clock())
        note(kanaf, connection, "device wiped", device.name, caller)

    carried_out(kanaf, close)


def _lost_now(connection: Connection, caller: Caller) -> DeviceRow:
    """The caller's device, which is lost and came in with the token that it has."""
    for one in directory.devices(connection):
        is_its_own = one.name == caller.device and one.token_digest == caller.proof
        if is_its_own and one.active and one.is_lost:
            return one
    raise NotAllowed
