"""The face path against MediaPipe FaceMesh on equal pictures, in turn, on one core.

Once without reading expressions, so that figures can be compared over time, once with it as it
ships, and once with the driver network instead of the eye network besides. The expression is read
in every third frame or so: there the mean over frames counts, as a median would not see it.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from affect_perception.evaluation.bench.contender import Contender, alternate, ratios
from affect_perception.evaluation.bench.face_path_worker import EXPRESSIVE, PLAIN, SHARED
from affect_perception.evaluation.bench.mediapipe_env import worker_environment

FACE_PATH_WORKER = "affect_perception.evaluation.bench.face_path_worker"
FACEMESH_WORKER = Path(__file__).with_name("facemesh_worker.py")


@dataclass(frozen=True)
class Timing:
    """Figures of one contender.

    Attributes:
        median_ms: Wall time per frame.
        p95_ms: Wall time per frame.
        cpu_ms: Processor time of all threads per frame.
        found_rate: Share of frames with a face.
        import_s: Import of the package.
        ready_s: Import, loading of the models and the first frame.
        peak_mib: Highest resident memory.
        mean_ms: Wall time per frame.
        shown_rate: Share of frames for which the expression was known.
    """

    median_ms: float
    p95_ms: float
    cpu_ms: float
    found_rate: float
    import_s: float
    ready_s: float
    peak_mib: float
    mean_ms: float
    shown_rate: float = 0.0

    @classmethod
    def of(cls, contender: Contender) -> Timing:
        """The figures that a contender has gathered."""
        median, p95 = np.percentile(contender.wall_ms, [50.0, 95.0])
        return cls(
            median_ms=float(median),
            p95_ms=float(p95),
            cpu_ms=contender.cpu_ms_per_frame,
            found_rate=contender.found_rate,
            import_s=float(contender.start["import_s"]),
            ready_s=float(contender.start["ready_s"]),
            peak_mib=contender.peak_mib,
            mean_ms=float(contender.wall_ms.mean()),
            shown_rate=contender.shown_rate,
        )


@dataclass(frozen=True)
class Comparison:
    """The contenders on one sequence.

    Attributes:
        sequence: What the pictures show.
        width: px.
        height: px.
        frames: Frames timed per contender.
        ours: The face path without reading expressions.
        theirs: FaceMesh.
        expressive: The whole face path, with expressions at the rate that ships.
        shared: The same with the driver network for the eyes.
        ratio: Our median (without expressions) over theirs on the same block of frames, median
            over blocks: blocks next to each other see the same machine, also when it is shared.
        ratio_range: 10th and 90th percentile of the ratio over blocks of frames.
        mean_ratio: The same of the means of the blocks.
        expressive_ratio: The mean with expressions over FaceMesh's mean, median over blocks.
        expressive_range: Its 10th and 90th percentile.
        shared_ratio: The mean of `shared` over FaceMesh's mean, median over blocks.
        shared_range: Its 10th and 90th percentile.
    """

    sequence: str
    width: int
    height: int
    frames: int
    ours: Timing
    theirs: Timing
    expressive: Timing
    shared: Timing
    ratio: float
    ratio_range: tuple[float, float]
    mean_ratio: float
    expressive_ratio: float
    expressive_range: tuple[float, float]
    shared_ratio: float
    shared_range: tuple[float, float]


def compare(
    sequence: str, path: Path, mediapipe_python: Path, *, rounds: int, core: int | None = None
) -> Comparison:
    """Times all on the frames of a file.

    Args:
        sequence: Name of the sequence.
        path: The frames, as written by `frames.write_frames`.
        mediapipe_python: Interpreter that has MediaPipe.
        rounds: Passes over the frames.
        core: Core to which all are pinned; the last one if None.
    """
    count, height, width, _ = np.load(path, mmap_mode="r").shape
    pinned = str(last_core() if core is None else core)
    worker = [sys.executable, "-m", FACE_PATH_WORKER, str(path), pinned]
    facemesh = [str(mediapipe_python), str(FACEMESH_WORKER), str(path), pinned]
    with (
        Contender("face path", [*worker, PLAIN]) as plain,
        Contender("MediaPipe FaceMesh", facemesh, worker_environment()) as theirs,
        Contender("face path with expression", [*worker, EXPRESSIVE]) as expressive,
        Contender("face path with expression, driver network", [*worker, SHARED]) as shared,
    ):
        contenders = (plain, theirs, expressive, shared)
        blocks = alternate(contenders, count, rounds=rounds)
        timings = [Timing.of(contender) for contender in contenders]
    ratio, ratio_range = _middle_and_range(ratios(blocks, 0, 1, np.median))
    mean_ratio, _ = _middle_and_range(ratios(blocks, 0, 1, np.mean))
    expressive_ratio, expressive_range = _middle_and_range(ratios(blocks, 2, 1, np.mean))
    shared_ratio, shared_range = _middle_and_range(ratios(blocks, 3, 1, np.mean))
    return Comparison(
        sequence=sequence,
        width=width,
        height=height,
        frames=count * rounds,
        ours=timings[0],
        theirs=timings[1],
        expressive=timings[2],
        shared=timings[3],
        ratio=ratio,
        ratio_range=ratio_range,
        mean_ratio=mean_ratio,
        expressive_ratio=expressive_ratio,
        expressive_range=expressive_range,
        shared_ratio=shared_ratio,
        shared_range=shared_range,
    )


def _middle_and_range(values: list[float]) -> tuple[float, tuple[float, float]]:
    low, middle, high = np.percentile(values, [10.0, 50.0, 90.0])
    return float(middle), (float(low), float(high))


def last_core() -> int:
    """The core to pin to: the last allowed one, since the first serves most interrupts."""
    return max(os.sched_getaffinity(0))
