"""From the driver's views of a token to load and stress, with the weights trained here.

`affect-perception train load` fits them; models/cards/load_stress.md tells on what.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import ModelContractError
from affect_perception.core.load.driver_normal import VIEWS, DriverView
from affect_perception.core.load.tokens import CHANNELS, LEARNED, columns_of
from affect_perception.core.network import Network

Float64Array = npt.NDArray[np.float64]

OUTPUTS = ("load", "stress")
SUBSETS = tuple(
    subset for size in range(len(CHANNELS), 0, -1) for subset in combinations(CHANNELS, size)
)
"""Every set of channels that has weights of its own, the full one first."""
INPUTS = len(VIEWS) * len(LEARNED)
LARGEST = 6.0
"""Views are cut off here: what is further out is an artefact or no further evidence."""
YOUNG_S = 300.0
"""After how long a baseline has lost all but 1/e of its youth."""


@dataclass(frozen=True)
class LoadJudgement:
    """Load and stress of one token, each the probability of the state, 0..1.

    Attributes:
        load: Of mental work rather than rest.
        stress: Of a stressful task rather than rest or amusement.
        channels: What they rest on.
        known_s: Time that the baseline of these rests on, s.
    """

    load: float
    stress: float
    channels: tuple[str, ...]
    known_s: float

    @property
    def load_std(self) -> float:
        """One sigma of the load; see `state_std`."""
        return state_std(self.load)

    @property
    def stress_std(self) -> float:
        """One sigma of the stress; see `state_std`."""
        return state_std(self.stress)


def state_std(probability: float) -> float:
    """Root mean square distance of a calibrated probability from a state that is 0 or 1."""
    return math.sqrt(probability * (1.0 - probability))


def channels_of(view: DriverView) -> tuple[str, ...]:
    """The channels all of whose quantities are known."""
    known = np.asarray(np.isfinite(view.values).all(axis=0))
    return tuple(channel for channel in CHANNELS if known[columns_of(channel)].all())


def inputs_of(
    view: DriverView, channels: tuple[str, ...]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], float]:
    """What the network takes: views (1, INPUTS), youth (1, 1), and the known time in s.

    Quantities of other channels are 0.
    """
    columns = [column for channel in channels for column in columns_of(channel)]
    kept = np.zeros_like(view.values)
    kept[:, columns] = np.clip(view.values[:, columns], -LARGEST, LARGEST)
    known_s = known_time(view, channels)
    youth = np.array([[math.exp(-known_s / YOUNG_S)]], np.float32)
    return kept.reshape(1, INPUTS).astype(np.float32), youth, known_s


def known_time(view: DriverView, channels: tuple[str, ...]) -> float:
    """Time that the baseline of some channels rests on, s: that of the least known one."""
    columns = [column for channel in channels for column in columns_of(channel)]
    return float(view.known_s[columns].min())


class LoadModel:
    """Judges tokens with a network.

    Args:
        network: `load_stress` of the manifest: `views` (1, INPUTS), `youth` (1, 1) and `subset`
            (1,) number in `SUBSETS`; gives `probabilities` (1, 2) in the order of `OUTPUTS`.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    def judge(self, view: DriverView, among: tuple[str, ...] = CHANNELS) -> LoadJudgement | None:
        """Load and stress, or None if no channel is known.

        Args:
            view: The token against the driver's baseline.
            among: Channels to use, as far as they are known.
        """
        channels = tuple(channel for channel in channels_of(view) if channel in among)
        if not channels:
            return None
        views, youth, known_s = inputs_of(view, channels)
        subset = np.array([SUBSETS.index(channels)], np.int64)
        (found,) = self._network.run(views, youth, subset)
        if found.shape != (1, len(OUTPUTS)):
            raise ModelContractError(f"{self._network.name}: gave {found.shape}")
        load, stress = found[0].tolist()
        return LoadJudgement(load, stress, channels, known_s)
