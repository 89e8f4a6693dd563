"""Changes a batch of patches at random, as tensors: pose, lids, iris colour, light, blur, covers.

All of it happens before the contrast is equalised, as the real patch is equalised last.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH

MIDDLE = ((PATCH_WIDTH - 1) / 2.0, (PATCH_HEIGHT - 1) / 2.0)
# Radius of an iris in the patch, px (11.7 mm at 1.6 px/mm).
IRIS_RADIUS = 9.4


@dataclass(frozen=True)
class AugmentConfig:
    """How strongly patches are changed; shares are of the batch, sizes in px, angles in degrees.

    Attributes:
        rotation_deg: Roll to both sides.
        shift: Shift to both sides.
        narrower: Logarithm of the strongest horizontal shrinking.
        wider: Logarithm of the strongest horizontal stretching.
        lower: Logarithm of the strongest vertical shrinking.
        higher: Logarithm of the strongest vertical stretching; the gaze label is stretched too,
            so that wide open eyes do not have to look up.
        lids: Spread of the logarithm by which the part above the iris is stretched alone (half of
            it below), which changes the lids and not the gaze.
        light_iris: Share with a painted lighter iris.
        dark_sclera: Share with a darker white of the eye, as in infrared.
        gradient: Strongest gradient of light over half of the patch, grey levels.
        coarse: Share seen with fewer pixels, 10 to 30 rows high.
        blurred: Share blurred.
        noise: Strongest noise, grey levels (one sigma).
        glint: Share with one to three bright spots, as lamps make on eyes and glasses.
        veil: Share with a bright veil, as windows make on glasses.
        covered: Share with a small cover that leaves the eye readable.
    """

    rotation_deg: float = 10.0
    shift: float = 4.0
    narrower: float = -0.12
    wider: float = 0.22
    lower: float = -0.2
    higher: float = 0.35
    lids: float = 0.4
    light_iris: float = 0.4
    dark_sclera: float = 0.25
    gradient: float = 50.0
    coarse: float = 0.33
    blurred: float = 0.25
    noise: float = 14.0
    glint: float = 0.2
    veil: float = 0.1
    covered: float = 0.25


@dataclass(frozen=True)
class Warp:
    """How each patch of a batch was moved: from the original to the changed patch.

    Attributes:
        roll: (n,) rotation, rad, from the patch's right towards its bottom.
        stretch: (n, 2) stretching right and down, before the rotation.
        shift: (n, 2) px.
        line: (n,) height of the iris around which the lids are stretched, px from the middle.
        lids: (n, 2) stretching above and below that line.
    """

    roll: Tensor
    stretch: Tensor
    shift: Tensor
    line: Tensor
    lids: Tensor

    def points(self, points: Tensor) -> Tensor:
        """Where points (n, k, 2) of the original patch (px) are in the changed one, px."""
        middle = torch.tensor(MIDDLE)
        x, y = (points - middle).unbind(-1)
        y = self._lid(y)
        x, y = x * self.stretch[:, :1], y * self.stretch[:, 1:]
        c, s = torch.cos(self.roll)[:, None], torch.sin(self.roll)[:, None]
        moved = torch.stack([c * x - s * y, s * x + c * y], -1)
        return moved + self.shift[:, None] + middle

    def _lid(self, y: Tensor) -> Tensor:
        d = y - self.line[:, None]
        above, below = self.lids[:, :1], self.lids[:, 1:]
        low = torch.where(d > 2, 2 + (d - 2) * below, d)
        warped = torch.where(d < -2, -2 + (d + 2) * above, low)
        return self.line[:, None] + warped

    def gaze(self, vectors: Tensor) -> Tensor:
        """Gaze vectors (n, 3), x right, y up, z to the camera, in the changed patch."""
        x, y = vectors[:, 0] * self.stretch[:, 0], vectors[:, 1] * self.stretch[:, 1]
        c, s = torch.cos(self.roll), torch.sin(self.roll)
        x, y = c * x + s * y, -s * x + c * y
        z = (1.0 - x.square() - y.square()).clamp_min(0.05).sqrt()
        return functional.normalize(torch.stack([x, y, z], 1), dim=1)

    def opening(self, opening: Tensor) -> Tensor:
        """Lid gaps (n,) in the changed patch, for lids whose middle is the line."""
        return opening * self.lids.mean(1) * self.stretch[:, 1]


def uniform(n: int, low: float, high: float, generator: torch.Generator) -> Tensor:
    """(n,) random numbers."""
    return low + (high - low) * torch.rand(n, generator=generator)


class Augmenter:
    """Changes batches; the sequence follows from the seed."""

    def __init__(self, config: AugmentConfig, seed: int) -> None:
        self.config = config
        self._random = torch.Generator().manual_seed(seed)
        rows = torch.arange(PATCH_HEIGHT) - MIDDLE[1]
        columns = torch.arange(PATCH_WIDTH) - MIDDLE[0]
        self._y, self._x = torch.meshgrid(rows, columns, indexing="ij")

    @property
    def generator(self) -> torch.Generator:
        """The random numbers, also for what else a batch needs."""
        return self._random

    def __call__(
        self, patches: Tensor, iris: Tensor, zoom: Tensor, *, pairs: bool = False
    ) -> tuple[Tensor, Warp]:
        """Changes a batch.

        Args:
            patches: uint8 (n, 36, 60).
            iris: (n, 2) middle of the iris, px; NaN where unknown.
            zoom: (n,) logarithm of the spread of an additional random zoom, 0 for none.
            pairs: Whether the second half holds the other eyes of the first half: these are
                stretched and rolled alike (mirrored), as the labels of both change alike.

        Returns:
            Patches (n, 1, 36, 60) as floats 0..255, equalised, and how they were moved.
        """
        x = patches.float()
        known = torch.isfinite(iris).all(1)
        centre = torch.where(known[:, None], iris - torch.tensor(MIDDLE), torch.zeros(1))
        x = self._paint(x, centre, known.float())
        warp = self._choose_warp(len(x), centre, zoom)
        if pairs:
            warp = _alike(warp)
        x = self._moved(x[:, None], warp)
        x = self._lit(x)
        x = self._softened(x)
        x = self._covered(x)
        return equalised(x), warp

    def _uniform(self, n: int, low: float, high: float) -> Tensor:
        return uniform(n, low, high, self._random)

    def _chance(self, n: int, share: float) -> Tensor:
        return (torch.rand(n, generator=self._random) < share).float()

    def _normal(self, *shape: int) -> Tensor:
        return torch.randn(*shape, generator=self._random)

    def _paint(self, x: Tensor, centre: Tensor, known: Tensor) -> Tensor:
        """Lightens irises around the pupil and darkens the white beside them."""
        n = len(x)
        at = centre + 0.5 * self._normal(n, 2)
        dx, dy = self._x - _map(at[:, 0]), self._y - _map(at[:, 1])
        r = torch.sqrt(dx.square() + dy.square())
        radius = self._uniform(n, 0.85, 1.02) * IRIS_RADIUS
        pupil = radius * self._uniform(n, 0.28, 0.62)
        inner = (r < 4.0).float()
        core = (x * inner).sum((1, 2)) / inner.sum((1, 2)).clamp_min(1.0)
        ring = torch.sigmoid((r - _map(pupil)) / 0.6) * torch.sigmoid(
            (_map(radius) - 0.7 - r) / 0.7
        )
        dark = torch.sigmoid((_map(core) + 45.0 - x) / 12.0)
        texture = functional.interpolate(
            12.0 * self._normal(n, 1, PATCH_HEIGHT // 2, PATCH_WIDTH // 2),
            size=(PATCH_HEIGHT, PATCH_WIDTH),
            mode="bilinear",
        )[:, 0]
        light = _map(self._uniform(n, 30.0, 200.0)) + texture
        on = _map(self._chance(n, self.config.light_iris) * known)
        x = x + on * ring * dark * (light - x).clamp_min(0.0)
        near = torch.sigmoid((22.0 - r) / 2.0) * torch.sigmoid((9.0 - dy.abs()) / 1.5)
        near = near * (1.0 - torch.sigmoid((_map(radius) - r) / 0.7))
        on = _map(self._chance(n, self.config.dark_sclera) * known)
        return x - on * near * torch.sigmoid((x - 160.0) / 15.0) * _map(self._uniform(n, 20, 130))

    def _choose_warp(self, n: int, centre: Tensor, zoom: Tensor) -> Warp:
        config = self.config
        more = zoom * self._uniform(n, -1.0, 1.0)
        across = self._uniform(n, config.narrower, config.wider) + more
        down = self._uniform(n, config.lower, config.higher) + more
        upper = config.lids * self._uniform(n, -0.8, 1.0)
        lower = 0.5 * config.lids * self._uniform(n, -1.0, 1.0)
        wide = (1.0 + 1.5 * zoom)[:, None]
        return Warp(
            roll=math.radians(config.rotation_deg) * self._uniform(n, -1.0, 1.0),
            stretch=torch.exp(torch.stack([across, down], 1)),
            shift=config.shift * wide * (2.0 * torch.rand(n, 2, generator=self._random) - 1.0),
            line=centre[:, 1] + 0.7 * self._normal(n),
            lids=torch.exp(torch.stack([upper, lower], 1)),
        )

    def _moved(self, x: Tensor, warp: Warp) -> Tensor:
        px = self._x - _map(warp.shift[:, 0])
        py = self._y - _map(warp.shift[:, 1])
        c, s = _map(torch.cos(warp.roll)), _map(torch.sin(warp.roll))
        u = (c * px + s * py) / _map(warp.stretch[:, 0])
        v = (c * py - s * px) / _map(warp.stretch[:, 1])
        d = v - _map(warp.line)
        above, below = _map(warp.lids[:, 0]), _map(warp.lids[:, 1])
        d = torch.where(d < -2, -2 + (d + 2) / above, torch.where(d > 2, 2 + (d - 2) / below, d))
        grid = torch.stack([u / MIDDLE[0], (d + _map(warp.line)) / MIDDLE[1]], -1)
        return functional.grid_sample(
            x, grid, mode="bilinear", padding_mode="reflection", align_corners=True
        )

    def _lit(self, x: Tensor) -> Tensor:
        """A gradient of light, bright spots, and the veil of a reflected window."""
        n, config = len(x), self.config
        on = _map(self._chance(n, 0.5))
        across = _map(self._uniform(n, -1, 1)) * self._x / MIDDLE[0]
        down = _map(self._uniform(n, -1, 1)) * self._y / MIDDLE[1]
        x = x + config.gradient * (on * (across + down))[:, None]
        spots = torch.zeros(n, PATCH_HEIGHT, PATCH_WIDTH)
        for number in range(3):
            on = self._chance(n, config.glint if number == 0 else 0.5 * config.glint)
            spots = torch.maximum(spots, _map(on) * self._blob(n, 0.8, 2.6, 14.0, 9.0))
        veil = _map(self._chance(n, config.veil) * self._uniform(n, 0.2, 0.75))
        veil = veil * self._blob(n, 6.0, 20.0, 25.0, 14.0)
        shine = torch.maximum(spots, veil)[:, None]
        return x + shine * (255.0 - x)

    def _blob(self, n: int, small: float, large: float, wide: float, tall: float) -> Tensor:
        """(n, 36, 60) soft spots 0..1 of radius small..large within +-wide, +-tall."""
        dx = self._x - _map(self._uniform(n, -wide, wide))
        dy = self._y - _map(self._uniform(n, -tall, tall))
        radius = _map(self._uniform(n, small, large))
        return torch.sigmoid(3.0 * (1.0 - torch.sqrt(dx.square() + dy.square()) / radius))

    def _softened(self, x: Tensor) -> Tensor:
        """Fewer pixels, blur, noise: cheap cameras, far faces, darkness."""
        n, config = len(x), self.config
        order = torch.randperm(n, generator=self._random)
        coarse = order[: int(config.coarse * n)]
        if len(coarse) > 0:
            rows = int(torch.randint(10, 30, (1,), generator=self._random))
            size = (rows, rows * PATCH_WIDTH // PATCH_HEIGHT)
            small = functional.interpolate(x[coarse], size=size, mode="area")
            x[coarse] = functional.interpolate(small, size=x.shape[2:], mode="bilinear")
        order = torch.randperm(n, generator=self._random)
        blurred = order[: int(config.blurred * n)]
        if len(blurred) > 0:
            padded = functional.pad(x[blurred], (1, 1, 1, 1), mode="reflect")
            x[blurred] = functional.avg_pool2d(padded, 3, 1)
        sigma = self._uniform(n, 0.0, config.noise) * self._chance(n, 0.6)
        return x + _map(sigma)[:, None] * self._normal(*x.shape)

    def _covered(self, x: Tensor) -> Tensor:
        """Small covers that leave the eye readable."""
        chosen = torch.nonzero(self._chance(len(x), self.config.covered))[:, 0].tolist()
        for index in chosen:
            tall = int(torch.randint(4, 14, (1,), generator=self._random))
            wide = int(torch.randint(6, 22, (1,), generator=self._random))
            top = int(torch.randint(0, PATCH_HEIGHT - tall + 1, (1,), generator=self._random))
            left = int(torch.randint(0, PATCH_WIDTH - wide + 1, (1,), generator=self._random))
            level = 255.0 * float(torch.rand(1, generator=self._random))
            x[index, :, top : top + tall, left : left + wide] = level
        return x


def _alike(warp: Warp) -> Warp:
    """The second half of a batch stretched as the first, and rolled the other way."""
    half = len(warp.roll) // 2
    roll, stretch = warp.roll[:half], warp.stretch[:half]
    return replace(warp, roll=torch.cat([roll, -roll]), stretch=torch.cat([stretch, stretch]))


def ruined(x: Tensor, generator: torch.Generator) -> Tensor:
    """Patches (n, 36, 60) made unreadable: covered to the edge, washed out, or far too coarse."""
    x = x.float().clone()
    n = len(x)
    kind = torch.randint(0, 3, (n,), generator=generator).tolist()
    rows = torch.arange(PATCH_HEIGHT)[:, None].float()
    columns = torch.arange(PATCH_WIDTH)[None].float()
    for index in range(n):
        a, b, c = torch.rand(3, generator=generator).tolist()
        if kind[index] == 0:
            # An edge of a hand, a frame or a sleeve, with a soft gradient inside.
            angle = 2.0 * math.pi * a
            across = math.cos(angle) * (columns - MIDDLE[0]) + math.sin(angle) * (rows - MIDDLE[1])
            inside = torch.sigmoid((across + 6.0 + 8.0 * b) / 0.7)
            tone = (
                255.0 * c + (columns - MIDDLE[0]) * (a - 0.5) * 3.0 + (rows - MIDDLE[1]) * (b - 0.5)
            )
            x[index] = inside * tone + (1.0 - inside) * x[index]
        elif kind[index] == 1:
            dx, dy = columns - MIDDLE[0] - 12 * (a - 0.5), rows - MIDDLE[1] - 6 * (b - 0.5)
            r = torch.sqrt((dx / 1.5).square() + dy.square())
            x[index] += torch.sigmoid((13.0 + 10.0 * c - r) / 1.5) * (255.0 - x[index])
        else:
            size = (3 + int(2 * a), 4 + int(3 * b))
            small = functional.interpolate(x[index][None, None], size=size, mode="area")
            back = functional.interpolate(small, size=(PATCH_HEIGHT, PATCH_WIDTH), mode="bilinear")
            x[index] = back[0, 0]
    return x.clamp(0.0, 255.0)


def equalised(x: Tensor) -> Tensor:
    """Equalises grey levels (n, 1, H, W) 0..255 in each picture, as OpenCV's equalizeHist does."""
    n = len(x)
    levels = x.clamp(0.0, 255.0).round().long().flatten(1)
    pixels = levels.shape[1]
    counted = torch.bincount((levels + 256 * torch.arange(n)[:, None]).view(-1), minlength=256 * n)
    total = counted.view(n, 256).float().cumsum(1)
    lowest = total.gather(1, (total > 0).float().argmax(1, keepdim=True))
    table = ((total - lowest) / (pixels - lowest).clamp_min(1.0) * 255.0).clamp_min(0.0).round()
    return table.gather(1, levels).view(x.shape)


def _map(values: Tensor) -> Tensor:
    return values[:, None, None]
