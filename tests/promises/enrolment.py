"""People on a case database, enrolled as whoever keeps a server does; and servers with a fault."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.personas import AGENCIES, PEOPLE, Persona, Personas, with_token
from tests.support.server import KanafServer

DATABASE = "sd"


def enrolled_amina(server: KanafServer) -> Persona:
    """Amina with her first tablet, in a new case database."""
    server.run("db", "create", DATABASE)
    return _enrolled(server, "amina")


def enrolled_everybody(server: KanafServer) -> Personas:
    """All personas with a tablet each, in a new case database."""
    server.run("db", "create", DATABASE)
    return Personas(**{name: _enrolled(server, name) for name in PEOPLE})


def _enrolled(server: KanafServer, name: str) -> Persona:
    role, agency, group = PEOPLE[name]
    server.run("agency", "add", agency, AGENCIES[agency])
    server.run("group", "add", group)
    server.run("user", "add", name, "--role", role, "--agency", agency, "--group", group)
    device = f"{name}-tablet-1"
    return with_token(name, device, server.run("device", "add", name, device).split()[-1])


def launcher(fault: str) -> list[str]:
    """What to run instead of `kanaf`: the same, with a fault of `faulty_kanaf`."""
    return [sys.executable, str(Path(__file__).parent / "faulty_kanaf.py"), fault]
