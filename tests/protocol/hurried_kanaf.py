"""`kanaf`, which waits only a moment for the rest of a body: run with kanaf's own arguments."""

from gevent import monkey

monkey.patch_all()  # as `kanaf serve` does, before anything that it concerns is imported

from sync_server import cli  # noqa: E402
from sync_server.http import body  # noqa: E402

body._IDLE_SECONDS = 0.5
cli.main()
