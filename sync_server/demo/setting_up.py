"""A new demo: its accounts, its databases and their cases, made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import batched

from sync_server.demo.cases import Document, demo_cases
from sync_server.errors import DocumentConflict
from sync_server.service.accounts import add_agency, add_device, add_user
from sync_server.service.administration import (
    add_database,
    area_configuration,
    initialise,
    publish,
)
from sync_server.service.caller import Caller
from sync_server.service.kanaf import Kanaf
from sync_server.service.pushing import push
from sync_server.storage import directory
from sync_server.storage.rows import DatabaseKind, DatabaseRow
