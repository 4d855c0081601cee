"""Answers compressed for the way: a tablet's link is slower than any processor."""

from __future__ import annotations

import zlib

from flask import Response, request

_LEAST_BYTES = 1_400
"""What fits into one packet gets there no sooner when it is smaller."""
_LEVEL = 5
_COMPRESSIBLE = frozenset({"application/json", "text/css", "text/html", "text/plain"})


def compressed(response: Response) -> Response:
    """An answer in gzip, where the client takes it and it is worth it.

    What is written while the client reads it stays as it is, for it must not wait, and so do
    pictures and the like. The ETag stays too, although the bytes are others: clients of CouchDB
    read a document's revision from it.
    """
    if response.is_streamed or response.status_code not in (200, 201):
        return response
    if response.mimetype not in _COMPRESSIBLE or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    content = response.get_data()
    if len(content) < _LEAST_BYTES or request.accept_encodings["gzip"] <= 0:
        return response
    packer = zlib.compressobj(_LEVEL, wbits=16 + zlib.MAX_WBITS)
    response.set_data(packer.compress(content) + packer.flush())
    response.headers["Content-Encoding"] = "gzip"
    return response
