"""What was heard of a speaker up to one instant."""

from __future__ import annotations

import math
from dataclasses import dataclass

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.enums import Availability, TriState, VoiceReason
from affect_perception.core.errors import InputError

_UNKNOWN_CLASSES = (math.nan,) * len(AFFECT_CLASSES)


@dataclass(frozen=True)
class VoiceObservation:
    """What was heard up to the newest sample.

    Attributes:
        stamp_ns: Time just after the newest sample that was heard, nanoseconds.
        frame_id: Frame of the microphone.
        availability: Of talking yes/no; UNAVAILABLE without sound or speech detector.
        reasons: What is missing or wrong.
        level_dbfs: Mean level of the last second, dB of a full-scale square wave; NaN if unknown.
        peak_dbfs: Its highest sample.
        clipped_share: Share of its samples at full scale, 0..1.
        speech_probability: By the speech detector, 0..1, of the newest 32 ms; NaN if unknown.
        talking: Whether somebody is talking, with hysteresis.
        since_s: For how long it has been so, s; NaN if unknown.
        speech_rate: Syllable nuclei per second of the speech judged last, 1/s; NaN if unknown.
        emotion: Probabilities over `AFFECT_CLASSES` of the speech judged last; contempt is always
            NaN (not judged from the voice); all NaN if nothing was judged lately.
        entropy: Of these, 0 sure, 1 no idea; NaN if unknown.
        valence: -1..1, NaN if unknown.
        arousal: -1..1, NaN if unknown.
        valence_std: One sigma of the valence over the classes.
        arousal_std: One sigma of the arousal.
        emotion_age_s: Time since the end of that speech, s; NaN if none.
        emotion_speech_s: Length of that speech, s; NaN if none.
        sentences: Sentences from which the speaker's own mean was learned.
    """

    stamp_ns: int
    frame_id: str
    availability: Availability
    reasons: tuple[VoiceReason, ...] = ()
    level_dbfs: float = math.nan
    peak_dbfs: float = math.nan
    clipped_share: float = math.nan
    speech_probability: float = math.nan
    talking: TriState = TriState.UNKNOWN
    since_s: float = math.nan
    speech_rate: float = math.nan
    emotion: tuple[float, ...] = _UNKNOWN_CLASSES
    entropy: float = math.nan
    valence: float = math.nan
    arousal: float = math.nan
    valence_std: float = math.nan
    arousal_std: float = math.nan
    emotion_age_s: float = math.nan
    emotion_speech_s: float = math.nan
    sentences: int = 0

    def __post_init__(self) -> None:
        if len(self.emotion) != len(AFFECT_CLASSES):
            raise InputError(
                f"a voice observation needs {len(AFFECT_CLASSES)} classes, got {len(self.emotion)}"
            )
        for name in ("clipped_share", "speech_probability", "entropy"):
            value = getattr(self, name)
            if not math.isnan(value) and not 0.0 <= value <= 1.0:
                raise InputError(f"voice observation: {name} must be 0..1 or NaN, got {value}")
