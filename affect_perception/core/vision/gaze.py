"""Direction of gaze: both eyes, each read twice, on the head; or the head alone.

Each eye's turn in the head is measured by its iris and by the eye network (eye_turns.py); the
upper lid's movement helps with the vertical (lid_follow.py). All are weighted by their variance,
with what eyes usually do at such a head pose as a weak further witness. During a blink the last
turn is held; when no eye can be read, the direction of the head stands in.
"""

from __future__ import annotations

import math

from affect_perception.core.config import EyeConfig, GazeConfig
from affect_perception.core.enums import GazeSource
from affect_perception.core.filters import OneEuroFilter
from affect_perception.core.types import EyeObservation, GazeObservation, HeadPose
from affect_perception.core.vision.eye_appearance import LEFT, RIGHT, EyeTopology
from affect_perception.core.vision.eye_reader import NOT_LOOKED, EyeLook, EyeLooks
from affect_perception.core.vision.eye_turns import (
    EyeTurn,
    combined,
    foreshortening,
    geometric_turn,
    habitual_turn,
    network_turn,
)
from affect_perception.core.vision.eyes import EyeView, EyeViews, FaceRays
from affect_perception.core.vision.geometry import (
    HeadFrame,
    Vector,
    direction_angles,
    unit_direction,
)
from affect_perception.core.vision.lid_follow import LidFollow

# A lid that has fallen below this share of where it was within the last moments is blinking: the
# iris that is left to see stands too low.
BLINKING = 0.6
# How far down eyes look whose lids are lowered until the iris is hidden. Lids fall by 0.1 to 0.2 mm
# per degree (lid_follow.py), so that about 4 mm of opening are used up at 20 to 40 degrees.
LOWERED_TURN = EyeTurn(0.0, math.radians(-25.0), math.radians(12.0) ** 2, math.radians(10.0) ** 2)
# Time constant with which the highest opening of the last moments fades, s.
LID_MEMORY = 0.25


class GazeEstimator:
    """Combines both eyes, or lets the head direction stand in."""

    def __init__(self, config: GazeConfig, eyes: EyeConfig) -> None:
        self._config = config
        self._closed_below = eyes.closed_below
        self._floor = math.radians(config.yaw_std_deg), math.radians(config.pitch_std_deg)
        self._filter = OneEuroFilter(config.min_cutoff, config.beta)
        self._lids = {eye.side: LidFollow() for eye in (RIGHT, LEFT)}
        self._highest = {eye.side: 0.0 for eye in (RIGHT, LEFT)}
        self._held: EyeTurn | None = None
        self._held_for = 0.0

    def reset(self, *, new_driver: bool = True) -> None:
        """Starts the smoothing afresh, and with a new driver the resting place of the lids too."""
        self._filter.reset()
        self._held = None
        self._highest = dict.fromkeys(self._highest, 0.0)
        if new_driver:
            for lid in self._lids.values():
                lid.reset()

    def estimate(
        self,
        rays: FaceRays,
        head: HeadPose,
        frame: HeadFrame,
        views: EyeViews,
        left: EyeObservation,
        right: EyeObservation,
        elapsed: float,
        looks: EyeLooks = NOT_LOOKED,
    ) -> GazeObservation:
        """Gaze in the cabin frame.

        Args:
            rays: Landmarks as undistorted image positions.
            head: Head pose.
            frame: The same in the optical frame, in plain floats.
            views: How the camera sees the right and the left eye.
            left: The person's left eye.
            right: The person's right eye.
            elapsed: Time since the last picture of this face, s.
            looks: What the eye network says of the right and the left eye.
        """
        turns = [
            turn
            for eye, view, seen, look in zip(
                (RIGHT, LEFT), views, (right, left), looks, strict=True
            )
            for turn in self._turns(eye, rays, frame, view, seen, look, elapsed)
        ]
        if not turns:
            lowered = "lowered" in (left.reason, right.reason)
            return self._without_eyes(head, elapsed, lowered=lowered)
        turn = combined([*turns, habitual_turn(head.yaw, head.pitch)])
        yaw, pitch = self._filter.step((turn.yaw, turn.pitch), elapsed)
        # A copy made by `replace` costs several times what a new one does.
        self._held = EyeTurn(yaw, pitch, turn.yaw_variance, turn.pitch_variance)
        self._held_for = 0.0
        return self._on_head(head, self._held)

    def _turns(
        self,
        eye: EyeTopology,
        rays: FaceRays,
        frame: HeadFrame,
        view: EyeView,
        seen: EyeObservation,
        look: EyeLook | None,
        elapsed: float,
    ) -> list[EyeTurn]:
        """What is known of the turn of one eye: nothing while it is shut or blinks."""
        if not seen.usable:
            return []
        fading = self._highest[eye.side] * math.exp(-elapsed / LID_MEMORY)
        self._highest[eye.side] = highest = max(seen.openness, fading)
        if seen.openness < max(self._closed_below, BLINKING * highest):
            return []
        turns = []
        shortened = foreshortening(view.turned)
        by_iris = geometric_turn(eye, rays, frame, seen, self._config, shortened)
        if by_iris is not None:
            lift = self._lids[eye.side].turn(view.upper, seen.openness, elapsed)
            yaw, pitch = by_iris.yaw, by_iris.pitch + lift
            turns.append(EyeTurn(yaw, pitch, by_iris.yaw_variance, by_iris.pitch_variance))
        by_network = None if look is None else network_turn(look, frame, self._config, shortened)
        if by_network is not None:
            turns.append(by_network)
        return turns

    def _without_eyes(self, head: HeadPose, elapsed: float, *, lowered: bool) -> GazeObservation:
        """The last turn during a blink, a look down below lowered lids, or the head alone."""
        self._held_for += elapsed
        if lowered:
            self._held = None
            self._filter.reset()
            return self._on_head(head, LOWERED_TURN)
        if self._held is not None and self._held_for <= self._config.hold_time:
            return self._on_head(head, self._held)
        self._held = None
        self._filter.reset()
        return self._from_head(head)

    def _on_head(self, head: HeadPose, turn: EyeTurn) -> GazeObservation:
        x, y, z = (head.in_cabin.rotation @ unit_direction(turn.yaw, turn.pitch)).tolist()
        std = (
            math.hypot(math.sqrt(turn.yaw_variance), self._floor[0]),
            math.hypot(math.sqrt(turn.pitch_variance), self._floor[1]),
        )
        return _observation(GazeSource.EYES, head, (x, y, z), std)

    def _from_head(self, head: HeadPose) -> GazeObservation:
        std = (
            math.hypot(head.std[0], math.radians(self._config.head_yaw_std_deg)),
            math.hypot(head.std[1], math.radians(self._config.head_pitch_std_deg)),
        )
        x, y, z = head.in_cabin.rotation[:, 0].tolist()
        return _observation(GazeSource.HEAD, head, (x, y, z), std)


def _observation(
    source: GazeSource, head: HeadPose, direction: Vector, std: tuple[float, float]
) -> GazeObservation:
    x, y, z = head.in_cabin.translation.tolist()
    yaw, pitch = direction_angles(direction)
    return GazeObservation(source, (x, y, z), direction, yaw, pitch, std)
