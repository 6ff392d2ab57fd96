"""What the fidelity gate says to honest and to forged results: `uv run python benchmarks/fidelity/run.py --help`."""

import argparse
import json
import os
import random
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cases import Case, cases, pair

from app.infrastructure.fidelity import compare

RESULTS = Path(__file__).parents[1] / "results"


def judged(case: Case, folder: Path) -> dict[str, Any]:
    original, result = pair(case, folder)
    started = time.process_time()
    verdict = compare(original, result)
    return {
        "name": case.name,
        "kind": case.kind,
        "honest": case.honest,
        "held_out": case.held_out,
        "enhanced": case.enhanced,
        "passed": verdict.passed,
        "reason": verdict.reason,
        "scores": verdict.scores,
        "seconds": time.process_time() - started,
    }


def table(rows: Iterable[dict[str, Any]]) -> str:
    """Right verdicts of all, by kind, for the photos that were tuned on and for those held out."""
    counts: dict[tuple[bool, str], dict[bool, list[bool]]] = defaultdict(lambda: {False: [], True: []})
    for row in rows:
        for kind in (row["kind"], "~all"):
            counts[not row["honest"], kind][row["held_out"]].append(row["passed"] == row["honest"])
    lines = ["| kind | should | tuned on | held out |", "|---|---|---:|---:|"]
    for (forged, kind), right in sorted(counts.items()):
        cells = (f"{sum(right[held])} of {len(right[held])}" for held in (False, True))
        name = "all" if kind == "~all" else kind.replace("_", " ")
        lines.append(f"| {name} | {'fail' if forged else 'pass'} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=1, help="how often each kind is made of each photo")
    parser.add_argument("--only", default="", help="kinds whose name holds this")
    parser.add_argument("--most", type=int, default=None, help="stop after so many, drawn at random")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "casabricks-fidelity")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    chosen = [case for case in cases(options.repeats) if options.only in case.kind]
    random.Random(7).shuffle(chosen)
    RESULTS.mkdir(exist_ok=True)
    rows = []
    with (RESULTS / "fidelity.jsonl").open("w", encoding="utf-8") as log:
        for case in chosen[: options.most]:
            row = judged(case, options.folder)
            rows.append(row)
            log.write(json.dumps(row) + "\n")
            log.flush()
            if row["passed"] != row["honest"]:
                print(f"wrong: {row['name']}: {row['reason'] or 'passed'} {row['scores']}", flush=True)
    seconds = sorted(row["seconds"] for row in rows)
    print(table(rows))
    print(
        f"processor seconds: median {seconds[len(seconds) // 2]:.2f}, slowest {seconds[-1]:.2f}; {os.cpu_count()} cores"
    )


if __name__ == "__main__":
    main()
