"""Where the time of one frame goes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.attention.monitor import AttentionMonitor
from affect_perception.core.config import PipelineConfig
from affect_perception.core.network import FaceNetworks, Network
from affect_perception.core.types import CameraFrame
from affect_perception.core.vision.face_perception import FacePerception
from affect_perception.evaluation.bench.frames import RATE, frame_at
from affect_perception.inference import load_face_networks
from affect_perception.inference.huge_pages import use_huge_pages
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.profile_file import load_profile

# The parts of `FacePerception` by the attribute that holds them, and the method that is timed. This
# looks into another class on purpose: nothing but a benchmark needs the parts, and a test notices
# when they are renamed.
_PARTS = {
    "following the face (crop, detector, mesh)": ("_tracker", "step"),
    "picture quality": ("_quality", "assess"),
    "head pose": ("_head", "estimate"),
    "eye network (both patches cut and read)": ("_reader", "read"),
    "eyes": ("_eyes", "observe_pair"),
    "gaze": ("_gaze", "estimate"),
}
# Timed where its network ran, as the detector.
_EXPRESSION = ("_expression", "step")
# Columns of networks before those of the parts.
_NETWORKS = 5
# Frames at the start that hold allocations which never come again.
_WARM_UP = 10


class TimedNetwork:
    """Hands calls on to a network and adds up their time."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.spent_ns = 0

    @property
    def name(self) -> str:
        """Name of the network."""
        return self._network.name

    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """Runs the network."""
        start = time.perf_counter_ns()
        outputs = self._network.run(*inputs)
        self.spent_ns += time.perf_counter_ns() - start
        return outputs


class _TimedCall:
    """Hands calls on to a function and adds up their time."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self._function = function
        self.spent_ns = 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter_ns()
        result = self._function(*args, **kwargs)
        self.spent_ns += time.perf_counter_ns() - start
        return result


def stage_times(path: Path) -> Mapping[str, float]:
    """Median time of each stage over the frames of a file, ms.

    Networks are part of following the face, and also given alone. The detector runs only now and
    then: its time is that of the frames in which it ran, with their share.
    """
    config = PipelineConfig()
    cabin, profile = load_cabin("sedan_lhd"), load_profile(config.attention.profile)
    nets = load_face_networks(config.inference)
    short, full = TimedNetwork(nets.detector_short_range), TimedNetwork(nets.detector_full_range)
    mesh = TimedNetwork(nets.mesh)
    # What reads no eyes spends no time on it.
    eyes = TimedNetwork(nets.mesh if nets.eyes is None else nets.eyes)
    # The same of expressions.
    expression = TimedNetwork(nets.mesh if nets.expression is None else nets.expression)
    timed = FaceNetworks(
        short,
        full,
        mesh,
        None if nets.eyes is None else eyes,
        expression=None if nets.expression is None else expression,
    )
    face_path = FacePerception(config, cabin, timed)
    calls = {name: _time_part(face_path, *where) for name, where in _PARTS.items()}
    expression_step = _time_part(face_path, *_EXPRESSION)
    face_step = _TimedCall(face_path.step)
    monitor_step = _TimedCall(AttentionMonitor(config.attention, cabin, profile).step)
    watched: list[TimedNetwork | _TimedCall] = [
        short,
        full,
        mesh,
        eyes,
        expression,
        *calls.values(),
        expression_step,
        face_step,
        monitor_step,
    ]
    frames = np.load(path, mmap_mode="r")
    rows = []
    for index in range(len(frames)):
        if index == _WARM_UP and config.inference.huge_pages:
            use_huge_pages()
        frame = CameraFrame(round(index * 1e9 / RATE), frame_at(path, frames, index))
        monitor_step(face_step(frame))
        rows.append([w.spent_ns * 1e-6 for w in watched])
        for w in watched:
            w.spent_ns = 0
    return _summary(np.array(rows[_WARM_UP:]))


def _summary(times: npt.NDArray[np.float64]) -> dict[str, float]:
    detector = times[:, 0] + times[:, 1]
    ran = detector > 0.0
    parts = times[:, _NETWORKS : _NETWORKS + len(_PARTS)]
    expression, face, attention = times[:, -3], times[:, -2], times[:, -1]
    read = times[:, 4] > 0.0
    medians = [float(v) for v in np.median(parts, axis=0)]
    return {
        "mesh network alone": float(np.median(times[:, 2])),
        "eye network alone": float(np.median(times[:, 3])),
        "detector network alone, where it ran": (_median(detector[ran])),
        "share of frames in which it ran": float(ran.mean()),
        "expression network alone, where it ran": _median(times[read, 4]),
        "share of frames in which it read a face": float(read.mean()),
        **dict(zip(_PARTS, medians, strict=True)),
        "expression (face cut, judged and read), where it was read": _median(expression[read]),
        "zone and the rest of the face path": float(
            np.median(face - parts.sum(axis=1) - expression)
        ),
        "attention": float(np.median(attention)),
        "all": float(np.median(face + attention)),
    }


def _median(values: npt.NDArray[np.float64]) -> float:
    return float(np.median(values)) if len(values) else math.nan


def _time_part(owner: object, attribute: str, method: str) -> _TimedCall:
    part = getattr(owner, attribute)
    timed = _TimedCall(getattr(part, method))
    setattr(part, method, timed)
    return timed
