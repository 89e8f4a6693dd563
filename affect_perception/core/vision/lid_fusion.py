"""How far an eye is open, from the landmarks of its lids and from the eye network together.

Both give the gap between the lids in iris diameters with a spread; they are averaged by inverse
variance. The landmarks follow small movements well but stop short of shut lids behind reflections,
in grainy infrared or at unusual angles; the network knows shut eyes by their look. So its
probability that the eyes are closed bounds the openness from above.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from affect_perception.core.vision.eye_network import EyeReading

# What lids by landmarks differ from lids drawn by people, one sigma in iris diameters, beyond the
# noise from picture to picture.
MESH_SPREAD = 0.08
# The network's own spread is no smaller than this.
NETWORK_SPREAD = 0.05
SURE = 1.0 - 1e-4


def fused_gap(
    by_landmarks: float, landmark_std: float, reading: EyeReading | None
) -> tuple[float, float]:
    """Lid gap and its spread, iris diameters.

    Args:
        by_landmarks: Gap between the landmarks of the lids.
        landmark_std: Its noise, one sigma.
        reading: What the network says of this eye, or None.
    """
    if reading is None:
        return by_landmarks, landmark_std
    mesh = 1.0 / (landmark_std**2 + MESH_SPREAD**2)
    network = 1.0 / (reading.opening_std**2 + NETWORK_SPREAD**2)
    gap = (mesh * by_landmarks + network * reading.opening) / (mesh + network)
    return gap, 1.0 / math.sqrt(mesh + network)


def closed_together(readings: Sequence[tuple[EyeReading, float]]) -> float:
    """Probability that the eyes are shut, from both: lids close together.

    The weighted mean of the logits, which is what two equally good witnesses of one event that
    share most of their errors (light, glasses, person) amount to.

    Args:
        readings: What the network says of each eye that is seen, with its weight (frontal: 1).
    """
    total = sum(weight for _, weight in readings)
    if total <= 0.0:
        return math.nan
    logit = sum(weight * _logit(reading.closed) for reading, weight in readings) / total
    return 1.0 / (1.0 + math.exp(-logit))


def moved(probability: float, point: float, onto: float) -> float:
    """A probability with its odds scaled so that `point` becomes `onto`; NaN stays NaN."""
    if math.isnan(probability):
        return probability
    return 1.0 / (1.0 + math.exp(_logit(point) - _logit(probability) - _logit(onto)))


def bounded_openness(openness: float, closed: float, sure: float, closed_below: float) -> float:
    """Openness that is not above what the probability of closed eyes allows.

    The bound falls linearly to 0 at certainty and passes `closed_below` at the probability `sure`.

    Args:
        openness: Opening relative to the open eye.
        closed: Probability that the eyes are closed, or NaN if nobody has looked.
        sure: Probability from which eyes count as closed, below 1.
        closed_below: Openness that counts as closed.
    """
    if math.isnan(closed):
        return openness
    return min(openness, closed_below * (1.0 - closed) / (1.0 - sure))


def _logit(probability: float) -> float:
    clipped = min(max(probability, 1.0 - SURE), SURE)
    return math.log(clipped / (1.0 - clipped))
