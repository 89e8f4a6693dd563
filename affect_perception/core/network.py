"""The one interface through which the core runs a neural network.

The core never opens a model: `affect_perception.inference` does, and hands in objects of this
shape. Tests hand in small fakes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt


class Network(Protocol):
    """A loaded network. Calls are deterministic and must come from one thread at a time."""

    @property
    def name(self) -> str:
        """Name in the model manifest."""
        ...

    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """Run the network once.

        Args:
            *inputs: Arrays in the order, shape and value range of the manifest.

        Returns:
            The outputs in the order of the manifest.

        Raises:
            ModelContractError: If an input has another shape or type than the manifest says.
        """
        ...


@dataclass(frozen=True)
class FaceNetworks:
    """The networks of the pipeline.

    Attributes:
        detector_short_range: 128x128 detector for faces that fill the driver region.
        detector_full_range: 192x192 detector for small faces, used when the first finds none.
        mesh: 192x192 attention mesh, 478 landmarks with irises and a face flag.
        eyes: Reads normalised eye patches (core/vision/eye_network.py). None leaves eyes and gaze
            to the landmarks alone (parameter inference.eye_network), or to `driver`.
        driver: Reads both eyes and head together (core/vision/whole_driver.py) instead of
            `eyes`, where it is chosen (parameter inference.eyes, key roles of the manifest).
        first_look: Says whether eyes are shut in the first picture of a face, from the same
            patches (core/vision/eye_reader.py). None leaves that to `eyes`.
        blinks: Judges sequences of blinks (core/drowsiness/blink_sequence_model.py). None leaves
            drowsiness to closures alone; the loader always brings it.
        expression: Reads what a face shows (core/vision/expression_network.py). None leaves that
            unknown and nothing else.
    """

    detector_short_range: Network
    detector_full_range: Network
    mesh: Network
    eyes: Network | None = None
    driver: Network | None = None
    first_look: Network | None = None
    blinks: Network | None = None
    expression: Network | None = None


@dataclass(frozen=True)
class VoiceNetworks:
    """The networks of the voice.

    Attributes:
        speech: Speech detector (core/voice/speech_activity.py). None where the package that
            carries it is not installed: whether somebody talks is then unknown.
        emotion: Judges how speech sounds (core/voice/emotion.py). None leaves that unknown.
    """

    speech: Network | None = None
    emotion: Network | None = None


@dataclass(frozen=True)
class PhysioNetworks:
    """The networks of the body signals.

    Attributes:
        load: Judges load and stress (core/load/model.py).
        driver: Judges them by a window (core/load/driver_window.py) instead of `load`, where it is
            chosen (parameter load.network, key roles of the manifest). None of both leaves load
            and stress unknown.
    """

    load: Network | None = None
    driver: Network | None = None
