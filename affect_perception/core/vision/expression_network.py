"""What the expression network reads from faces of `core.vision.expression_face`.

The network (trained here, models/cards/expression_network.md) gives calibrated probabilities of
FER2013's seven classes and of the eight of FER+, which are `core.affect_classes.AFFECT_CLASSES`.
The eight are what is used; the seven are there to compare with other people's figures. A network
that learned valence and arousal from labels gives those, too; the shipped one does not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.network import Network
from affect_perception.core.types import ByteArray
from affect_perception.core.vision.expression_face import SIZE

Probabilities = npt.NDArray[np.float32]


class Readings(NamedTuple):
    """What a network says of n faces.

    Attributes:
        seven: (n, 7) probabilities of FER2013's classes.
        eight: (n, 8) probabilities over `AFFECT_CLASSES`.
        affect: (n, 4) valence and arousal, -1..1, and one sigma of each; None from a network that
            was not taught them: then the eight say them (`core.affect_classes.valence_arousal`).
    """

    seven: Probabilities
    eight: Probabilities
    affect: Probabilities | None


class ExpressionNetwork:
    """Reads faces with a network.

    Args:
        network: Takes `face` uint8 (n, 1, 40, 40); gives `fer2013` (n, 7) and `ferplus` (n, 8),
            probabilities that add up to 1, and `affect` (n, 4) if it was taught that.
    """

    def __init__(self, network: Network) -> None:
        self._network = network

    @property
    def name(self) -> str:
        """Name in the model manifest."""
        return self._network.name

    def read(self, faces: ByteArray) -> Readings:
        """Reads some faces in one run of the network.

        Each face is read together with its mirror image, and the mean counts: 0.7 points more of
        FER2013's PublicTest are right, and the calibration error is two thirds, for 0.4 ms more in
        8 bits (`affect-perception evaluate expression`).

        Args:
            faces: uint8 (n, 40, 40), as `expression_face` cuts them.

        Raises:
            InputError: If they have another size or type.
        """
        if faces.dtype != np.uint8 or faces.ndim != 3 or faces.shape[1:] != (SIZE, SIZE):
            raise InputError(
                f"faces must be uint8 (n, {SIZE}, {SIZE}), got {faces.dtype} {faces.shape}"
            )
        both = self.read_as_they_are(np.concatenate([faces, faces[:, :, ::-1]]))
        affect = None if both.affect is None else _mean_of_views(both.affect)
        return Readings(_mean_of_views(both.seven), _mean_of_views(both.eight), affect)

    def read_as_they_are(self, faces: ByteArray) -> Readings:
        """The same without mirror images, for half the time."""
        seven, eight, *affect = self._network.run(np.ascontiguousarray(faces[:, None]))
        return Readings(seven, eight, affect[0] if affect else None)


def _mean_of_views(both: Probabilities) -> Probabilities:
    """(n, k) of (2 n, k): the faces, then their mirror images in the same order."""
    n = len(both) // 2
    return np.asarray(0.5 * (both[:n] + both[n:]), np.float32)
