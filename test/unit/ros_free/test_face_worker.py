"""From picture message to pipeline and back out: order of events, errors, absence of pictures.

Uses a pipeline that only writes down what it gets; the real one is tested in test/unit and
test/golden, the node around it in test/ros.
"""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace
from typing import Any

import message_doubles as doubles
import numpy as np
import pytest

from affect_perception.core.errors import ModelContractError
from affect_perception.core.types import (
    CameraFrame,
    CameraIntrinsics,
    DriverContext,
    NoFrame,
    VehicleState,
)
from affect_perception.ros.face_worker import FaceWorker, Job
from affect_perception.ros.frame_health import FrameHealth
from affect_perception.ros.image_convert import BuiltinDecoder

pytestmark = pytest.mark.unit

PIXELS = np.zeros((48, 64, 3), np.uint8)
TIMEOUT = 5.0


class Recorder:
    """A pipeline that keeps its events, and a publisher that keeps what comes out."""

    def __init__(self, error: Exception | None = None) -> None:
        self.events: list[Any] = []
        self.published: list[tuple[CameraFrame | None, tuple[Any, ...]]] = []
        self.errors: list[str] = []
        self.error = error
        self.health = FrameHealth("image_raw", 1.0, 0.0)
        self._changed = threading.Condition()
        self.worker = FaceWorker(
            self, BuiltinDecoder(), self.health, self._publish, self._log_error
        )

    def step(self, event: Any) -> tuple[Any, ...]:
        self.events.append(event)
        if self.error is not None:
            raise self.error
        return () if isinstance(event, VehicleState) else (event.stamp_ns,)

    def run(self, *jobs: Job) -> None:
        """Works on the jobs one after the other."""
        self.worker.start()
        for job in jobs:
            end = time.monotonic() + TIMEOUT
            while not self.worker.idle and time.monotonic() < end:
                time.sleep(0.001)
            before = len(self.published) + len(self.errors)
            self.worker.submit(job)
            with self._changed:
                assert self._changed.wait_for(
                    lambda n=before: len(self.published) + len(self.errors) > n, TIMEOUT
                )
        self.worker.stop()

    def _publish(self, frame: CameraFrame | None, outputs: tuple[Any, ...]) -> None:
        with self._changed:
            self.published.append((frame, outputs))
            self._changed.notify()

    def _log_error(self, message: str) -> None:
        with self._changed:
            self.errors.append(message)
            self._changed.notify()


def picture(stamp_ns: int, encoding: str = "rgb8") -> SimpleNamespace:
    return doubles.image(PIXELS, encoding, header=doubles.header(stamp_ns))


def test_picture_reaches_the_pipeline_with_stamp_and_calibration() -> None:
    recorder = Recorder()
    intrinsics = CameraIntrinsics(64, 48, 50.0, 50.0, 32.0, 24.0)
    recorder.run(Job(picture(2_000_000_001), intrinsics))
    (frame,) = recorder.events
    assert frame.stamp_ns == 2_000_000_001
    assert frame.intrinsics == intrinsics
    assert recorder.published[0][1] == (2_000_000_001,)


def test_vehicle_goes_in_once_and_first() -> None:
    recorder = Recorder()
    vehicle = VehicleState(1, 20.0)
    recorder.run(Job(picture(10), None, vehicle), Job(picture(20), None, vehicle))
    assert [type(event) for event in recorder.events] == [VehicleState, CameraFrame, CameraFrame]


def test_contexts_go_in_once_in_their_order_and_first() -> None:
    recorder = Recorder()
    one, two, three = (DriverContext(stamp) for stamp in (1, 2, 2))
    recorder.run(
        Job(picture(10), contexts=(one,)),
        Job(picture(20), contexts=(one, two, three)),
        Job(picture(30), contexts=(one, two, three)),
    )
    contexts = [event for event in recorder.events if isinstance(event, DriverContext)]
    assert [id(context) for context in contexts] == [id(one), id(two), id(three)]
    kinds = [isinstance(event, CameraFrame) for event in recorder.events]
    assert kinds == [False, True, False, False, True, True]


def test_absence_is_told_in_the_time_of_the_camera() -> None:
    recorder = Recorder()
    recorder.run(Job(None, blind=1.0), Job(picture(10)), Job(None, blind=1.5))
    assert recorder.events[0] == NoFrame(0)
    assert recorder.events[2] == NoFrame(1_500_000_010)
    assert recorder.published[2][0] is None


def test_absence_is_no_news_while_a_picture_is_in_work() -> None:
    begun, go_on, done = threading.Event(), threading.Event(), threading.Event()
    recorder = Recorder()
    events: list[Any] = []

    def slow_step(event: Any) -> tuple[Any, ...]:
        events.append(event.stamp_ns)
        begun.set()
        assert go_on.wait(TIMEOUT)
        if event.stamp_ns == 20:
            done.set()
        return ()

    recorder.step = slow_step  # type: ignore[method-assign]
    recorder.worker.start()
    recorder.worker.submit(Job(picture(10)))
    assert begun.wait(TIMEOUT)
    recorder.worker.submit(Job(picture(20)))
    recorder.worker.submit(Job(None, blind=2.0))  # must not take the place of the picture
    go_on.set()
    assert done.wait(TIMEOUT)
    recorder.worker.stop()
    assert events == [10, 20]


def test_unusable_picture_is_named_and_the_next_one_works() -> None:
    recorder = Recorder()
    recorder.run(Job(picture(10, encoding="hsv8")), Job(picture(20)))
    assert "hsv8" in recorder.errors[0]
    assert [event.stamp_ns for event in recorder.events] == [20]
    assert recorder.health.report(1.0).values["errors"] == "1"


def test_calibration_of_another_shape_is_left_out_with_a_warning() -> None:
    recorder = Recorder()
    recorder.run(Job(picture(10), CameraIntrinsics(1280, 720, 900.0, 900.0, 640.0, 360.0)))
    assert recorder.events[0].intrinsics is None
    assert "1280x720" in recorder.health.report(1.0).message


@pytest.mark.parametrize(
    ("error", "words"),
    [(ModelContractError("expected 192x192"), "192x192"), (ZeroDivisionError(), "internal error")],
)
def test_errors_in_the_pipeline_do_not_end_the_thread(error: Exception, words: str) -> None:
    recorder = Recorder(error)
    recorder.run(Job(picture(10)), Job(picture(20)))
    assert len(recorder.errors) == 2
    assert words in recorder.errors[1]
