"""How far one eye is turned in the head, from the iris and from the eye network, with spreads.

Geometry: each eyeball is a sphere at a fixed place in the head. The ray through the iris centre
meets the sphere on which iris centres move; the line from the eyeball's centre of rotation to that
point is the direction of the eye. The place of the eyeball is tied to the two corners of its eye as
seen in the picture, so that what the head fit leaves over does not move the eyeball.

Sources of the numbers: the pupil lies about 10.4 mm before the centre of rotation (13.5 mm from
cornea to centre, Fry and Hill, Am. J. Optom. 39, 1962, less 3.1 mm from cornea to entrance pupil,
Atchison and Smith, "Optics of the human eye", 2000). How deep the centre lies behind the lid
contour is fitted to 1,196 portraits whose owners look at the camera with heads turned to all sides:
the gaze must not turn with the head.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.config import GazeConfig
from affect_perception.core.types import EyeObservation
from affect_perception.core.vision.eye_appearance import EyeTopology
from affect_perception.core.vision.eye_reader import EyeLook
from affect_perception.core.vision.eyes import HALF_PUPIL_DISTANCE, IRIS_DIAMETER, FaceRays
from affect_perception.core.vision.face_shape import FACE_SHAPE
from affect_perception.core.vision.geometry import (
    HeadFrame,
    Vector,
    angle_to_camera,
    direction_angles,
    dot,
)

PUPIL_TO_CENTRE = 0.0104
CENTRE_BEHIND_LIDS = 0.0095
# The line through pupil and centre of rotation points outwards from where the eye looks (angle
# kappa); the textbook value is 5 degrees, the landmarks of the portraits show this much.
KAPPA = math.radians(1.9)
# Noise of the iris centre in iris diameters (portraits, clips).
IRIS_NOISE = 0.02
IRIS_NOISE_PX = 0.2
# The farthest an eye turns in the head: about 50 degrees (Guitton and Volle, J. Neurophysiol. 58,
# 1987); beyond it the iris was misplaced.
FARTHEST_TURN = math.radians(55.0)
# The same for the network alone, by the turn of the head from the line of sight: heads of its
# training turn less, and it takes eyes of turned heads to look more at the camera than they do.
UNFAMILIAR_STD, UNFAMILIAR_FROM = 0.6, math.radians(10.0)
# One sigma that an eye gains per rad that its plane is turned from the line of sight beyond the
# first; measured on the synthetic driver's looks at all zones: errors of 5 to 8 degrees at 20 to 30
# degrees, 15 at 45, 20 to 30 at 57.
SHORTENED_STD, SHORTENED_FROM = 0.8, math.radians(30.0)
# Large shifts of gaze are shared: the head makes the greater part and the eyes stand turned to the
# same side (Guitton and Volle 1987). Share of the head's turn, from the road ahead, that the eyes
# add on average, and how far they stray from it.
HABIT_YAW, HABIT_PITCH, HABIT_STD = 0.25, 0.3, math.radians(20.0)
# Two estimates that differ by more than this many of their common sigmas are not both right.
OUTLIER_SIGMAS = 2.5

_SHAPE = {index: (x * 1e-3, y * 1e-3, z * 1e-3) for index, x, y, z, _ in FACE_SHAPE}


@dataclass(frozen=True)
class EyeTurn:
    """Turn of an eye in the head: yaw to the person's left, pitch up, rad, and their variances."""

    yaw: float
    pitch: float
    yaw_variance: float
    pitch_variance: float


def geometric_turn(
    eye: EyeTopology,
    rays: FaceRays,
    head: HeadFrame,
    observation: EyeObservation,
    config: GazeConfig,
    shortened: float,
) -> EyeTurn | None:
    """The turn by the iris centre, or None if no eye turns so far; see `foreshortening`."""
    yaw, pitch = direction_angles(head.into_head(eye_direction(eye, rays, head)))
    yaw = (yaw - eye.side * KAPPA) * config.horizontal_gain
    pitch = (pitch - math.radians(config.vertical_zero_deg)) * config.vertical_gain
    if math.hypot(yaw, pitch) > FARTHEST_TURN:
        return None
    noise = math.hypot(IRIS_NOISE, IRIS_NOISE_PX / (2.0 * observation.iris_radius_px))
    noise *= IRIS_DIAMETER / PUPIL_TO_CENTRE
    variance = noise**2 + math.radians(config.eye_std_deg) ** 2
    variance = variance / max(observation.quality, 0.04) + shortened
    return EyeTurn(yaw, pitch, variance, variance * config.vertical_gain**2)


