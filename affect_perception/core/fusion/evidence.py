"""What one observation of a modality tells about the driver, in one form for all modalities."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.affect_classes import AFFECT_CLASSES, VALENCE_AROUSAL
from affect_perception.core.enums import Availability, Modality, TriState
from affect_perception.core.fusion.rest import REST_STD, freed_from_rest
from affect_perception.core.types import FaceObservation, VoiceObservation
from affect_perception.core.types.physio import PhysioObservation

Observation = FaceObservation | VoiceObservation | PhysioObservation

_NAN = math.nan
_NOTHING = (_NAN,) * len(AFFECT_CLASSES)

LOW_QUALITY = 0.3
"""Quality below which a heart rate or a body signal is said to be of low quality."""
USUAL_ENOUGH = 0.2
"""Share of the driver's usual look that must be known before an expression counts fully."""

_CALM, _STRESSED = VALENCE_AROUSAL["neutral"], VALENCE_AROUSAL["fear"]
STRESS_STD = (0.6, 0.4)
"""One sigma of valence and arousal that are read off the stress alone. Chosen, not measured: no
data with ratings of both was at hand. It is as wide as the classes themselves lie apart in valence,
so that the body moves arousal and hardly moves valence."""


@dataclass(frozen=True)
class Affect:
    """A measurement of valence and arousal.

    Attributes:
        valence: -1..1.
        arousal: -1..1.
        valence_var: Variance of its error.
        arousal_var: Variance of its error.
    """

    valence: float
    arousal: float
    valence_var: float
    arousal_var: float


@dataclass(frozen=True)
class Rate:
    """A rate of heart or breath.

    Attributes:
        value: 1/min; NaN if unknown.
        std: One sigma; NaN if unknown.
        quality: 0..1; NaN if unknown.
    """

    value: float = _NAN
    std: float = _NAN
    quality: float = _NAN

    @property
    def known(self) -> bool:
        """Whether there is a rate with an uncertainty."""
        return math.isfinite(self.value) and math.isfinite(self.std)


@dataclass(frozen=True)
class Evidence:
    """What one observation tells; NaN and None are unknown.

    Attributes:
        stamp_ns: Of the observation.
        modality: Where it comes from.
        usable: Whether anything in it can be used.
        trusted: False if it is of low quality by its own account.
        affect: Valence and arousal, or None.
        affect_age: Time from what these rest on to the stamp, s.
        classes: (8,) probabilities over `AFFECT_CLASSES`; NaN where not judged.
        heart: Heart rate.
        rmssd: Variability of the heart rate, s.
        hrv_quality: 0..1.
        breath: Respiration rate.
        load: Cognitive load, 0..1, and one sigma.
        stress: 0..1, and one sigma.
        load_age: Time from what these rest on to the stamp, s.
        talking: Whether somebody talks.
        driver_number: As in FaceObservation; 0 if it cannot be told.
        mark: What is the same in two observations only if the sensor is stuck; empty where the
            sensor's own path tells that (frozen_picture, frozen_sound).
    """

    stamp_ns: int
    modality: Modality
    usable: bool
    trusted: bool = True
    affect: Affect | None = None
    affect_age: float = 0.0
    classes: tuple[float, ...] = _NOTHING
    heart: Rate = Rate()
    rmssd: float = _NAN
    hrv_quality: float = _NAN
    breath: Rate = Rate()
    load: tuple[float, float] = (_NAN, _NAN)
    stress: tuple[float, float] = (_NAN, _NAN)
    load_age: float = 0.0
    talking: TriState = TriState.UNKNOWN
    driver_number: int = 0
    mark: tuple[float, ...] = ()

    @property
    def tells_classes(self) -> bool:
        """Whether any class is judged."""
        return any(map(math.isfinite, self.classes))


def evidence_of(observation: Observation) -> Evidence:
    """What an observation tells."""
    if isinstance(observation, FaceObservation):
        return _seen(observation)
    if isinstance(observation, VoiceObservation):
        return _heard(observation)
    return _measured(observation)


