"""Drawn eyes as patches of the eye networks."""

from __future__ import annotations

import cv2
import numpy as np


def eye(x=29.5, y=17.5, half_height=8):
    """A drawn left eye: skin, white, a dark iris with its pupil, lashes above."""
    image = np.full((36, 60), 150.0, np.float32)
    image += np.linspace(20, -20, 36)[:, None]
    opening = np.zeros((36, 60), np.uint8)
    cv2.ellipse(opening, (30, 18), (21, half_height), 0, 0, 360, 1, -1)
    inside = np.full((36, 60), 215.0, np.float32)
    cv2.circle(inside, (round(x * 16), round(y * 16)), 9 * 16, 60, -1, cv2.LINE_AA, 4)
    cv2.circle(inside, (round(x * 16), round(y * 16)), 4 * 16, 10, -1, cv2.LINE_AA, 4)
    image = np.where(opening > 0, inside, image)
    cv2.ellipse(image, (30, 18), (22, half_height + 1), 0, 180, 360, 40, 2)
    image = cv2.GaussianBlur(image, (3, 3), 0)
    return cv2.equalizeHist(np.clip(image, 0, 255).astype(np.uint8))
