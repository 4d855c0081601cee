"""Logs: one JSON object a line on standard error; ids and codes, never answers."""

from __future__ import annotations

import logging
import sys

import structlog


def configure_logs() -> None:
    """Sends the logs of this process where they belong."""
    # It would quote what it cannot read, byte by byte.
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
