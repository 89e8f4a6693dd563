"""A small rasteriser: triangles of a textured mesh into a window of the picture.

For each visible triangle the affine map from pixels to texture place and shade is computed once,
all triangles together; the triangles' numbers are painted far to near into a buffer; and the maps
are looked up per pixel. The picture is then one `cv2.remap`. Affine maps are exact enough because
the triangles are a few pixels large.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]
IntArray = npt.NDArray[np.intp]

_SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Window:
    """A rectangle of the picture: first column and row, width and height, px."""

    left: int
    top: int
    width: int
    height: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """Row and column slices."""
        return (
            slice(self.top, self.top + self.height),
            slice(self.left, self.left + self.width),
        )

    @classmethod
    def around(cls, points: Array, margin: int, size: tuple[int, int]) -> Window | None:
        """Window around points (N, 2) within a picture of (width, height); None if outside."""
        low = np.maximum(np.floor(points.min(axis=0)).astype(int) - margin, 0)
        high = np.minimum(np.ceil(points.max(axis=0)).astype(int) + margin + 1, size)
        if (high <= low).any():
            return None
        return cls(int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))


@dataclass(frozen=True)
class Raster:
    """What the rasteriser hands back.

    Attributes:
        window: Part of the picture that was drawn.
        colour: float32 or uint8 (h, w, 3), shaded.
        owner: int32 (h, w), number of the triangle seen plus one, 0 where there is none.
    """

    window: Window
    colour: Bytes
    owner: npt.NDArray[np.int32]


def rasterise(
    pixels: Array,
    depth: Array,
    uv: Array,
    shade: Array,
    triangles: npt.NDArray[np.int32],
    texture: Bytes,
    size: tuple[int, int],
) -> Raster | None:
    """Draws a mesh.

    Args:
        pixels: (N, 2) projected vertices, px.
        depth: (N,) distance along the optical axis, m; all positive.
        uv: (N, 2) place in the texture, px.
        shade: (N,) brightness factor; or (N, 4): factors on red, green and blue, and white light
            that is added, grey levels.
        triangles: (M, 3), counter-clockwise from outside (y up).
        texture: uint8 RGB.
        size: (width, height) of the picture.

    Returns:
        The drawn window, or None if the mesh lies outside the picture.
    """
    window = Window.around(pixels, 2, size)
    if window is None:
        return None
    local = pixels - (window.left, window.top)
    corners = local[triangles]
    a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
    ab, ac = b - a, c - a
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    seen = np.flatnonzero(area < -0.02)
    order = seen[np.argsort(-depth[triangles[seen]].mean(axis=1), kind="stable")]
    owner = _paint(window, corners, order)
    maps = _affine_maps(a, ab, ac, area, uv, shade, triangles, seen)
    width = maps.shape[1] // 5
    rows, columns = np.nonzero(owner)
    coefficient = maps[owner[rows, columns]]
    x, y = columns.astype(np.float32), rows.astype(np.float32)
    part = [coefficient[:, start : start + width] for start in range(0, 5 * width, width)]
    value = part[0] * x[:, None]
    value += part[1] * y[:, None]
    value += part[2]
    np.clip(value, part[3], part[4], out=value)
    full = np.zeros((window.height, window.width, width), np.float32)
    full[rows, columns] = value
    colour = cv2.remap(
        texture,
        np.ascontiguousarray(full[..., 0]),
        np.ascontiguousarray(full[..., 1]),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    if shade.ndim == 1:
        lit = cv2.multiply(colour, cv2.merge([full[..., 2]] * 3), dtype=cv2.CV_8U)
    else:
        # Rounded once, after everything: changes far below a grey level show in the mean of many.
        light = cv2.multiply(colour, np.ascontiguousarray(full[..., 2:5]), dtype=cv2.CV_32F)
        lit = cv2.add(light, cv2.merge([full[..., 5]] * 3), dtype=cv2.CV_8U)
    return Raster(window, np.asarray(lit, dtype=np.uint8), owner)


def _paint(window: Window, corners: Array, order: IntArray) -> npt.NDArray[np.int32]:
    """Numbers (plus one) of the triangles seen, painted in the given order, far to near."""
    owner = np.zeros((window.height, window.width), np.int32)
    fixed = np.round(corners[order] * (1 << _SUBPIXEL_BITS)).astype(np.int32)
    for number, points in zip((order + 1).tolist(), fixed, strict=True):
        cv2.fillConvexPoly(owner, points, number, cv2.LINE_8, _SUBPIXEL_BITS)
    return owner


def _affine_maps(
    a: Array,
    ab: Array,
    ac: Array,
    area: Array,
    uv: Array,
    shade: Array,
    triangles: npt.NDArray[np.int32],
    seen: npt.NDArray[np.intp],
) -> npt.NDArray[np.float32]:
    """(M + 1, 5 k): coefficients of x, of y, constants, least and greatest of (u, v, shade).

    k is 3, or 6 where the shade has four parts.

    The limits keep pixels on the outline, whose centres lie outside their triangle, from reaching
    far across the texture when the triangle is seen nearly edge on.
    """
    values = np.column_stack([uv, shade])
    corner = values[triangles[seen]]
    d1, d2 = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    inverse = 1.0 / area[seen]
    gx = (d1 * ac[seen, 1:2] - d2 * ab[seen, 1:2]) * inverse[:, None]
    gy = (d2 * ab[seen, 0:1] - d1 * ac[seen, 0:1]) * inverse[:, None]
    constant = corner[:, 0] - gx * a[seen, 0:1] - gy * a[seen, 1:2]
    maps = np.zeros((len(triangles) + 1, 5 * values.shape[1]), np.float32)
    limits = [corner.min(axis=1), corner.max(axis=1)]
    maps[seen + 1] = np.column_stack([gx, gy, constant, *limits])
    return maps
