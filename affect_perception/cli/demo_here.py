"""The demo without nodes: pictures go straight into the pipeline, in real time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from affect_perception.core.errors import InputError
from affect_perception.core.network import FaceNetworks
from affect_perception.core.pipeline import Pipeline
from affect_perception.core.types import AttentionState, CameraFrame, FaceObservation
from affect_perception.evaluation.replay.live import Moment
from affect_perception.evaluation.replay.run import Setting
from affect_perception.evaluation.synthetic.scenario import load_driver
from affect_perception.io.message_fields import Fields, attention_fields, face_fields

OnFace = Callable[[Fields], None]

_HEAD_START_NS = 300_000_000
"""Time for the first picture, which takes longer than the others."""


def scenario_moments(
    scenario: str, setting: Setting, networks: FaceNetworks, on_face: OnFace
) -> Iterator[Moment]:
    """The synthetic driver at the speed of the clock; pictures that come too late are lost."""
    driver = load_driver(scenario, setting.cabin, networks)
    pipeline = Pipeline(setting.pipeline, setting.cabin, networks, setting.profile)
    begin = time.time_ns() + _HEAD_START_NS
    late = round(1e9 / driver.scenario.camera.rate_hz)
    for offset in driver.stamps():
        stamp = begin + offset
        if time.time_ns() - stamp > late:
            continue
        frame, truth = driver.render(offset / 1e9)
        time.sleep(max(0.0, (stamp - time.time_ns()) / 1e9))
        frame = CameraFrame(stamp, frame.image, frame.frame_id, frame.intrinsics)
        said = {**truth.plain(), "stamp_ns": stamp}
        yield from _moments(pipeline, frame, setting, on_face, said)


def webcam_moments(
    camera: str, setting: Setting, networks: FaceNetworks, on_face: OnFace
) -> Iterator[Moment]:
    """A webcam through OpenCV, stamped when a picture has been read.

    Args:
        camera: Number of the camera, or a path such as /dev/video2.
        setting: Parameters and cabin.
        networks: The face networks.
        on_face: Told of each FaceObservation.

    Raises:
        InputError: If there is no such camera, or it gives no pictures.
    """
    import cv2

    capture = cv2.VideoCapture(int(camera) if camera.isdigit() else camera)
    try:
        if not capture.isOpened():
            raise InputError(
                f"no camera {camera}: nothing to open there (ls /dev/video*), or another program "
                "uses it, or you are not in the group 'video'"
            )
        pipeline = Pipeline(setting.pipeline, setting.cabin, networks, setting.profile)
        while True:
            found, picture = capture.read()
            stamp = time.time_ns()
            if not found:
                raise InputError(f"camera {camera} gives no pictures any more")
            frame = CameraFrame(stamp, cv2.cvtColor(picture, cv2.COLOR_BGR2RGB))
            yield from _moments(pipeline, frame, setting, on_face, None)
    finally:
        capture.release()


def _moments(
    pipeline: Pipeline,
    frame: CameraFrame,
    setting: Setting,
    on_face: OnFace,
    truth: Mapping[str, Any] | None,
) -> Iterator[Moment]:
    for output in pipeline.step(frame):
        latency = (time.time_ns() - frame.stamp_ns) / 1e9
        if isinstance(output, FaceObservation):
            on_face(face_fields(output, latency, landmarks=setting.node.landmarks))
        elif isinstance(output, AttentionState):
            yield Moment(attention_fields(output, latency, setting.node.cabin_frame), truth)
