"""The commands, the schedule, and the limits that must agree with each other."""

import os
import re
import ssl
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from celery.beat import Scheduler

from app.infrastructure.queue.broker import QUEUES
from app.tasks.celery_app import SCHEDULE, create_worker_app
from app.tasks.runtime import VISIBILITY_SECONDS, job
from app.tests.conftest import ROOT


@pytest.fixture(scope="module")
def app() -> Celery:
    created = create_worker_app("redis://127.0.0.1:1/0", None)
    created.loader.import_default_modules()
    return created


def ours(app: Celery) -> set[str]:
    return {name for name in app.tasks if not name.startswith(("celery.", "tests."))}


def test_what_runs_by_the_clock_exists_and_does_not_pile_up(app: Celery) -> None:
    entries: dict[str, Any] = Scheduler(app).schedule
    assert SCHEDULE.keys() <= entries.keys()
    page = (ROOT / "docs/schedule.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z_.]+)`", page, re.MULTILINE)) == {entry.task for entry in entries.values()}
    for entry in entries.values():
        assert app.amqp.router.route({}, entry.task)["queue"].name in app.amqp.queues.consume_from
        assert entry.task in ours(app)
        assert entry.options["expires"] > 0
        assert entry.schedule.tz.key == "Asia/Kolkata"


def test_every_job_ends_before_another_worker_may_get_it(app: Celery) -> None:
    assert app.conf.broker_transport_options["visibility_timeout"] == VISIBILITY_SECONDS
    for name in ours(app):
        limit = app.tasks[name].time_limit
        assert limit is not None
        assert limit < VISIBILITY_SECONDS
    with pytest.raises(ValueError, match="a second worker would get it"):
        job("tests.endless", seconds=VISIBILITY_SECONDS)


def test_jobs_are_json_and_acknowledged_when_done(app: Celery) -> None:
    assert app.conf.accept_content == ["json"]
    for name in ours(app):
        assert app.tasks[name].acks_late
        assert app.tasks[name].reject_on_worker_lost
        assert app.amqp.router.route({}, name)["queue"].name in QUEUES


def test_encrypted_servers_must_show_their_certificate() -> None:
    url = "rediss://:hunter2@127.0.0.1:1/0"
    app = create_worker_app(url, url)
    assert app.connection_for_write().ssl == {"ssl_cert_reqs": "required"}
    backend: Any = app.backend
    assert backend.connparams["ssl_cert_reqs"] == ssl.CERT_REQUIRED


@pytest.mark.parametrize(
    ("command", "variables", "sentence"),
    [
        ("worker", {}, "DATABASE_URL is not set: "),
        (
            "beat",
            {"DATABASE_URL": "postgresql+asyncpg://127.0.0.1:1/none"},
            "set REDIS_URL or CELERY_BROKER_URL",
        ),
    ],
)
def test_a_command_that_cannot_start_says_why_in_a_sentence(
    command: str, variables: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    names = ("DATABASE_URL", "REDIS_URL", "CELERY_BROKER_URL")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    done = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "app.tasks.celery_app", command],
        cwd=tmp_path,
        env=environment | variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
