"""Covers processes that are kept running, with sleeping stand-ins. Leaves: the nodes (test/ros)."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time

import pytest

from affect_perception.cli import supervise as module
from affect_perception.cli.supervise import SupervisedNode, end_all, supervise

pytestmark = pytest.mark.unit

SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]
FAILING = [sys.executable, "-c", "raise SystemExit(3)"]


def wait_for(condition, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_without_respawn_all_end_with_the_first() -> None:
    assert supervise([SLEEPER, FAILING], os.environ) == 3


def test_a_signal_ends_all_and_counts_as_success() -> None:
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGTERM)).start()
    assert supervise([SLEEPER], os.environ, respawn=True) == 0


def test_a_killed_node_comes_back_later_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "RESPAWN_FIRST", 0.1)
    said: list[str] = []
    node = SupervisedNode(SLEEPER, os.environ)
    node._delay = 0.1
    node.start()
    try:
        for restarts in (1, 2):
            assert node.process is not None
            node.process.kill()
            wait_for(lambda: node.tend(said.append) or node.restarts == restarts)  # noqa: B023
            assert node.ended() is None
    finally:
        assert node.process is not None
        end_all([node.process])
    assert all("signal SIGKILL" in line for line in said)
    assert "again in 0.1 s" in said[0]
    assert "again in 0.2 s" in said[1]


def test_who_lived_long_is_waited_for_as_the_first_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEADY", 0.0)
    said: list[str] = []
    node = SupervisedNode(FAILING, os.environ)
    node._delay = 16.0
    node.start()
    wait_for(lambda: node.ended() is not None)
    node.tend(said.append)
    assert "exit code 3" in said[0]
    assert "again in 1 s" in said[0]
