"""What a worker does with its jobs."""

import asyncio
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from app.core.ids import new_id
from app.core.jobs import Job, enqueue, enqueue_debounced
from app.core.metric_files import exposition
from app.core.metrics import JOB_AGE, JOBS
from app.core.unit_of_work import unit_of_work
from app.infrastructure.queue.sender import CeleryQueue
from app.tasks.celery_app import create_worker_app
from app.tests.counting import total
from app.tests.test_devstack.waiting import eventually
from app.tests.test_tasks.conftest import Worker, allow_to_end, counted, kill
from devstack.servers import ValkeyServer


async def test_a_job_leaves_with_the_commit_and_not_with_a_rollback(
    worker: Worker, jobs: CeleryQueue, this: str
) -> None:
    async def ask_and_fail() -> None:
        async with unit_of_work(worker.database, jobs) as session:
            enqueue(session, "tests.note", what=f"{this} rolled back")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await ask_and_fail()
    async with unit_of_work(worker.database, jobs) as session:
        enqueue(session, "tests.note", what=f"{this} committed")
        await session.execute(text("SELECT 1"))
        assert await counted(worker.database, f"{this} committed") == 0
    (line,) = worker.wait_for("job_done", f"request_id={this}")
    assert "job=tests.note" in line
    assert "job_id=" in line
    assert await counted(worker.database, f"{this} committed") == 1
    assert await counted(worker.database, f"{this} rolled back") == 0


async def test_many_jobs_of_one_kind_do_not_hold_up_another(worker: Worker, jobs: CeleryQueue, this: str) -> None:
    await jobs.send([Job("tests.linger", {"what": this})] * 2)
    worker.wait_for("began", f"what={this}", times=2)
    await jobs.send([Job("images.make_variants", {"image_id": new_id()})] * 30)
    await jobs.send([Job("enhancements.dispatch", {"enhancement_id": new_id()})])
    await allow_to_end(worker.database, this)
    worker.wait_for("job_done", "job=images.make_variants", this, times=30)
    worker.wait_for("job_done", "job=enhancements.dispatch", this)
    done = [line for line in worker.lines("job_done", this) if "tests.linger" not in line]
    first = sorted(done, key=_began)[:10]
    assert any("job=enhancements.dispatch" in line for line in first), "behind all 30 pictures"


def _began(line: str) -> datetime:
    """The first job of a kind in a process imports what it needs, and ends after many that began later."""
    ended, _, rest = line.partition(" ")
    took = timedelta(milliseconds=float(rest.partition(" ms=")[2].partition(" ")[0]))
    return datetime.fromisoformat(ended) - took


async def test_all_jobs_of_a_process_share_one_loop(worker: Worker, jobs: CeleryQueue, this: str) -> None:
    await jobs.send([Job("tests.note", {"what": this})] * 6)
    worker.wait_for("job_done", this, times=6)
    async with worker.database.read() as session:
        found = await session.execute(text("SELECT pid, loop FROM notes WHERE what = :what"), {"what": this})
        ran = [(pid, loop) for pid, loop in found]
    assert len(ran) == 6
    assert len(set(ran)) == len({pid for pid, _ in ran}), "a loop for each process"
    assert not worker.lines("job_repeated", this), "a pooled connection met another loop"


async def test_what_fails_in_passing_is_repeated(worker: Worker, jobs: CeleryQueue, this: str) -> None:
    await jobs.send([Job("tests.fail", {"what": this, "times": 1})])
    worker.wait_for("job_done", this)
    (line,) = worker.lines("job_repeated", this)
    assert "reason=ConnectionResetError" in line
    assert await counted(worker.database, this) == 2


async def test_the_worker_counts_where_the_app_does(worker: Worker, jobs: CeleryQueue, this: str) -> None:
    await jobs.send([Job("tests.fail", {"what": this, "times": 1})])
    worker.wait_for("job_done", this)

    def are_counted() -> bool:
        shown = exposition([]).decode()
        outcomes = [
            total(shown, f"{JOBS._name}_count", job="tests.fail", outcome=name) for name in ("repeated", "done")
        ]
        return min(outcomes) >= 1 and total(shown, f"{JOB_AGE._name}_count", job="tests.fail") >= 1

    eventually(are_counted)


