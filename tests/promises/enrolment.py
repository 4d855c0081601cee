"""The database of the promises, and servers with a fault."""

from __future__ import annotations

import sys
from pathlib import Path

DATABASE = "sd"


def launcher(fault: str) -> list[str]:
    """What to run instead of `kanaf`: the same, with a fault of `faulty_kanaf`."""
    return [sys.executable, str(Path(__file__).parent / "faulty_kanaf.py"), fault]
