"""The face path against MediaPipe FaceMesh on equal pictures, in turn, on one core."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from affect_perception.evaluation.bench.contender import Contender, alternate
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
    """

    median_ms: float
    p95_ms: float
    cpu_ms: float
    found_rate: float
    import_s: float
    ready_s: float
    peak_mib: float

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
        )


@dataclass(frozen=True)
class Comparison:
    """Both contenders on one sequence.

    Attributes:
        sequence: What the pictures show.
        width: px.
        height: px.
        frames: Frames timed per contender.
        ours: The whole face path.
        theirs: FaceMesh.
        ratio: Our median over theirs on the same block of frames, median over blocks: blocks next
            to each other see the same machine, also when it is shared.
        ratio_range: 10th and 90th percentile of the ratio over blocks of frames.
    """

    sequence: str
    width: int
    height: int
    frames: int
    ours: Timing
    theirs: Timing
    ratio: float
    ratio_range: tuple[float, float]


def compare(
    sequence: str, path: Path, mediapipe_python: Path, *, rounds: int, core: int | None = None
) -> Comparison:
    """Times both on the frames of a file.

    Args:
        sequence: Name of the sequence.
        path: The frames, as written by `frames.write_frames`.
        mediapipe_python: Interpreter that has MediaPipe.
        rounds: Passes over the frames.
        core: Core to which both are pinned; the last one if None.
    """
    count, height, width, _ = np.load(path, mmap_mode="r").shape
    pinned = str(last_core() if core is None else core)
    ours = [sys.executable, "-m", FACE_PATH_WORKER, str(path), pinned]
    theirs = [str(mediapipe_python), str(FACEMESH_WORKER), str(path), pinned]
    with (
        Contender("face path", ours) as a,
        Contender("MediaPipe FaceMesh", theirs, worker_environment()) as b,
    ):
        ratios = alternate((a, b), count, rounds=rounds)
        first, second = Timing.of(a), Timing.of(b)
    low, middle, high = np.percentile(ratios, [10.0, 50.0, 90.0])
    return Comparison(
        sequence=sequence,
        width=width,
        height=height,
        frames=count * rounds,
        ours=first,
        theirs=second,
        ratio=float(middle),
        ratio_range=(float(low), float(high)),
    )


def last_core() -> int:
    """The core to pin to: the last allowed one, since the first serves most interrupts."""
    return max(os.sched_getaffinity(0))
