"""In which order of time the clips of speakers are judged, where the past counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def random_orders(speakers: Sequence[str], seed: int) -> dict[str, list[int]]:
    """For each speaker the numbers of the clips in a random order of time.

    The order of a table or of files will not do: where it goes through the emotions one by one,
    the past tells the class.
    """
    return {
        name: np.random.default_rng([seed, place])
        .permutation([i for i, speaker in enumerate(speakers) if speaker == name])
        .tolist()
        for place, name in enumerate(sorted(set(speakers)))
    }
