"""Cutting pictures: the driver region, letterboxed detector inputs and rotated square crops.

Everything works on the picture as received and touches only the pixels it needs, because reading a
whole 1280x720 picture costs more than the rest of the path beside the networks.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.config import CameraConfig
from affect_perception.core.types import ByteArray

# Mean grey level below which network inputs are brightened to it, and the most it may take. With
# clips of drivers darkened to a quarter, an eighth and a sixteenth (camera noise added) this halves
# the shift of the landmarks; bright pictures are left alone (docs/vision.md).
DARK = 75.0
MAX_GAIN = 8.0


def dark_gain(pixels: ByteArray) -> float:
    """Factor that lifts dark pixels (H, W) or (H, W, 3) to `DARK`; 1 if they are bright enough."""
    # A contiguous copy first: OpenCV's mean of it takes less than numpy's of every sixth pixel.
    means = cv2.mean(np.ascontiguousarray(pixels[::6, ::6]))
    mean = means[0] if pixels.ndim == 2 else (means[0] + means[1] + means[2]) / 3.0
    return min(MAX_GAIN, max(1.0, DARK / max(mean, 1.0)))


@dataclass(frozen=True)
class Rectangle:
    """Whole pixels `[x0, x1)` by `[y0, y1)` inside a picture."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        """Width, px."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Height, px."""
        return self.y1 - self.y0

    @property
    def centre(self) -> tuple[float, float]:
        """Centre (x, y), px."""
        return (self.x0 + self.x1) / 2.0, (self.y0 + self.y1) / 2.0

    def view(self, image: ByteArray) -> ByteArray:
        """The pixels of the rectangle, without a copy."""
        return image[self.y0 : self.y1, self.x0 : self.x1]


def averaged_warp(
    image: ByteArray,
    to_image: Sequence[Sequence[float]],
    size: tuple[int, int],
    dense: int,
    border: int = cv2.BORDER_CONSTANT,
) -> ByteArray:
    """Resamples a picture; where it is much finer than the result it is averaged, not skipped.

    Args:
        image: uint8 (H, W).
        to_image: Rows of the affine map (2) or homography (3) from px of the result to px of the
            picture.
        size: Width and height of the result, px.
        dense: Samples per side of a pixel of the result, which are averaged.
        border: OpenCV's rule for what lies outside of the picture.
    """
    # A sample is 1/dense of a pixel, around the same middle.
    step = 1.0 / dense
    offset = 0.5 * (step - 1.0)
    finer = np.array([(a * step, b * step, c + offset * (a + b)) for a, b, c in to_image])
    warp = cv2.warpAffine if len(finer) == 2 else cv2.warpPerspective
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    many = (size[0] * dense, size[1] * dense)
    sampled = warp(image, finer, many, flags=flags, borderMode=border)
    if dense > 1:
        sampled = cv2.resize(sampled, size, interpolation=cv2.INTER_AREA)
    return np.asarray(sampled, np.uint8)


def whole_picture(image: ByteArray) -> Rectangle:
    """The rectangle that covers all of a picture."""
    return Rectangle(0, 0, int(image.shape[1]), int(image.shape[0]))


def driver_region(image: ByteArray, config: CameraConfig) -> Rectangle:
    """The square in which the driver is expected, moved (not shrunk) to lie inside the picture.

    Its side is a share of the picture's height; where the picture is narrower than that (portrait
    format), it is as wide as the picture.
    """
    height, width = int(image.shape[0]), int(image.shape[1])
    tall = max(1, round(config.driver_region_size * height))
    wide = min(tall, width)
    x0 = min(max(round(config.driver_region_x * width - wide / 2.0), 0), width - wide)
    y0 = (height - tall) // 2
    return Rectangle(x0, y0, x0 + wide, y0 + tall)


