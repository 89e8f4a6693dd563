"""What a speaker usually sounds like, learned while the speaker talks, from the past only.

Two running means: of the log-mel spectrum (microphone, distance, timbre), over frames, and of the
vector that the speech-emotion network makes of a sentence, over sentences. The network itself
holds where both start: at the means of its training speakers, which count like `START_FRAMES`
frames and `START_SENTENCES` sentences. So a new speaker is judged from the first word, as an
average one, and nothing is looked up ahead. The running mean of the spectrum takes in the sentence
that is being judged as far as it has been heard.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from affect_perception.core.voice.log_mel import BANDS

START_FRAMES = 8.0
"""What the spectrum of the training speakers counts like, frames (an eighth of a second): little,
because it says nothing about the level of another microphone."""
START_SENTENCES = 2.0
"""What the vector of the training speakers counts like, sentences."""
SPREAD = 3.0
"""Divides the logarithms, so that features have a spread near 1."""
LOWEST, HIGHEST = -2.0, 3.0
"""Features are held within these: what lies 26 dB under the usual level is not speech."""

Array = npt.NDArray[np.float32]


class SpeakerNormal:
    """Running means of one speaker.

    Args:
        vector: Length of the network's vectors.
    """

    def __init__(self, vector: int) -> None:
        self._length = vector
        self.forget()

    def forget(self) -> None:
        """Starts again, as for another speaker."""
        self._spectra = np.zeros(BANDS)
        self._frames = 0
        self._vectors = np.zeros(self._length)
        self._sentences = 0

    @property
    def sentences(self) -> int:
        """Sentences taken in so far."""
        return self._sentences

    def arrays(self) -> tuple[Array, Array, Array, Array]:
        """Mean spectrum (1, BANDS), frames (1, 1), mean vector (1, n), sentences (1, 1)."""
        return (
            _row(self._spectra / max(1, self._frames)),
            _row([self._frames]),
            _row(self._vectors / max(1, self._sentences)),
            _row([self._sentences]),
        )

    def take(self, frames: npt.NDArray[np.floating], vector: npt.NDArray[np.floating]) -> None:
        """Takes in a sentence that is over: its log-mel frames (k, BANDS) and its vector."""
        self._spectra = self._spectra + frames.sum(axis=0, dtype=np.float64)
        self._frames += len(frames)
        self._vectors = self._vectors + np.asarray(vector, np.float64).reshape(-1)
        self._sentences += 1


def _row(values: npt.ArrayLike) -> Array:
    return np.asarray(values, np.float32)[None]
