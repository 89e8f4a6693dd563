"""The pipeline of this package behind the line protocol of `contender.py`."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    from affect_perception.core.pipeline import Pipeline


PLAIN, EXPRESSIVE, SHARED = "plain", "expressive", "shared"
"""Third argument: without and with reading expressions; with that and with the driver network."""


def main() -> None:
    """Answers `run FIRST LAST` with the times of these frames until stdin closes."""
    path, core, kind = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    if core >= 0:
        os.sched_setaffinity(0, {core})
    start = time.perf_counter()
    import numpy as np

    from affect_perception.core.config import ExpressionConfig, InferenceConfig, PipelineConfig
    from affect_perception.core.pipeline import Pipeline
    from affect_perception.evaluation.bench.processes import memory_mib
    from affect_perception.inference import load_face_networks
    from affect_perception.inference.huge_pages import use_huge_pages
    from affect_perception.io.cabin_file import load_cabin
    from affect_perception.io.profile_file import load_profile

    imported = time.perf_counter() - start
    config = PipelineConfig(
        expression=ExpressionConfig(enabled=kind != PLAIN),
        inference=InferenceConfig(eyes="driver_frame" if kind == SHARED else "eye_network"),
    )
    networks, profile = load_face_networks(config.inference), load_profile(config.attention.profile)
    pipeline = Pipeline(config, load_cabin("sedan_lhd"), networks, profile)
    runner = _Runner(path, np.load(path, mmap_mode="r"), pipeline)
    runner.run(0, 1)
    if config.inference.huge_pages:
        use_huge_pages()
    ready = time.perf_counter() - start
    memory = memory_mib(os.getpid())
    _answer({"ready": True, "import_s": imported, "ready_s": ready, "rss_mib": memory.resident})
    for line in sys.stdin:
        _, first, last = line.split()
        answer = runner.run(int(first), int(last))
        memory = memory_mib(os.getpid())
        _answer({**answer, "rss_mib": memory.resident, "peak_mib": memory.peak})


class _Runner:
    """Times the pipeline on frames of the file, with stamps that run on."""

    def __init__(self, path: str, frames: np.memmap[Any, Any], pipeline: Pipeline) -> None:
        self._path = path
        self._frames = frames
        self._pipeline = pipeline
        self._stamp_ns = 0

    def run(self, first: int, last: int) -> dict[str, Any]:
        """Wall time of each frame, processor time of all, how many held a face and showed what."""
        from affect_perception.core.enums import Availability
        from affect_perception.core.types import AttentionState, CameraFrame
        from affect_perception.evaluation.bench.frames import RATE, frame_at

        walls, found, shown = [], 0, 0
        cpu = time.process_time_ns()
        for index in range(first, last):
            self._stamp_ns += round(1e9 / RATE)
            picture = frame_at(self._path, self._frames, index)
            begin = time.perf_counter_ns()
            outputs = self._pipeline.step(CameraFrame(self._stamp_ns, picture))
            walls.append(time.perf_counter_ns() - begin)
            state = next(o for o in outputs if isinstance(o, AttentionState))
            found += state.face.landmarks is not None
            shown += state.face.expression.availability is Availability.AVAILABLE
        spent = time.process_time_ns() - cpu
        return {"wall_ns": walls, "cpu_ns": spent, "found": found, "shown": shown}


def _answer(content: dict[str, Any]) -> None:
    print(json.dumps(content), flush=True)


if __name__ == "__main__":
    main()
