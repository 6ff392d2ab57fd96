"""`make chaos`: inquiries sent while API, worker and Redis are killed at random, on a stack of its own."""

import statistics
import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from random import Random, randrange
from typing import Annotated

import typer
from anyio.from_thread import start_blocking_portal
from rich.console import Console
from rich.table import Table

from devstack import plan as app
from devstack.chaos.receivers import Inbox, Receivers
from devstack.chaos.run import Extent, Outcome, run
from devstack.chaos.stack import Stack
from devstack.plan import Address
from devstack.processes import LOOPBACK, free_ports, inherited
from devstack.servers import PostgresServer, ValkeyServer
from devstack.state import StackState
from devstack.supervisor import StopRequest, Surroundings, run_step
from devstack.system import scratch_directory

console = Console(highlight=False, soft_wrap=True)
PAUSE_SECONDS = 2.5
RECOVERY_SECONDS = 1_200.0
BEHIND_A_PROXY = {"TRUSTED_PROXY_COUNT": "1"}


@dataclass(frozen=True)
class Place:
    folder: Path
    logs: Path
    variables: dict[str, str]
    """Beside those of the stack itself."""


def chaos(
    seed: Annotated[int | None, typer.Option(help="Of an earlier run, to repeat its choices.")] = None,
    inquiries: Annotated[int, typer.Option(min=1, max=100_000)] = 2_000,
    clients: Annotated[int, typer.Option(min=1)] = 50,
    seconds: Annotated[float, typer.Option(min=1, help="How long they send and things break.")] = 120,
    api_workers: Annotated[int, typer.Option(min=2, max=64, help="Processes that serve the API.")] = 4,
    postgres: Annotated[bool, typer.Option("--postgres", help="Restart and crash PostgreSQL as well.")] = False,
    logs: Annotated[Path | None, typer.Option(file_okay=False, help="A folder to keep the logs in.")] = None,
) -> None:
    """Send inquiries while the stack is killed at random; exit with 1 when one of them is lost or told of twice."""
    chosen = randrange(1_000_000) if seed is None else seed
    extent = Extent(chosen, inquiries, clients, seconds, PAUSE_SECONDS, RECOVERY_SECONDS)
    console.print(f"{inquiries:,} inquiries by {clients} clients in {seconds:.0f} s, --seed {chosen}")
    with ExitStack() as at_end:
        folder = at_end.enter_context(scratch_directory())
        portal = at_end.enter_context(start_blocking_portal())
        receivers = Receivers(chosen)
        at_end.enter_context(portal.wrap_async_context_manager(receivers.open()))
        run_on = Place(folder, (logs or folder / "logs").resolve(), receivers.variables)
        stack, url, dsn = _start(at_end, run_on, extent.seed, api_workers, breaks_postgres=postgres)
        outcome = run(extent, portal, stack, receivers, url=url, dsn=dsn)
    _show(outcome, stack, receivers)
    sys.exit(any(outcome.faults.values()))


def _start(
    at_end: ExitStack, place: Place, seed: int, api_workers: int, *, breaks_postgres: bool
) -> tuple[Stack, str, str]:
    """Return the running stack, the API's address and the database's."""
    folder, logs = place.folder, place.logs
    logs.mkdir(parents=True, exist_ok=True)
    postgres = PostgresServer.start(folder / "postgres", durable=True)
    at_end.callback(postgres.stop)
    valkey = ValkeyServer.start(folder / "valkey", durable=True)
    at_end.callback(valkey.stop)
    postgres.create_database(app.DATABASE)
    address = Address(LOOPBACK, next(free_ports(str(folder))))
    secrets = StackState(folder).secrets()
    variables = app.environment(
        address,
        folder,
        database_url=postgres.url(app.DATABASE),
        valkey_url={number: valkey.url(number) for number in range(3)},
        enhancer_port=1,  # no enhancer runs
        secrets=secrets,
    )
    plan = app.app_plan(address, folder, listings=1, workers=api_workers, secrets=secrets)
    around = Surroundings(plan.cwd, inherited(folder) | variables | place.variables | BEHIND_A_PROXY, logs)
    for step in plan.prepare:
        run_step(step, around, StopRequest())
    processes = [process for process in plan.processes if process.name != "Enhancer"]
    stack = Stack(
        processes,
        around,
        valkey,
        Random(f"{seed} ways"),
        longest_pause_seconds=PAUSE_SECONDS,
        postgres=postgres if breaks_postgres else None,
    )
    at_end.callback(stack.stop)
    stack.wait_until_ready()
    return stack, address.url, postgres.url(app.DATABASE).replace("+asyncpg", "")


def _show(outcome: Outcome, stack: Stack, receivers: Receivers) -> None:
    waits = sorted(outcome.heard.seconds)
    _table(
        "What broke",
        {
            **stack.broken,
            "ended by itself": len(stack.ended),
            **_mishaps("CRM", receivers.webhooks),
            **_mishaps("mail", receivers.emails),
        },
    )
    _table("What clients heard", {**outcome.heard.answers, **outcome.heard.wrong})
    _table(
        "What became of it",
        {
            "inquiries stored": len(outcome.heard.stored),
            "seconds until a client knew: median": f"{statistics.median(waits):.2f}",
            "99 of 100 within": f"{waits[len(waits) * 99 // 100]:.1f}",
            "the last": f"{waits[-1]:.1f}",
            "seconds after the last breakage: all stored": f"{outcome.stored_after_seconds:.1f}",
            "all delivered": f"{outcome.delivered_after_seconds:.1f}",
            **_arrivals("webhooks", receivers.webhooks),
            **_arrivals("e-mails", receivers.emails),
        },
    )
    _table("Faults", outcome.faults)
    if any(outcome.faults.values()):
        console.print(*outcome.waiting, stack.last_words(), sep="\n", markup=False)


def _mishaps(name: str, inbox: Inbox) -> dict[str, int]:
    return {f"{name} {mishap}": times for mishap, times in inbox.mishaps.items()}


def _arrivals(name: str, inbox: Inbox) -> dict[str, int]:
    return {
        f"{name} arrived": len(inbox.taken),
        f"{name} arrived again, same id": inbox.taken.total() - len(inbox.taken),
    }


def _table(title: str, rows: Mapping[str, int | str]) -> None:
    table = Table(title=title, show_header=False, title_justify="left", min_width=70)
    table.add_column(ratio=1)
    table.add_column(justify="right")
    for name, value in rows.items():
        table.add_row(name, f"{value:,}" if isinstance(value, int) else value)
    console.print(table)


if __name__ == "__main__":
    typer.run(chaos)
