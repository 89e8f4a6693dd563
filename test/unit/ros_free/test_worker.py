"""The worker thread: newest wins, never blocks, leaves nothing behind.

What is done with pictures in it is tested in test_face_worker.py.
"""

from __future__ import annotations

import threading

import pytest

from affect_perception.ros.worker import NewestWorker

pytestmark = pytest.mark.unit

TIMEOUT = 5.0


def test_newest_item_wins_while_one_is_in_work() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()
    seen: list[int] = []

    def process(item: int) -> None:
        seen.append(item)
        begun.set()
        if item == 9:
            done.set()
        assert go_on.wait(TIMEOUT)

    worker = NewestWorker(process)
    worker.start()
    assert worker.idle
    assert worker.submit(0) is False
    assert begun.wait(TIMEOUT)
    assert not worker.idle
    assert worker.submit(1) is False
    assert [worker.submit(item) for item in range(2, 10)] == [True] * 8
    go_on.set()
    assert done.wait(TIMEOUT)
    worker.stop()
    assert seen == [0, 9]


def test_stop_ends_the_thread_and_forgets_what_waits() -> None:
    before = threading.active_count()
    begun, go_on = threading.Event(), threading.Event()
    seen: list[int] = []

    def process(item: int) -> None:
        seen.append(item)
        begun.set()
        assert go_on.wait(TIMEOUT)

    worker = NewestWorker(process)
    worker.start()
    worker.submit(1)
    assert begun.wait(TIMEOUT)
    worker.submit(2)
    threading.Timer(0.05, go_on.set).start()
    worker.stop()
    worker.stop()  # twice does no harm
    assert seen == [1]
    threads = [t for t in threading.enumerate() if t.name == "worker"]
    assert not threads
    assert threading.active_count() <= before + 1  # the timer may still be ending


def test_can_be_started_again() -> None:
    done = threading.Event()
    worker = NewestWorker(lambda _: done.set())
    worker.start()
    worker.stop()
    worker.start()
    worker.submit(1)
    assert done.wait(TIMEOUT)
    worker.stop()
