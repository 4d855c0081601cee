"""A long answer that may not be told to its end is cut: nobody takes it for whole."""

from __future__ import annotations

import base64
import socket
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.protocol.api import Api
from tests.support.personas import administrator

LITTLE = 4_096
MORE_THAN_A_PIECE = 1_200


class Slow(HTTPAdapter):
    """Connections that take little before it is read."""

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        options["socket_options"] = [(socket.SOL_SOCKET, socket.SO_RCVBUF, LITTLE)]
        super().init_poolmanager(*arguments, **options)


@pytest.mark.usefixtures("server")
def test_a_long_page_whose_reader_may_be_told_nothing_any_more_is_cut(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Feeds.

    CouchDB cuts what fails after it began, too: chttpd.erl, send_delayed_error/2.
    """
    text = "x" * 6_000  # a piece is more than what lies in a connection
    documents = [{"_id": f"{n}", "_rev": "1-a", "text": text} for n in range(MORE_THAN_A_PIECE)]
    assert open_db.push(*documents) == []
    with administrator() as session:
        session.mount("http://", Slow())
        parameters = {"include_docs": True}
        answer = Api(open_db.url, session).request("GET", "_changes", parameters, stream=True)
        content = answer.iter_content(LITTLE)
        assert next(content).startswith(b'{"results":[\n')
        open_db.delete()

        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            list(content)


@pytest.mark.usefixtures("server")
def test_many_documents_whose_reader_may_be_told_nothing_any_more_are_cut(open_db: Api) -> None:
    """Ours: docs/reference/protocol.md, Where a case database differs from CouchDB."""
    data = base64.b64encode(bytes(3_000_000)).decode()
    file = {"content_type": "image/png", "data": data}
    open_db.write({"_id": "a", "_attachments": {"f": file}})
    asked = {"docs": [{"id": "a"}] * 40}
    with administrator() as session:
        session.mount("http://", Slow())
        parameters = {"attachments": True}
        database = Api(open_db.url, session)
        answer = database.request("POST", "_bulk_get", parameters, json=asked, stream=True)
        content = answer.iter_content(LITTLE)
        assert next(content).startswith(b'{"results":[')
        open_db.delete()

        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            list(content)
