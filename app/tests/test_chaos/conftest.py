"""The app's real processes on this test's own PostgreSQL database and Valkey."""

import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from app.config.database import Database
from devstack import plan
from devstack.chaos.stack import Stack
from devstack.plan import Address
from devstack.processes import LOOPBACK, free_ports, inherited
from devstack.servers import ValkeyServer
from devstack.state import StackState
from devstack.supervisor import Process, Surroundings
from devstack.system import scratch_directory

HURRIED, PATIENT = "app.tests.test_chaos.hurried", "app.tests.test_chaos.patient"


@dataclasses.dataclass(frozen=True)
class Running:
    stack: Stack
    valkey: ValkeyServer
    url: str
    dsn: str
    logs: Path

    def logged(self, event: str) -> int:
        """How often the API's processes wrote this."""
        return (self.logs / "api.log").read_text().count(event)


StartStack = Callable[..., Running]


def _in_a_test(process: Process) -> Process:
    argv = [part.replace("app.tasks.celery_app", HURRIED).replace("app.main", PATIENT) for part in process.argv]
    if process.name == "API":  # the last one counts
        argv += ["--timeout-worker-healthcheck", "300"]
    return dataclasses.replace(process, argv=argv)


@pytest.fixture
def start_stack(database: Database, tmp_path: Path) -> Iterator[StartStack]:
    """Starts these of the plan's processes, with these variables; stopped with the test."""
    with scratch_directory() as folder:
        valkey = ValkeyServer.start(folder / "valkey", durable=True)
        started: list[Stack] = []

        def start(*names: str, api_workers: int, seed: int, **variables: str) -> Running:
            address = Address(LOOPBACK, next(free_ports(str(folder))))
            database_url = database.engine.url.render_as_string(hide_password=False)
            secrets = StackState(folder).secrets()
            environment = inherited(folder) | plan.environment(
                address,
                folder,
                database_url=database_url,
                valkey_url={number: valkey.url(number) for number in range(3)},
                enhancer_port=1,
                secrets=secrets,
            )
            app = plan.app_plan(address, folder, listings=1, workers=api_workers, secrets=secrets)
            around = Surroundings(app.cwd, environment | {"TRUSTED_PROXY_COUNT": "1"} | variables, tmp_path)
            processes = [_in_a_test(process) for process in app.processes if process.name in names]
            stack = Stack(processes, around, valkey, Random(seed), longest_pause_seconds=0.5)
            started.append(stack)
            stack.wait_until_ready()
            return Running(stack, valkey, address.url, database_url.replace("+asyncpg", ""), tmp_path)

        yield start
        for stack in started:
            stack.stop()
        valkey.stop()
