"""How usable a picture is: exposure, contrast, sharpness, covered camera.

Measured on a sparse sample, since the mean of a few thousand pixels is as good as that of all.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from affect_perception.core.config import ImageQualityConfig
from affect_perception.core.enums import Reason
from affect_perception.core.types import ByteArray, ImageQuality
from affect_perception.core.vision.picture import Rectangle

SAMPLE = 64
"""Pixels per side of the sample."""
WHITE = 250
"""Grey level from which a pixel counts as white: camera pipelines rarely reach 255 exactly."""
GREEN = 1
FROZEN = ImageQuality(math.nan, math.nan, math.nan, math.nan, (Reason.FROZEN_PICTURE,))
"""Of a picture that is not of now."""


def sample(image: ByteArray, region: Rectangle) -> ByteArray:
    """About 64 x 64 pixels of a region, the green channel of a colour picture.

    Green is the largest part of luminance and saves the conversion.
    """
    step_y, step_x = max(1, region.height // SAMPLE), max(1, region.width // SAMPLE)
    rows, columns = slice(region.y0, region.y1, step_y), slice(region.x0, region.x1, step_x)
    if image.ndim == 3:
        return np.ascontiguousarray(image[rows, columns, GREEN])
    return np.ascontiguousarray(image[rows, columns])


def one_value(pixels: ByteArray) -> bool:
    """Whether all pixels are the same."""
    return bool((pixels == pixels.flat[0]).all())


def laplacian_variance(grey: ByteArray) -> float:
    """Variance of the Laplacian (Pech-Pacheco et al., ICPR 2000), grey levels squared."""
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    return float(deviation[0, 0]) ** 2


class ImageQualityMeter:
    """Judges pictures by the thresholds of the configuration, every `interval` seconds."""

    def __init__(self, config: ImageQualityConfig) -> None:
        self._config = config
        self.reset()

    def reset(self) -> None:
        """The next picture is judged afresh."""
        self._held: ImageQuality | None = None
        self._had_face = False
        self._age = 0.0

    def step(
        self, image: ByteArray, region: Rectangle, crop: ByteArray | None, elapsed: float
    ) -> ImageQuality:
        """Quality of the next picture; see `assess`.

        Args:
            image: The picture.
            region: Driver region.
            crop: Crop of the tracked face, or None.
            elapsed: Time since the last picture, s.
        """
        self._age += elapsed
        face = crop is not None
        if self._held is None or face != self._had_face or self._age >= self._config.interval:
            self._held = self.assess(image, region, crop)
            self._had_face = face
            self._age = 0.0
        return self._held

    def assess(self, image: ByteArray, region: Rectangle, crop: ByteArray | None) -> ImageQuality:
        """Quality of one picture.

        Args:
            image: The picture.
            region: Driver region; brightness, contrast and white share are its.
            crop: The 192 px crop of the tracked face, or None; sharpness and reasons are its.
        """
        pixels = sample(image, region)
        brightness, contrast, saturated = _tones(pixels)
        if crop is None:
            sharpness = laplacian_variance(pixels)
            reasons = self._reasons_without_face(brightness, contrast, saturated)
        else:
            # The face is the middle half of its crop.
            quarter = crop.shape[0] // 4
            face = np.ascontiguousarray(crop[quarter:-quarter, quarter:-quarter, GREEN])
            sharpness = laplacian_variance(face)
            reasons = self._reasons(*_tones(face), sharpness)
        return ImageQuality(brightness, contrast, saturated, sharpness, reasons)

    def _reasons(
        self, brightness: float, contrast: float, saturated: float, sharpness: float
    ) -> tuple[Reason, ...]:
        config = self._config
        found = {
            Reason.UNDEREXPOSED: brightness < config.min_brightness,
            Reason.OVEREXPOSED: saturated > config.max_saturated,
            Reason.LOW_CONTRAST: contrast < config.min_contrast,
            Reason.BLURRED: sharpness < config.min_sharpness * contrast,
        }
        return tuple(reason for reason, true in found.items() if true)

    def _reasons_without_face(
        self, brightness: float, contrast: float, saturated: float
    ) -> tuple[Reason, ...]:
        config = self._config
        if contrast < config.covered_contrast:
            dark = brightness < config.min_brightness
            bright = saturated > config.max_saturated
            cause = Reason.UNDEREXPOSED if dark else Reason.OVEREXPOSED
            return (Reason.CAMERA_COVERED, cause) if dark or bright else (Reason.CAMERA_COVERED,)
        return tuple(
            reason
            for reason in self._reasons(brightness, contrast, saturated, float("inf"))
            if reason is not Reason.BLURRED
        )


def _tones(pixels: ByteArray) -> tuple[float, float, float]:
    """Mean, standard deviation and share of white, each 0..1."""
    mean, deviation = cv2.meanStdDev(pixels)
    white = np.count_nonzero(pixels >= WHITE) / pixels.size
    return float(mean[0, 0]) / 255.0, float(deviation[0, 0]) / 255.0, float(white)
