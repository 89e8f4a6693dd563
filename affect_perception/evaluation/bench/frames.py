"""Pictures for timing: one file of raw frames that both contenders map into memory."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

ByteFrames = npt.NDArray[np.uint8]

SIZES = ((640, 480), (1280, 720))
FRAMES = 300
RATE = 30.0

# In the astronaut picture the face is centred here and this high, px (measured on the picture).
_FACE_CENTRE = (222.0, 118.0)
_FACE_HEIGHT = 125.0
# Share of the frame height that the face fills. Below 0.35 MediaPipe's detector loses faces at
# 1280x720, and a contender that sees nothing does nothing.
_FILL = 0.42


def portrait_frames(width: int, height: int, count: int = FRAMES) -> ByteFrames:
    """The public-domain astronaut portrait, slowly zoomed, shifted and tilted by +-6 degrees.

    The motion returns to its start, so that the sequence can be repeated without a jump.

    Args:
        width: Of a frame, px.
        height: Of a frame, px.
        count: Number of frames.

    Returns:
        RGB frames, uint8 of shape (count, height, width, 3).
    """
    from skimage.data import astronaut

    picture = np.ascontiguousarray(astronaut())
    frames = np.empty((count, height, width, 3), dtype=np.uint8)
    for index in range(count):
        turn = 2.0 * math.pi * index / count
        scale = _FILL * height / _FACE_HEIGHT * (1.0 + 0.08 * math.sin(2.0 * turn))
        matrix = cv2.getRotationMatrix2D(_FACE_CENTRE, 6.0 * math.sin(3.0 * turn), scale)
        matrix[0, 2] += width * (0.5 + 0.08 * math.sin(turn)) - _FACE_CENTRE[0]
        matrix[1, 2] += height * (0.5 + 0.05 * math.sin(2.0 * turn)) - _FACE_CENTRE[1]
        frames[index] = cv2.warpAffine(
            picture, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
        )
    return frames


def write_frames(path: Path, frames: ByteFrames) -> Path:
    """Writes frames so that `np.load(path, mmap_mode="r")` maps them."""
    np.save(path, frames)
    return path


def frame_at(path: Path | str, frames: np.memmap, index: int) -> ByteFrames:
    """One frame, read and not mapped, so that the file does not count as the reader's memory."""
    size = int(frames[0].size)
    picture = np.fromfile(path, np.uint8, size, offset=frames.offset + index * size)
    return picture.reshape(frames.shape[1:])
