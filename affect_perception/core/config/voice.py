"""From sound to speech activity, speech rate and how the speech sounds."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.config.camera import ProviderConfig
from affect_perception.core.parameters import parameter, part


@dataclass(frozen=True)
class VoiceConfig:
    """Stamps, level, speech activity and emotion of the voice (docs/voice.md)."""

    output_rate: float = parameter(
        10.0,
        """Observations per second of sound; they come at the same samples however the sound is cut
        into chunks.""",
        unit="Hz",
        minimum=1.0,
        maximum=50.0,
    )
    stamp_tolerance: float = parameter(
        0.015,
        """Largest difference between a chunk's stamp and the end of the one before that still
        counts as a row without a hole; drivers stamp with the jitter of the scheduler. Below the
        usual 20 ms of a chunk, so that one that is lost is noticed.""",
        unit="s",
        minimum=0.0005,
        maximum=0.5,
    )
    stamp_jump: float = parameter(
        5.0,
        "Step back of the stamps from which it is another clock (a recording that starts again).",
        unit="s",
        minimum=0.1,
        maximum=3600.0,
    )
    rate_mismatch: float = parameter(
        0.04,
        """Share by which the sampling rate that stamps and samples speak of may differ from the one
        that is stated, over two seconds. The nearest pair in use, 44.1 and 48 kHz, differs by 8 %;
        clocks of sound cards differ by some hundred parts per million.""",
        minimum=0.005,
        maximum=0.5,
    )
    silent_dbfs: float = parameter(
        -80.0,
        """Level of the last second below which the microphone counts as dead. The noise of 16-bit
        samples lies at -101 dB, the quietest clip of ravdess_speech at -64, cabins far above.""",
        unit="dB",
        minimum=-120.0,
        maximum=-20.0,
    )
    clipped_share: float = parameter(
        0.002,
        """Share of samples at full scale in the last second above which the sound counts as
        clipped and its emotion is not judged.""",
        minimum=0.0,
        maximum=1.0,
    )
    frozen: float = parameter(
        1.0,
        """For how long chunks with new stamps, at least five, may be the same to the last bit
        before the microphone counts as frozen (frozen_sound). Living ones carry noise; zeros are
        silent. 0 turns it off, for made-up sound.""",
        unit="s",
        minimum=0.0,
        maximum=60.0,
    )
    speech_on: float = parameter(
        0.5,
        """Probability of speech from which somebody talks; the default of the detector's authors
        (silero-vad, get_speech_timestamps).""",
        minimum=0.05,
        maximum=0.99,
    )
    speech_off: float = parameter(
        0.35,
        "Probability below which a pause may begin; the authors' default, 0.15 below the onset.",
        minimum=0.01,
        maximum=0.95,
    )
    speech_min: float = parameter(
        0.1,
        "Speech must last this long before somebody counts as talking (a click does not).",
        unit="s",
        minimum=0.0,
        maximum=2.0,
    )
    pause_min: float = parameter(
        0.4,
        """A pause must last this long before nobody counts as talking and the sentence is over.
        Pauses inside fluent sentences are mostly shorter than 0.25 s (Goldman-Eisler 1968; from
        memory, verified against the primary text: no).""",
        unit="s",
        minimum=0.05,
        maximum=5.0,
    )
    emotion_network: bool = parameter(
        True,
        """Judge how speech sounds with the network of this package. Its weights are for research
        use, because its training data are (docs/licences.md); off, class probabilities, valence and
        arousal stay unknown, with the reason no_emotion_network.""",
    )
    emotion_min_speech: float = parameter(
        0.8,
        """Speech needed before its emotion is judged; shorter pieces are words such as yes and
        no.""",
        unit="s",
        minimum=0.3,
        maximum=5.0,
    )
    emotion_max_speech: float = parameter(
        5.0,
        """Longest piece judged at once; the longest sentences trained on last 4.5 s. Longer speech
        is cut here.""",
        unit="s",
        minimum=1.0,
        maximum=20.0,
    )
    emotion_period: float = parameter(
        0.5,
        "How often the emotion is judged anew while somebody talks.",
        unit="s",
        minimum=0.05,
        maximum=5.0,
    )
    emotion_hold: float = parameter(
        5.0,
        "For how long the emotion of the last speech stands before it is unknown again.",
        unit="s",
        minimum=0.0,
        maximum=60.0,
    )
    learn_speaker: bool = parameter(
        True,
        """Learn what the speaker usually sounds like, from the past only, and judge against
        it. Off: each sentence is judged as the first of a stranger.""",
    )


@dataclass(frozen=True)
class VoicePipelineConfig:
    """Everything that decides what the pipeline of the voice computes."""

    inference: ProviderConfig = part(ProviderConfig)
    voice: VoiceConfig = part(VoiceConfig)
