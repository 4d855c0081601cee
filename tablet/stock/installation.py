"""Folders with what npm installs from a lock file, outside of this package's own folder."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from importlib.resources import files
from pathlib import Path

from tablet.stock.errors import InstallationFailed
from tablet.stock.node import npm_command

SCRIPT = "tablet.mjs"
ANNOUNCEMENT = "installing PouchDB for the stock tablets (once, about ten seconds) ..."
FILES = ("package.json", "package-lock.json", "lines.mjs", SCRIPT)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")


def install(cache: Path, say: Callable[[str], None] = _say) -> Path:
    """The folder to start stock tablets from, a subfolder of `cache`; made at the first call.

    Args:
        cache: made when absent.
        say: is given one line before the installation; nothing is said when all is there.

    Raises:
        NodeNotFound: there is no Node, or no npm.
        InstallationFailed: npm failed, for instance without a network.
    """
    contents = {name: files("tablet.stock").joinpath(name).read_bytes() for name in FILES}
    return install_locked(contents, cache / "stock-tablet", lambda: say(ANNOUNCEMENT))


def install_locked(
    contents: Mapping[str, bytes], folder: Path, announce: Callable[[], None]
) -> Path:
    """A folder with these files and all that their lock names; made at the first call.

    A digest of the files is added to its name, so another release never uses a stale one. It
    appears complete or not at all; of several processes that install at once, one succeeds in
    placing its folder and all use that. No install script is run: LevelDB comes built inside its
    package.

    Args:
        contents: by name, package.json and package-lock.json among them.
        folder: what the name begins with; folders above it are made when absent.
        announce: is called before the installation, unless all is there.

    Raises:
        NodeNotFound: there is no Node, or no npm.
        InstallationFailed: npm failed, for instance without a network.
    """
    folder = folder.resolve().with_name(f"{folder.name}-{_digest(contents)}")
    if not folder.exists():
        announce()
        folder.parent.mkdir(parents=True, exist_ok=True)
        _install_and_place(contents, folder)
    return folder


def _digest(contents: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name in sorted(contents):
        digest.update(hashlib.sha256(contents[name]).digest())
    return digest.hexdigest()[:16]


def _install_and_place(contents: Mapping[str, bytes], folder: Path) -> None:
    workplace = Path(tempfile.mkdtemp(prefix=f"{folder.name}-", dir=folder.parent))
    try:
        for name, content in contents.items():
            (workplace / name).write_bytes(content)
        _run_npm(workplace)
        _place(workplace, folder)
    finally:
        shutil.rmtree(workplace, ignore_errors=True)


def _run_npm(folder: Path) -> None:
    options = ["--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    ended = subprocess.run(
        [*npm_command(), "ci", *options],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if ended.returncode != 0:
        last_lines = "\n".join(ended.stdout.strip().splitlines()[-10:])
        raise InstallationFailed(f"npm ci ended with {ended.returncode}:\n{last_lines}")


def _place(workplace: Path, folder: Path) -> None:
    try:
        workplace.rename(folder)
    except OSError:
        if not folder.exists():  # otherwise another process was faster, with the same content
            raise