def network_turn(
    look: EyeLook, head: HeadFrame, config: GazeConfig, shortened: float
) -> EyeTurn | None:
    """The turn by the eye network, or None if no eye turns so far; see `foreshortening`."""
    yaw, pitch = direction_angles(head.into_head(look.direction))
    pitch *= config.network_vertical_gain
    if math.hypot(yaw, pitch) > FARTHEST_TURN:
        return None
    reading, from_side = look.reading, shortened + unfamiliar(head)
    return EyeTurn(
        yaw,
        pitch,
        reading.yaw_std**2 + math.radians(config.network_yaw_std_deg) ** 2 + from_side,
        reading.pitch_std**2 + math.radians(config.network_pitch_std_deg) ** 2 + from_side,
    )


def foreshortening(turned: float) -> float:
    """Variance that an eye gains when its plane is turned from the line of sight (rad), rad^2."""
    return (SHORTENED_STD * max(0.0, turned - SHORTENED_FROM)) ** 2


def unfamiliar(head: HeadFrame) -> float:
    """Variance that the network's gaze gains when the head is not seen from the front, rad^2."""
    turned = angle_to_camera(head.forward, head.origin)
    return (UNFAMILIAR_STD * max(0.0, turned - UNFAMILIAR_FROM)) ** 2


def habitual_turn(head_yaw: float, head_pitch: float) -> EyeTurn:
    """What eyes usually do while the head is turned like this (cabin frame, rad): go along."""
    spread = HABIT_STD**2
    return EyeTurn(HABIT_YAW * head_yaw, HABIT_PITCH * head_pitch, spread, spread)


def combined(turns: list[EyeTurn]) -> EyeTurn:
    """Mean of independent estimates by inverse variance; disagreement widens the variance."""
    yaw, yaw_variance = _weighted([(t.yaw, t.yaw_variance) for t in turns])
    pitch, pitch_variance = _weighted([(t.pitch, t.pitch_variance) for t in turns])
    return EyeTurn(yaw, pitch, yaw_variance, pitch_variance)


def _weighted(values: list[tuple[float, float]]) -> tuple[float, float]:
    weight = sum(1.0 / variance for _, variance in values)
    mean = sum(value / variance for value, variance in values) / weight
    # Chi-square over its freedom: estimates that lie farther apart than they claim are trusted
    # accordingly less (the Birge ratio; Birge, Phys. Rev. 40, 1932).
    if len(values) > 1:
        spread = sum((value - mean) ** 2 / variance for value, variance in values)
        spread /= len(values) - 1
        if spread > OUTLIER_SIGMAS**2:
            return mean, spread / weight
    return mean, 1.0 / weight


def eye_direction(eye: EyeTopology, rays: FaceRays, head: HeadFrame) -> Vector:
    """Unit vector from the centre of rotation to the pupil, optical frame."""
    cx, cy, cz = head.place(-CENTRE_BEHIND_LIDS, eye.side * HALF_PUPIL_DISTANCE, 0.0)
    for index in eye.corners:
        x, y, z = head.place(*_SHAPE[index])
        seen = rays.at(index)
        cx += 0.5 * (seen[0] - x / z) * cz
        cy += 0.5 * (seen[1] - y / z) * cz
    centre = (cx, cy, cz)
    x, y = rays.at(eye.iris)
    norm = math.sqrt(x * x + y * y + 1.0)
    sight = (x / norm, y / norm, 1.0 / norm)
    along = dot(sight, centre)
    # Beside the sphere the nearest point of the ray stands in: the eye is turned as far as can be.
    inside = max(0.0, along * along - dot(centre, centre) + PUPIL_TO_CENTRE**2)
    reach = along - math.sqrt(inside)
    gx, gy, gz = sight[0] * reach - cx, sight[1] * reach - cy, sight[2] * reach - cz
    length = math.sqrt(gx * gx + gy * gy + gz * gz)
    return gx / length, gy / length, gz / length
