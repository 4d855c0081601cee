"""A link between a replication and a server that breaks when a test wants it to."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

_PIECE = 4_096


class Relay:
    """Passes bytes on between its own port and a server's, and counts them.

    Attributes:
        to_server, from_server: bytes that were passed on.
        cut_after: connections break after this many bytes, both ways counted; None: they hold.
        cuts: how many did.
        pause: seconds between two pieces, for a link that is slow.
        heard: all that was sent to the server.
    """

    def __init__(self, port: int) -> None:
        self.to_server = self.from_server = self.cuts = 0
        self.cut_after: int | None = None
        self.pause = 0.0
        self.heard = bytearray()
        self._server_port = port
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listening: socket.socket | None = None
        self.port = 0
        self.on()

    def on(self) -> None:
        """Take connections, at the same port as before."""
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listening.getsockname()[1]
        threading.Thread(target=self._accept, args=(self._listening,), daemon=True).start()

    def off(self) -> None:
        """Break all connections, and take none."""
        if self._listening is not None:
            with suppress(OSError):
                self._listening.shutdown(socket.SHUT_RDWR)
            self._listening.close()
            self._listening = None
        with self._lock:
            for one in self._open:
                _shut(one)

    def close(self) -> None:
        self.off()

    def _accept(self, listening: socket.socket) -> None:
        while True:
            try:
                client, _ = listening.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
            except OSError:
                return
            with self._lock:
                self._open |= {client, server}
            passed = [0]
            for here, there, is_sent in ((client, server, True), (server, client, False)):
                arguments = (here, there, passed, is_sent)
                threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(
        self, here: socket.socket, there: socket.socket, passed: list[int], is_sent: bool
    ) -> None:
        with suppress(OSError):
            while piece := here.recv(_PIECE):
                with self._lock:
                    passed[0] += len(piece)
                    if self.cut_after is not None and passed[0] > self.cut_after:
                        self.cuts += 1
                        break
                    if is_sent:
                        self.to_server += len(piece)
                        self.heard += piece
                    else:
                        self.from_server += len(piece)
                time.sleep(self.pause)
                there.sendall(piece)
        _shut(here)
        _shut(there)


def _shut(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


@contextmanager
def relay_to(port: int) -> Iterator[Relay]:
    with closing(Relay(port)) as relay:
        yield relay
