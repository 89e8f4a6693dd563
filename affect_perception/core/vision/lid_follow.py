"""The upper lid as a second witness of vertical gaze.

The upper lid follows the eyeball: it rises and falls by about 0.1 to 0.2 mm per degree of vertical
gaze (Becker and Fuchs, "Lid-eye coordination during vertical gaze changes in man and monkey", J.
Neurophysiol. 60, 1988, describe the coupling). Where the lid stands at rest differs from person to
person by more than the whole effect, so only its movement around the driver's own mean is used. On
webcam pictures with known targets (vertical range 8 degrees) the lid correlates with the target at
0.96, the iris alone at 0.83 (docs/vision.md).
"""

from __future__ import annotations

import math

# Degrees of gaze per millimetre of lid: less than the inverse of the above, since half-shut lids of
# tired eyes must not read as a look down.
DEGREES_PER_MM = 3.0
LARGEST = math.radians(8.0)
# Time constant of the driver's mean, and observation after which it counts fully, s.
MEMORY = 30.0
KNOWN_AFTER = 5.0
# Openness from which the lid counts fully, and below which it does not at all (closing, not gaze).
FULL_OPENNESS, NO_OPENNESS = 0.75, 0.4
LONGEST_STEP = 0.2


class LidFollow:
    """Movement of one upper lid around its own mean, as an angle of gaze."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets the driver."""
        self._mean = 0.0
        self._seconds = 0.0

    def turn(self, height: float, openness: float, elapsed: float) -> float:
        """Vertical gaze that the lid adds, rad; 0 while its mean is not known.

        Args:
            height: Upper lid above the line of the eye corners along the head's up axis, m.
            openness: Opening relative to the driver's open eye.
            elapsed: Time since the last picture of this face, s.
        """
        share = (openness - NO_OPENNESS) / (FULL_OPENNESS - NO_OPENNESS)
        share = min(1.0, max(0.0, share))
        if share == 1.0 and elapsed > 0.0:
            self._learn(height, min(elapsed, LONGEST_STEP))
        share *= min(1.0, self._seconds / KNOWN_AFTER)
        lifted = math.radians(DEGREES_PER_MM * 1e3 * (height - self._mean))
        return share * min(LARGEST, max(-LARGEST, lifted))

    def _learn(self, height: float, step: float) -> None:
        self._seconds += step
        # A plain mean first, then one that fades.
        self._mean += (height - self._mean) * step / min(self._seconds, MEMORY)
