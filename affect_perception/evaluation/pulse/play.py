"""Plays made colours to the estimator."""

from __future__ import annotations

from collections.abc import Callable

from affect_perception.core.config.pulse import PulseConfig
from affect_perception.core.types import PulseObservation
from affect_perception.core.vision.pulse_estimator import PulseEstimator
from affect_perception.core.vision.pulse_rate import RateEstimate
from affect_perception.evaluation.pulse.traces import SkinTrace

FACE_PX = (160.0, 120.0, 70.0)
"""Place of the face that made colours are told to have: x, y, distance of the outer eye corners."""


def play_trace(
    trace: SkinTrace,
    config: PulseConfig,
    take: Callable[[RateEstimate, float, float], None] | None = None,
) -> list[tuple[int, PulseObservation]]:
    """What is told of a trace.

    Args:
        trace: The colours.
        config: Parameters.
        take: Is called at each estimate, told or not, with its rate, and begin and end of its
            window, s.

    Returns:
        (stamp, observation) of every picture.
    """
    estimator = PulseEstimator(config)
    told = []
    held = None
    rows = zip(trace.stamps_ns.tolist(), trace.colours, trace.yaw.tolist(), strict=True)
    for stamp, colours, yaw in rows:
        seen = estimator.add(stamp, colours, (*FACE_PX, yaw, 0.0, 0.0))
        if take is not None and seen is not held and estimator.estimate is not None:
            end = stamp * 1e-9
            take(estimator.estimate, end - seen.window, end)
        held = seen
        told.append((stamp, seen))
    return told
