"""The attention monitor: face observations in, attention states out."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

from affect_perception.core.attention.alert_machine import Alert, AlertMachine
from affect_perception.core.attention.eye_closure import EyeClosureTracker, EyeState
from affect_perception.core.attention.glance import GlanceState, GlanceTracker
from affect_perception.core.attention.presence import Health, Presence
from affect_perception.core.attention.profile import Profile, profile_named
from affect_perception.core.attention.speed_gate import SpeedGate
from affect_perception.core.attention.switch import NAN
from affect_perception.core.buffers import StampCheck, StampGuard, to_ns
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import AttentionConfig
from affect_perception.core.drowsiness.blinks import BlinkDetector
from affect_perception.core.drowsiness.perclos import Perclos, PerclosState
from affect_perception.core.drowsiness.yawn import YawnDetector
from affect_perception.core.enums import (
    AlertReason,
    Availability,
    Distraction,
    Drowsiness,
    EyesState,
    Reason,
    TriState,
)
from affect_perception.core.types import (
    AttentionState,
    EyeObservation,
    FaceObservation,
    ImageQuality,
    NoFrame,
    VehicleState,
)

# With one of these a missing face says something about the picture and nothing about the seat.
_PICTURE_FAULTS = frozenset(
    {
        Reason.NO_FRAME,
        Reason.UNDEREXPOSED,
        Reason.OVEREXPOSED,
        Reason.LOW_CONTRAST,
        Reason.BLURRED,
        Reason.CAMERA_COVERED,
    }
)


@dataclass(frozen=True)
class _Findings:
    """What the parts say about one picture.

    Attributes:
        sleep: Length of the present closure as far as it may be sleep, s; NaN if unknown.
    """

    eyes: EyeState
    glance: GlanceState
    perclos: PerclosState
    blink: bool
    yawn: bool
    sleep: float


class _Parts:
    """Everything that remembers, so that starting afresh is making a new one."""

    def __init__(self, config: AttentionConfig, cabin: CabinGeometry, profile: Profile) -> None:
        self.eyes = EyeClosureTracker(config)
        self.glance = GlanceTracker(config, cabin, profile)
        self.perclos = Perclos(config)
        self.blinks = BlinkDetector(config)
        self.yawns = YawnDetector(config)
        self.presence = Presence()
        self.health = Health()
        self.alerts = AlertMachine(profile)
        self.track_id = 0
        self.frame_ns: int | None = None

    def start_clock(self) -> None:
        """The first picture: what a watchdog said before was on another clock."""
        self.presence = Presence()
        self.health = Health()

    def interrupt(self) -> None:
        """Another face: its glance and closure are not the continuation of the last one's."""
        self.eyes.interrupt()
        self.glance.interrupt()
        self.blinks.interrupt()
        self.yawns.interrupt()


