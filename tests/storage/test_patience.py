"""Nobody waits without end for a writer of another process that was stopped in its turn."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

SCRIPT = """
    from gevent import monkey
    monkey.patch_all()
    import fcntl
    import sys
    import gevent
    from sync_server.errors import Overloaded
    from sync_server.storage import directory, engine
    from sync_server.storage.migrating import migrate
    from sync_server.storage.store import Store

    store = Store("sqlite:///" + sys.argv[1])
    migrate(store)
    engine.BUSY_SECONDS = 0.3

    def write(name, seconds=0):
        def work(connection):
            directory.set_setting(connection, name, "1")
            gevent.sleep(seconds)  # in a native thread it waits

        try:
            store.administratively(work)
        except Overloaded:
            return "overloaded"
        return "written"

    with open(sys.argv[1] + "-turns") as stopped:
        fcntl.flock(stopped, fcntl.LOCK_EX)
        writers = [gevent.spawn(write, f"early{number}") for number in range(5)]
        gevent.joinall(writers)
    print(*(writer.value for writer in writers))
    print(write("late"), write("slow", 3 * engine.BUSY_SECONDS))
    with store.read() as reading:
        names = [*(f"early{number}" for number in range(5)), "late", "slow"]
        print(*(directory.setting(reading.connection, name) for name in names))
"""


def test_greenlets_are_told_to_come_again_and_what_they_gave_up_is_never_written(tmp_path: Path):
    script = tmp_path / "writers.py"
    script.write_text(textwrap.dedent(SCRIPT))

    done = subprocess.run(
        [sys.executable, str(script), str(tmp_path / "kanaf.sqlite3")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    given_up, afterwards, found = done.stdout.splitlines()[-3:]
    assert given_up.split() == ["overloaded"] * 5
    assert afterwards.split() == ["written", "written"], "a write that has begun is waited for"
    assert found.split() == ["None"] * 5 + ["1", "1"]
