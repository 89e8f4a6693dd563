"""What the driver network reads from both eyes, the face and the head of one picture together.

The network (trained here, docs/driver_network.md) gives one map of the gaze in the frame of its
first eye's patch, and lids and states of both eyes. Whatever is missing is told so and left out.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.network import Network
from affect_perception.core.types import ByteArray
from affect_perception.core.vision.expression_face import SIZE
from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH
from affect_perception.core.vision.gaze_map import modes, spread

Floats = npt.NDArray[np.float32]

FIRST, SECOND, FACE, HEAD = range(4)
"""Order of the senses in `there`: the eye in whose frame the map stands, the other, face, head."""
SENSES = 4
HEAD_NUMBERS = 6
"""Forward and up of the head."""


@dataclass(frozen=True)
class DriverReading:
    """What one picture shows.

    Attributes:
        gaze_map: (CELLS,) probabilities of `core.vision.gaze_map`, frame of the first eye's patch.
        yaw: Its most probable direction, rad.
        pitch: Likewise.
        yaw_std: One sigma of the map about it, rad.
        pitch_std: Likewise.
        lids: (2, 2) of the first and the second eye: gap in iris diameters, log of its sigma.
        states: (2, 2) likewise: logits of closed and of usable.
    """

    gaze_map: npt.NDArray[np.float64]
    yaw: float
    pitch: float
    yaw_std: float
    pitch_std: float
    lids: list[list[float]]
    states: list[list[float]]


class DriverNetwork:
    """Reads pictures with a network.

    Args:
        network: `driver_frame` of the manifest: takes `eyes` uint8 (n, 2, 36, 60), `face` uint8
            (n, 1, 40, 40), `head` (n, 6) and `there` (n, 4); gives `map` (n, CELLS), `lid`
            (n, 2, 2) and `state` (n, 2, 2).
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    @property
    def name(self) -> str:
        """Name in the model manifest."""
        return self._network.name

    def read(
        self, eyes: ByteArray, face: ByteArray | None, head: Floats, there: tuple[bool, bool]
    ) -> DriverReading:
        """Reads one picture.

        Args:
            eyes: uint8 (2, 36, 60): the person's left eye and the mirrored right one, or, of a
                mirrored person, the other way round. Anything where an eye is missing.
            face: uint8 (40, 40) of `expression_face`, mirrored with the person; None if missing.
            head: (6,) forward and up of the head in the frame of the first patch.
            there: Which eyes are there.

        Raises:
            InputError: If a picture has another size or type.
        """
        if eyes.dtype != np.uint8 or eyes.shape != (2, PATCH_HEIGHT, PATCH_WIDTH):
            raise InputError(
                f"eyes must be uint8 (2, {PATCH_HEIGHT}, {PATCH_WIDTH}), "
                f"not {eyes.dtype} {eyes.shape}"
            )
        seen = np.zeros((SIZE, SIZE), np.uint8) if face is None else face
        if seen.dtype != np.uint8 or seen.shape != (SIZE, SIZE):
            raise InputError(
                f"the face must be uint8 ({SIZE}, {SIZE}), not {seen.dtype} {seen.shape}"
            )
        senses = np.array([[*there, face is not None, True]], np.float32)
        found, lid, state = self._network.run(eyes[None], seen[None, None], head[None], senses)
        gaze_map = found[0].astype(np.float64)
        ((yaw, pitch),) = modes(gaze_map[None]).tolist()
        yaw_std, pitch_std = spread(gaze_map, yaw, pitch)
        if not all(map(math.isfinite, (yaw, pitch, yaw_std, pitch_std))):
            # Nothing was seen, and nothing is read into it.
            yaw, pitch, yaw_std, pitch_std = 0.0, 0.0, math.inf, math.inf
        return DriverReading(
            gaze_map, yaw, pitch, yaw_std, pitch_std, lid[0].tolist(), state[0].tolist()
        )
