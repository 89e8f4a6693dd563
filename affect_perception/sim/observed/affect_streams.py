"""Observations of a scripted driver's face, voice and body, as their nodes would publish them.

No picture, no sound: what the estimators would say, with errors that last as theirs do (first-order
autoregressive in the log odds of the classes). For tests of fusion and of what it does when a
sensor is missing; it says nothing about how well faces or voices can be read.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.affect_classes import (
    AFFECT_CLASSES,
    VALENCE_AROUSAL,
    relative_entropy,
    valence_arousal,
)
from affect_perception.core.buffers import to_ns, to_s
from affect_perception.core.enums import (
    Availability,
    BiosignalChannel,
    Modality,
    TriState,
)
from affect_perception.core.errors import InputError
from affect_perception.core.fusion.evidence import Observation
from affect_perception.core.types import (
    Calibration,
    ExpressionObservation,
    FaceObservation,
    ImageQuality,
    PulseObservation,
    VoiceObservation,
)
from affect_perception.core.types.load import LoadEstimate
from affect_perception.core.types.physio import (
    HeartState,
    PhysioObservation,
    RespirationState,
    SignalState,
    SkinState,
)

Array = npt.NDArray[np.float64]

RATES = {Modality.FACE: 30.0, Modality.VOICE: 10.0, Modality.PHYSIO: 2.0}
"""Observations per second of each modality, as the nodes publish them."""
# How clearly each modality shows a class (log odds above the others), the spread of the errors of
# the log odds, and for how long they last, s.
_CLEAR = {Modality.FACE: 3.0, Modality.VOICE: 2.0}
_SPREAD = {Modality.FACE: 0.8, Modality.VOICE: 0.8}
_LASTING = {Modality.FACE: 1.0, Modality.VOICE: 3.0}
_SENTENCE, _PAUSE = 3.0, 2.0
_HEARD = len(AFFECT_CLASSES) - 1  # contempt is not judged from the voice


@dataclass(frozen=True)
class Mood:
    """What a driver shows from a time on.

    Attributes:
        at: Start, s.
        shown: Class that the face shows.
        heard: Class that the voice has; that of the face if empty.
        stress: 0..1.
        load: 0..1.
        heart_rate: 1/min.
    """

    at: float
    shown: str
    heard: str = ""
    stress: float = 0.2
    load: float = 0.3
    heart_rate: float = 70.0

    def __post_init__(self) -> None:
        for name in (self.shown, self.heard or self.shown):
            if name not in AFFECT_CLASSES:
                raise InputError(f"unknown class {name!r} (known: {', '.join(AFFECT_CLASSES)})")


STORY = (
    Mood(0.0, "neutral"),
    Mood(20.0, "happiness", stress=0.3, heart_rate=76.0),
    Mood(40.0, "anger", stress=0.8, load=0.7, heart_rate=92.0),
    Mood(60.0, "sadness", stress=0.5, load=0.4, heart_rate=78.0),
    Mood(80.0, "happiness", heard="anger", stress=0.7, load=0.5, heart_rate=86.0),
)
"""A calm, a pleased, an angry and a sad stretch of 20 s, and one in which the face smiles and the
voice is angry."""


class AffectDriver:
    """A scripted driver.

    Args:
        story: What is shown, rising in time.
        seed: Of all errors.
        start_ns: Stamp of time 0.
    """

    def __init__(
        self,
        story: Sequence[Mood] = STORY,
        seed: int = 0,
        start_ns: int = 1_700_000_000_000_000_000,
    ) -> None:
        self._story = tuple(story)
        self._seed = seed
        self.start_ns = start_ns

    def mood(self, stamp_ns: int) -> Mood:
        """What is shown at a time."""
        time = to_s(stamp_ns - self.start_ns)
        return max((m for m in self._story if m.at <= time), key=lambda m: m.at)

    def truth(self, stamp_ns: int) -> tuple[float, float]:
        """Valence and arousal of what the face shows."""
        return VALENCE_AROUSAL[self.mood(stamp_ns).shown]

    def observations(self, modality: Modality, seconds: float) -> Iterator[Observation]:
        """The observations of one modality over the first `seconds`."""
        step_ns = to_ns(1.0 / RATES[modality])
        # Sensors do not tick together: each has a phase of its own.
        stamps = range(
            self.start_ns + int(modality) * 7_000_003, self.start_ns + to_ns(seconds), step_ns
        )
        rng = np.random.default_rng([self._seed, int(modality)])
        if modality is Modality.FACE:
            return self._faces(stamps, rng)
        if modality is Modality.VOICE:
            return self._voices(stamps, rng)
        return self._bodies(stamps, rng)

    def events(self, modalities: Sequence[Modality], seconds: float) -> list[Observation]:
        """All observations of some modalities in the order of their stamps."""
        every = [one for name in modalities for one in self.observations(name, seconds)]
        return sorted(every, key=lambda one: one.stamp_ns)

    def _faces(self, stamps: range, rng: np.random.Generator) -> Iterator[FaceObservation]:
        errors = _Errors(rng, len(AFFECT_CLASSES), Modality.FACE, stamps.step)
        for stamp in stamps:
            mood = self.mood(stamp)
            shares = _judged(mood.shown, _CLEAR[Modality.FACE], errors.next())
            affect = valence_arousal(shares, AFFECT_CLASSES)
            light = 0.5 + 0.01 * float(rng.standard_normal())
            yield FaceObservation(
                stamp,
                "camera_optical",
                Availability.AVAILABLE,
                (),
                (640, 480),
                ImageQuality(light, 0.2, 0.0, 300.0 + float(rng.standard_normal())),
                track_id=1,
                faces=1,
                presence=0.99,
                box=(200.0, 120.0, 160.0, 200.0),
                calibration=Calibration(1.0, 1.0, 1.0, 1.0, driver_number=1),
                expression=ExpressionObservation(
                    Availability.AVAILABLE,
                    (),
                    tuple(shares.tolist()),
                    relative_entropy(shares),
                    affect.valence,
                    affect.valence_std,
                    affect.arousal,
                    affect.arousal_std,
                    age_s=0.05,
                    usual_progress=1.0,
                ),
                pulse=PulseObservation(
                    Availability.AVAILABLE,
                    (),
                    mood.heart_rate + 3.0 * float(rng.standard_normal()),
                    3.0,
                    0.7,
                    10.0,
                ),
            )

    def _voices(self, stamps: range, rng: np.random.Generator) -> Iterator[VoiceObservation]:
        errors = _Errors(rng, _HEARD, Modality.VOICE, stamps.step)
        said: tuple[Array, int] | None = None
        for stamp in stamps:
            mood = self.mood(stamp)
            place = to_s(stamp - self.start_ns) % (_SENTENCE + _PAUSE)
            talking = place < _SENTENCE
            error = errors.next()
            if talking and place >= 1.0:
                shares = _judged(mood.heard or mood.shown, _CLEAR[Modality.VOICE], error)
                said = (shares, stamp)
            yield _voice(stamp, talking, said, -30.0 + float(rng.standard_normal()))

    def _bodies(self, stamps: range, rng: np.random.Generator) -> Iterator[PhysioObservation]:
        for stamp in stamps:
            mood = self.mood(stamp)
            yield PhysioObservation(
                stamp,
                Availability.AVAILABLE,
                channels={
                    BiosignalChannel.ECG: SignalState(Availability.AVAILABLE, 0.9, 250.0, 0.0)
                },
                heart=HeartState(
                    BiosignalChannel.ECG,
                    mood.heart_rate + float(rng.standard_normal()),
                    1.0,
                    60,
                    0.0,
                    0.03,
                    0.05,
                    0.1,
                    quality=0.9,
                ),
                skin=SkinState(4.0 + 0.01 * float(rng.standard_normal()), 0.0),
                respiration=RespirationState(BiosignalChannel.ECG, 15.0, 0.7),
                load=LoadEstimate(
                    stamp, Availability.AVAILABLE, (), mood.load, 0.2, mood.stress, 0.2, 600.0, 1.0
                ),
            )


class _Errors:
    """Errors of log odds that last, each with mean 0 and the same spread at all times."""

    def __init__(
        self, rng: np.random.Generator, size: int, modality: Modality, step_ns: int
    ) -> None:
        self._rng = rng
        self._keep = math.exp(-to_s(step_ns) / _LASTING[modality])
        self._spread = _SPREAD[modality]
        self._now = self._spread * rng.standard_normal(size)

    def next(self) -> Array:
        fresh = self._spread * self._rng.standard_normal(len(self._now))
        self._now = self._keep * self._now + math.sqrt(1.0 - self._keep**2) * fresh
        return self._now


def _judged(name: str, clear: float, error: Array) -> Array:
    """Probabilities (8,) that lean to a class; NaN for classes that have no error."""
    logs = error.copy()
    place = AFFECT_CLASSES.index(name)
    if place < len(logs):
        logs[place] += clear
    shares = np.exp(logs - logs.max())
    found = np.full(len(AFFECT_CLASSES), math.nan)
    found[: len(logs)] = shares / shares.sum()
    return found


def _voice(
    stamp: int, talking: bool, said: tuple[Array, int] | None, level: float
) -> VoiceObservation:
    common = {
        "availability": Availability.AVAILABLE,
        "level_dbfs": level if talking else level - 25.0,
        "peak_dbfs": level + 10.0,
        "speech_probability": 0.95 if talking else 0.03,
        "talking": TriState.YES if talking else TriState.NO,
    }
    if said is None:
        return VoiceObservation(stamp, "microphone", **common)  # type: ignore[arg-type]
    shares, then = said
    affect = valence_arousal(shares, AFFECT_CLASSES)
    return VoiceObservation(
        stamp,
        "microphone",
        emotion=tuple(shares.tolist()),
        entropy=relative_entropy(shares),
        valence=affect.valence,
        arousal=affect.arousal,
        valence_std=affect.valence_std,
        arousal_std=affect.arousal_std,
        emotion_age_s=to_s(stamp - then),
        emotion_speech_s=2.0,
        sentences=3,
        **common,  # type: ignore[arg-type]
    )