async def test_what_beat_sends_has_an_age_too(worker: Worker, valkey: ValkeyServer, this: str) -> None:
    def aged() -> float:
        return total(exposition([]).decode(), f"{JOB_AGE._name}_count", job="tests.note")

    before = aged()
    beat = create_worker_app(valkey.url(2), None)
    await asyncio.to_thread(beat.send_task, "tests.note", kwargs={"what": this})
    beat.close()
    eventually(lambda: aged() == before + 1)


async def test_what_keeps_failing_ends_with_its_error_in_the_log(worker: Worker, jobs: CeleryQueue, this: str) -> None:
    await jobs.send([Job("tests.fail", {"what": this, "times": 99})])
    worker.wait_for("tests.fail", "raised unexpected: ConnectionResetError", this)
    assert await counted(worker.database, this) == 3
    assert len(worker.lines("job_repeated", this)) == 2


async def test_a_job_that_kills_its_process_runs_again_and_not_for_ever(
    worker: Worker, jobs: CeleryQueue, this: str
) -> None:
    before = len(worker.lines("Task handler raised error: WorkerLostError"))
    await jobs.send([Job("tests.die", {"what": this})])
    worker.wait_for("Task handler raised error: WorkerLostError", times=before + 1)
    assert await counted(worker.database, this) == 3
    await jobs.send([Job("tests.note", {"what": this})])
    worker.wait_for("job_done", this)


async def test_a_job_that_takes_too_long_is_cancelled_and_not_repeated(
    worker: Worker, jobs: CeleryQueue, this: str
) -> None:
    await jobs.send([Job("tests.linger_too_long", {"what": this})])
    worker.wait_for("raised unexpected: JobTooLongError", "was cancelled after 1 s", this)
    assert not worker.lines("job_repeated", this)
    assert await counted(worker.database, f"{this} began") == 1


async def test_what_must_be_alone_waits_for_the_one_that_runs(worker: Worker, jobs: CeleryQueue, this: str) -> None:
    await jobs.send([Job("tests.linger_alone", {"what": this})] * 3)
    worker.wait_for("job_put_off", this, times=2)
    assert await counted(worker.database, f"{this} began") == 1
    await allow_to_end(worker.database, this)
    worker.wait_for("job_done", this, times=2)
    assert await counted(worker.database, f"{this} ended") == 2, "the two that waited became one"


async def test_what_must_be_alone_by_an_id_waits_for_that_id_only(worker: Worker, jobs: CeleryQueue, this: str) -> None:
    other = f"{this}-other"
    await jobs.send([Job("tests.linger_alone_each", {"what": what}) for what in (this, this, other)])
    worker.wait_for("job_put_off", this)
    worker.wait_for("began", f"what={other}")
    assert await counted(worker.database, f"{this} began") == 1
    for what in (this, other):
        await allow_to_end(worker.database, what)
    worker.wait_for("job_done", this, times=3)
    assert await counted(worker.database, f"{this} ended") == 2


async def test_a_job_asked_for_by_many_writes_runs_once_and_sees_them_all(
    worker: Worker, jobs: CeleryQueue, this: str
) -> None:
    for _ in range(5):
        async with unit_of_work(worker.database, jobs) as session:
            enqueue_debounced(session, "tests.note", 1, what=this)
    worker.wait_for("job_done", this)
    assert await counted(worker.database, this) == 1
    async with unit_of_work(worker.database, jobs) as session:
        enqueue_debounced(session, "tests.note", 1, what=this)
    worker.wait_for("job_done", this, times=2)
    assert await counted(worker.database, this) == 2


async def test_worker_and_job_go_on_when_the_broker_was_away(
    worker: Worker, jobs: CeleryQueue, valkey: ValkeyServer, this: str
) -> None:
    await jobs.send([Job("tests.linger", {"what": this})])
    worker.wait_for("began", this)
    lost, found = len(worker.lines("Connection to broker lost")), len(worker.lines("Connected to"))
    kill(valkey)
    worker.wait_for("Connection to broker lost", times=lost + 1)
    valkey.restart()
    worker.wait_for("Connected to", times=found + 1)
    await allow_to_end(worker.database, this)
    worker.wait_for("job_done", this)
    await jobs.send([Job("tests.note", {"what": this})])
    worker.wait_for("job_done", this, times=2)
