"""Everything devstack knows about the app: its command lines and environment variables."""

import http.client
import json
import shlex
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from devstack.processes import LOOPBACK
from devstack.state import Secrets
from devstack.supervisor import Process, Step
from devstack.system import DevstackError, default_directory

ADMIN_EMAIL = "admin@casabricks.example"
DATABASE = "casabricks"
_BROKER_DB, _RESULTS_DB = 1, 2
_GUIDED_SEARCH = {"budget_min": 5_000_000, "budget_max": 10_000_000, "property_type": "flat", "bhk": 2}


@dataclass(frozen=True)
class Address:
    """Where the API listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        """The address to open on this machine."""
        host = {"0.0.0.0": LOOPBACK, "::": "::1"}.get(self.host, self.host)  # noqa: S104 - only looked up
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def answers(self, path: str) -> bool:
        """Tell whether GET `path` gives 200 within two seconds."""
        connection = http.client.HTTPConnection(self.url.removeprefix("http://"), timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == http.HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()


@dataclass(frozen=True)
class Plan:
    """The commands that turn two empty servers into a running product.

    `prepare` runs at each start, since an upgrade may bring something new; `once` only for new data.
    """

    prepare: Sequence[Step]
    once: Sequence[Step]
    processes: Sequence[Process]
    cwd: Path


def environment(
    address: Address,
    data_dir: Path,
    *,
    database_url: str,
    valkey_url: Mapping[int, str],
    enhancer_port: int,
    secrets: Secrets,
) -> dict[str, str]:
    """Return the variables of the app and its enhancement service; `valkey_url` maps a database number to its URL."""
    enhancer_url = f"http://{LOOPBACK}:{enhancer_port}"
    return {
        "APP_ENV": "development",
        "DATABASE_URL": database_url,
        "REDIS_URL": valkey_url[0],
        "CELERY_BROKER_URL": valkey_url[_BROKER_DB],
        "CELERY_RESULT_BACKEND": valkey_url[_RESULTS_DB],
        "STORAGE_FOLDER": str(data_dir.absolute() / "media"),
        "MAIL_FOLDER": str(data_dir.absolute() / "mail"),
        "METRICS_FOLDER": str(data_dir.absolute() / "metrics"),
        "SECRET_KEY": secrets["SECRET_KEY"],
        "JWT_SECRET_KEY": secrets["JWT_SECRET_KEY"],
        "PUBLIC_URL": address.url,
        "AI_SERVICE_API_URL": f"{enhancer_url}/enhance",
        "AI_SERVICE_API_KEY": secrets["enhancer_api_key"],
        "AI_SERVICE_WEBHOOK_SECRET": secrets["enhancer_webhook_secret"],
        "AI_SERVICE_PRIVATE_ADDRESSES": "true",
        "ENHANCER_API_KEY": secrets["enhancer_api_key"],
        "ENHANCER_WEBHOOK_SECRET": secrets["enhancer_webhook_secret"],
        "ENHANCER_CLIENT_HOSTS": urlsplit(address.url).hostname or LOOPBACK,
        "ENHANCER_PUBLIC_URL": enhancer_url,
        "ENHANCER_PORT": str(enhancer_port),
        "ENHANCER_DATA_FOLDER": str(data_dir.absolute() / "enhancer"),
        "LEADS_INBOX": "leads@casabricks.example",
    }


def app_plan(address: Address, data_dir: Path, *, listings: int, workers: int, secrets: Secrets) -> Plan:
    """Return the plan of the real app. Raises DevstackError outside a checkout of it."""
    root = Path(__file__).resolve().parents[1]
    if not (root / "alembic.ini").is_file():
        message = f"{root} holds no alembic.ini: the demo runs from a checkout of the repository."
        raise DevstackError(message)
    python, log = sys.executable, "setup.log"
    uvicorn = ["-m", "uvicorn", "app.main:app", "--host", address.host, "--port", str(address.port)]
    # The app logs its requests itself, and knows its proxies.
    uvicorn += ["--no-access-log", "--no-proxy-headers", "--timeout-graceful-shutdown", "15"]
    if workers > 1:
        # On a busy machine a process may take longer than the usual 5 s to start, which would end its replacement.
        uvicorn += ["--workers", str(workers), "--timeout-worker-healthcheck", "60"]
    celery = [python, "-m", "celery", "-A", "app.tasks.celery_app"]
    worker = [*celery, "worker", "--loglevel=info", "--concurrency=2", "--without-gossip", "--without-mingle"]
    # Told to end, it gives jobs that take long back to their queue instead of waiting for them.
    worker = ["env", "REMAP_SIGTERM=SIGQUIT", *worker]
    beat = [*celery, "beat", "--loglevel=info", f"--schedule={data_dir / 'beat-schedule'}"]
    admin = [*_casabricks("create-admin"), ADMIN_EMAIL, "--password-stdin", "--if-missing"]
    return Plan(
        prepare=[
            Step("Database schema", [python, "-m", "alembic", "upgrade", "head"], log=log),
            Step("Sectors and places of Noida", _casabricks("load-geography"), log=log),
        ],
        once=[
            Step("Administrator", admin, stdin=f"{secrets['admin_password']}\n", log=log),
            Step("Demo listings", [*_casabricks("load-demo"), "--listings", str(listings)]),
            Step("Demo visitors and leads", _casabricks("load-demo-visitors"), log=log),
            Step("Demo pictures", _casabricks("load-demo-pictures"), log=log),
        ],
        # The API first: nobody waits for the others, which are up some seconds later.
        processes=[
            Process("API", [python, *uvicorn], is_ready=lambda: address.answers("/health/live")),
            Process("Enhancer", [python, "-m", "enhancer"], log="enhancer.log"),
            Process("Worker", worker, log="worker.log"),
            Process("Beat", beat, log="beat.log"),
        ],
        cwd=root,
    )


def _casabricks(command: str) -> list[str]:
    script = Path(sys.executable).with_name("casabricks")
    return [str(script), command] if script.exists() else [sys.executable, "-m", "app.cli", command]


def environment_command(data_dir: Path) -> str:
    """Return a shell line that takes over the variables of the stack on `data_dir`, for the current folder."""
    program, *words = _casabricks("env")
    if data_dir != default_directory():
        words += ["--data-dir", str(data_dir)]
    return f'eval "$({shlex.join([shown(Path(program)), *words])})"'


def shown(path: Path) -> str:
    """Return the path from the current folder when it is in there."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def guided_search_command(address: Address) -> str:
    """Return a curl line that asks the three questions."""
    body = json.dumps(_GUIDED_SEARCH, separators=(",", ":"))
    return f"curl -s {address.url}/api/v1/search/guided -H 'Content-Type: application/json' -d '{body}'"
