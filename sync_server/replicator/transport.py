"""Requests by the `couchdb` client library, which all other parts see as `Connection` and `Answer`.

Left alone, the library takes some cuts for the end of an answer, and reads an answer that nobody
wants any more to its end when it is thrown away.
"""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from http.client import HTTPException
from typing import Any

from couchdb import http as couchdb_http

from sync_server.replicator.address import Credentials
from sync_server.replicator.failures import Answered, Lasting, Passing, TooLong
from sync_server.replicator.patient_http import PIECE, PatientSession

_STATUS = {
    couchdb_http.Unauthorized: 401,
    couchdb_http.Forbidden: 403,
    couchdb_http.ResourceNotFound: 404,
    couchdb_http.ResourceConflict: 409,
    couchdb_http.PreconditionFailed: 412,
}


class Connection:
    """One side of a replication.

    Attributes:
        role: "source" or "target", as it is told to people.
        url: of the database, without credentials.
        sent, received: bytes of bodies, over all requests.
    """

    def __init__(self, role: str, url: str, credentials: Credentials | None) -> None:
        self.role, self.url = role, url
        self.sent = self.received = 0
        self._resource = couchdb_http.Resource(url, PatientSession())
        if credentials is not None:
            self._resource.credentials = (credentials.name, credentials.secret)

    def request(
        self,
        method: str,
        path: Sequence[str] = (),
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        parameters: Mapping[str, str] | None = None,
    ) -> Answer:
        """Sends a request; returns when its answer begins.

        Args:
            path: below the database, as segments that are not quoted.

        Raises:
            Answered: the answer is an error.
            Passing: there is no answer, or none that can be understood.
            Lasting: whoever answers is not who should.
        """
        sends = {"Content-Type": "application/json"} if method in ("POST", "PUT") else {}
        verb = getattr(self._resource, method.lower())
        more = {**({"body": body} if body is not None else {}), **(parameters or {})}
        try:
            _, told, data = verb(list(path), headers={**sends, **(headers or {})}, **more)
        except tuple(_STATUS) as error:
            raise Answered(_STATUS[type(error)], error.args[0]) from None
        except couchdb_http.ServerError as error:
            raise Answered(*error.args[0]) from None
        except couchdb_http.RedirectLimit:
            raise Lasting(
                f"the {self.role} sends elsewhere: write the address that {self.url} leads to"
            ) from None
        except ssl.SSLCertVerificationError:
            raise Lasting(
                f"the certificate of {self.url} is not trusted here: check the host's name and "
                "the certificates of this machine"
            ) from None
        except (OSError, HTTPException) as error:
            raise self.broken(error) from None
        except (AttributeError, TypeError, ValueError):  # the library met something else than JSON
            raise self.unintelligible() from None
        self.sent += len(body or b"")
        return Answer(self, told, data)

    def json(
        self, method: str, path: Sequence[str] = (), *, most: int | None = None, **options: Any
    ) -> Any:
        """The JSON that a request is answered with; further arguments as for `request`.

        Raises:
            TooLong: it has more than `most` bytes.
            Answered, Passing, Lasting: as `request` does.
        """
        return self.request(method, path, **options).json(most)

    def broken(self, error: Exception) -> Passing:
        """What to say of a connection that broke or was never made."""
        if isinstance(error, TimeoutError):
            return Passing(f"the {self.role} is silent: {self.url}", is_cut=True)
        if isinstance(error, ConnectionRefusedError) or not isinstance(
            error, (ConnectionError, HTTPException, ssl.SSLError)
        ):
            return Passing(
                f"the {self.role} cannot be reached: check the address {self.url}, the network, "
                "and whether the server runs"
            )
        return Passing(f"the connection to the {self.role} broke: {self.url}", is_cut=True)

    def unintelligible(self) -> Passing:
        """What to say of an answer that no CouchDB gives."""
        return Passing(
            f"the {self.role} does not answer as a CouchDB does: check the address {self.url}"
        )


class Answer:
    """An answer whose content has not been read yet. Either it is read to its end, or abandoned."""

    def __init__(self, connection: Connection, headers: Mapping[str, str], data: Any) -> None:
        self._connection, self._data = connection, data
        self.content_type = headers.get("content-type") or ""
        length = headers.get("content-length") or ""
        self._expected = int(length) if length.isdecimal() else 0

    def json(self, most: int | None = None) -> Any:
        """The content, read as JSON; whole numbers keep all their digits.

        Raises:
            TooLong: it has more than `most` bytes, and was abandoned.
            Passing: it broke, or is no JSON.
        """
        content = bytearray()
        for piece in self.pieces():
            content += piece
            if most is not None and len(content) > most:
                self.abandon()
                raise TooLong
        try:
            return json.loads(content)
        except (RecursionError, ValueError):
            raise self._connection.unintelligible() from None

    def pieces(self) -> Iterator[bytes]:
        """The content, piece by piece.

        Raises:
            Passing: the connection broke.
        """
        read = 0
        while self._data is not None:
            try:
                piece = self._data.read(PIECE)
            except (OSError, HTTPException) as error:
                self.abandon()
                raise self._connection.broken(error) from None
            self._connection.received += len(piece)
            read += len(piece)
            if not piece and read < self._expected:  # the library takes a cut for the end
                self.abandon()
                raise self._connection.broken(HTTPException())
            if not piece:
                return
            yield piece

    def lines(self) -> Iterator[bytes]:
        """The content, line by line as it comes, for as long as it does.

        Raises:
            Passing: the connection broke.
        """
        response = getattr(self._data, "resp", self._data)
        while True:
            try:
                line = response.readline() if response is not None else b""
            except (OSError, HTTPException, ValueError) as error:  # ValueError: closed meanwhile
                self.abandon()
                raise self._connection.broken(error) from None
            self._connection.received += len(line)
            if not line.endswith(b"\n"):
                self.abandon()
                if line:
                    raise self._connection.broken(HTTPException())
                return
            yield line

    def wake(self) -> None:
        """Ends a read that waits in another thread."""
        connection = getattr(self._data, "conn", None)
        if connection is not None and connection.sock is not None:
            with suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    def abandon(self) -> None:
        """Reads no more: closes the connection instead of reading what still comes."""
        connection = getattr(self._data, "conn", None)
        if connection is not None:
            self._data.conn = None
            self._data.resp.close()
            with suppress(OSError):
                connection.close()
        self._data = None
