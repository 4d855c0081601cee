"""Long work lets others have their turn."""

from __future__ import annotations

from gevent import sleep

_MOMENT = 0.001
"""More than none: `sleep(0)` gives way to greenlets that are ready, but asks no socket, so nobody's
request would be heard as long as the work comes back for the next turn.
"""


def give_way() -> None:
    """Lets other greenlets go on, those too that wait for something from the network."""
    sleep(_MOMENT)
