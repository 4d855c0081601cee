"""Bodies of several parts, written and taken apart by hand: another reading of RFC 2046."""

from __future__ import annotations

import re
from dataclasses import dataclass

import orjson

from tests.protocol.api import Json


@dataclass(frozen=True)
class Part:
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Json:
        parsed: Json = orjson.loads(self.content)
        return parsed

    @property
    def parts(self) -> list[Part]:
        return parts(self.headers["Content-Type"], self.content)


def parts(content_type: str, body: bytes) -> list[Part]:
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    assert found, content_type
    before, *middle, after = (b"\r\n" + body).split(b"\r\n--" + found[1].encode())
    assert before == b""
    assert after.rstrip(b"\r\n") == b"--"
    return [_part(one) for one in middle]


def related(*contents: tuple[dict[str, str], bytes], boundary: str = "a-boundary") -> bytes:
    """A body of some parts, each with its headers."""
    body = b""
    for headers, content in contents:
        lines = [f"{name}: {value}" for name, value in headers.items()]
        body += "\r\n".join([f"--{boundary}", *lines, "", ""]).encode() + content + b"\r\n"
    return body + f"--{boundary}--".encode()


def _part(text: bytes) -> Part:
    head, _, content = text.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    return Part(headers, content)
