"""Starts one thing, gets its first result, and says what that took; called by `start`.

`python start_worker.py KIND PICTURE` prints one line of JSON. PICTURE is a file of one RGB picture
as `np.save` writes it. Runs also in the environment of MediaPipe, so nothing of this package is
imported at the top; what is imported inside is the start that is measured.
"""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import resource
import sys
import time
from collections.abc import Callable
from typing import Any

_STEP_NS = 33_333_333
_LONGEST_S = 60.0


def face_path(picture: str) -> float:
    """The pipeline as a library; returns when all was imported."""
    import numpy as np

    from affect_perception.core.config import PipelineConfig
    from affect_perception.core.pipeline import Pipeline
    from affect_perception.core.types import CameraFrame
    from affect_perception.inference import load_face_networks
    from affect_perception.io.cabin_file import load_cabin
    from affect_perception.io.profile_file import load_profile

    imported = time.perf_counter()
    config = PipelineConfig()
    networks, profile = load_face_networks(config.inference), load_profile(config.attention.profile)
    pipeline = Pipeline(config, load_cabin("sedan_lhd"), networks, profile)
    face: Any = pipeline.step(CameraFrame(_STEP_NS, np.load(picture)))[0]
    _check(face.track_id > 0)
    return imported


def face_node(picture: str) -> float:
    """The node, a camera in the same process, and who gets the first state that knows a face."""
    import numpy as np
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from sensor_msgs.msg import CameraInfo, Image

    from affect_perception.core.types import CameraFrame
    from affect_perception.msg import FaceObservation
    from affect_perception.ros import qos
    from affect_perception.ros.convert import image_message
    from affect_perception.ros.lifecycle import start
    from affect_perception.ros.nodes.face_perception import FacePerceptionNode
    from affect_perception.ros.stamps import set_stamp

    imported = time.perf_counter()
    rclpy.init()
    node, camera = FacePerceptionNode(), rclpy.create_node("camera")
    seen: list[Any] = []
    camera.create_subscription(FaceObservation, "face", seen.append, 10)
    info_out = camera.create_publisher(CameraInfo, "camera_info", qos.CAMERA_INFO_OUT)
    picture_out = camera.create_publisher(Image, "image_raw", qos.CAMERA_OUT)
    pixels = np.load(picture)

    def publish() -> None:
        frame = CameraFrame(time.time_ns(), pixels)
        info = CameraInfo(width=frame.width, height=frame.height)
        set_stamp(info.header.stamp, frame.stamp_ns)
        info_out.publish(info)
        picture_out.publish(image_message(Image(), pixels, frame))

    _check(start(node))
    camera.create_timer(_STEP_NS * 1e-9, publish)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    executor.add_node(camera)
    end = time.perf_counter() + _LONGEST_S
    while not any(message.track_id > 0 for message in seen):
        executor.spin_once(timeout_sec=0.1)
        _check(time.perf_counter() < end)
    return imported


def replay(picture: str) -> float:
    """What `affect-perception replay` does with a video until the first state is there."""
    from affect_perception.core.types import CameraFrame
    from affect_perception.evaluation.replay.run import Setting, open_input, seeing_pipeline
    from affect_perception.inference import load_face_networks

    imported = time.perf_counter()
    setting = Setting.load()
    networks = load_face_networks(setting.pipeline.inference)
    video = pathlib.Path(picture).with_suffix(".avi")
    source = open_input(video, setting, lambda: networks)
    _, steps = seeing_pipeline(source, setting, networks)
    for event in source.events():
        outputs = steps.step(event)
        if isinstance(event, CameraFrame):
            face: Any = outputs[0]
            _check(face.track_id > 0)
            return imported
    raise SystemExit("the video holds no picture")


def facemesh(picture: str) -> float:
    """MediaPipe FaceMesh as in `facemesh_worker`."""
    mediapipe = importlib.import_module("mediapipe")
    import numpy as np

    imported = time.perf_counter()
    mesh = mediapipe.solutions.face_mesh.FaceMesh(
        static_image_mode=False, max_num_faces=1, refine_landmarks=True
    )
    _check(bool(mesh.process(np.load(picture)).multi_face_landmarks))
    return imported


KINDS: dict[str, Callable[[str], float]] = {
    "face_path": face_path,
    "face_node": face_node,
    "replay": replay,
    "facemesh": facemesh,
}


def _check(holds: bool) -> None:
    if not holds:
        raise SystemExit("no first result")


def files_in_use() -> list[str]:
    """Files that this process has mapped or imported."""
    maps = pathlib.Path("/proc/self/maps").read_text(encoding="utf-8")
    mapped = {line[line.index("/") :] for line in maps.splitlines() if "/" in line}
    for module in list(sys.modules.values()):
        for name in ("__file__", "__cached__"):
            path = getattr(module, name, None)
            if isinstance(path, str):
                mapped.add(path)
    return sorted(path for path in mapped if pathlib.Path(path).is_file())


def main() -> None:
    """Starts, and answers."""
    start = time.perf_counter()
    imported = KINDS[sys.argv[1]](sys.argv[2])
    ready = time.perf_counter()
    used = resource.getrusage(resource.RUSAGE_SELF)
    answer = {
        "ready": time.monotonic(),
        "import_s": imported - start,
        "after_s": ready - imported,
        "processor_s": used.ru_utime + used.ru_stime,
        "modules": len(sys.modules),
        "files": files_in_use(),
    }
    print(json.dumps(answer), flush=True)
    # Nothing is left to be said, and what comes after the first result is not measured.
    sys.stdout.close()
    os._exit(0)


if __name__ == "__main__":
    main()
