"""What lids and mouth say about wakefulness: blinks, slow closures, yawns, and the level."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.attention.eye_closure import EyeState
from affect_perception.core.attention.profile import Profile
from affect_perception.core.buffers import Interval
from affect_perception.core.config import AttentionConfig
from affect_perception.core.drowsiness.blinks import BlinkDetector
from affect_perception.core.drowsiness.perclos import Perclos, PerclosState
from affect_perception.core.drowsiness.yawn import YawnDetector
from affect_perception.core.enums import Drowsiness
from affect_perception.core.types import FaceObservation

DROWSY_PERCLOS = 0.15
"""PERCLOS (1 min) from which a driver counts as drowsy: Wierwille et al. 1994 as quoted in a
secondary text (verified against the primary text: no)."""

ALERT_PERCLOS = 0.075
"""PERCLOS (1 min) below which a driver counts as alert; the same source."""


@dataclass(frozen=True)
class LidState:
    """What is known after a picture.

    Attributes:
        perclos: PERCLOS and its window.
        closure: Length of the present closure as far as it may be sleep, s; NaN if unknown.
        slow: Time decided within a slow closure by this picture, or None.
        blink: Whether a blink has ended with this picture.
        blink_count: Blinks since the start.
        blink_duration: Length of the last blink, s; NaN before the first.
        yawn: Whether a yawn goes on.
        yawn_count: Yawns since the start.
        yawn_duration: Length of the last or present yawn, s; NaN before the first.
        level: What they say together.
    """

    perclos: PerclosState
    closure: float
    slow: Interval[bool] | None
    blink: bool
    blink_count: int
    blink_duration: float
    yawn: bool
    yawn_count: int
    yawn_duration: float
    level: Drowsiness


class LidMonitor:
    """Keeps PERCLOS, blinks and yawns."""

    def __init__(self, config: AttentionConfig, profile: Profile) -> None:
        self._yawn_grace = config.yawn_grace
        self._microsleep = profile.microsleep.value
        self._sleep = profile.sleep.value
        self._perclos = Perclos(config)
        self._blinks = BlinkDetector(config)
        self._yawns = YawnDetector(config)

    def update(self, now_ns: int, eyes: EyeState, face: FaceObservation) -> LidState:
        """Takes one picture."""
        perclos = self._perclos.update(now_ns, eyes.decided)
        blink = self._blinks.update(now_ns, eyes.openness)
        yawn = self._yawns.update(now_ns, face.mouth_opening)
        closure = self._apart_from_yawn(now_ns, eyes.closure)
        return LidState(
            perclos=perclos,
            closure=closure,
            slow=perclos.closure,
            blink=blink,
            blink_count=self._blinks.count,
            blink_duration=self._blinks.duration,
            yawn=yawn,
            yawn_count=self._yawns.count,
            yawn_duration=self._yawns.duration,
            level=self._level(closure, perclos.perclos),
        )

    def interrupt(self) -> None:
        """Another face: its blinks and yawns are not the continuation of the last one's."""
        self._blinks.interrupt()
        self._yawns.interrupt()

    def _apart_from_yawn(self, now_ns: int, closure: float) -> float:
        since = self._yawns.since_wide(now_ns) - self._yawn_grace
        return closure if math.isnan(closure) else min(closure, max(0.0, since))

    def _level(self, closure: float, perclos: float) -> Drowsiness:
        """Closures are told at once; alert and drowsy need PERCLOS; anything else is unknown."""
        if closure >= self._sleep:
            return Drowsiness.SLEEP
        if closure >= self._microsleep:
            return Drowsiness.MICROSLEEP
        if perclos >= DROWSY_PERCLOS:
            return Drowsiness.DROWSY
        return Drowsiness.ALERT if perclos < ALERT_PERCLOS else Drowsiness.UNKNOWN
