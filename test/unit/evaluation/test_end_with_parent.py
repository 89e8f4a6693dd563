"""Covers that worker processes end when their parent is killed, which it cannot tell them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from node_process import is_alive

pytestmark = pytest.mark.unit

_PARENT = """
import multiprocessing, os, time
from concurrent.futures import ProcessPoolExecutor
from affect_perception.evaluation.end_with_parent import end_with_parent

pool = ProcessPoolExecutor(
    1, mp_context=multiprocessing.get_context("spawn"), initializer=end_with_parent
)
print(pool.submit(os.getpid).result(), flush=True)
time.sleep(60.0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_a_worker_ends_when_its_parent_is_killed() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    worker = int(parent.stdout.readline())
    try:
        assert is_alive(worker)
        parent.kill()
        parent.wait()
        end = time.monotonic() + 20.0
        while is_alive(worker):
            assert time.monotonic() < end, "the worker lives on"
            time.sleep(0.02)
    finally:
        parent.stdout.close()
        if is_alive(worker):
            os.kill(worker, signal.SIGKILL)
