"""A caseworker on a case database, and servers with a planted fault."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.personas import Persona, create_persona
from tests.support.server import KanafServer

DATABASE = "sd"


def enrolled_amina(server: KanafServer) -> Persona:
    """Amina with her first tablet, in a new case database."""
    return create_persona(server, "amina", DATABASE)


def launcher(fault: str) -> list[str]:
    """What to run instead of `kanaf`: the same, with a fault of `faulty_kanaf`."""
    return [sys.executable, str(Path(__file__).parent / "faulty_kanaf.py"), fault]
