"""What the camera makes of the scene: exposure, infrared, blur, cover, noise."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]

_TILE = 256
"""The noise tile is this much larger than the picture, so that it can be shifted at random."""
INFRARED_WEIGHTS = (0.62, 0.26, 0.12)
"""Grey from RGB: skin is bright and sky dark near 900 nm, so red counts most (by eye)."""
LAMP_SHARE = 0.85
"""Share of the light under infrared that comes from the camera's lamp (by eye)."""


class Sensor:
    """Turns a clean RGB picture into what a sensor delivers. Seeded; keeps one tile of noise."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        rng = np.random.default_rng([seed, 0xCA])
        shape = (height + _TILE, width + _TILE, 3)
        noise = rng.standard_normal(shape, dtype=np.float32) * 16.0
        self._tile = np.clip(np.round(noise), -127, 127).astype(np.int8)
        self._seed = seed
        self._lamp = _lamp(width, height)

    def expose(
        self,
        picture: Bytes,
        stamp_ns: int,
        level: float,
        noise: float,
        blur_px: float,
        cover: float,
        infrared: bool,
    ) -> Bytes:
        """The picture as delivered: (H, W, 3) RGB, or (H, W) grey under infrared.

        Args:
            picture: Clean RGB picture in daylight.
            stamp_ns: Stamp, from which the noise of this frame is drawn.
            level: Brightness factor of the scene.
            noise: One sigma, grey levels.
            blur_px: One sigma of defocus.
            cover: 0 free, 1 lens covered.
            infrared: Whether the cabin is lit by the camera's own lamp and seen in infrared only;
                daylight then adds little.
        """
        if infrared:
            grey = cv2.transform(picture, np.array([INFRARED_WEIGHTS], np.float32))
            picture = cv2.multiply(grey, self._lamp, dtype=cv2.CV_8U)
            level = LAMP_SHARE + (1.0 - LAMP_SHARE) * level
        factor = level * (1.0 - cover)
        offset = 7.0 * cover
        if factor != 1.0 or offset != 0.0:
            picture = cv2.convertScaleAbs(picture, alpha=factor, beta=offset)
        if blur_px > 0.05:
            picture = cv2.GaussianBlur(picture, (0, 0), blur_px)
        if noise > 0.0:
            picture = self._noisy(np.asarray(picture, np.uint8), stamp_ns, noise)
        return np.ascontiguousarray(picture)

    def _noisy(self, picture: Bytes, stamp_ns: int, noise: float) -> Bytes:
        rng = np.random.default_rng([self._seed, stamp_ns & (2**63 - 1)])
        row, column = rng.integers(0, _TILE, 2)
        height, width = picture.shape[:2]
        tile = self._tile[row : row + height, column : column + width]
        if picture.ndim == 2:
            tile = tile[..., 0]
        mixed = cv2.addWeighted(
            picture, 1.0, np.ascontiguousarray(tile), noise / 16.0, 0.0, dtype=cv2.CV_8U
        )
        return np.asarray(mixed, dtype=np.uint8)


def _lamp(width: int, height: int) -> npt.NDArray[np.float32]:
    """Light of the camera's own infrared lamp: bright in the middle."""
    x = (np.arange(width, dtype=np.float32) - width / 2) / width
    y = (np.arange(height, dtype=np.float32) - height / 2) / width
    return np.asarray(1.12 * np.exp(-2.6 * (x[None, :] ** 2 + y[:, None] ** 2)), np.float32)
