"""The pipeline of this package behind the line protocol of `contender.py`."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any


def main() -> None:
    """Answers `run FIRST LAST` with the times of these frames until stdin closes."""
    path, core = sys.argv[1], int(sys.argv[2])
    if core >= 0:
        os.sched_setaffinity(0, {core})
    start = time.perf_counter()
    import numpy as np

    from affect_perception.core.config import PipelineConfig
    from affect_perception.core.pipeline import Pipeline
    from affect_perception.core.types import AttentionState, CameraFrame
    from affect_perception.evaluation.bench.frames import RATE, frame_at
    from affect_perception.evaluation.bench.processes import memory_mib
    from affect_perception.inference import load_face_networks
    from affect_perception.io.cabin_file import load_cabin

    imported = time.perf_counter() - start
    frames = np.load(path, mmap_mode="r")
    config = PipelineConfig()
    pipeline = Pipeline(config, load_cabin("sedan_lhd"), load_face_networks(config.inference))
    period = round(1e9 / RATE)
    stamp = 0
    pipeline.step(CameraFrame(stamp, frame_at(path, frames, 0)))
    ready = time.perf_counter() - start
    pid = os.getpid()
    _answer(
        {"ready": True, "import_s": imported, "ready_s": ready, "rss_mib": memory_mib(pid).resident}
    )
    for line in sys.stdin:
        _, first, last = line.split()
        walls, found = [], 0
        cpu = time.process_time_ns()
        for index in range(int(first), int(last)):
            stamp += period
            frame = frame_at(path, frames, index)
            begin = time.perf_counter_ns()
            outputs = pipeline.step(CameraFrame(stamp, frame))
            walls.append(time.perf_counter_ns() - begin)
            state = next(o for o in outputs if isinstance(o, AttentionState))
            found += state.face.landmarks is not None
        cpu = time.process_time_ns() - cpu
        memory = memory_mib(pid)
        _answer(
            {
                "wall_ns": walls,
                "cpu_ns": cpu,
                "found": found,
                "rss_mib": memory.resident,
                "peak_mib": memory.peak,
            }
        )


def _answer(content: dict[str, Any]) -> None:
    print(json.dumps(content), flush=True)


if __name__ == "__main__":
    main()
