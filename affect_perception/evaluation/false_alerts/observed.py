"""Feeds hours of observed driving to the pipeline and a naive policy; keeps what they say."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import PipelineConfig
from affect_perception.core.enums import AlertLevel, AlertReason
from affect_perception.core.types import AttentionState, FaceObservation
from affect_perception.evaluation.false_alerts.naive_policy import NaivePolicy
from affect_perception.evaluation.scripted_sight import states
from affect_perception.io.profile_file import load_profile
from affect_perception.sim.attentive_drive import Drive, Lapse
from affect_perception.sim.attentive_seen import seen
from affect_perception.sim.observed.observations import Event


@dataclass(frozen=True)
class Said:
    """Something new that was said: when, how loud, and why."""

    time_s: float
    level: AlertLevel
    reason: str


def new_alerts(found: Iterable[AttentionState]) -> Iterator[Said]:
    """Every reason at the moment when it is first given, and again when its level rises."""
    before: dict[AlertReason, AlertLevel] = {}
    for state in found:
        now = dict.fromkeys(state.alert_reasons, state.alert_level)
        for reason, level in now.items():
            if reason not in before:
                yield Said(state.stamp_ns * 1e-9, level, reason.value)
        before = now


@dataclass(frozen=True)
class Outcome:
    """What was said in one drive.

    Attributes:
        duration_s: Its length.
        states: Number of pictures.
        said: By the pipeline.
        naive: By the naive policy.
    """

    duration_s: float
    states: int
    said: tuple[Said, ...]
    naive: tuple[Said, ...]


def watch_drive(drive: Drive, cabin: CabinGeometry, seed: int, config: PipelineConfig) -> Outcome:
    """Plays one drive to the pipeline and, picture by picture, to the naive policy."""
    naive = NaivePolicy(cabin)
    warnings: list[Said] = []

    def overheard() -> Iterator[Event]:
        for event in seen(drive, cabin, seed):
            if isinstance(event, FaceObservation):
                warnings.extend(
                    Said(event.stamp_ns * 1e-9, AlertLevel.WARNING, reason)
                    for reason in naive.step(event)
                )
            yield event

    profile = load_profile(config.attention.profile)
    said = tuple(new_alerts(states(overheard(), config, cabin, profile)))
    length = float(drive.stamps_ns[-1] - drive.stamps_ns[0]) * 1e-9
    return Outcome(length, len(drive.stamps_ns), said, tuple(warnings))


def per_hour(outcomes: Sequence[Outcome], *, naive: bool = False) -> dict[str, float]:
    """Alerts per hour: of warnings and louder, of information, and by reason.

    Several reasons that are given within a second are one alert in the total.
    """
    hours = sum(o.duration_s for o in outcomes) / 3600.0
    loud = soft = 0
    reasons: dict[str, int] = {}
    for outcome in outcomes:
        said = outcome.naive if naive else outcome.said
        loud += _moments([s for s in said if s.level >= AlertLevel.WARNING])
        soft += _moments([s for s in said if s.level < AlertLevel.WARNING])
        for one in said:
            reasons[one.reason] = reasons.get(one.reason, 0) + 1
    values = {"false_alerts_per_hour": loud / hours, "false_alerts_per_hour_info": soft / hours}
    return values | {
        f"false_alerts_per_hour_{name}": count / hours for name, count in sorted(reasons.items())
    }


def _moments(said: Sequence[Said]) -> int:
    count, last = 0, -math.inf
    for one in said:
        count += one.time_s - last > 1.0
        last = one.time_s
    return count


_BUFFER = AlertReason.ATTENTION_BUFFER_EMPTY.value

# What may be said about each kind of lapse, and within which time from its beginning. Euro NCAP:
# long distraction 3 to 4 s, cumulative 10 s in 30 s, microsleep 1 to 2 s, sleep 3 s (secondary
# texts; verified against the primary text: no). Half a second is left to sight and filters.
EXPECTED: Mapping[str, tuple[frozenset[str], float]] = {
    "long_glance": (frozenset({"long_distraction", _BUFFER}), 4.5),
    "phone": (frozenset({"long_distraction", "phone_use", _BUFFER}), 4.5),
    "short_glances": (
        frozenset({"cumulative_distraction", "phone_use", "long_distraction", _BUFFER}),
        31.0,
    ),
    "microsleep": (frozenset({"microsleep", "sleep"}), 2.5),
    "sleep": (frozenset({"sleep"}), 4.5),
}


@dataclass(frozen=True)
class Verdict:
    """Whether a lapse was found in time; delay from its beginning, NaN if not."""

    lapse: Lapse
    delay_s: float

    @property
    def found(self) -> bool:
        """Found in time."""
        return math.isfinite(self.delay_s)


def judged(lapses: Sequence[Lapse], said: Sequence[Said], reasons_of: bool = True) -> list[Verdict]:
    """Holds what was said against the lapses.

    Args:
        lapses: What was put into the drive.
        said: What was said.
        reasons_of: Whether the reason must fit the kind; the naive policy has reasons of its own.
    """
    verdicts = []
    for lapse in lapses:
        reasons, within = EXPECTED[lapse.kind]
        times = [
            s.time_s - lapse.at
            for s in said
            if s.level >= AlertLevel.WARNING
            and (s.reason in reasons or not reasons_of)
            and 0.0 <= s.time_s - lapse.at <= within
        ]
        verdicts.append(Verdict(lapse, min(times, default=math.nan)))
    return verdicts
