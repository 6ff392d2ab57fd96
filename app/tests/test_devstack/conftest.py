from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.system import scratch_directory


@pytest.fixture
def scratch() -> Iterator[Path]:
    """A short-lived directory that the servers' own account can enter, unlike pytest's tmp_path under root."""
    with scratch_directory() as path:
        yield path
