"""Bodies of several parts that come piece by piece."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_server.errors import InvalidMultipart
from sync_server.http.multipart import Part, PartsReader, read_parts, write_parts

PARTS = st.lists(
    st.builds(Part, st.just({"content-type": "a/b"}), st.binary(max_size=40)), min_size=1
)


@given(PARTS, st.integers(1, 50))
def test_parts_are_the_same_however_they_come(parts: list[Part], size: int) -> None:
    boundary = secrets.token_hex(16)
    body = write_parts(parts, boundary)
    kind = f'multipart/mixed; boundary="{boundary}"'
    reader = PartsReader(kind)

    found = [
        part
        for start in range(0, len(body), size)
        for part in reader.read(body[start : start + size])
    ]
    reader.end()

    assert found == parts == read_parts(kind, body)


@given(PARTS, st.data())
def test_parts_that_were_cut_are_never_taken_for_whole(
    parts: list[Part], data: st.DataObject
) -> None:
    boundary = secrets.token_hex(16)
    body = write_parts(parts, boundary)
    reader = PartsReader(f"multipart/mixed; boundary={boundary}")
    reader.read(body[: data.draw(st.integers(0, len(body) - 1))])

    with pytest.raises(InvalidMultipart):
        reader.end()
