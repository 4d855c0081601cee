"""`kanaf serve`: gunicorn with gevent workers, in this process."""

from __future__ import annotations

import errno
import gc
import signal
import socket
from collections.abc import Callable
from typing import Any

import gevent
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.workers.ggevent import GeventWorker

from sync_server.config import PRODUCT, InvalidSetting, Settings
from sync_server.housekeeping import start_housekeeping
from sync_server.wsgi import application

_CONNECTIONS = 5_000
_GRACE_SECONDS = 5
_COLLECTIONS = (20_000, 10, 10)
"""An answer of many documents is many objects, none of them garbage until it is sent. With Python's
own threshold, 700 new objects, they are looked through again and again meanwhile."""


class PortTaken(Exception):
    """Another process listens where this one should."""


class Worker(GeventWorker):  # type: ignore[misc]  # gunicorn has no types
    """A gevent worker that Ctrl-C ends once. One of them keeps house and answers nobody.

    A terminal's Ctrl-C reaches the workers too, and then gunicorn's parent process asks them to
    quit. Its worker would leave in a greenlet for each of the two, and the second, which comes
    while the interpreter ends already, would end in a traceback.
    """

    keeps_house = False
    _is_quitting = False

    def handle_quit(self, number: int, frame: object) -> None:
        """Leaves soon, in a greenlet."""
        if not self._is_quitting:
            self._is_quitting = True
            super().handle_quit(number, frame)

    def load_wsgi(self) -> None:
        """Makes the application; who keeps house needs none."""
        if not self.keeps_house:
            super().load_wsgi()

    def run(self) -> None:
        """Works until it is told to stop."""
        if not self.keeps_house:
            super().run()
            return
        start_housekeeping(self.app.settings)
        while self.alive:
            self.notify()
            gevent.sleep(1.0)


class ParentProcess(Arbiter):  # type: ignore[misc]  # gunicorn has no types
    """Begins the workers. How many there are is a setting, and no signal's affair:
    of a single one left, nobody would keep house, or nobody answer.
    """

    def handle_ttin(self) -> None:
        """Does nothing."""

    def handle_ttou(self) -> None:
        """Does nothing."""


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """Gunicorn, configured by our settings alone."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        super().__init__()

    def load_config(self) -> None:
        """Gives gunicorn what it needs to know."""
        for name, value in {
            "bind": f"{self.settings.host}:{self.settings.port}",
            "workers": self.settings.workers + 1,
            "worker_class": Worker,
            "worker_connections": _CONNECTIONS,
            "graceful_timeout": _GRACE_SECONDS,
            "keepalive": 30,
            "loglevel": "warning",
            "limit_request_line": 8190,
            "when_ready": _say_where,
            "pre_fork": _choose_who_keeps_house,
            "child_exit": _have_somebody_keep_house,
        }.items():
            self.cfg.set(name, value)

    def run(self) -> None:
        """Answers requests until it is told to stop."""
        ParentProcess(self).run()

    def load(self) -> Callable[..., Any]:
        """The application of one worker, made after the fork."""
        return application(self.settings)


def refuse_taken_port(settings: Settings) -> None:
    """Looks whether the server could listen, before anything else is begun or said.

    Raises:
        PortTaken: somebody else listens there.
        InvalidSetting: this machine has no such address, or does not let us listen at it.
    """
    try:
        with socket.create_server((settings.host, settings.port)):
            pass
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            another = "make demo PORT=9000" if settings.demo else "KANAF_PORT=9000 kanaf serve"
            raise PortTaken(f"port {settings.port} is taken; choose another: {another}") from None
        raise InvalidSetting("KANAF_HOST and KANAF_PORT name no place to listen at") from None


def serve(settings: Settings) -> None:
    """Answers requests until it is told to stop."""
    gc.freeze()  # what was imported stays: workers share it, and no collection looks at it again
    gc.set_threshold(*_COLLECTIONS)
    gc.enable()
    Server(settings).run()


def _choose_who_keeps_house(arbiter: Any, worker: Worker) -> None:
    """The first worker keeps house; should it die, the next one that is begun."""
    worker.keeps_house = not any(one.keeps_house for one in arbiter.WORKERS.values())


def _have_somebody_keep_house(arbiter: Any, gone: Worker) -> None:
    """Where nobody is begun in the place of who kept house, as when gunicorn is told to begin all
    workers anew (SIGHUP), another one makes room.
    """
    others = arbiter.WORKERS.values()
    is_left = gone.keeps_house and not any(one.keeps_house for one in others)
    if is_left and len(others) >= arbiter.num_workers:
        arbiter.kill_worker(max(others, key=lambda one: one.age).pid, signal.SIGTERM)


def _say_where(arbiter: Any) -> None:
    """Says one line, once it listens: with port 0 nobody would know where."""
    for listener in arbiter.LISTENERS:
        print(f"{PRODUCT} listens on {listener}", flush=True)  # noqa: T201 - this is the answer
