"""Once installed the platform needs no internet at all."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.serving import ROOT

# A network of one's own, in which there is nothing but this machine.
ALONE = ("unshare", "-rn")


def _can_be_alone() -> bool:
    try:
        return subprocess.run([*ALONE, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


@pytest.mark.skipif(not _can_be_alone(), reason="this system lends nobody a network of his own")
def test_the_main_things_work_where_there_is_no_network(template: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [*ALONE, sys.executable, "-m", "tests.screens.offline", str(template), str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=180,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout.splitlines()
    # The control: outside there is nobody.
    assert "outside: Network is unreachable" in said
    assert "lesson: credited" in said
    assert "certificate: %PDF" in said
    assert [line for line in said if line.startswith("doctor: 共0项故障")]
