"""Where the demo keeps its data when nobody says where."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.servers import ValkeyServer
from devstack.system import DevstackError, default_directory, scratch_directory


@pytest.fixture
def checkout(scratch: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that everybody may enter."""
    scratch.chmod(0o755)
    folder = scratch / "home" / "casabricks"
    folder.mkdir(parents=True)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("user", [0, 1000])
def test_the_data_stay_in_the_checkout_where_the_servers_can_enter_it(
    checkout: Path, monkeypatch: pytest.MonkeyPatch, user: int
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert default_directory() == checkout / ".casabricks"


def test_roots_private_home_sends_them_to_a_place_that_is_found_again(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.parent.chmod(0o700)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert default_directory() == checkout / ".casabricks", "one's own servers may enter one's own home"
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    first = default_directory()
    assert first.parent == Path("/var/lib/casabricks")
    assert first.name.startswith("casabricks-")
    assert default_directory() == first
    other = checkout.with_name("other") / "casabricks"
    other.mkdir(parents=True)
    monkeypatch.chdir(other)
    assert default_directory() != first


def test_a_directory_the_servers_cannot_enter_is_refused_with_what_to_choose(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("devstack.system.Account.can_enter", lambda _self, _path: False)
    with pytest.raises(DevstackError, match=r"--data-dir.*DATA_DIR="):
        ValkeyServer.start(scratch / "private", durable=False)


def test_what_a_killed_process_left_goes_with_the_next_use() -> None:
    killed = """
import os, signal
from devstack.system import scratch_directory
with scratch_directory() as folder:
    print(folder, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    with scratch_directory() as living:
        ended = subprocess.run([sys.executable, "-c", killed], stdout=subprocess.PIPE, text=True, check=False)
        left = Path(ended.stdout.strip())
        assert left.exists()
        with scratch_directory():
            assert living.exists()
            assert not left.exists()
