"""Preparing the portrait as a texture: hair outline, cleaned eyes, no background."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from affect_perception.sim import landmarks as lm
from affect_perception.sim.portrait import Portrait

Array = npt.NDArray[np.float64]
Bytes = npt.NDArray[np.uint8]

WIDEST = 1.9
"""Outline of the hair over that of the face; wider is background that the matte took for hair."""


def head_matte(portrait: Portrait) -> Bytes:
    """Pixels of face and hair: uint8 (H, W), 1 inside.

    GrabCut (Rother et al. 2004) started from the face outline; its random start is seeded so that
    the same portrait always gives the same matte.
    """
    height, width = portrait.image.shape[:2]
    oval = portrait.landmarks[list(lm.FACE_OVAL), :2]
    centre, size = oval.mean(axis=0), float(np.ptp(oval[:, 1]))
    state = np.full((height, width), cv2.GC_BGD, np.uint8)
    axes = (int(0.85 * size), int(0.95 * size))
    middle = (int(centre[0]), int(centre[1] - 0.12 * size))
    cv2.ellipse(state, middle, axes, 0, 0, 360, cv2.GC_PR_BGD, -1)
    likely = (int(0.62 * size), int(0.72 * size))
    cv2.ellipse(state, middle, likely, 0, 0, 360, cv2.GC_PR_FGD, -1)
    cv2.fillPoly(state, [np.round(oval).astype(np.int32)], cv2.GC_FGD)
    cv2.setRNGSeed(1)
    bgr = np.ascontiguousarray(portrait.image[..., ::-1])
    cv2.grabCut(bgr, state, None, None, None, 4, cv2.GC_INIT_WITH_MASK)
    inside = ((state == cv2.GC_FGD) | (state == cv2.GC_PR_FGD)).astype(np.uint8)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    inside = cv2.morphologyEx(inside, cv2.MORPH_OPEN, kernel)
    inside = cv2.morphologyEx(inside, cv2.MORPH_CLOSE, kernel)
    labels, _ = ndimage.label(inside)
    return np.asarray(labels == labels[int(centre[1]), int(centre[0])], dtype=np.uint8)


def outline_radii(matte: Bytes, centre: Array, rim: Array) -> Array:
    """Distance from `centre` to the edge of the matte along each direction of `rim` (N, 2), px.

    Never less than the rim itself and never more than WIDEST times it, smoothed around the head.
    """
    rays = rim - centre
    reach = np.linalg.norm(rays, axis=1)
    steps = np.linspace(1.0, WIDEST, 91)
    points = centre + rays[:, None, :] * steps[None, :, None]
    height, width = matte.shape
    u = np.clip(np.round(points[..., 0]).astype(int), 0, width - 1)
    v = np.clip(np.round(points[..., 1]).astype(int), 0, height - 1)
    inside = np.minimum.accumulate(matte[v, u], axis=1)
    share = steps[np.maximum(inside.sum(axis=1) - 1, 0)]
    share = ndimage.median_filter(share, size=5, mode="wrap")
    share = ndimage.gaussian_filter1d(share, 1.0, mode="wrap")
    return np.asarray(reach * share)


def without_background(image: Bytes, matte: Bytes) -> Bytes:
    """The picture with everything outside the head replaced by the nearest pixel inside."""
    core = cv2.erode(matte, np.ones((3, 3), np.uint8), iterations=2)
    _, nearest = ndimage.distance_transform_edt(core == 0, return_indices=True)
    return np.asarray(image[nearest[0], nearest[1]])


def without_openings(image: Bytes, landmarks: Array, factor: int) -> Bytes:
    """The enlarged picture with eyes, lashes and the inside of the mouth painted over.

    The renderer draws eyeballs, lash lines and teeth itself; what stays of the photographed ones
    would be stretched over the closed lid or show between closed lips.
    """
    hole = np.zeros(image.shape[:2], np.uint8)
    for eye in (lm.RIGHT_EYE, lm.LEFT_EYE):
        contour = landmarks[list(eye.contour), :2] * factor
        cv2.fillPoly(hole, [np.round(contour).astype(np.int32)], 255)
        upper = landmarks[[eye.outer, *eye.upper, eye.inner], :2] * factor
        cv2.polylines(hole, [np.round(upper).astype(np.int32)], False, 255, 3 * factor)
    mouth = landmarks[list(lm.MOUTH_INNER), :2] * factor
    cv2.fillPoly(hole, [np.round(mouth).astype(np.int32)], 255)
    hole = cv2.dilate(hole, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * factor + 1,) * 2))
    filled = cv2.inpaint(image, hole, 2 * factor, cv2.INPAINT_TELEA)
    soft = cv2.GaussianBlur(hole, (0, 0), factor * 0.5).astype(np.float32)[..., None] / 255.0
    return np.asarray(filled * soft + image * (1.0 - soft), dtype=np.uint8)
