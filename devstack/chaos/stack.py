"""The processes that take inquiries and tell of them, and the ways in which they break."""

import dataclasses
import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from random import Random

import psutil
from redis import Redis

from devstack.server_base import Server
from devstack.servers import PostgresServer, ValkeyServer
from devstack.supervisor import Child, Patience, Process, RunningProcess, StopRequest, Supervisor, Surroundings

READY_SECONDS = 120


class Stack:
    """Started and broken from one thread, which must outlive it. `postgres` only when it is to be broken as well.

    What was broken stays so for `longest_pause_seconds` at most. `attend` restarts what ended by itself, as
    whoever runs the app must: a worker ends when a child of it dies before it is ready.
    """

    def __init__(
        self,
        processes: Sequence[Process],
        around: Surroundings,
        valkey: ValkeyServer,
        random: Random,
        *,
        longest_pause_seconds: float,
        postgres: PostgresServer | None = None,
    ) -> None:
        self.broken: Counter[str] = Counter()
        self.ended: list[str] = []
        self._longest_pause_seconds = longest_pause_seconds
        self._around, self._valkey, self._postgres, self._random = around, valkey, postgres, random
        self._running = {
            # Whom it kills all the time it need not end politely.
            each.name: RunningProcess(
                dataclasses.replace(each, log=each.log or f"{each.name}.log".lower(), grace_seconds=0), around
            )
            for each in processes
        }
        self._supervisor = Supervisor(StopRequest(), self.ended.append, Patience())
        for running in self._running.values():
            self._supervisor.add(running)

    def wait_until_ready(self) -> None:
        """Raises TimeoutError."""
        deadline = time.monotonic() + READY_SECONDS
        for running in self._running.values():
            while not running.process.is_ready():
                if time.monotonic() > deadline:
                    message = f"{running.name} is not ready; {self._around.output_of(running.process.log)}"
                    raise TimeoutError(message)
                time.sleep(0.05)

    def break_something(self) -> None:
        """Break one thing at random, leave it so for a moment, and bring it back."""
        ways = self._ways()
        name = self._random.choice(list(ways))
        ways[name]()
        self.broken[name] += 1

    def attend(self) -> None:
        """Raises DevstackError when a process keeps ending."""
        self._supervisor.attend()

    def last_words(self) -> str:
        """What ended by itself, and the end of each log."""
        logs = [self._around.output_of(running.process.log) for running in self._running.values()]
        return "\n".join([*self.ended, *logs])

    def replace_api_processes(self) -> None:
        """One after the other, each when its successor serves, as a deploy does."""
        os.kill(self._running["API"].pid, signal.SIGHUP)

    def replace_worker(self) -> None:
        running = self._running["Worker"]
        running.stop()
        running.restart()

    def stop(self) -> None:
        self._supervisor.stop_all()

    def _ways(self) -> Mapping[str, Callable[[], None]]:
        ways = {
            "API killed": lambda: self._kill("API"),
            "one API process killed": lambda: self._kill_child("API", "multiprocessing.spawn"),
            "worker killed": lambda: self._kill("Worker"),
            "one worker process killed": lambda: self._kill_child("Worker", "celery"),
            "beat killed": lambda: self._kill("Beat"),
            "Redis killed": lambda: self._restart(self._valkey, signal.SIGKILL),
            "Redis emptied": self._empty_redis,
            "Redis hung": self._hang_redis,
        }
        if postgres := self._postgres:
            ways |= {
                "PostgreSQL restarted": lambda: self._restart(postgres, signal.SIGINT),
                "PostgreSQL crashed": lambda: self._restart(postgres, signal.SIGQUIT),
            }
        return ways

    def _pause(self) -> None:
        time.sleep(self._random.uniform(0, self._longest_pause_seconds))

    def _kill(self, name: str) -> None:
        running = self._running[name]
        with suppress(ProcessLookupError):  # it ended by itself
            os.killpg(running.pid, signal.SIGKILL)
        _wait_until_gone(running)
        self._pause()
        running.restart()

    def _kill_child(self, name: str, on_command_line: str) -> None:
        """Its parent starts another."""
        with suppress(psutil.NoSuchProcess):  # it is being replaced already
            children = psutil.Process(self._running[name].pid).children()
            chosen = [child for child in children if any(on_command_line in part for part in child.cmdline())]
            if chosen:
                self._random.choice(chosen).kill()

    def _restart(self, server: Server, how: signal.Signals) -> None:
        psutil.Process(server.pid).send_signal(how)
        _wait_until_gone(server)
        self._pause()
        server.restart()

    def _empty_redis(self) -> None:
        with Redis.from_url(self._valkey.url()) as redis:
            redis.flushall()

    def _hang_redis(self) -> None:
        process = psutil.Process(self._valkey.pid)
        process.suspend()
        self._pause()
        process.resume()


def _wait_until_gone(child: Child) -> None:
    while child.poll() is None:
        time.sleep(0.01)
