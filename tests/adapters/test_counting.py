"""Counting over several workers: what one counted outlives it, what it measured does not."""

import subprocess
import sys

from rxapp.adapters import counting
from rxapp.adapters.counting import Fact, Figure

# A main process with two workers; one of them is killed after both have counted.
TWO_WORKERS = """
import os, signal, time
from rxapp.adapters import counting
counting.share()
from rxapp.adapters import metrics

def worker(ready, go):
    metrics.begin()
    metrics.BEATS.add(by=3)
    metrics.SOCKETS.add(by=2)
    metrics.USE_CASES.took(0.003, "claims.submit")
    os.write(ready, b"x")
    os.read(go, 1)
    print(counting.text().decode(), flush=True)
    os._exit(0)

r, ready = os.pipe()
pids, gates = [], []
for _ in range(2):
    go, gate = os.pipe()
    pid = os.fork()
    if pid == 0:
        worker(ready, go)
    pids.append(pid); gates.append(gate)
for _ in pids:
    os.read(r, 1)
os.kill(pids[0], signal.SIGKILL)
os.waitpid(pids[0], 0)
os.write(gates[1], b"x")
os.waitpid(pids[1], 0)
folder = os.environ[counting.FOLDER]
counting.unshare()
print("left" if os.path.exists(folder) else "removed")
"""


def test_what_a_killed_worker_counted_stays_and_what_it_held_goes() -> None:
    said = subprocess.run(
        [sys.executable, "-c", TWO_WORKERS], capture_output=True, text=True, check=True
    ).stdout
    assert "rxapp_beats_total 6.0" in said
    assert 'rxapp_use_case_seconds_count{use_case="claims.submit"} 2.0' in said
    assert "rxapp_websockets 2.0" in said
    assert "rxapp_workers 1.0" in said
    assert said.endswith("removed\n")


def test_what_a_killed_service_left_is_removed_at_the_next_start(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(counting, "MEMORY", tmp_path)
    monkeypatch.delenv(counting.FOLDER, raising=False)
    dead, living = tmp_path / f"{counting.PREFIX}999999999-a", tmp_path / f"{counting.PREFIX}1-b"
    for folder in (dead, living):
        folder.mkdir()
    counting.share()
    try:
        assert not dead.exists()
        assert living.exists()
    finally:
        counting.unshare()


def test_a_word_that_is_not_known_beforehand_is_another_one() -> None:
    figure = Figure("rxapp_test_words", "Words.", ("kind",), frozenset({"known"}))
    for word in ("known", "37080219850210107X", "x"):
        figure.add(word)
    said = counting.text().decode()
    assert 'rxapp_test_words_total{kind="known"} 1.0' in said
    assert 'rxapp_test_words_total{kind="other"} 2.0' in said
    assert "37080219850210107X" not in said


def test_facts_stand_beside_what_was_counted() -> None:
    fact = Fact("rxapp_test_fact", "A fact.", {("a",): 1.5, ("b",): 0.0}, ("queue",))
    said = counting.text([fact]).decode()
    assert 'rxapp_test_fact{queue="a"} 1.5' in said


def test_what_this_process_timed_is_told_by_length() -> None:
    figure = Figure("rxapp_test_times", "Times.", ("what",), buckets=(0.1, 1.0))
    for seconds in (0.05, 0.5, 0.6, 7.0):
        figure.took(seconds, "x")
    assert counting.own_times(figure) == {"x": (1, 2, 1)}
