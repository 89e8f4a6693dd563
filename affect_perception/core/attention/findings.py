"""The parts that remember, what they say about one picture, and the measures that follow."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from affect_perception.core.attention.area_timer import AreaTimer
from affect_perception.core.attention.attention_buffer import CAPACITY_S
from affect_perception.core.attention.eye_closure import EyeClosureTracker, EyeState
from affect_perception.core.attention.eyes_away import EyesAway
from affect_perception.core.attention.glance import GlanceState, GlanceTracker
from affect_perception.core.attention.presence import Health, Presence, StateTimer
from affect_perception.core.attention.profile import Profile
from affect_perception.core.attention.switch import NAN
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import AttentionConfig, DrowsinessConfig
from affect_perception.core.drowsiness.monitor import DrowsinessMonitor, DrowsinessState, Limits
from affect_perception.core.enums import (
    AddwArea,
    Availability,
    Drowsiness,
    EyesState,
    Reason,
    TriState,
)
from affect_perception.core.network import Network
from affect_perception.core.types import FaceObservation

# With one of these a missing face says something about the picture and nothing about the seat.
_PICTURE_FAULTS = frozenset(
    {
        Reason.NO_FRAME,
        Reason.UNDEREXPOSED,
        Reason.OVEREXPOSED,
        Reason.LOW_CONTRAST,
        Reason.BLURRED,
        Reason.CAMERA_COVERED,
        Reason.FROZEN_PICTURE,
    }
)
_DROWSY = {
    Drowsiness.DROWSY: True,
    Drowsiness.ALERT: False,
    Drowsiness.LOW_VIGILANCE: False,
}
_OF_GLANCES = frozenset(
    {"off_road", "cumulative_off_road", "phone_use", "task_off_road", "buffer_spent"}
)
# These fall or stand still by themselves, or count: no limit of theirs lies ahead.
_NOT_AHEAD = frozenset(
    {"attention_buffer", "kss", "cognitive_load", "cognitive_ease", "stress", "calm"}
)


@dataclass(frozen=True)
class Findings:
    """What the parts say about one picture.

    Attributes:
        eyes: Open or closed.
        glance: On the road or not; without a face nothing is claimed.
        bridged: The same, bridged over pictures without a face.
        lids: Blinks, closures, yawns, sleepiness.
        on_road: Whether the eyes rest on the road; closed ones do not.
        nobody: The picture is good and shows no face.
        present: There is a face.
    """

    eyes: EyeState
    glance: GlanceState
    bridged: GlanceState
    lids: DrowsinessState
    on_road: TriState
    nobody: bool
    present: bool

    @property
    def known(self) -> bool:
        """Whether anything can be said about the driver."""
        return self.eyes.state is not EyesState.UNKNOWN or (
            self.glance.on_road is not TriState.UNKNOWN
        )


class Parts:
    """Everything that remembers, so that starting afresh is making a new one."""

    def __init__(
        self,
        config: AttentionConfig,
        cabin: CabinGeometry,
        profile: Profile,
        drowsiness: DrowsinessConfig,
        blinks: Network | None,
    ) -> None:
        self._config = config
        self._eyes = EyeClosureTracker(config)
        self._glance = GlanceTracker(config, cabin, profile)
        limits = Limits(
            config.hold, config.blink_max, profile.microsleep.value, profile.sleep.value
        )
        self._lids = DrowsinessMonitor(drowsiness, limits, blinks)
        self._away = EyesAway(config)
        self._area = AreaTimer(
            config.hold,
            config.glance_min,
            profile.area_3_reset.value,
            profile.release_unseen.value,
        )
        self._drowsy = StateTimer()
        self.presence = Presence()
        self._health = Health()
        self._track_id = 0
        self._driver_number = 0

    def start_clock(self) -> None:
        """The first picture: what a watchdog said before was on another clock."""
        self.presence = Presence()
        self._health = Health()

    def restart_sums(self) -> None:
        """The vehicle is too slow for glances to be summed up: looks around at a stop are none."""
        self._glance.restart_sums()

    def find(
        self, now_ns: int, face: FaceObservation, late: bool, *, talking: bool = False
    ) -> Findings:
        """Takes one picture.

        Args:
            now_ns: The present, ns; later than the face's stamp if no picture has come.
            face: What was seen.
            late: The picture came too late to be joined to the one before.
            talking: Whether somebody is known to talk.
        """
        self._follow(face)
        eyes = self._eyes.update(now_ns, face.left_eye, face.right_eye, face.head)
        driver = face.calibration.driver_number
        lids = self._lids.update(now_ns, eyes, face.mouth_opening, driver, talking=talking)
        glance = self._glance.update(
            now_ns, face.gaze, face.zone, eyes.shut, eyes.lowered_ns, lids.slow
        )
        present = face.availability > Availability.UNAVAILABLE
        self._update_looks(now_ns, face, eyes, glance)
        told = glance
        if not present:
            # The glance may be bridged, but without a face nothing is claimed about it meanwhile.
            told = _unseen(glance)
        closed = eyes.state is EyesState.CLOSED and eyes.closure > self._config.blink_max
        found = Findings(
            eyes=eyes,
            glance=told,
            bridged=glance,
            lids=lids,
            on_road=TriState.NO if closed else told.on_road,
            nobody=not present and _PICTURE_FAULTS.isdisjoint(face.reasons),
            present=present,
        )
        healthy = (
            present
            and not late
            and eyes.state is not EyesState.UNKNOWN
            and found.on_road is not TriState.UNKNOWN
        )
        self.presence.update(now_ns, present)
        self._health.update(now_ns, healthy, found.nobody)
        self._drowsy.update(now_ns, _DROWSY.get(lids.level))
        return found

    def measures(self, now_ns: int, found: Findings) -> dict[str, float]:
        """The measures of the driver's face that rules of a profile may name."""
        seen_for = self.presence.seen_for(now_ns)
        unseen = self.presence.unseen(now_ns)
        # Rules go on through pictures lost now and then, which only the published state leaves out.
        glance = found.bridged
        return {
            "off_road": glance.off_road_counted,
            "on_road": glance.on_road_duration,
            "cumulative_off_road": glance.cumulative_since_reset,
            "phone_use": glance.phone_use,
            "task_off_road": glance.task_off_road,
            "buffer_spent": CAPACITY_S - glance.attention_buffer,
            "attention_buffer": glance.attention_buffer,
            "area_3": self._area.inside(now_ns),
            "not_area_3": self._area.outside(now_ns),
            "eyes_away": self._away.away(now_ns),
            "eyes_back": self._away.back(now_ns),
            "eye_closure": found.lids.closure,
            "eyes_open": found.eyes.open_for,
            "drowsy": self._drowsy.length(now_ns, True),
            "not_drowsy": self._drowsy.length(now_ns, False),
            "kss": found.lids.kss,
            "no_face": unseen if found.nobody or seen_for > 0.0 else NAN,
            "face_seen": seen_for,
            "degraded": self._health.degraded(now_ns),
            "healthy": self._health.healthy(now_ns),
        }

    def time_until(
        self, measure: str, limit: float, now_ns: int, measures: dict[str, float]
    ) -> float:
        """Time until a measure reaches a limit if nothing changes, s; NaN if it would not."""
        value = measures[measure]
        if not value > 0.0 and measure not in _OF_GLANCES:
            return NAN
        if measure in _OF_GLANCES:
            return self._glance.time_until(measure, limit, now_ns) if value == value else NAN
        if measure in _NOT_AHEAD:
            return NAN
        if (measure == "area_3" and not self._area.growing()) or (
            measure == "eyes_away" and not self._away.growing()
        ):
            return NAN
        return max(0.0, limit - value)

    def _follow(self, face: FaceObservation) -> None:
        """Another face: its glance and closure are not the continuation of the last one's."""
        if face.calibration.driver_number != self._driver_number:
            if self._driver_number:
                self._glance.restart_sums()
            self._driver_number = face.calibration.driver_number
        track_id = face.track_id
        if track_id == self._track_id:
            return
        if track_id and self._track_id:
            for part in (self._eyes, self._glance, self._lids, self._away, self._area):
                part.interrupt()
        self._track_id = track_id or self._track_id

    def _update_looks(
        self, now_ns: int, face: FaceObservation, eyes: EyeState, glance: GlanceState
    ) -> None:
        """Follows the area of the gaze, and how long the eyes have been away."""
        area, hold = AddwArea.UNKNOWN, None
        if eyes.lowered:
            area = AddwArea.AREA_3
        elif eyes.shut:
            hold = self._config.blink_max
        elif glance.seen_on_road is not None:
            area = face.zone.addw_area
        self._area.update(now_ns, area, hold, eyes.lowered_ns)
        self._away.update(now_ns, glance.seen_on_road, eyes)


def _unseen(glance: GlanceState) -> GlanceState:
    return dataclasses.replace(
        glance,
        on_road=TriState.UNKNOWN,
        off_road=NAN,
        off_road_counted=NAN,
        on_road_duration=NAN,
        cumulative_since_reset=NAN,
        phone_use=NAN,
        task_off_road=NAN,
    )
