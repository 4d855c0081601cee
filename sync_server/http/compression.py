"""Answers compressed for the way: a tablet's link is slower than any processor."""

from __future__ import annotations

import zlib

from flask import Response, request

from sync_server.giving_way import give_way

_LEAST_BYTES = 1_400
"""What fits into one packet gets there no sooner when it is smaller."""
_LEVEL = 5
_PIECE = 65_536
"""So much is packed before other requests have their turn."""
_LARGE = 1_000_000
"""From so many bytes it is first tried if an answer packs."""
_SAMPLES, _SAMPLE_BYTES = 8, 8_192
_WORTH = 0.65
"""Of the size at most; pictures in base64 come to 0.76, revisions alone to 0.56."""
_COMPRESSIBLE = frozenset({"application/json", "text/css", "text/html", "text/plain"})


def compressed(response: Response) -> Response:
    """An answer in gzip, where the client takes it and it is worth it.

    What is written while the client reads it stays as it is, for it must not wait, and so do
    pictures and the like, also many of them in JSON. The ETag stays too, although the bytes are
    others: clients of CouchDB read a document's revision from it.
    """
    if response.is_streamed or response.status_code not in (200, 201):
        return response
    if response.mimetype not in _COMPRESSIBLE or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    content = response.get_data()
    if len(content) < _LEAST_BYTES or request.accept_encodings["gzip"] <= 0:
        return response
    if len(content) > _LARGE and not _packs(content):
        return response
    response.set_data(_packed(content))
    response.headers["Content-Encoding"] = "gzip"
    return response


def _packs(content: bytes) -> bool:
    """Whether a large answer gets much smaller, by pieces of it: to pack pictures takes seconds."""
    starts = range(0, len(content), len(content) // _SAMPLES)
    sample = b"".join(content[start : start + _SAMPLE_BYTES] for start in starts)
    return len(zlib.compress(sample, _LEVEL)) < len(sample) * _WORTH


def _packed(content: bytes) -> bytes:
    packer = zlib.compressobj(_LEVEL, wbits=16 + zlib.MAX_WBITS)
    packed = [packer.compress(content[:_PIECE])]
    for start in range(_PIECE, len(content), _PIECE):
        give_way()
        packed.append(packer.compress(content[start : start + _PIECE]))
    return b"".join([*packed, packer.flush()])
