"""What a scripted driver does for a while, and the instants that follow from it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import Reason
from affect_perception.core.errors import ConfigError
from affect_perception.core.vision.geometry import direction_angles

ROAD = "road"
"""Look at the road ahead: straight on, whatever the cabin calls the zone there."""

UNKNOWN = "unknown"
"""The vision gives no direction of gaze."""

Direction = tuple[float, float]
"""(yaw, pitch) in the cabin frame, rad, as in `GazeObservation`."""

# Share of a glance that the head makes; the eyes do the rest (within the 0.5 to 0.8 that the
# literature gives for glances beyond 20 degrees; own choice, no rule of the core depends on it).
_HEAD_SHARE = 0.6
_RESTING_MOUTH = 0.05
CRUISING = 25.0
"""Speed of a script that names none, m/s: above every speed limit of the profiles."""


@dataclass(frozen=True)
class Act:
    """One stretch of a script; what it does not name is that of an attentive driver.

    Attributes:
        seconds: How long it lasts.
        look: Name of a zone of the cabin, `ROAD`, `UNKNOWN`, or a direction.
        lids: Openness of both eyes relative to the driver's own open eye.
        mouth: Mouth opening as in `FaceObservation`.
        head: Where the face points; None lets it follow the glance.
        face: Whether a face is seen at all.
        eyes: Whether the eyes can be read; without them there is no gaze of their own.
        eye_reason: Why they cannot, a word of `EyeObservation`.
        gaze_from_head: Without readable eyes, the direction of the head stands in for the gaze.
        reasons: What the vision names as reasons, for acts in which it does not see well.
        gaze_std: One sigma of the gaze that the vision states, rad.
        seen: Share of the pictures in which the face is found; the others hold no face.
        speed: From here on, m/s; None keeps it. NaN: no speed is known from here on.
        clock: Added to the stamps of this act, s: a clock that is wrong.
        pictures: False: the camera sends nothing.
    """

    seconds: float
    look: str | Direction = ROAD
    lids: float = 1.0
    mouth: float = _RESTING_MOUTH
    head: Direction | None = None
    face: bool = True
    eyes: bool = True
    eye_reason: str = "covered"
    gaze_from_head: bool = False
    reasons: tuple[Reason, ...] = ()
    gaze_std: float = 0.04
    seen: float = 1.0
    speed: float | None = None
    clock: float = 0.0
    pictures: bool = True

    def __post_init__(self) -> None:
        if not (math.isfinite(self.seconds) and self.seconds > 0.0):
            raise ConfigError(f"an act lasts a time above 0 s, not {self.seconds}")
        if not 0.0 <= self.seen <= 1.0:
            raise ConfigError(f"'seen' is a share of 0 to 1, not {self.seen}")


@dataclass(frozen=True)
class Instant:
    """A picture's worth of a script.

    Attributes:
        stamp: Stamp of the picture, s (with the act's wrong clock).
        act: What the driver does.
        direction: Where the driver looks (yaw, pitch), rad; None if the vision cannot tell.
        head: Where the face points, rad.
        speed: m/s; NaN if unknown.
    """

    stamp: float
    act: Act
    direction: Direction | None
    head: Direction
    speed: float


def repeat(acts: Sequence[Act], times: int) -> list[Act]:
    """The same acts several times over."""
    return list(acts) * times


def length(acts: Sequence[Act]) -> float:
    """How long the acts last together, s."""
    return math.fsum(act.seconds for act in acts)


def direction_of(look: str | Direction, cabin: CabinGeometry) -> Direction | None:
    """Where a look goes, seen from the ocular reference point; None if it is not known.

    Raises:
        ConfigError: If the cabin has no such zone.
    """
    if not isinstance(look, str):
        return look
    if look == UNKNOWN:
        return None
    if look == ROAD:
        return (0.0, 0.0)
    x, y, z = cabin.zone(look).centre
    norm = math.sqrt(x * x + y * y + z * z)
    return direction_angles((x / norm, y / norm, z / norm))


def instants(
    acts: Sequence[Act],
    cabin: CabinGeometry,
    rate: float,
    *,
    start: float = 1.0,
    speed: float = CRUISING,
) -> Iterator[Instant]:
    """The instants of a camera at a steady rate.

    Args:
        acts: The script.
        cabin: Whose zones it names.
        rate: Pictures per second.
        start: Stamp of the first picture, s; above 0, because 0 means "no stamp" in ROS.
        speed: Until an act names one, m/s.

    Raises:
        ConfigError: If the cabin has no zone of a name.
    """
    begin, index = 0.0, 0
    for act in acts:
        direction = direction_of(act.look, cabin)
        head = act.head if act.head is not None else _following(direction)
        speed = speed if act.speed is None else act.speed
        end = begin + act.seconds
        # Half a nanosecond keeps a picture on the border in one act, whatever the rounding.
        while index / rate < end - 5e-10:
            seconds = index / rate
            yield Instant(start + seconds + act.clock, act, direction, head, speed)
            index += 1
        begin = end


def _following(direction: Direction | None) -> Direction:
    if direction is None:
        return (0.0, 0.0)
    return (_HEAD_SHARE * direction[0], _HEAD_SHARE * direction[1])
