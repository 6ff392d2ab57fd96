"""The command lines that the demo gives to the app."""

import json
import shlex
import socket
import threading
from pathlib import Path

import pytest

from devstack.plan import Address, app_plan, environment, environment_command, guided_search_command
from devstack.processes import LOOPBACK, port_is_free
from devstack.state import Secrets, StackState
from devstack.system import default_directory

SECRETS: Secrets = {
    "SECRET_KEY": "s",
    "JWT_SECRET_KEY": "j",
    "admin_password": "pass-word",
    "enhancer_api_key": "k",
    "enhancer_webhook_secret": "whsec_w",
}


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - not bound
        ("::", "http://[::1]:8000"),
        ("demo.local", "http://demo.local:8000"),
    ],
)
def test_the_url_is_one_that_opens_on_this_machine(host: str, url: str) -> None:
    assert Address(host, 8000).url == url


def test_an_address_answers_only_with_200() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        address = Address(LOOPBACK, listener.getsockname()[1])

        def reply() -> None:
            for line in (b"HTTP/1.1 200 OK", b"HTTP/1.1 503 Service Unavailable", b"nonsense"):
                client, _ = listener.accept()
                with client:
                    client.recv(4096)
                    client.sendall(line + b"\r\ncontent-length: 0\r\n\r\n")

        answering = threading.Thread(target=reply)
        answering.start()
        assert [address.answers("/health/live") for _ in range(3)] == [True, False, False]
        answering.join()
    assert not address.answers("/health/live")


def test_a_listening_port_is_not_free() -> None:
    with socket.create_server((LOOPBACK, 0)) as listener:
        assert not port_is_free(LOOPBACK, listener.getsockname()[1])


def test_the_admin_password_is_never_on_a_command_line() -> None:
    plan = app_plan(Address(LOOPBACK, 8000), Path("data"), listings=50, workers=3, secrets=SECRETS)
    steps = [*plan.prepare, *plan.once]
    assert not any(SECRETS["admin_password"] in word for step in steps for word in step.argv)
    administrator, listings, *_ = plan.once
    assert administrator.stdin == "pass-word\n"
    assert list(listings.argv[-2:]) == ["--listings", "50"]
    assert " --workers 3 " in " ".join(plan.processes[0].argv)


def test_the_enhancer_and_the_app_are_told_the_same() -> None:
    told = environment(
        Address("0.0.0.0", 8000),  # noqa: S104 - not bound
        Path("data"),
        database_url="d",
        valkey_url={0: "0", 1: "1", 2: "2"},
        enhancer_port=20_001,
        secrets=SECRETS,
    )
    assert told["AI_SERVICE_API_URL"] == "http://127.0.0.1:20001/enhance"
    assert told["ENHANCER_PUBLIC_URL"] == "http://127.0.0.1:20001"
    assert told["AI_SERVICE_API_KEY"] == told["ENHANCER_API_KEY"] == "k"
    assert told["AI_SERVICE_WEBHOOK_SECRET"] == told["ENHANCER_WEBHOOK_SECRET"] == "whsec_w"
    assert told["PUBLIC_URL"] == "http://127.0.0.1:8000"
    assert told["ENHANCER_CLIENT_HOSTS"] == "127.0.0.1"


def test_a_worker_and_beat_run_beside_the_api_and_keep_their_files_with_the_data() -> None:
    plan = app_plan(Address(LOOPBACK, 8000), Path("data"), listings=50, workers=1, secrets=SECRETS)
    logs = {process.name: process.log for process in plan.processes}
    assert logs == {"API": None, "Enhancer": "enhancer.log", "Worker": "worker.log", "Beat": "beat.log"}
    assert plan.processes[-1].argv[-1] == "--schedule=data/beat-schedule"


def test_the_server_starts_as_guarded_as_in_the_deployment_of_the_readme() -> None:
    plan = app_plan(Address(LOOPBACK, 8000), Path("data"), listings=50, workers=1, secrets=SECRETS)
    [api] = [process for process in plan.processes if process.name == "API"]
    readme = (plan.cwd / "README.md").read_text(encoding="utf-8")
    for option in ("--no-access-log", "--no-proxy-headers", "--timeout-graceful-shutdown"):
        assert option in api.argv
        assert option in readme


def test_the_search_command_is_one_shell_line() -> None:
    words = shlex.split(guided_search_command(Address(LOOPBACK, 8000)))
    assert words[0] == "curl"
    assert words[-1] == '{"budget_min":5000000,"budget_max":10000000,"property_type":"flat","bhk":2}'


def test_the_environment_command_names_the_data_directory_unless_it_is_the_usual_one() -> None:
    usual = environment_command(default_directory())
    assert shlex.split(usual)[0] == "eval"
    assert usual.endswith('/casabricks env)"')
    assert environment_command(Path("/srv/two words")) == usual.replace(" env", " env --data-dir '/srv/two words'")


def test_secrets_stay_and_what_an_earlier_version_lacked_is_added(tmp_path: Path) -> None:
    first = StackState(tmp_path).secrets()
    assert StackState(tmp_path).secrets() == first
    (tmp_path / "secrets.json").write_text(json.dumps({name: first[name] for name in ("SECRET_KEY", "admin_password")}))
    later = StackState(tmp_path).secrets()
    assert (later["SECRET_KEY"], later["admin_password"]) == (first["SECRET_KEY"], first["admin_password"])
    assert later["enhancer_api_key"] != first["enhancer_api_key"]
    assert StackState(tmp_path).secrets() == later
