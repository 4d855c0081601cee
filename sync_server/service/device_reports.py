"""When tablets were last heard of, and what they say of themselves: supervisors see who is in need.

A tablet that was not heard of for weeks, has much unsent, no room left or not all that it should
hold is one whose caseworker needs a visit.
"""

from __future__ import annotations

from dataclasses import dataclass

from gevent.event import Event

from sync_server.service.caller import Caller
from sync_server.service.kanaf import Kanaf
from sync_server.sharing.supervision import looks_after
from sync_server.storage import reports
from sync_server.storage.rows import DeviceReportRow, DeviceRow, UserRow

HEARD_EVERY = 300
"""Seconds: a device that is heard of again within them is not written down anew."""


@dataclass(frozen=True)
class KnownDevice:
    """A device, whose it is, and what is known of it; None where it was never heard of."""

    device: DeviceRow
    owner: UserRow
    report: DeviceReportRow | None

    @property
    def may_come_in(self) -> bool:
        """Whether neither the device nor its user is shut out, and the device is not lost."""
        return self.device.active and self.owner.active and not self.device.is_lost


class Contacts:
    """When devices were heard of by this process: noted at once, written down a moment later, so
    that no request waits for that.
    """

    def __init__(self, kanaf: Kanaf) -> None:
        self._kanaf = kanaf
        self._heard: dict[str, float] = {}
        self._to_write: dict[str, float] = {}
        self._is_any = Event()

    def heard_of(self, device: str) -> None:
        """Notes that a device has come in just now."""
        now = self._kanaf.clock()
        if now - self._heard.get(device, 0.0) >= HEARD_EVERY:
            self._heard[device] = self._to_write[device] = now
            self._is_any.set()

    def write(self) -> None:
        """Writes down what was noted.

        Raises:
            Overloaded: it cannot be written now, and will be with what comes next.
        """
        noted = dict(self._to_write)
        self._kanaf.store.administratively(lambda one: reports.hear_of(one, noted))
        for device, at in noted.items():
            if self._to_write.get(device) == at:
                del self._to_write[device]

    def wait(self) -> None:
        """Until there is something to write."""
        self._is_any.wait()
        self._is_any.clear()


def report(
    kanaf: Kanaf,
    device: str,
    version: str,
    unsent: int,
    free_bytes: int,
    missing: int | None = None,
) -> None:
    """Keeps what a device says of itself.

    Args:
        version: of the app.
        unsent: documents that it holds and has not sent.
        free_bytes: room that is left on it.
        missing: documents that it lacks, or has with other leaves; None where it has not compared
            since its last report, of which what it told then stands.

    Raises:
        Overloaded: it cannot be written now.
    """
    now = kanaf.clock()
    told = {"told_at": now, "version": version, "unsent": unsent, "free_bytes": free_bytes}
    if missing is not None:
        told |= {"missing": missing, "checked_at": now}
    kanaf.store.administratively(lambda one: reports.keep(one, device, now, told))


def known_devices(kanaf: Kanaf, caller: Caller | None = None) -> list[KnownDevice]:
    """The devices of those whom somebody looks after, by name.

    Args:
        caller: who looks; None on the server itself, where all devices are told.
    """
    with kanaf.store.read() as reading:
        registry = kanaf.registry(reading)
        found = reports.devices_with_reports(reading.connection)
    known = [KnownDevice(device, registry.users[device.user_id], told) for device, told in found]
    return [
        one
        for one in known
        if caller is None or looks_after(caller.person, registry.person(one.owner))
    ]
