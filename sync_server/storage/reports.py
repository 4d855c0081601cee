"""When devices were last heard of, and what they have told of themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, case, insert, select, update

from sync_server.storage import schema
from sync_server.storage.rows import DeviceReportRow, DeviceRow


def hear_of(connection: Connection, heard: Mapping[str, float]) -> None:
    """Keeps when devices were heard of, by name, in seconds since 1970; those that there are not
    are passed over.
    """
    for name, at in sorted(heard.items()):
        keep(connection, name, at, {})


def keep(connection: Connection, name: str, heard_at: float, told: Mapping[str, Any]) -> None:
    """Keeps when a device was heard of, and what it told then, where it told anything."""
    device = schema.device
    found = select(device.c.id).where(device.c.name == name).with_for_update()
    device_id = connection.execute(found).scalar_one_or_none()
    if device_id is None:
        return
    table = schema.device_report
    is_older = table.c.heard_at > heard_at  # contacts are written a moment after they were noted
    newest = case((is_older, table.c.heard_at), else_=heard_at)
    ours = update(table).where(table.c.device_id == device_id)
    if not connection.execute(ours.values(heard_at=newest, **told)).rowcount:
        connection.execute(insert(table).values(device_id=device_id, heard_at=heard_at, **told))


def devices_with_reports(
    connection: Connection,
) -> list[tuple[DeviceRow, DeviceReportRow | None]]:
    """All devices by name, those that were shut out too, each with its report."""
    device, told = schema.device, schema.device_report
    devices = connection.execute(select(device).order_by(device.c.name)).all()
    reports = {row.device_id: row for row in connection.execute(select(told))}
    return [
        (
            DeviceRow(**one._mapping),
            DeviceReportRow(**reports[one.id]._mapping) if one.id in reports else None,
        )
        for one in devices
    ]
