"""The melody of a sentence in numbers: where the pitch lies, how it moves, how clear it is."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

MELODY = 18
"""How many numbers there are."""

# Fewest voiced frames (0.1 s) that have a melody.
_FEWEST = 6
# Larger steps between frames, semitones, are errors of the pitch.
_LEAP = 4.0

Array = npt.NDArray[np.float64]


def melody(semitones: Array, periodic: Array, voiced: npt.NDArray[np.bool_]) -> Array:
    """(MELODY,) of a sentence; NaN where too little is voiced.

    Args:
        semitones: (k,) pitch of the frames, semitones above a fixed one.
        periodic: (k,) how periodic they are, about 0 to 1.
        voiced: (k,) which of them have a pitch.
    """
    places = np.flatnonzero(voiced)
    if len(places) < _FEWEST:
        return np.full(MELODY, np.nan)
    heard, clear = semitones[places], periodic[places]
    middle = float(np.median(heard))
    low, quarter, three, high = np.percentile(heard, [5, 25, 75, 95])
    time = (places - places[0]) / (places[-1] - places[0])
    steps = np.abs(np.diff(heard)[np.diff(places) == 1])
    small = steps[steps < _LEAP]
    end = max(2, len(heard) // 4)
    return np.array(
        [
            middle,
            high - low,
            three - quarter,
            high - middle,
            middle - low,
            heard.std(),
            np.polyfit(time, heard, 1)[0],
            np.median(heard[-end:]) - middle,
            np.median(heard[:end]) - middle,
            small.mean() if len(small) else 0.0,
            voiced.mean(),
            clear.mean(),
            np.percentile(periodic, 90),
            *(np.percentile(steps, [50, 90]) if len(steps) else (0.0, 0.0)),
            clear.std(),
            np.abs(np.diff(clear)).mean(),
            np.percentile(clear, 10),
        ]
    )
