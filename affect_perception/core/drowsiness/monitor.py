"""What lids and mouth say about wakefulness: blinks, closures, yawns, sleepiness, the level."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.attention.eye_closure import EyeState
from affect_perception.core.attention.switch import NAN
from affect_perception.core.buffers import Interval, to_s
from affect_perception.core.config import DrowsinessConfig
from affect_perception.core.drowsiness.blink_finder import BlinkFinder
from affect_perception.core.drowsiness.blink_kinds import SquintTracker, kind_of
from affect_perception.core.drowsiness.blink_sequence import BlinkSequence
from affect_perception.core.drowsiness.blink_sequence_model import BlinkSequenceModel
from affect_perception.core.drowsiness.lid_dips import Dip
from affect_perception.core.drowsiness.perclos import Perclos, PerclosState
from affect_perception.core.drowsiness.sleepiness import kss_of
from affect_perception.core.drowsiness.yawn import YawnDetector
from affect_perception.core.enums import BlinkKind, Drowsiness, EyesState
from affect_perception.core.network import Network

_DROWSY, _ALERT = 2, 0


@dataclass(frozen=True)
class Limits:
    """Durations that come from elsewhere, s.

    Attributes:
        hold: Longest time without a usable picture that is bridged.
        slow_closure: Closures from this length on are slow ones and enter PERCLOS.
        microsleep: Length of a microsleep, by the profile.
        sleep: Length of a sleep, by the profile.
    """

    hold: float
    slow_closure: float
    microsleep: float
    sleep: float


@dataclass(frozen=True)
class DrowsinessState:
    """What is known after a picture.

    Attributes:
        perclos: PERCLOS, its window, and the mean slow closure.
        closure: Length of the present closure as far as it may be sleep, s; NaN if unknown.
        slow: Time decided within a slow closure by this picture, or None.
        squint: The eyes have been narrowed for longer than a blink.
        blink: Whether a blink is told with this picture.
        blink_kind: Of the last blink; UNKNOWN before the first.
        blink_count: Blinks since the start.
        blink_duration: Length of the last blink at half its depth, s; NaN before the first.
        blink_rate: Per minute over the usable time of the window; NaN while that is short.
        mean_blink_duration: Over the window, s; NaN without a blink in it.
        yawn: Whether a yawn goes on.
        yawn_count: Yawns since the start.
        yawn_duration: Length of the last or present yawn, s; NaN before the first.
        level: What they say together.
        drowsy_probability: By the sequence of blinks; NaN while too few are known.
        kss: Estimate on the Karolinska Sleepiness Scale; NaN while unknown.
        kss_std: Its standard deviation.
    """

    perclos: PerclosState
    closure: float
    slow: Interval[bool] | None
    squint: bool
    blink: bool
    blink_kind: BlinkKind
    blink_count: int
    blink_duration: float
    blink_rate: float
    mean_blink_duration: float
    yawn: bool
    yawn_count: int
    yawn_duration: float
    level: Drowsiness
    drowsy_probability: float
    kss: float
    kss_std: float


class DrowsinessMonitor:
    """Keeps blinks, PERCLOS and yawns of the driver, and what is known of the alert driver."""

    def __init__(
        self, config: DrowsinessConfig, limits: Limits, blinks: Network | None = None
    ) -> None:
        """Starts with nothing known.

        Args:
            config: Parameters.
            limits: Durations that other parts decide.
            blinks: Judges sequences of blinks; without it drowsiness rests on closures.
        """
        self._config = config
        self._limits = limits
        self._model = None if blinks is None else BlinkSequenceModel(blinks)
        self._yawns = YawnDetector(config, limits.hold)
        self._origin_ns: int | None = None
        self._driver = 0
        self._count = 0
        self._kind = BlinkKind.UNKNOWN
        self._duration = NAN
        self._start_driver()

    def update(
        self,
        now_ns: int,
        eyes: EyeState,
        mouth_opening: float,
        driver: int = 0,
        *,
        talking: bool = False,
    ) -> DrowsinessState:
        """Takes one picture.

        Args:
            now_ns: The present, ns; rises from call to call.
            eyes: What is known about the eyes.
            mouth_opening: Inner lip distance over mouth width; NaN if unknown.
            driver: `Calibration.driver_number`; with a new one what was learned is forgotten.
            talking: Whether somebody is known to talk.
        """
        if driver != self._driver:
            # The first number is given to the driver who has been there all along.
            if self._driver:
                self._start_driver()
            self._driver = driver
        perclos = self._perclos.update(now_ns, eyes.decided)
        yawn = self._yawns.update(now_ns, mouth_opening, talking=talking)
        dip = self._finder.update(now_ns, eyes.openness)
        blink = dip is not None and dip.duration < self._limits.microsleep
        self._sequence.expire(now_ns)
        if dip is not None and blink:
            self._take(now_ns, dip, perclos)
        closure = self._apart_from_yawn(now_ns, eyes.closure)
        found = self._sequence.probabilities
        if math.isnan(perclos.perclos):
            found = None  # The eyes have hardly been seen of late: what the blinks said is old.
        kss, kss_std = kss_of(
            found, perclos.perclos, self._sequence.mean_duration, self._sequence.alert_duration
        )
        return DrowsinessState(
            perclos=perclos,
            closure=closure,
            slow=perclos.closure,
            squint=self._squints(now_ns, eyes),
            blink=blink,
            blink_kind=self._kind,
            blink_count=self._count,
            blink_duration=self._duration,
            blink_rate=self._sequence.rate(perclos.usable),
            mean_blink_duration=self._sequence.mean_duration,
            yawn=yawn,
            yawn_count=self._yawns.count,
            yawn_duration=self._yawns.duration,
            level=self._level(closure, perclos.perclos, found),
            drowsy_probability=NAN if found is None else found[_DROWSY],
            kss=kss,
            kss_std=kss_std,
        )

    def interrupt(self) -> None:
        """Another face: its blinks and yawns are not the continuation of the last one's."""
        self._finder.interrupt()
        self._squint.interrupt()
        self._yawns.interrupt()

    def _start_driver(self) -> None:
        self._perclos = Perclos(self._config, self._limits.slow_closure, self._limits.hold)
        self._finder = BlinkFinder(self._limits.hold)
        self._squint = SquintTracker()
        self._sequence = BlinkSequence(self._config, self._model)

    def _take(self, now_ns: int, dip: Dip, perclos: PerclosState) -> None:
        self._count += 1
        self._duration = dip.duration
        self._kind = kind_of(dip, self._finder.samples, self._finder.open_eye)
        yawning = self._yawns.since_wide(now_ns) < self._config.yawn_grace
        self._sequence.add(now_ns, dip, perclos.usable, perclos.perclos, yawning)

    def _squints(self, now_ns: int, eyes: EyeState) -> bool:
        if self._origin_ns is None:
            if not math.isfinite(eyes.openness):
                return False  # as in the blink finder: silence is no beginning
            self._origin_ns = now_ns
        narrow = eyes.openness if eyes.state is EyesState.OPEN and not eyes.lowered else NAN
        share = narrow / self._finder.open_eye if narrow == narrow else NAN
        return self._squint.update(to_s(now_ns - self._origin_ns), share)

    def _apart_from_yawn(self, now_ns: int, closure: float) -> float:
        since = self._yawns.since_wide(now_ns) - self._config.yawn_grace
        return closure if math.isnan(closure) else min(closure, max(0.0, since))

    def _level(
        self, closure: float, perclos: float, probabilities: tuple[float, float, float] | None
    ) -> Drowsiness:
        """Closures are told at once; the rest needs PERCLOS or enough blinks, or is unknown."""
        config, limits = self._config, self._limits
        if closure >= limits.sleep:
            return Drowsiness.SLEEP
        if closure >= limits.microsleep:
            return Drowsiness.MICROSLEEP
        drowsy = tired = False
        if probabilities is not None and self._sequence.judged >= config.drowsy_blinks:
            drowsy = probabilities[_DROWSY] >= config.drowsy_probability
            tired = 1.0 - probabilities[_ALERT] >= config.drowsy_probability
        if perclos >= config.perclos_drowsy or drowsy:
            return Drowsiness.DROWSY
        # Between the limits of PERCLOS, or by the blinks one of the two states that are not alert.
        if perclos >= config.perclos_alert or tired:
            return Drowsiness.LOW_VIGILANCE
        return Drowsiness.ALERT if perclos < config.perclos_alert else Drowsiness.UNKNOWN
