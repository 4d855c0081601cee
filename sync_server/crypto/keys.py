"""The master keys, by version, and the keys that they wrap.

A master key lives in a file apart from the data (a mounted secret). A line holds a version and 32
bytes in base64; the highest version wraps, all of them unwrap.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sync_server.crypto.sealing import KEY_BYTES, Unopenable, keyed_digest, new_key, seal, unseal

_VERSION_BYTES = 2


class UnusableKeyFile(Exception):
    """The file of master keys is missing, or does not hold what it should."""


@dataclass(frozen=True)
class MasterKeys:
    """Master keys by version (1 and up)."""

    by_version: Mapping[int, bytes]

    def __repr__(self) -> str:
        return f"MasterKeys(versions={sorted(self.by_version)})"

    @property
    def version(self) -> int:
        """The version that wraps new keys."""
        return max(self.by_version)

    def wrap(self, key: bytes, place: str) -> bytes:
        """`key` sealed under the newest master key, for `place`; its version comes first."""
        version = self.version
        sealed = seal(self.by_version[version], key, place)
        return version.to_bytes(_VERSION_BYTES, "big") + sealed

    def unwrap(self, wrapped: bytes, place: str) -> bytes:
        """The key that `wrap` was given.

        Raises:
            Unopenable: the master key of that version is not here, or the bytes were altered.
        """
        version = int.from_bytes(wrapped[:_VERSION_BYTES], "big")
        if version not in self.by_version:
            raise Unopenable(f"master key version {version} is not in the key file")
        return unseal(self.by_version[version], wrapped[_VERSION_BYTES:], place)

    def derived(self, purpose: str) -> bytes:
        """A key for one purpose of this server, such as the digests of tokens."""
        return keyed_digest(self.by_version[min(self.by_version)], purpose.encode())


def read_master_keys(path: Path) -> MasterKeys:
    """The master keys in a file.

    Raises:
        UnusableKeyFile: it is missing, unreadable or malformed; the message names no key.
    """
    try:
        lines = path.read_text("ascii").splitlines()
    except (OSError, UnicodeDecodeError):
        raise UnusableKeyFile(f"the key file {path} cannot be read") from None
    versions = [_key(line, path) for line in lines if line.strip()]
    keys = dict(versions)
    if len(keys) < len(versions):
        raise UnusableKeyFile(f"the key file {path} has a version twice")
    if not keys:
        raise UnusableKeyFile(f"the key file {path} holds no key")
    return MasterKeys(keys)


def write_new_master_key(path: Path) -> None:
    """Makes a file with one new master key, readable by its owner only.

    Raises:
        FileExistsError: there is a file already; it is left as it is.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(f"1 {base64.b64encode(new_key()).decode()}\n")
        file.flush()
        os.fsync(file.fileno())


def _key(line: str, path: Path) -> tuple[int, bytes]:
    try:
        version, text = line.split()
        key = base64.b64decode(text, validate=True)
        if not 1 <= int(version) < 2 ** (8 * _VERSION_BYTES) or len(key) != KEY_BYTES:
            raise ValueError
    except ValueError:
        raise UnusableKeyFile(f"the key file {path} is malformed") from None
    return int(version), key
