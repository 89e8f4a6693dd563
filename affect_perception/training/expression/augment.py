"""Changes of faces while learning, whole batches at a time, and the cut that is used without them.

One resampling does place, size, roll and mirror; then light and contrast, covers, and mixtures of
two faces. Pictures stay uint8 in memory until they are drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from affect_perception.core.errors import ConfigError
from affect_perception.evaluation.datasets.expression_set import TILE


@dataclass(frozen=True)
class AugmentConfig:
    """How much is changed; each change has its own chance and its own amount in each face.

    Attributes:
        region: Side of the square that is cut from a 48 px face, px of the face.
        roll_deg: Largest turn in the picture.
        scale: Largest change of size, share.
        stretch: Largest change of one axis against the other, share.
        shift: Largest shift along each axis, px of the face.
        mirror: Chance to swap left and right.
        contrast: Largest change of contrast, share.
        brightness: Largest change of brightness, grey levels.
        gamma: Largest change of gamma, as logarithm.
        gradient: Largest difference of light from one side to the other, grey levels.
        noise: Largest spread of noise, grey levels.
        cover: Chance to cover a rectangle.
        cover_side: Smallest and largest side of it, share of the picture.
        mix: Chance that a batch is mixed pairwise (mixup, Zhang et al., ICLR 2018).
        mix_alpha: Both parameters of the beta distribution of the share.
    """

    region: float = 44.0
    roll_deg: float = 12.0
    scale: float = 0.15
    stretch: float = 0.08
    shift: float = 3.0
    mirror: float = 0.5
    contrast: float = 0.3
    brightness: float = 25.0
    gamma: float = 0.25
    gradient: float = 30.0
    noise: float = 6.0
    cover: float = 0.35
    cover_side: tuple[float, float] = (0.15, 0.45)
    mix: float = 0.25
    mix_alpha: float = 0.3

    def __post_init__(self) -> None:
        if not 8.0 <= self.region <= TILE:
            raise ConfigError(f"augment.region must be 8 to {TILE} px")
        for name in ("mirror", "cover", "mix"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigError(f"augment.{name} must be a chance, 0 to 1")
        if not 0.0 < self.cover_side[0] <= self.cover_side[1] < 1.0 or self.mix_alpha <= 0.0:
            raise ConfigError("augment: cover_side must rise within 0 and 1, mix_alpha be above 0")


def cut(faces: Tensor, size: int, region: float) -> Tensor:
    """The middle of faces (n, 48, 48), any type, as (n, 1, size, size) float32."""
    n = len(faces)
    step = torch.zeros(n, 2, 3, device=faces.device)
    step[:, 0, 0] = step[:, 1, 1] = region / TILE
    return _resampled(faces, step, size)


class Augmenter:
    """Changes batches of faces.

    Args:
        config: How much.
        generator: Source of chance; it decides on which device the faces have to lie.
    """

    def __init__(self, config: AugmentConfig, generator: torch.Generator) -> None:
        self.config = config
        self._generator = generator

    def faces(self, faces: Tensor, size: int) -> Tensor:
        """Faces (n, 48, 48) uint8 to (n, 1, size, size) float32, grey levels 0..255."""
        x = self._light(_resampled(faces, self._steps(len(faces)), size))
        return self._covered(x).clamp_(0.0, 255.0)

    def mixture(self, n: int) -> tuple[Tensor, float]:
        """Whom each of n faces is mixed with, and the share of the face itself (1: not mixed)."""
        order = torch.randperm(n, generator=self._generator, device=self._generator.device)
        if float(self._uniform(1)) * 0.5 + 0.5 >= self.config.mix:
            return order, 1.0
        share = self._beta(self.config.mix_alpha)
        return order, max(share, 1.0 - share)

    def _beta(self, alpha: float) -> float:
        """A draw from the beta distribution with both parameters `alpha` (Johnk's method)."""
        while True:
            u = (self._uniform(2).double() * 0.5 + 0.5).clamp_min(1e-12)
            a, b = (float(v) for v in u.log() / alpha)
            # In logarithms: the powers themselves vanish for a small alpha.
            if math.exp(a) + math.exp(b) <= 1.0:
                top = max(a, b)
                return math.exp(a - top) / (math.exp(a - top) + math.exp(b - top))

    def _uniform(self, *shape: int) -> Tensor:
        """Numbers from -1 to 1."""
        device = self._generator.device
        return torch.rand(shape, generator=self._generator, device=device) * 2.0 - 1.0

    def _steps(self, n: int) -> Tensor:
        c = self.config
        roll = self._uniform(n) * math.radians(c.roll_deg)
        size = torch.exp(self._uniform(n) * c.scale) * c.region / TILE
        stretch = torch.exp(self._uniform(n) * c.stretch * 0.5)
        mirror = torch.where(self._uniform(n) * 0.5 + 0.5 < c.mirror, -1.0, 1.0)
        shift = self._uniform(n, 2) * c.shift * 2.0 / TILE
        cosine, sine = torch.cos(roll) * size, torch.sin(roll) * size
        across = torch.stack([cosine * stretch * mirror, -sine / stretch, shift[:, 0]], 1)
        down = torch.stack([sine * stretch * mirror, cosine / stretch, shift[:, 1]], 1)
        return torch.stack([across, down], 1)

    def _light(self, x: Tensor) -> Tensor:
        c, n, size = self.config, len(x), x.shape[-1]
        column = (n, 1, 1, 1)
        gamma = torch.exp(self._uniform(n) * c.gamma).view(column)
        x = 255.0 * (x / 255.0).clamp_(1e-4, 1.0) ** gamma
        middle = x.mean((1, 2, 3), keepdim=True)
        gain = torch.exp(self._uniform(n) * c.contrast).view(column)
        x = middle + gain * (x - middle) + (self._uniform(n) * c.brightness).view(column)
        ramp = torch.linspace(-0.5, 0.5, size, device=x.device)
        slope = self._uniform(n, 2) * c.gradient
        x = x + slope[:, 0].view(column) * ramp[:, None] + slope[:, 1].view(column) * ramp
        spread = (self._uniform(n).abs() * c.noise).view(column)
        return x + spread * torch.randn(
            x.shape, generator=self._generator, device=self._generator.device
        )

    def _covered(self, x: Tensor) -> Tensor:
        c, n, size = self.config, len(x), x.shape[-1]
        low, high = c.cover_side
        side = ((self._uniform(n, 2) * 0.5 + 0.5) * (high - low) + low) * size
        middle = (self._uniform(n, 2) * 0.5 + 0.5) * size
        place = torch.arange(size, device=x.device) + 0.5
        near = (place - middle[:, :, None]).abs() < 0.5 * side[:, :, None]
        grey = (self._uniform(n) * 0.5 + 0.5) * 255.0
        chosen = self._uniform(n) * 0.5 + 0.5 < c.cover
        hidden = near[:, 0, :, None] & near[:, 1, None, :] & chosen[:, None, None]
        return torch.where(hidden[:, None], grey.view(n, 1, 1, 1), x)


def _resampled(faces: Tensor, step: Tensor, size: int) -> Tensor:
    grid = functional.affine_grid(step, [len(faces), 1, size, size], align_corners=False)
    return functional.grid_sample(
        faces[:, None].float(), grid, padding_mode="border", align_corners=False
    )
