"""Starts one thing, gets its first result, and says what that took; called by `start`.

`python start_worker.py KIND PICTURE` prints one line of JSON. PICTURE is a file of one RGB picture
as `np.save` writes it. Runs also in the environment of MediaPipe, so nothing of this package is
imported at the top; what is imported inside is the start that is measured. The node has its own
(`ros.start_probe`).
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
    check(face.track_id > 0)
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
            check(face.track_id > 0)
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
    check(bool(mesh.process(np.load(picture)).multi_face_landmarks))
    return imported


KINDS: dict[str, Callable[[str], float]] = {
    "face_path": face_path,
    "replay": replay,
    "facemesh": facemesh,
}


def check(holds: bool) -> None:
    """Ends the process with an error unless there is what was waited for."""
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
    answer(KINDS[sys.argv[1]])


def answer(get: Callable[[str], float]) -> None:
    """Prints what a start took, and ends the process.

    Args:
        get: Gets the first result of the picture in a file; says when all was imported.
    """
    start = time.perf_counter()
    imported = get(sys.argv[2])
    ready = time.perf_counter()
    used = resource.getrusage(resource.RUSAGE_SELF)
    content = {
        "ready": time.monotonic(),
        "import_s": imported - start,
        "after_s": ready - imported,
        "processor_s": used.ru_utime + used.ru_stime,
        "modules": len(sys.modules),
        "files": files_in_use(),
    }
    print(json.dumps(content), flush=True)
    # Nothing is left to be said, and what comes after the first result is not measured.
    sys.stdout.close()
    os._exit(0)


if __name__ == "__main__":
    main()
