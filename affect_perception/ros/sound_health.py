"""What the node voice_perception knows about the sound it gets. No ROS here."""

from __future__ import annotations

from collections import Counter

from affect_perception.core.enums import VoiceReason
from affect_perception.core.types import VoiceObservation
from affect_perception.inference.voice import INSTALL_COMMAND
from affect_perception.ros.health import InputHealth, Level, Report

_OF_ONE_PIECE = {
    VoiceReason.SOUND_GAP: "gaps in the sound",
    VoiceReason.SOUND_OVERLAP: "pieces that were partly heard before",
    VoiceReason.STAMP_JUMP: "jumps of the stamps",
}

_STANDING = {
    VoiceReason.SILENT: "silent: the microphone is off, muted or broken",
    VoiceReason.CLIPPED: "clipped: turn the gain down",
    VoiceReason.FROZEN_SOUND: "frozen: the same piece of sound again and again",
    VoiceReason.LOW_RATE: "sampled below 16 kHz",
    VoiceReason.RATE_MISMATCH: "stamps and samples disagree about the sampling rate",
    VoiceReason.NO_SPEECH_DETECTOR: f"no speech detector: {INSTALL_COMMAND}",
    VoiceReason.NO_EMOTION_NETWORK: "the speech-emotion network is off",
}


class SoundHealth(InputHealth):
    """Counts what happens to pieces of sound."""

    item, items, counted = "piece of sound", "pieces of sound", "pieces"

    def observed(self, voice: VoiceObservation) -> None:
        """Takes an observation that went out: its reasons become counts and warnings."""
        for reason in voice.reasons:
            if reason in _OF_ONE_PIECE:
                self.count(reason.value)
        self.stand(_STANDING, voice.reasons)
        words = ", ".join(reason.value for reason in voice.reasons) or "none"
        self.state(
            availability=f"{voice.availability.name}; reasons: {words}",
            talking=voice.talking.name,
            **{"level_[dBFS]": f"{voice.level_dbfs:.1f}"},
        )

    def _shown(self) -> dict[str, str]:
        return {
            "received": "received",
            "dropped": "dropped for newer",
            **{reason.value: f"with {reason.value}" for reason in _OF_ONE_PIECE},
        }

    def _judge(self, report: Report, new: Counter[str], silent: float) -> None:
        super()._judge(report, new, silent)
        for reason, words in _OF_ONE_PIECE.items():
            if new[reason.value]:
                report.raise_to(Level.WARN, f"{words}: {new[reason.value]}")
        if new["dropped"]:
            report.raise_to(Level.WARN, f"too slow: {new['dropped']} pieces were lost")
