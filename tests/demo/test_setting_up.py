from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from sync_server.demo import setting_up
from sync_server.demo.setting_up import ACCOUNTS, CASES, PASSWORD, set_up_demo
from sync_server.service.accounts import Accounts
from sync_server.service.documents import DocumentReader
from sync_server.service.kanaf import Kanaf

NewKanaf = Callable[[], Kanaf]
MOST_SECONDS = 30
