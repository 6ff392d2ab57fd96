"""`casabricks demo`: the whole product on this machine, until Ctrl-C."""

import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.panel import Panel

from devstack import plan as app
from devstack.plan import Address, Plan
from devstack.processes import free_ports, inherited, port_is_free
from devstack.servers import PostgresServer, ValkeyServer
from devstack.state import Secrets, StackState
from devstack.supervisor import (
    Patience,
    Step,
    StopRequest,
    StopRequestedError,
    Supervisor,
    Surroundings,
    run_step,
)
from devstack.system import CHOOSE_ANOTHER, DevstackError, DirectoryBusyError, private_directory

DEFAULT_LISTINGS = 3000


@dataclass(frozen=True)
class Options:
    """`listings` None: the default for new data, whatever is there otherwise."""

    address: Address
    data_dir: Path
    listings: int | None
    workers: int


PlanMaker = Callable[[Options, int, Secrets], Plan]


def app_plan(options: Options, listings: int, secrets: Secrets) -> Plan:
    """Return the plan of the real app."""
    return app.app_plan(options.address, options.data_dir, listings=listings, workers=options.workers, secrets=secrets)


class Demo:
    """One run of the stack."""

    def __init__(self, options: Options, make_plan: PlanMaker = app_plan, patience: Patience | None = None) -> None:
        self._options = options
        self._make_plan = make_plan
        self._console = Console(highlight=False)
        self._stop = StopRequest()
        self._supervisor = Supervisor(self._stop, self._say, patience or Patience())
        self._state = StackState(options.data_dir)
        self._logs = options.data_dir / "logs"

    def run(self) -> None:
        """Run until a stop is asked for. Raises DevstackError when something cannot be started or kept running."""
        self._stop.listen()
        private_directory(self._options.data_dir)
        try:
            self._state.lock.acquire()
        except DirectoryBusyError as error:
            message = f"A demo already runs here: {error} Stop it, or take another --port and {CHOOSE_ANOTHER}"
            raise DevstackError(message) from error
        try:
            self._state.end_leftovers()
            self._check_port()
            self._run_stack()
        finally:
            self._state.lock.release()

    def _run_stack(self) -> None:
        private_directory(self._logs)
        with contextlib.ExitStack() as at_end:
            at_end.callback(self._state.clear)
            at_end.callback(self._supervisor.stop_all)
            at_end.callback(self._say_goodbye)
            try:
                self._start()
                self._supervisor.watch()
            except StopRequestedError:
                pass

    def _start(self) -> None:
        began = time.monotonic()
        secrets = self._state.secrets()
        loaded = self._state.loaded_listings()
        wanted = self._options.listings or loaded or DEFAULT_LISTINGS
        plan = self._make_plan(self._options, wanted, secrets)
        environment = self._start_servers(secrets)
        self._state.publish(environment)
        around = Surroundings(plan.cwd, inherited(self._options.data_dir) | environment, self._logs, self._state.record)
        for step in plan.prepare:
            self._run(step, around)
        if loaded is None:
            for step in plan.once:
                self._run(step, around)
            self._state.mark_loaded(wanted)
        elif wanted != loaded:
            self._say(
                f"Keeping the {loaded:,} demo listings that are already loaded. For {wanted:,}: "
                f"stop, delete {self._options.data_dir} and start again, or {CHOOSE_ANOTHER}"
            )
        for process in plan.processes:
            with self._timed(process.name):
                self._supervisor.start(process, around)
        self._welcome(secrets, time.monotonic() - began)

    def _start_servers(self, secrets: Secrets) -> dict[str, str]:
        # One after the other: the kernel's parent-death signal is tied to the starting thread, and Valkey is quick.
        data_dir = self._options.data_dir
        self._stop.check()
        with self._timed("PostgreSQL"):
            postgres = PostgresServer.start(data_dir / "postgres", durable=True, log_path=self._logs / "postgres.log")
            self._supervisor.add(postgres)
            postgres.create_database(app.DATABASE)
        self._stop.check()
        with self._timed("Valkey"):
            valkey = ValkeyServer.start(data_dir / "valkey", durable=True, log_path=self._logs / "valkey.log")
            self._supervisor.add(valkey)
        return app.environment(
            self._options.address,
            data_dir,
            database_url=postgres.url(app.DATABASE),
            valkey_url={number: valkey.url(number) for number in range(3)},
            enhancer_port=next(free_ports(f"{data_dir}/enhancer")),
            secrets=secrets,
        )

    def _run(self, step: Step, around: Surroundings) -> None:
        with self._timed(step.title):
            run_step(step, around, self._stop)

    @contextlib.contextmanager
    def _timed(self, what: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self._say(f"[green]✓[/green] {what} [dim]{time.monotonic() - began:.1f} s[/dim]", markup=True)

    def _check_port(self) -> None:
        host, port = self._options.address.host, self._options.address.port
        try:
            free = port_is_free(host, port)
        except (OSError, socket.gaierror) as error:
            message = f"Cannot listen on {host}, port {port}: {error.strerror}. Choose others with --host and --port."
            raise DevstackError(message) from error
        if not free:
            message = f"Port {port} on {host} is taken by another program; stop it or choose another (--port or PORT=)."
            raise DevstackError(message)

    def _say_goodbye(self) -> None:
        if self._stop.requested:
            self._say("Stopping …")

    def _say(self, text: str, *, markup: bool = False) -> None:
        with contextlib.suppress(OSError):  # the terminal may be gone
            self._console.print(text, soft_wrap=True, markup=markup)

    def _welcome(self, secrets: Secrets, seconds: float) -> None:
        url = self._options.address.url
        rows = {
            "Open": url,
            "API": f"{url}/docs",
            "Admin": f"{url}/admin",
            "Login": f"{app.ADMIN_EMAIL}, password {secrets['admin_password']}",
            "Data": f"{app.shown(self._options.data_dir)}  (logs in {self._logs.name}/)",
            "Stop": "Ctrl-C",
        }
        text = "\n".join(f"[bold]{name:<6}[/bold] {value}" for name, value in rows.items())
        self._console.print(Panel.fit(text, title=f"CasaBricks is running (ready in {seconds:.1f} s)"))
        # Outside the frame, so that a terminal of any width lets them be copied whole.
        self._say(f"Three answers, ranked homes:\n{app.guided_search_command(self._options.address)}\n")
        self._say(f"To use this stack from another terminal:\n{app.environment_command(self._options.data_dir)}\n")
