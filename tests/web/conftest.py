from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tablet.stock import InstallationFailed, NodeNotFound, install_locked
from tablet.stock.node import node_command

REPOSITORY = Path(__file__).parents[2]
WEB = REPOSITORY / "web"
LOCKED = ("package.json", "package-lock.json")


@pytest.fixture(scope="session")
def web_build(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the tablet's modules, compiled by TypeScript, which finds nothing wrong."""
    contents = {name: (WEB / name).read_bytes() for name in LOCKED}
    try:
        tools = install_locked(contents, REPOSITORY / "var" / "web", lambda: None)
    except (NodeNotFound, InstallationFailed) as error:
        pytest.fail(str(error))
    built = tmp_path_factory.mktemp("web")
    compiler = str(tools / "node_modules" / "typescript" / "bin" / "tsc")
    said = subprocess.run(
        [*node_command(), compiler, "--project", str(WEB), "--outDir", str(built)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stdout
    (built / "package.json").write_text('{"type": "module"}')
    return built
