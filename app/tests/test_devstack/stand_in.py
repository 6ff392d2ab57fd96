"""The demo with small commands in place of the app's: `python stand_in.py DATA_DIR PORT [fail|linger]`.

Run as a program by test_demo. It works without the kernel's parent-death signal, as on macOS.
"""

import signal
import sys
from pathlib import Path

from devstack import processes
from devstack.__main__ import report_errors
from devstack.demo import Demo, Options
from devstack.plan import Address, Plan
from devstack.state import Secrets
from devstack.supervisor import Patience, Process, Step

LOAD = "import pathlib, time; pathlib.Path('loads').open('a').write('x'); time.sleep({seconds})"


def plan(options: Options, listings: int, secrets: Secrets) -> Plan:
    address = options.address
    mode = sys.argv[3] if len(sys.argv) > 3 else ""
    check = "import os; print('schema for', os.environ['APP_ENV']); raise SystemExit({code})"
    server = ["-m", "http.server", str(address.port), "--bind", address.host]
    read = f"import sys; assert sys.stdin.read() == {secrets['admin_password']!r}"
    return Plan(
        prepare=[Step("Schema", [sys.executable, "-c", check.format(code=3 * (mode == "fail"))], log="setup.log")],
        once=[
            Step("Administrator", [sys.executable, "-c", read], stdin=secrets["admin_password"]),
            Step("Listings", [sys.executable, "-c", LOAD.format(seconds=600 * (mode == "linger"))]),
        ],
        processes=[Process("API", [sys.executable, *server], is_ready=lambda: address.answers("/"), log="api.log")],
        cwd=options.data_dir,
    )


if __name__ == "__main__":
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have it ignored
    processes._death_watch = lambda _number: ()  # type: ignore[assignment] # what a system without it does
    chosen = Options(Address("127.0.0.1", int(sys.argv[2])), Path(sys.argv[1]), listings=None, workers=1)
    with report_errors():
        Demo(chosen, plan, Patience(first_delay_seconds=0.05)).run()