class Letterbox:
    """Scales a rectangle of a picture into a fixed square, keeping its proportions.

    The square is one reused buffer; the margin is black, which is what the detectors were trained
    with. Grey pictures are spread over the three channels, dark ones brightened.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._buffer = np.zeros((1, size, size, 3), np.uint8)
        self._shape = (size, size)
        self._scale = 1.0
        self._origin = np.zeros(2)

    def fill(self, image: ByteArray, region: Rectangle) -> ByteArray:
        """Scales the region into the buffer; returns it, shape (1, size, size, 3)."""
        self._scale = max(region.width, region.height) / self._size
        wide = min(self._size, max(1, round(region.width / self._scale)))
        tall = min(self._size, max(1, round(region.height / self._scale)))
        if (tall, wide) != self._shape:
            self._buffer.fill(0)
            self._shape = (tall, wide)
        left, top = (self._size - wide) // 2, (self._size - tall) // 2
        self._origin = np.array([region.x0 - left * self._scale, region.y0 - top * self._scale])
        small = cv2.resize(region.view(image), (wide, tall), interpolation=cv2.INTER_LINEAR)
        gain = dark_gain(small)
        if gain > 1.0:
            small = cv2.convertScaleAbs(small, alpha=gain)
        if small.ndim == 2:
            small = small[:, :, None]
        self._buffer[0, top : top + tall, left : left + wide] = small
        return self._buffer

    def to_picture(self, points: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
        """Maps points (..., 2) of the last filled square (px) back into the picture (px)."""
        return np.asarray(points * self._scale + self._origin, dtype=np.float64)

    @property
    def scale(self) -> float:
        """Picture pixels per square pixel of the last fill."""
        return self._scale


@dataclass(frozen=True)
class RotatedSquare:
    """A square in a picture.

    Attributes:
        x: Centre, px.
        y: Centre, px.
        side: Side, px.
        angle: Rotation of its x axis in the picture, rad, from x (right) towards y (down).
    """

    x: float
    y: float
    side: float
    angle: float

    def to_picture(self, size: int) -> npt.NDArray[np.float64]:
        """2x3 matrix from crop pixels of a `size` x `size` crop to picture pixels."""
        c, s, x, y = self.turn_and_shift(size)
        return np.array([[c, -s, x], [s, c, y]], dtype=np.float64)

    def turn_and_shift(self, size: int) -> tuple[float, float, float, float]:
        """The numbers of `to_picture`: c, s, x, y of the rows (c, -s, x) and (s, c, y)."""
        scale = self.side / size
        c, s = math.cos(self.angle) * scale, math.sin(self.angle) * scale
        half = size / 2.0
        return c, s, self.x - half * (c - s), self.y - half * (s + c)


class SquareCropper:
    """Cuts rotated squares into one reused buffer of shape (1, size, size, 3)."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._colour = np.zeros((1, size, size, 3), np.uint8)
        self._four = np.zeros((size, size, 4), np.uint8)
        self._grey = np.zeros((size, size), np.uint8)

    def cut(self, image: ByteArray, square: RotatedSquare) -> ByteArray:
        """The crop, bilinear, black outside the picture; valid until the next call."""
        if image.ndim == 3:
            self._cut_colour(image, square)
        else:
            self._warp(image, square.to_picture(self.size), self._grey)
            cv2.cvtColor(self._grey, cv2.COLOR_GRAY2RGB, dst=self._colour[0])
        return self._colour

    def _cut_colour(self, image: ByteArray, square: RotatedSquare) -> None:
        """Warps four channels, which OpenCV does in less than half the time of three."""
        part = self._covered(image, square)
        if part is None:
            self._colour.fill(0)
            return
        c, s, x, y = square.turn_and_shift(self.size)
        matrix = np.array([[c, -s, x - part.x0], [s, c, y - part.y0]])
        self._warp(cv2.cvtColor(part.view(image), cv2.COLOR_RGB2RGBA), matrix, self._four)
        cv2.cvtColor(self._four, cv2.COLOR_RGBA2RGB, dst=self._colour[0])

    def _covered(self, image: ByteArray, square: RotatedSquare) -> Rectangle | None:
        """The part of the picture that the crop reads, with a pixel around, or None."""
        c, s, x, y = square.turn_and_shift(self.size)
        along, across = c * (self.size - 1), s * (self.size - 1)
        left, right = x + min(along, 0.0) - max(across, 0.0), x + max(along, 0.0) - min(across, 0.0)
        top, bottom = y + min(along, 0.0) + min(across, 0.0), y + max(along, 0.0) + max(across, 0.0)
        x0, x1 = max(math.floor(left) - 1, 0), min(math.ceil(right) + 2, image.shape[1])
        y0, y1 = max(math.floor(top) - 1, 0), min(math.ceil(bottom) + 2, image.shape[0])
        return Rectangle(x0, y0, x1, y1) if x0 < x1 and y0 < y1 else None

    def _warp(self, image: ByteArray, matrix: npt.NDArray[np.float64], into: ByteArray) -> None:
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        cv2.warpAffine(image, matrix, (self.size, self.size), dst=into, flags=flags)
