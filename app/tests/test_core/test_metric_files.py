"""Counting by processes that come, fork and go."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.tests.conftest import ROOT

PROGRAM = """
import os, sys
from pathlib import Path
from prometheus_client import Counter
from app.core.metric_files import exposition, keep_in

keep_in(Path(sys.argv[1]))
counter = Counter("things", "Things", ["what"], registry=None)
for line in sys.stdin:
    if line == "fork\\n":
        child = os.fork()
        if not child:
            counter.labels("a").inc()
            os._exit(0)
        os.waitpid(child, 0)
    elif line == "tell\\n":
        print([line for line in exposition([]).decode().splitlines() if line.startswith("things_total")], flush=True)
        continue
    else:
        counter.labels("a").inc(int(line))
    print("done", flush=True)
"""


class Counting:
    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tell(self, line: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def total(self) -> str:
        return self.tell("tell")

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()


@contextmanager
def counting(folder: Path) -> Iterator[Counting]:
    one = Counting(folder)
    yield one
    one.kill()


def shown(total: float) -> str:
    return str([f'things_total{{what="a"}} {float(total)}'])


def test_processes_add_up_and_what_the_dead_counted_stays_while_one_lives(tmp_path: Path) -> None:
    with counting(tmp_path) as first, counting(tmp_path) as second:
        first.tell("1")
        second.tell("10")
        assert first.total() == second.total() == shown(11)
        second.kill()
        with counting(tmp_path) as third:
            third.tell("100")  # in the slot of the dead
            assert first.total() == third.total() == shown(111)
        first.tell("fork")
        assert first.total() == shown(112)
        assert len(list(tmp_path.glob("counter_*.db"))) == 2
    # Nobody is left: what comes next counts anew, even over files that a power cut left broken.
    (tmp_path / "counter_1.db").write_bytes(b"\xff" * 100)
    with counting(tmp_path) as last:
        last.tell("5")
        assert last.total() == shown(5)
