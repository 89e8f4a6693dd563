"""Load and stress by the slow part of the driver network, which reads the last minutes at once.

The network (trained here, docs/driver_network.md) also takes windows of glances and of talking.
They are left empty here: what it can say of load it says from the body, and no recording taught it
otherwise.
"""

from __future__ import annotations

from collections import deque

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_ns
from affect_perception.core.errors import ModelContractError
from affect_perception.core.load.driver_normal import DriverView
from affect_perception.core.load.model import (
    INPUTS,
    LARGEST,
    LoadJudgement,
    channels_of,
    known_time,
)
from affect_perception.core.load.tokens import LEARNED, STEP_S
from affect_perception.core.network import Network

Floats = npt.NDArray[np.float32]

HISTORY = 6
"""Tokens in a window: the last 110 s."""
WIDTH = INPUTS + len(LEARNED)
"""Numbers of a token: the views, and whether each quantity is known."""
GLANCE_TOKENS, GLANCE_NUMBERS, VOICE_NUMBERS = 20, 10, 2
"""Of the windows of eyes and voice, which stay empty."""
LOAD, STRESS = 1, 2
"""Columns of the answers; the first is distraction."""


def token_rows(views: npt.NDArray[np.float64]) -> Floats:
    """(n, WIDTH) of n tokens (n, INPUTS), view by view: cut off, 0 where unknown; what is known."""
    known = np.isfinite(views[:, : len(LEARNED)])
    values = np.nan_to_num(np.clip(views, -LARGEST, LARGEST))
    return np.concatenate([values, known], axis=1).astype(np.float32)


class DriverWindow:
    """Judges windows with a network, fed in the order of time.

    Args:
        network: `driver_slow` of the manifest: takes `body` (1, HISTORY, WIDTH), `eyes` and
            `voice`; gives `probabilities` (1, 3) of distraction, load and stress, and `variances`.
    """

    def __init__(self, network: Network) -> None:
        self._network = network
        self._rows: deque[tuple[int, Floats]] = deque(maxlen=HISTORY)
        self._glances = np.zeros((1, GLANCE_TOKENS, GLANCE_NUMBERS), np.float32)
        self._voice = np.zeros((1, GLANCE_TOKENS, VOICE_NUMBERS), np.float32)

    def forget(self) -> None:
        """Somebody else sits there."""
        self._rows.clear()

    def judge(self, stamp_ns: int, view: DriverView) -> LoadJudgement | None:
        """Load and stress, or None if no channel of the newest token is known.

        Args:
            stamp_ns: Of the token.
            view: The token against the driver's baseline.
        """
        self._rows.append((stamp_ns, token_rows(view.values.reshape(1, INPUTS))[0]))
        channels = channels_of(view)
        if not channels:
            return None
        body = np.zeros((1, HISTORY, WIDTH), np.float32)
        for stamp, row in self._rows:
            # A token that did not come leaves its place empty.
            ago = round((stamp_ns - stamp) / to_ns(STEP_S))
            if ago < HISTORY:
                body[0, HISTORY - 1 - ago] = row
        found, _ = self._network.run(body, self._glances, self._voice)
        if found.shape != (1, 3):
            raise ModelContractError(f"{self._network.name}: gave {found.shape}")
        values = found[0].tolist()
        return LoadJudgement(values[LOAD], values[STRESS], channels, known_time(view, channels))
