"""How requests are answered: JSON, and CouchDB's errors with their statuses."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

import structlog
from flask import Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.exceptions import MethodNotAllowed as NotThisMethod

from sync_server.errors import (
    InternalFault,
    InvalidRequest,
    KanafError,
    MethodNotAllowed,
    Overloaded,
    PathMissing,
    TooLarge,
)
from sync_server.json_text import written
from sync_server.messages import language_of, sentence

STATUS = {
    "bad_request": 400,
    "content_md5_mismatch": 400,
    "illegal_docid": 400,
    "illegal_database_name": 400,
    "doc_validation": 400,
    "unauthorized": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "file_exists": 412,
    "missing_stub": 412,
    "too_large": 413,
    "requested_range_not_satisfiable": 416,
    "internal_server_error": 500,
    "not_implemented": 501,
    "service_unavailable": 503,
}
"""The status of each of CouchDB's error words."""

_AS_COUCHDB_SAYS = frozenset({"no_db_file", "missing", "deleted", "conflict"})
RETRY_SECONDS = "30"
"""When to ask again, where the service cannot take something now."""
_log = structlog.get_logger()


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return answer_written(written(value), status, headers)


def answer_written(
    content: bytes, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer with some JSON that is written already."""
    response = Response(content + b"\n", status, mimetype="application/json")
    response.headers["Cache-Control"] = "must-revalidate"
    response.headers.extend(headers or {})
    return response


def address(*segments: str) -> str:
    """The address of a database, a document or an attachment, as the client came here.

    Source: CouchDB, chttpd.erl, absolute_uri/2.
    """
    host = quote(request.host, safe=":[]")
    path = "/".join(quote(one, safe="") for one in segments)
    return f"{request.scheme}://{host}/sync/{path}"


def unless_known(response: Response) -> Response:
    """An answer with an ETag; without its content for a client that has it (`If-None-Match`).

    `If-Match` asks nothing of a read, as in CouchDB (couch_httpd.erl, etag_match/2).
    """
    etag, _ = response.get_etag()
    if etag is not None and request.if_none_match.contains_weak(etag):
        response.status_code = 304
        response.set_data(b"")
        del response.headers["Content-Length"]
    return response


def lines(rows: Iterable[Any]) -> bytes:
    """The inside of a JSON array with each row on a line of its own: some clients read by lines.

    Source: CouchDB, chttpd_db.erl, maybe_flush_changes_feed/3; couch_mrview_http.erl, view_cb/2.
    """
    return b",\r\n".join(map(written, rows))


def cut(why: str) -> ConnectionResetError:
    """What ends an answer that has begun and may not go on, so that nobody takes it for whole: the
    server closes a connection that was reset, and says nothing of it.
    """
    return ConnectionResetError(errno.ECONNRESET, why)


def reason(code: str, about: str = "") -> str:
    """What a person is told of a code, in the language of the request; clients read the code.

    The few sentences that clients compare are CouchDB's own.

    Args:
        about: see `KanafError`.
    """
    if code in _AS_COUCHDB_SAYS:
        return sentence(code, "en")
    told = sentence(code, language_of(request.headers.get("Accept-Language")))
    return f"{code}: {told} ({about})" if about else f"{code}: {told}"


def error_answer(error: KanafError) -> Response:
    """The answer to a request that cannot be carried out."""
    headers = {}
    if error.error == "service_unavailable":
        headers["Retry-After"] = RETRY_SECONDS
    if error.error == "unauthorized":
        headers["WWW-Authenticate"] = 'Basic realm="kanaf"'
    body = {"error": error.error, "reason": reason(error.code, error.about)}
    return answer(body, STATUS[error.error], headers)


def http_error(error: HTTPException) -> Response:
    """The answer to what Flask and Werkzeug refuse."""
    response = error_answer(as_kanaf_error(error))
    if isinstance(error, NotThisMethod):  # Source: CouchDB, chttpd.erl, send_method_not_allowed/2
        response.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return response


def as_kanaf_error(error: HTTPException) -> KanafError:
    """What Flask and Werkzeug refuse, by its name here."""
    known: dict[int | None, type[KanafError]] = {
        404: PathMissing,
        405: MethodNotAllowed,
        413: TooLarge,
        503: Overloaded,
    }
    return known.get(error.code, InvalidRequest)()


def fault_answer(error: Exception) -> Response:
    """The answer to a request in which something of ours has failed."""
    return error_answer(logged_fault(error))


def logged_fault(error: Exception) -> KanafError:
    """A fault of ours: the log gets its kind and place, never a value."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = f"{frame.tb_frame.f_code.co_filename}:{frame.tb_lineno}" if frame else "unknown"
    _log.error("fault", kind=type(error).__name__, place=place, endpoint=request.endpoint)
    return InternalFault()
