"""Another face made from the same portrait, unlike enough to be told apart."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from affect_perception.sim.head_model import HeadModel

_SHAPE = np.array([1.0, 1.06, 1.03])
_TONE = np.array([0.80, 0.70, 0.62], dtype=np.float32)


def other_head(model: HeadModel) -> HeadModel:
    """The mirrored, slightly wider and darker head.

    Mirroring swaps the sides: the vertices numbered as the right eye then stand on the left, with
    their eyeball.
    """
    mirror = np.array([1.0, -1.0, 1.0])
    texture = np.clip(model.texture.astype(np.float32) * _TONE, 0, 255).astype(np.uint8)
    return replace(
        model,
        vertices=model.vertices * mirror * _SHAPE,
        triangles=np.ascontiguousarray(model.triangles[:, ::-1]),
        texture=texture,
        eye_centres=model.eye_centres * mirror * _SHAPE,
        skin=model.skin * _TONE,
        iris=model.iris * 0.8,
    )
