"""Bodies of several parts, each with its own headers, as MIME has them (RFC 2046, 5.1)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from python_multipart.multipart import MultipartParser
from werkzeug.http import parse_options_header

from sync_server.errors import InvalidMultipart

_LONGEST_HEADER = 65_536
"""In bytes: it holds an attachment's name, which has no limit of its own."""
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True)
class Part:
    """A part of a body.

    Attributes:
        headers: by name; of parts that were read the names are in lower case.
    """

    headers: Mapping[str, str]
    content: bytes


def read_parts(content_type: str, content: bytes) -> Sequence[Part]:
    """The parts of a body.

    Raises:
        InvalidMultipart: the type names no boundary, or the body does not keep to it, which it does
            not either when it was cut.
    """
    reader = PartsReader(content_type)
    parts = reader.read(content)
    reader.end()
    return parts


class PartsReader:
    """Reads a body of several parts as it comes."""

    def __init__(self, content_type: str) -> None:
        """A reader before the first byte.

        Raises:
            InvalidMultipart: the type names no boundary.
        """
        boundary = parse_options_header(content_type)[1].get("boundary", "")
        self._found = _Found()
        try:
            self._parser = MultipartParser(
                boundary.encode("latin-1"),
                {
                    "on_part_begin": self._found.begin,
                    "on_header_field": self._found.name,
                    "on_header_value": self._found.value,
                    "on_header_end": self._found.header,
                    "on_part_data": self._found.data,
                    "on_part_end": self._found.finish,
                    "on_end": self._found.end,
                },
                max_header_size=_LONGEST_HEADER,
            )
        except ValueError:
            raise InvalidMultipart from None
        if not boundary:
            raise InvalidMultipart

    def read(self, content: bytes) -> Sequence[Part]:
        """The parts that end in the next piece of the body.

        Raises:
            InvalidMultipart: the body does not keep to its boundary.
        """
        try:
            self._parser.write(content)
        except ValueError:
            raise InvalidMultipart from None
        parts, self._found.parts = self._found.parts, []
        return parts

    def end(self) -> None:
        """Looks whether the body has come to its end.

        Raises:
            InvalidMultipart: it was cut.
        """
        try:
            self._parser.finalize()
        except ValueError:
            raise InvalidMultipart from None
        if not self._found.has_ended:
            raise InvalidMultipart


def write_parts(parts: Iterable[Part], boundary: str) -> bytes:
    """A body of these parts."""
    return b"".join([*(written_part(part, boundary) for part in parts), end_of_parts(boundary)])


def written_part(part: Part, boundary: str) -> bytes:
    """A part of a body."""
    written = bytearray(f"--{boundary}\r\n".encode())
    for name, value in part.headers.items():
        written += f"{name}: {_CONTROLS.sub(' ', value)}\r\n".encode()
    return bytes(written + b"\r\n" + part.content + b"\r\n")


def end_of_parts(boundary: str) -> bytes:
    """What comes after the last part of a body."""
    return f"--{boundary}--".encode()


def new_boundary() -> str:
    """A boundary that no content holds, because nobody knew it before."""
    return secrets.token_hex(16)


def attachment_disposition(name: str) -> str:
    """The header of a part that is the attachment `name`.

    Source: CouchDB, couch_httpd_multipart.erl, atts_to_mp/4: the name as it is. What would end it
    is encoded as browsers do (HTML, multipart/form-data).
    """
    safe = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    return f'attachment; filename="{safe}"'


class _Found:
    """Gathers what the parser finds."""

    def __init__(self) -> None:
        self.parts: list[Part] = []
        self.has_ended = False
        self._headers: dict[str, str] = {}
        self._name, self._value, self._content = bytearray(), bytearray(), bytearray()

    def begin(self) -> None:
        self._headers, self._content = {}, bytearray()

    def name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header(self) -> None:
        name, value = self._name.decode("latin-1"), self._value.decode(errors="replace")
        self._headers[name.lower()] = value
        self._name, self._value = bytearray(), bytearray()

    def data(self, data: bytes, start: int, end: int) -> None:
        self._content += data[start:end]

    def finish(self) -> None:
        content, self._content = bytes(self._content), bytearray()
        self.parts.append(Part(self._headers, content))

    def end(self) -> None:
        self.has_ended = True
