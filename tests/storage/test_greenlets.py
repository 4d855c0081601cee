"""On SQLite no greenlet gives way between BEGIN and COMMIT, and nobody waits for the disk."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

SCRIPT = """
    from gevent import monkey
    monkey.patch_all()
    import sys
    import gevent
    from sqlalchemy import event
    from sync_server.storage import directory, engine
    from sync_server.storage.migrating import migrate
    from sync_server.storage.store import Store

    inline = sys.argv[2] == "inline"
    store = Store("sqlite:///" + sys.argv[1])
    migrate(store)
    if inline:
        impatient = lambda connection, _: connection.execute("PRAGMA busy_timeout=1")
        event.listen(store.reader, "connect", impatient)
        store.reader.dispose()
        store._writer, store.writer_engine = engine.AtOnce(), store.reader
    log = []
    event.listen(store.writer_engine, "begin", lambda connection: log.append("begin"))
    event.listen(store.writer_engine, "commit", lambda connection: log.append("commit"))
    ticks = []

    def write(number):
        def work(connection):
            directory.set_setting(connection, f"setting{number}", "1")
            gevent.sleep(0.002)  # in a greenlet this gives way; in a native thread it waits
        store.administratively(work)

    def tick():
        while True:
            ticks.append(len(log))
            gevent.sleep(0.0005)

    ticking = gevent.spawn(tick)
    gevent.joinall([gevent.spawn(write, number) for number in range(20)])
    ticking.kill()
    print("interleaved" if log != ["begin", "commit"] * 20 else "in order", len(ticks))
"""


def run(folder: Path, how: str) -> tuple[str, int]:
    script = folder / "writers.py"
    script.write_text(textwrap.dedent(SCRIPT))
    done = subprocess.run(
        [sys.executable, str(script), str(folder / f"{how}.sqlite3"), how],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    order, _, ticks = done.stdout.rpartition(" ")
    return order.strip() or done.stderr, int(ticks or 0)


def test_transactions_of_many_greenlets_follow_each_other_whole(tmp_path: Path) -> None:
    order, ticks = run(tmp_path, "native")
    assert order == "in order"
    assert ticks > 20, "other greenlets went on while the writer was busy"


def test_a_writer_in_the_greenlets_themselves_is_caught(tmp_path: Path) -> None:
    order, _ = run(tmp_path, "inline")
    assert order != "in order"
