"""Logs: one JSON object a line on standard error; ids and codes, never answers."""

from __future__ import annotations

import sys

import structlog


def configure_logs() -> None:
    """Sends the logs of this process where they belong."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
