"""Everything that can be wrong with a request: one class each, with a stable code.

`error` is CouchDB's word, which clients act on; `code` is ours, and finer. The sentences for people
are in `messages/`, by code. Only the HTTP layers know statuses. No error holds case data.
"""

from __future__ import annotations

from typing import ClassVar


class KanafError(Exception):
    """What a caller is told.

    Attributes:
        about: the parameter, header or member that is meant, by the name that the reference gives
            it, never by anything that a client sent; empty where there is no one such.
    """

    error: ClassVar[str]
    code: ClassVar[str]

    def __init__(self, about: str = "") -> None:
        super().__init__(about)
        self.about = about


class DatabaseMissing(KanafError):
    """There is no such database, or the caller may not know of it."""

    error, code = "not_found", "no_db_file"


class DocumentMissing(KanafError):
    """There is no such document or revision, or the caller may not see it."""

    error, code = "not_found", "missing"


class DocumentDeleted(KanafError):
    """The document's winner is a tombstone."""

    error, code = "not_found", "deleted"


class AttachmentMissing(KanafError):
    """The document has no attachment of that name."""

    error, code = "not_found", "attachment_missing"


class DatabaseExists(KanafError):
    """A database of that name is there already."""

    error, code = "file_exists", "database_exists"


class IllegalDatabaseName(KanafError):
    """A database's name has other characters than CouchDB allows."""

    error, code = "illegal_database_name", "illegal_database_name"


class IllegalDocumentId(KanafError):
    """A document's id is no text, empty, too long, or begins with an underscore."""

    error, code = "illegal_docid", "illegal_docid"


class DocumentConflict(KanafError):
    """The edit was not made on a leaf: somebody was faster."""

    error, code = "conflict", "conflict"


class InvalidDocument(KanafError):
    """A document has an unknown member that begins with an underscore, or a malformed one."""

    error, code = "doc_validation", "doc_validation"


class MissingStub(KanafError):
    """A document names an attachment that it has not had before, without its content."""

    error, code = "missing_stub", "missing_stub"


class InvalidRequest(KanafError):
    """The request's body or a parameter cannot be used."""

    error, code = "bad_request", "bad_request"


class InvalidJson(KanafError):
    """The request's body is not JSON, or nested deeper than anything real."""

    error, code = "bad_request", "invalid_json"


class InvalidMultipart(KanafError):
    """A body of several parts was cut, or its parts are not what its document says."""

    error, code = "bad_request", "invalid_multipart"


class DigestMismatch(KanafError):
    """An attachment is not the one that was sent."""

    error, code = "content_md5_mismatch", "digest_mismatch"


class InvalidRevisionId(KanafError):
    """A revision id is malformed."""

    error, code = "bad_request", "invalid_revision"


class InvalidSelector(KanafError):
    """A selector is malformed, too large, or asks for something that is not there."""

    error, code = "bad_request", "invalid_selector"


class TooLarge(KanafError):
    """A request, document or attachment is larger than allowed."""

    error, code = "too_large", "too_large"


class RangeNotSatisfiable(KanafError):
    """An attachment has none of the bytes that are asked for."""

    error, code = "requested_range_not_satisfiable", "requested_range_not_satisfiable"


class NotAuthenticated(KanafError):
    """The request needs an account, and has none."""

    error, code = "unauthorized", "not_authenticated"


class WrongCredentials(KanafError):
    """The name or the password or token is wrong."""

    error, code = "unauthorized", "wrong_credentials"


class CannotOwn(KanafError):
    """Nobody of that name can be given cases by the caller."""

    error, code = "bad_request", "cannot_own"


class NotAllowed(KanafError):
    """The caller's role does not allow the act."""

    error, code = "forbidden", "not_allowed"


class ReadOnly(KanafError):
    """The document is derived or configured by the service; clients do not write it."""

    error, code = "forbidden", "read_only"


class NotOverNetwork(KanafError):
    """A case database is not removed, purged or set up over the network."""

    error, code = "forbidden", "not_over_network"


class NeverRun(KanafError):
    """Views, filters, shows, lists and Mango indexes are stored but never run."""

    error, code = "not_implemented", "never_run"


class MethodNotAllowed(KanafError):
    """The path exists, the method does not."""

    error, code = "method_not_allowed", "method_not_allowed"


class PathMissing(KanafError):
    """There is no such path."""

    error, code = "not_found", "no_such_path"


class Overloaded(KanafError):
    """The service can't take it now; nothing of it was stored, and it may be sent again."""

    error, code = "service_unavailable", "overloaded"


class RightsChanged(KanafError):
    """What the caller may do was changed while their request was still arriving."""

    error, code = "service_unavailable", "rights_changed"


class QuarantineFull(KanafError):
    """The user's quarantine is full: a supervisor has to go through it before more is taken."""

    error, code = "service_unavailable", "quarantine_full"


class InternalFault(KanafError):
    """A fault of ours."""

    error, code = "internal_server_error", "internal_fault"


class UnknownCode(KanafError):
    """A code of enrolment is wrong, was used already, or has expired."""

    error, code = "forbidden", "unknown_code"


class NotEnrolled(KanafError):
    """The device's name was taken before its code came."""

    error, code = "forbidden", "not_enrolled"


class ConductNotAccepted(KanafError):
    """The caller has not accepted the last version of the code of conduct."""

    error, code = "forbidden", "conduct_not_accepted"


class DeviceLost(KanafError):
    """The device is lost: it may hand in what it has not sent, and nothing else."""

    error, code = "forbidden", "device_lost"


class DeviceNeeded(KanafError):
    """Cases are synchronised by enrolled devices, never with a person's password."""

    error, code = "forbidden", "device_needed"


class NoSuchRequest(KanafError):
    """There is no such request for emergency access that the caller could act on: it is unknown,
    not theirs to decide, granted or ended already, or nobody can grant it any more.
    """

    error, code = "not_found", "no_such_request"


class SecondPersonNeeded(KanafError):
    """Nobody grants their own request for emergency access."""

    error, code = "forbidden", "second_person_needed"


class TooManyAsked(KanafError):
    """The caller has asked for emergency access so often that the answers have to come first."""

    error, code = "forbidden", "too_many_asked"
