"""Measures search and detail without the cache, with it when each answer is new, and when it is kept, in one run.

    uv run python benchmarks/cache.py [--listings 100000] [--seconds 8] [--runs 3] [--keep]

What is asked without the cache and for new answers differs from request to request (the upper end of the budget, the
home); what is kept is the same few questions. Measured is CPU time, of the app, PostgreSQL and Redis together, which
says more than a rate where the sender shares the cores with them.
"""

import json
import statistics
from pathlib import Path

import psutil
from run import APP, ROOT, SEARCHES, Case, load_once, loaded, read_options, server, write_ids

from devstack.servers import ValkeyServer

WITHOUT = "http://127.0.0.1:58003"
MANY, FEW = 100_000, 200
WAYS = ("without", "new", "kept")


def cpu_seconds() -> float:
    """Of all that this program has started, less the sender."""
    return sum(
        sum(child.cpu_times()[:2]) for child in psutil.Process().children(recursive=True) if child.name() != "wrk"
    )


def cpu_ms(case: Case, seconds: int) -> float:
    before = cpu_seconds()
    requests = load_once(case, seconds) * seconds
    return (cpu_seconds() - before) * 1000 / requests


def build_cases(many: str, few: str) -> dict[tuple[str, str], Case]:
    cases = {}
    for name, answers in SEARCHES.items():
        kept = json.dumps(answers)
        new = json.dumps(answers | {"budget_max": f"{(answers['budget_max'] - 1) // 1_000_000}{{n}}"})
        for how, address, body in zip(WAYS, (WITHOUT, APP, APP), (new, new, kept), strict=True):
            cases[name, how] = Case(f"{name}: {how}", f"{address}/api/v1/search/guided", body)
    for how, address, ids in zip(WAYS, (WITHOUT, APP, APP), (many, many, few), strict=True):
        cases["detail", how] = Case(f"detail: {how}", f"{address}/api/v1/properties/{{id}}", ids=ids)
    for how, address in (("without", WITHOUT), ("kept", APP)):
        cases["questions", how] = Case(f"questions: {how}", f"{address}/api/v1/search/questions")
    return cases


def main() -> None:
    given = read_options(__doc__)
    with loaded(given) as (env, folder):
        cases = build_cases(write_ids(env, folder, MANY), write_ids(env, folder, FEW))
        valkey = ValkeyServer.start(Path(folder) / "valkey", durable=False)
        try:
            with (
                server("app.main:app", WITHOUT, ROOT, env),
                server("app.main:app", APP, ROOT, env | {"REDIS_URL": valkey.url()}),
            ):
                for case in cases.values():
                    load_once(case, 2)
                took = {key: [cpu_ms(case, given.seconds) for _ in range(given.runs)] for key, case in cases.items()}
        finally:
            valkey.stop()
    print(f"\n{given.listings:,} listings, ms of CPU a request\n\n{'':34}" + "".join(f"{how:>9}" for how in WAYS))
    for name in (*SEARCHES, "detail", "questions"):
        medians = (statistics.median(took.get((name, how), [0])) for how in WAYS)
        print(f"{name:34}" + "".join(f"{each:9.2f}" for each in medians))


if __name__ == "__main__":
    main()