def _seen(face: FaceObservation) -> Evidence:
    shown, pulse = face.expression, face.pulse
    # What the first looks show is the driver's usual look as much as an expression.
    strange = max(0.0, 1.0 - shown.usual_progress / USUAL_ENOUGH)
    return Evidence(
        stamp_ns=face.stamp_ns,
        modality=Modality.FACE,
        usable=face.availability >= Availability.DEGRADED,
        trusted=face.availability == Availability.AVAILABLE,
        affect=_affect(
            shown.valence, shown.arousal, shown.valence_std, shown.arousal_std, 1.0 + strange
        ),
        affect_age=_age(shown.age_s),
        classes=shown.probabilities,
        heart=Rate(pulse.heart_rate, pulse.heart_rate_std, pulse.quality),
        driver_number=face.calibration.driver_number,
    )


def _heard(voice: VoiceObservation) -> Evidence:
    return Evidence(
        stamp_ns=voice.stamp_ns,
        modality=Modality.VOICE,
        usable=voice.availability >= Availability.DEGRADED,
        trusted=voice.availability == Availability.AVAILABLE,
        affect=_affect(voice.valence, voice.arousal, voice.valence_std, voice.arousal_std, 1.0),
        affect_age=_age(voice.emotion_age_s),
        classes=voice.emotion,
        talking=voice.talking,
    )


def _measured(physio: PhysioObservation) -> Evidence:
    heart, load, skin = physio.heart, physio.load, physio.skin
    qualities = [state.quality for state in physio.channels.values()]
    known = [quality for quality in qualities if math.isfinite(quality)]
    quality = max(known, default=_NAN)
    return Evidence(
        stamp_ns=physio.stamp_ns,
        modality=Modality.PHYSIO,
        usable=physio.availability >= Availability.DEGRADED
        or load.availability >= Availability.DEGRADED,
        trusted=not quality < LOW_QUALITY,
        affect=_stressed(load.stress, load.stress_std),
        affect_age=_age(load.age_s),
        heart=Rate(heart.rate_bpm, heart.rate_std_bpm, quality),
        rmssd=heart.rmssd,
        hrv_quality=heart.quality,
        breath=Rate(physio.respiration.rate_bpm, quality=physio.respiration.quality),
        load=(load.load, load.load_std),
        stress=(load.stress, load.stress_std),
        load_age=_age(load.age_s),
        mark=(
            heart.rate_bpm,
            heart.rmssd,
            heart.quality,
            skin.tonic_us,
            skin.phasic_us,
            skin.temperature_c,
            physio.respiration.rate_bpm,
            physio.respiration.quality,
        ),
    )


def _affect(
    valence: float, arousal: float, valence_std: float, arousal_std: float, wider: float
) -> Affect | None:
    """A measurement from mean and spread over classes; `wider` scales its standard deviation."""
    if not all(map(math.isfinite, (valence, arousal, valence_std, arousal_std))):
        return None
    (v, v_var), (a, a_var) = (
        freed_from_rest(mean, max(std, SMALLEST_STD), rest)
        for mean, std, rest in zip(
            (valence, arousal), (valence_std, arousal_std), REST_STD, strict=True
        )
    )
    return Affect(v, a, wider**2 * v_var, wider**2 * a_var)


SMALLEST_STD = 0.15
"""Smallest error of valence and arousal of one observation. However sure the classes are, one value
per class is all that they say of either."""


def _stressed(stress: float, std: float) -> Affect | None:
    """Stress 0 is neutral, stress 1 is where fear lies: aroused and unpleasant.

    Both ends come from `core.affect_classes`; that stress lies where fear does is an assumption.
    """
    if not (math.isfinite(stress) and math.isfinite(std)):
        return None
    (calm_v, calm_a), (full_v, full_a) = _CALM, _STRESSED
    slope_v, slope_a = full_v - calm_v, full_a - calm_a
    return Affect(
        calm_v + stress * slope_v,
        calm_a + stress * slope_a,
        (slope_v * std) ** 2 + STRESS_STD[0] ** 2,
        (slope_a * std) ** 2 + STRESS_STD[1] ** 2,
    )


def _age(seconds: float) -> float:
    return seconds if math.isfinite(seconds) else 0.0
