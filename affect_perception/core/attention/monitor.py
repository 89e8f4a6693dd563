"""The attention monitor: face observations in, attention states out."""

from __future__ import annotations

import dataclasses

from affect_perception.core.attention.alert_machine import AlertMachine, Circumstances
from affect_perception.core.attention.context import ContextKeeper, context_measures
from affect_perception.core.attention.findings import Parts
from affect_perception.core.attention.profile import Profile
from affect_perception.core.attention.speed_gate import SpeedGate
from affect_perception.core.attention.state_building import (
    DistractionNamer,
    build_state,
    joined,
    nothing_seen,
)
from affect_perception.core.buffers import StampCheck, StampGuard, to_ns
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import AttentionConfig, ContextConfig, DrowsinessConfig
from affect_perception.core.enums import Availability, Reason, TriState
from affect_perception.core.network import Network
from affect_perception.core.types import (
    AttentionState,
    DriverContext,
    FaceObservation,
    NoFrame,
    VehicleState,
)


class AttentionMonitor:
    """Keeps what is known about the driver's attention.

    Deterministic, without a clock: all durations come from the stamps of the observations.
    """

    def __init__(
        self,
        config: AttentionConfig,
        cabin: CabinGeometry,
        profile: Profile,
        drowsiness: DrowsinessConfig | None = None,
        blinks: Network | None = None,
        context: ContextConfig | None = None,
    ) -> None:
        """Starts with nothing known.

        Args:
            config: Parameters; the name of the profile in it is for whoever loads profiles.
            cabin: The cabin whose zones the observations name.
            profile: The policy profile in force.
            drowsiness: Parameters of blinks, closures and yawns; as shipped without.
            blinks: Judges sequences of blinks; without it drowsiness rests on closures.
            context: Parameters of what other modalities tell; as shipped (nothing) without.
        """
        self._drowsiness = drowsiness or DrowsinessConfig()
        self._blinks = blinks
        self._config = config
        self._cabin = cabin
        self._profile = profile
        self._guard = StampGuard(config.stamp_jump)
        self._speed = SpeedGate(config.speed_timeout)
        self._context = ContextKeeper(context or ContextConfig())
        self._distraction = DistractionNamer(profile)
        self._frame_ns: int | None = None
        self._start_afresh()
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
        own: tuple[Reason, ...] = ()
        if check is StampCheck.FIRST:
            self._parts.start_clock()
        if check is StampCheck.JUMP:
            self._start_afresh()
            own = (Reason.STAMP_JUMP,)
        before = self._frame_ns
        if before is not None and face.stamp_ns - before > to_ns(self._config.hold):
            own = (*own, Reason.LOW_FRAME_RATE)
        self._frame_ns = face.stamp_ns
        self._last = self._advance(face.stamp_ns, face, own)
        return self._last

    def observe_vehicle(self, vehicle: VehicleState) -> None:
        """Takes the vehicle's speed, which decides whether alerts about driving apply."""
        self._speed.observe(vehicle)

    def observe_context(self, context: DriverContext) -> None:
        """Takes what other modalities know of the driver."""
        self._context.observe(context)

    def refuse_backwards(self, stamp_ns: int) -> AttentionState:
        """The last state again, with the reason that the picture of `stamp_ns` was dropped."""
        last = self._last or self.no_frame(NoFrame(stamp_ns))
        return dataclasses.replace(
            last,
            availability=min(last.availability, Availability.DEGRADED),
            degradation_reasons=joined(last.degradation_reasons, (Reason.STAMP_BACKWARDS,)),
            blink=False,
        )

    def no_frame(self, missing: NoFrame) -> AttentionState:
        """Takes the news that no picture has arrived; the state keeps the last picture's stamp."""
        newest = self._guard.newest_ns
        now_ns = missing.stamp_ns if newest is None else max(newest, missing.stamp_ns)
        face = nothing_seen(missing.stamp_ns if newest is None else newest)
        self._last = self._advance(now_ns, face, ())
        return self._last

    def _start_afresh(self) -> None:
        self._parts = Parts(
            self._config, self._cabin, self._profile, self._drowsiness, self._blinks
        )
        self._alerts = AlertMachine(self._profile)
        self._frame_ns = None

    def _advance(
        self, now_ns: int, face: FaceObservation, own: tuple[Reason, ...]
    ) -> AttentionState:
        parts = self._parts
        speed = self._speed.speed(now_ns)
        if speed < self._profile.speed_off.value:
            parts.restart_sums()
        context = self._context.at(now_ns)
        late, talking = Reason.LOW_FRAME_RATE in own, context.talking is TriState.YES
        found = parts.find(now_ns, face, late, talking=talking)
        measures = parts.measures(now_ns, found) | context_measures(context)
        measures["standstill"] = self._speed.standstill(now_ns)
        alert = self._alerts.update(
            now_ns,
            measures,
            Circumstances(found.known, speed, self._speed.stands(now_ns)),
            lambda measure, limit: parts.time_until(measure, limit, now_ns, measures),
        )
        return build_state(
            face,
            found,
            alert,
            own,
            self._profile,
            parts.presence.no_face(now_ns),
            self._distraction.name(measures, found.glance.on_road),
        )
