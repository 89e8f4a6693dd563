"""What a picture shows of a face: the face path of the car on single pictures and on a webcam."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from affect_perception.core.buffers import to_s
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import PipelineConfig
from affect_perception.core.enums import Availability
from affect_perception.core.errors import InputError
from affect_perception.core.network import FaceNetworks
from affect_perception.core.types import ByteArray, CameraFrame, ExpressionObservation
from affect_perception.core.vision.expression_face import face_of_picture
from affect_perception.core.vision.face_perception import FacePerception

# Pictures of a webcam farther apart than this are not of one sitting, s.
LONGEST_PAUSE = 3.0
# Pictures larger than this are of no use to the face path and slow to read, px.
LARGEST_SIDE = 8192


@dataclass(frozen=True)
class Judgement:
    """What was seen in a picture.

    Attributes:
        expression: As in FaceObservation.
        face: (40, 40) the face as the network gets it; None without a face.
        faces: Faces that were found.
    """

    expression: ExpressionObservation
    face: ByteArray | None
    faces: int


class ExpressionJudge:
    """Judges pictures. Nothing is kept but, of a webcam, the usual look of whoever sits there.

    Args:
        config: Parameters; `expression` of them counts most.
        cabin: Any; the face path needs one.
        networks: Used from one thread at a time.
    """

    def __init__(
        self, config: PipelineConfig, cabin: CabinGeometry, networks: FaceNetworks
    ) -> None:
        self._config, self._cabin, self._networks = config, cabin, networks
        self._live = FacePerception(config, cabin, networks)
        self._last_ns: int | None = None

    def picture(self, image: npt.NDArray[np.uint8]) -> Judgement:
        """A picture by itself: no smoothing, no usual look.

        Args:
            image: uint8 (H, W, 3) RGB or (H, W) grey.

        Raises:
            InputError: If it is something else.
        """
        frame = CameraFrame(0, _usable(image))
        return self._judge(FacePerception(self._config, self._cabin, self._networks), frame)

    def live(self, image: npt.NDArray[np.uint8], stamp_ns: int) -> Judgement:
        """The next picture of a webcam, smoothed, the usual look taken off.

        Args:
            image: As in `picture`.
            stamp_ns: When it came, by a clock that does not jump.

        Raises:
            InputError: If the picture is something else.
        """
        last = self._last_ns
        if last is not None and not 0.0 <= to_s(stamp_ns - last) <= LONGEST_PAUSE:
            self._live.reset()
        self._last_ns = stamp_ns
        return self._judge(self._live, CameraFrame(stamp_ns, _usable(image)))

    @staticmethod
    def _judge(perception: FacePerception, frame: CameraFrame) -> Judgement:
        seen = perception.step(frame)
        face = None
        if seen.landmarks is not None:
            try:
                face, _ = face_of_picture(frame.image, seen.landmarks)
            except InputError:
                face = None
        return Judgement(seen.expression, face, seen.faces)


def _usable(image: npt.NDArray[np.uint8]) -> ByteArray:
    picture = np.ascontiguousarray(image)
    if picture.ndim == 3 and picture.shape[2] == 4:
        picture = np.ascontiguousarray(picture[:, :, :3])
    shape = picture.shape
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or shape[2:] not in ((), (3,)):
        raise InputError(f"expected a uint8 picture, RGB or grey, got {picture.dtype} {shape}")
    if min(shape[:2]) < 1 or max(shape[:2]) > LARGEST_SIDE:
        raise InputError(f"a picture of {shape[1]}x{shape[0]} px cannot be used")
    return picture


def nothing_judged() -> Judgement:
    """Before the first picture."""
    unknown = replace(ExpressionObservation(), availability=Availability.UNKNOWN)
    return Judgement(unknown, None, 0)
