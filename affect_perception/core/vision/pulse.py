"""The driver's heart rate from the colour of the face, with its uncertainty, or why there is none.

Each picture costs one look-up of a few hundred pixels. Once a second the colours of the last ten
seconds give a wave (POS), the wave a probability of every rate, carried on from second to second,
and two numbers of both the quality. docs/pulse.md has the whole way and what it was checked on.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_s
from affect_perception.core.config.pulse import PulseConfig
from affect_perception.core.enums import PulseReason
from affect_perception.core.types import ByteArray, HeadPose, PulseObservation
from affect_perception.core.vision.face_mesh import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from affect_perception.core.vision.pulse_estimator import PulseEstimator, no_rate
from affect_perception.core.vision.pulse_skin import SkinSampler

OFF = PulseObservation()
"""Nobody looks."""
REFRESH_S = 10.0
"""Every so often the places that show skin are found anew."""


class PulseReader:
    """Reads one driver's pulse, picture after picture in the order of their stamps."""

    def __init__(self, config: PulseConfig) -> None:
        self._config = config
        self._sampler = SkinSampler()
        self.estimator = PulseEstimator(config)
        """What judges the colours; open for whoever evaluates it."""
        self._refreshed_ns: int | None = None

    def reset(self) -> None:
        """Another face or a new clock: nothing of what was seen counts any more."""
        self._sampler.reset()
        self.estimator.restart()
        self._refreshed_ns = None

    def step(
        self,
        stamp_ns: int,
        image: ByteArray,
        landmarks: npt.NDArray[np.floating] | None,
        head: HeadPose | None = None,
    ) -> PulseObservation:
        """Takes one picture.

        Args:
            stamp_ns: Its acquisition time, not before that of the last one.
            image: uint8 RGB (H, W, 3) or grey (H, W).
            landmarks: (478, 2 or 3), px; None without a face.
            head: Pose of the head, or None while unknown.

        Returns:
            A new estimate every `interval`, the last one in between.
        """
        if not self._config.enabled:
            return OFF
        estimator = self.estimator
        newest = estimator.newest_ns
        if newest is not None and to_s(stamp_ns - newest) > self._config.max_gap:
            estimator.restart(*(() if landmarks is None else (PulseReason.FRAME_GAP,)))
        if image.ndim == 2:
            if estimator.newest_ns is not None:
                self.reset()
            return no_rate(PulseReason.NO_COLOUR)
        colours = None if landmarks is None else self._sampler.sample(image, landmarks)
        if landmarks is None or colours is None or np.isnan(colours[:, 1]).all():
            # A moment without a face is bridged; after a longer one the record is dropped above.
            seen = estimator.newest_ns is not None
            return estimator.held if seen else no_rate(PulseReason.NO_SKIN)
        self._refresh(stamp_ns)
        return estimator.add(stamp_ns, colours, _place(landmarks, head))

    def _refresh(self, stamp_ns: int) -> None:
        last = self._refreshed_ns
        if last is None:
            self._refreshed_ns = stamp_ns
        elif to_s(stamp_ns - last) >= REFRESH_S:
            self._sampler.refresh()
            self._refreshed_ns = stamp_ns


def _place(landmarks: npt.NDArray[np.floating], head: HeadPose | None) -> tuple[float, ...]:
    """Middle of the outer eye corners, their distance, and the head's angles."""
    (ax, ay), (bx, by) = landmarks[RIGHT_EYE_OUTER, :2], landmarks[LEFT_EYE_OUTER, :2]
    x, y, size = 0.5 * (ax + bx), 0.5 * (ay + by), math.hypot(bx - ax, by - ay)
    angles = (math.nan,) * 3 if head is None else (head.yaw, head.pitch, head.roll)
    return (float(x), float(y), size, *angles)
