"""MediaPipe FaceMesh behind the line protocol of `contender.py`.

Runs in an environment of its own (see `mediapipe_env.py`), so it imports nothing of this package.
Settings as a tracker of one face with irises: refine_landmarks, video mode.
"""

from __future__ import annotations

import importlib
import json
import os
import pathlib
import sys
import time
from typing import Any


def memory_mib() -> tuple[float, float]:
    """Resident memory now and at its highest, MiB."""
    text = pathlib.Path("/proc/self/status").read_text(encoding="ascii")
    fields = dict(line.split(":", 1) for line in text.splitlines())
    now, peak = (int(fields[name].split()[0]) / 1024.0 for name in ("VmRSS", "VmHWM"))
    return now, peak


def frame_at(path: str, frames: Any, index: int) -> Any:
    """One frame, read and not mapped, so that the file does not count as our memory."""
    import numpy as np

    size = frames[0].size
    picture = np.fromfile(path, np.uint8, size, offset=frames.offset + index * size)
    return picture.reshape(frames.shape[1:])


def main() -> None:
    """Answers `run FIRST LAST` with the times of these frames until stdin closes."""
    path, core = sys.argv[1], int(sys.argv[2])
    if core >= 0:
        os.sched_setaffinity(0, {core})
    start = time.perf_counter()
    mediapipe = importlib.import_module("mediapipe")
    import numpy as np

    imported = time.perf_counter() - start
    frames = np.load(path, mmap_mode="r")
    mesh = mediapipe.solutions.face_mesh.FaceMesh(
        static_image_mode=False, max_num_faces=1, refine_landmarks=True
    )
    mesh.process(frame_at(path, frames, 0))
    ready = time.perf_counter() - start
    answer({"ready": True, "import_s": imported, "ready_s": ready, "rss_mib": memory_mib()[0]})
    for line in sys.stdin:
        _, first, last = line.split()
        walls, found = [], 0
        cpu = time.process_time_ns()
        for index in range(int(first), int(last)):
            frame = frame_at(path, frames, index)
            begin = time.perf_counter_ns()
            result = mesh.process(frame)
            walls.append(time.perf_counter_ns() - begin)
            found += bool(result.multi_face_landmarks)
        cpu = time.process_time_ns() - cpu
        now, peak = memory_mib()
        answer({"wall_ns": walls, "cpu_ns": cpu, "found": found, "rss_mib": now, "peak_mib": peak})


def answer(content: dict[str, Any]) -> None:
    """One line of JSON on stdout."""
    print(json.dumps(content), flush=True)


if __name__ == "__main__":
    main()