class AttentionMonitor:
    """Keeps what is known about the driver's attention.

    Deterministic, without a clock: all durations come from the stamps of the observations.
    """

    def __init__(self, config: AttentionConfig, cabin: CabinGeometry) -> None:
        """Starts with nothing known.

        Args:
            config: Parameters.
            cabin: The cabin whose zones the observations name.

        Raises:
            ConfigError: If the profile is unknown.
        """
        self._config = config
        self._cabin = cabin
        self._profile = profile_named(config.profile)
        self._guard = StampGuard(config.stamp_jump)
        self._speed = SpeedGate(self._profile, config.speed_timeout)
        self._parts = _Parts(config, cabin, self._profile)
        self._last: AttentionState | None = None

    def step(self, face: FaceObservation, check: StampCheck | None = None) -> AttentionState:
        """Takes what was seen in one picture.

        A stamp that runs backwards changes nothing: the last state comes again with the reason
        `stamp_backwards`. A stamp that jumps starts everything afresh (reason `stamp_jump`).

        Args:
            face: The observation.
            check: What its stamp is, from the pipeline, which judges stamps for all; without one
                the stamp is judged here by the same rule.
        """
        if check is None:
            check = self._guard.check(face.stamp_ns)
        else:
            self._guard.accept(face.stamp_ns)
        if check is StampCheck.BACKWARDS:
            return self.refuse_backwards(face.stamp_ns)
        own: list[Reason] = []
        if check is StampCheck.FIRST:
            self._parts.start_clock()
        if check is StampCheck.JUMP:
            self._parts = _Parts(self._config, self._cabin, self._profile)
            own.append(Reason.STAMP_JUMP)
        before = self._parts.frame_ns
        if before is not None and face.stamp_ns - before > to_ns(self._config.hold):
            own.append(Reason.LOW_FRAME_RATE)
        self._parts.frame_ns = face.stamp_ns
        self._last = self._advance(face.stamp_ns, face, tuple(own))
        return self._last

    def observe_vehicle(self, vehicle: VehicleState) -> None:
        """Takes the vehicle's speed, which decides whether alerts about driving apply."""
        self._speed.observe(vehicle)

    def refuse_backwards(self, stamp_ns: int) -> AttentionState:
        """The last state again, with the reason that the picture of `stamp_ns` was dropped."""
        last = self._last or self.no_frame(NoFrame(stamp_ns))
        return dataclasses.replace(
            last,
            availability=min(last.availability, Availability.DEGRADED),
            degradation_reasons=_joined(last.degradation_reasons, (Reason.STAMP_BACKWARDS,)),
            blink=False,
        )

    def no_frame(self, missing: NoFrame) -> AttentionState:
        """Takes the news that no picture has arrived; the state keeps the last picture's stamp."""
        newest = self._guard.newest_ns
        now_ns = missing.stamp_ns if newest is None else max(newest, missing.stamp_ns)
        face = _nothing_seen(missing.stamp_ns if newest is None else newest)
        self._last = self._advance(now_ns, face, ())
        return self._last

    def _advance(
        self, now_ns: int, face: FaceObservation, own: tuple[Reason, ...]
    ) -> AttentionState:
        parts = self._parts
        if face.track_id != parts.track_id:
            if face.track_id and parts.track_id:
                parts.interrupt()
            parts.track_id = face.track_id or parts.track_id
        found = self._find(now_ns, face)
        present = face.availability > Availability.UNAVAILABLE
        nobody = not present and _PICTURE_FAULTS.isdisjoint(face.reasons)
        known = found.eyes.state is not EyesState.UNKNOWN or (
            found.glance.on_road is not TriState.UNKNOWN
        )
        healthy = (
            present
            and Reason.LOW_FRAME_RATE not in own
            and found.eyes.state is not EyesState.UNKNOWN
            and self._on_road(found) is not TriState.UNKNOWN
        )
        parts.presence.update(now_ns, present)
        parts.health.update(now_ns, healthy, nobody)
        alert = parts.alerts.update(
            self._measures(now_ns, found, nobody),
            known=known,
            driving=self._speed.driving(now_ns),
        )
        return self._state(now_ns, face, found, alert, own)

    def _find(self, now_ns: int, face: FaceObservation) -> _Findings:
        parts = self._parts
        eyes = parts.eyes.update(now_ns, face.left_eye, face.right_eye, face.head)
        perclos = parts.perclos.update(now_ns, eyes.decided)
        glance = parts.glance.update(
            now_ns, face.gaze, face.zone, eyes.shut, eyes.lowered, perclos.closure
        )
        if face.availability <= Availability.UNAVAILABLE:
            # The glance may be bridged, but without a face nothing is claimed about it meanwhile.
            glance = dataclasses.replace(
                glance,
                on_road=TriState.UNKNOWN,
                off_road=NAN,
                on_road_duration=NAN,
                cumulative_since_reset=NAN,
            )
        return _Findings(
            eyes=eyes,
            glance=glance,
            perclos=perclos,
            blink=parts.blinks.update(now_ns, eyes.openness),
            yawn=parts.yawns.update(now_ns, face.mouth_opening),
            sleep=self._closure_apart_from_yawn(now_ns, eyes.closure),
        )

    def _closure_apart_from_yawn(self, now_ns: int, closure: float) -> float:
        """The present closure without the time that belongs to a yawn, s; NaN if unknown."""
        since = self._parts.yawns.since_wide(now_ns) - self._config.yawn_grace
        return closure if math.isnan(closure) else min(closure, max(0.0, since))

    def _on_road(self, found: _Findings) -> TriState:
        """Eyes closed for longer than a blink do not rest on the road."""
        if found.eyes.state is EyesState.CLOSED and found.eyes.closure > self._config.blink_max:
            return TriState.NO
        return found.glance.on_road

    def _measures(self, now_ns: int, found: _Findings, nobody: bool) -> dict[str, float]:
        """The durations that rules of a profile may name, s."""
        presence, health = self._parts.presence, self._parts.health
        seen_for = presence.seen_for(now_ns)
        unseen = presence.unseen(now_ns)
        return {
            "off_road": found.glance.off_road,
            "on_road": found.glance.on_road_duration,
            "cumulative_off_road": found.glance.cumulative_since_reset,
            "eye_closure": found.sleep,
            "eyes_open": found.eyes.open_for,
            "no_face": unseen if nobody or seen_for > 0.0 else NAN,
            "face_seen": seen_for,
            "degraded": health.degraded(now_ns),
            "healthy": health.healthy(now_ns),
            "unseen": unseen,
        }

    def _distraction(self, found: _Findings) -> Distraction:
        glance = found.glance
        if glance.off_road >= self._profile.limit(AlertReason.LONG_DISTRACTION):
            return Distraction.LONG
        limit = self._profile.limit(AlertReason.CUMULATIVE_DISTRACTION)
        if glance.cumulative_since_reset >= limit:
            return Distraction.CUMULATIVE
        known = glance.on_road is not TriState.UNKNOWN
        return Distraction.NONE if known else Distraction.UNKNOWN

    def _drowsiness(self, found: _Findings) -> Drowsiness:
        """Closures are told at once; alert and drowsy need PERCLOS; anything else is unknown."""
        if found.sleep >= self._profile.limit(AlertReason.SLEEP):
            return Drowsiness.SLEEP
        if found.sleep >= self._profile.limit(AlertReason.MICROSLEEP):
            return Drowsiness.MICROSLEEP
        if found.perclos.perclos >= self._profile.drowsy_perclos.value:
            return Drowsiness.DROWSY
        if found.perclos.perclos < self._profile.alert_perclos.value:
            return Drowsiness.ALERT
        return Drowsiness.UNKNOWN

    def _state(
        self,
        now_ns: int,
        face: FaceObservation,
        found: _Findings,
        alert: Alert,
        own: tuple[Reason, ...],
    ) -> AttentionState:
        parts = self._parts
        reasons = _joined(face.reasons, own)
        usable = face.availability
        if reasons and usable is Availability.AVAILABLE:
            usable = Availability.DEGRADED
        return AttentionState(
            stamp_ns=face.stamp_ns,
            availability=usable,
            degradation_reasons=reasons,
            face=face,
            profile=self._profile.name,
            eyes_on_road=self._on_road(found),
            eyes_state=found.eyes.state,
            left_eye_openness=_openness(face.left_eye),
            right_eye_openness=_openness(face.right_eye),
            eye_closure_duration=found.eyes.closure,
            perclos=found.perclos.perclos,
            perclos_window=found.perclos.usable,
            mean_closure_duration=found.perclos.mean_closure,
            blink=found.blink,
            blink_duration=parts.blinks.duration,
            blink_count=parts.blinks.count,
            yawn=found.yawn,
            yawn_duration=parts.yawns.duration,
            yawn_count=parts.yawns.count,
            off_road_duration=found.glance.off_road,
            on_road_duration=found.glance.on_road_duration,
            cumulative_off_road_30s=found.glance.cumulative_off_road,
            attention_buffer=found.glance.attention_buffer,
            no_face_duration=parts.presence.no_face(now_ns),
            drowsiness=self._drowsiness(found),
            distraction=self._distraction(found),
            alert_level=alert.level,
            alert_reasons=alert.reasons,
            time_to_next_level=alert.time_to_next_level,
        )


def _joined(first: tuple[Reason, ...], second: tuple[Reason, ...]) -> tuple[Reason, ...]:
    return tuple(dict.fromkeys(first + second))


def _openness(eye: EyeObservation) -> float:
    return eye.openness if eye.usable and math.isfinite(eye.openness) else NAN


def _nothing_seen(stamp_ns: int) -> FaceObservation:
    quality = ImageQuality(NAN, NAN, NAN, NAN, (Reason.NO_FRAME,))
    return FaceObservation(
        stamp_ns=stamp_ns,
        frame_id="",
        availability=Availability.UNAVAILABLE,
        reasons=(Reason.NO_FRAME,),
        image_size=(0, 0),
        image_quality=quality,
    )
