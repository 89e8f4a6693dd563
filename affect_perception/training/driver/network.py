"""The driver network: tokens of eyes, face, head, voice and body, and one Transformer for all.

Two parts use the same layers (Vaswani and others, "Attention is all you need", NeurIPS 2017, with
the normalisation before each map). The part of each frame reads both eye patches, the face and the
head pose; the slow part, once a second, a window of eye, voice and body tokens. A token of its own
kind asks for each answer. Whatever is missing is kept out of the attention, and in training
everything is missing now and then (Neverova and others, "ModDrop", IEEE PAMI 2016).
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from affect_perception.core.vision.driver_network import (
    FACE,
    FIRST,
    HEAD,
    HEAD_NUMBERS,
    SECOND,
    SENSES,
)
from affect_perception.core.vision.expression_face import SIZE
from affect_perception.core.vision.eye_patch import PATCH_HEIGHT, PATCH_WIDTH
from affect_perception.core.vision.gaze_map import PITCHES, YAWS, cell_middles
from affect_perception.training.driver.body_windows import BODY_FEATURES, BODY_TOKENS
from affect_perception.training.driver.glances import EYE_FEATURES, TOKENS, VOICE_FEATURES
from affect_perception.training.driver.recipe import DriverNetConfig
from affect_perception.training.eyes.network import GAZE, LID, MEAN, PLACED, SPREAD, STATE
from affect_perception.training.eyes.patch_set import POINTS
from affect_perception.training.residual import convolution, stages

DISTRACTION, LOAD, STRESS = range(3)
STATES = ("distraction", "load", "stress")
TASKS = ("map", "gaze", "points", "lid", "state", *STATES)
"""Losses that are weighed against each other."""

_HIDDEN = -1e4
# The peak of the map is not narrower than half a cell, nor wider than the map, rad.
_NARROWEST, _WIDEST = math.radians(1.5), math.radians(40.0)
# What is added to the peak changes over so many cells, one sigma.
_SMOOTH_CELLS = 2.0


class Layer(nn.Module):
    """One layer of attention among tokens, some of which are not there."""

    def __init__(self, config: DriverNetConfig) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.before, self.between = nn.LayerNorm(width), nn.LayerNorm(width)
        self.asked, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mixed = nn.Sequential(
            nn.Linear(width, config.hidden), nn.GELU(), nn.Linear(config.hidden, width)
        )
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tokens: Tensor, hidden: Tensor) -> Tensor:
        """Tokens (n, t, width) to the same; `hidden` (n, 1, 1, t) is added to the attention."""
        count, width = tokens.shape[1], tokens.shape[2]
        each = width // self.heads
        asked = self.asked(self.before(tokens)).view(-1, count, 3, self.heads, each)
        query, key, value = asked.permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(2, 3) / math.sqrt(each) + hidden
        found = (torch.softmax(scores, dim=-1) @ value).transpose(1, 2).reshape(-1, count, width)
        tokens = tokens + self.dropout(self.out(found))
        return tokens + self.dropout(self.mixed(self.between(tokens)))


class Backbone(nn.Module):
    """The layers that both parts share."""

    def __init__(self, config: DriverNetConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer(config) for _ in range(config.layers))
        self.last = nn.LayerNorm(config.width)

    def forward(self, tokens: Tensor, there: Tensor) -> Tensor:
        """Tokens (n, t, width), of which (n, t) are there."""
        hidden = ((1.0 - there) * _HIDDEN)[:, None, None, :]
        for layer in self.layers:
            tokens = layer(tokens, hidden)
        return self.last(tokens)


class EyeTokens(nn.Module):
    """Patches (n, 1, 36, 60), grey levels 0..255, to one token of the whole eye and one per place.

    The whole-eye token holds what the eye network's heads read: averaged features, some that keep
    their place, and the places of iris, corners and lids that are found on the way.
    """

    def __init__(self, config: DriverNetConfig) -> None:
        super().__init__()
        widths = config.eye_widths
        self.stem = convolution(1, widths[0], 5, 2)
        self.stages = stages(widths[0], widths)
        self.placed = convolution(widths[-1], PLACED, 1, 1)
        self.places = _side(PATCH_HEIGHT, len(widths)) * _side(PATCH_WIDTH, len(widths))
        features = widths[-1] + PLACED * self.places
        self.points = nn.Linear(features, 2 * POINTS)
        self.whole = nn.Linear(features + 2 * POINTS, config.width)
        self.each = nn.Linear(widths[-1], config.width)
        self.place = nn.Parameter(0.02 * torch.randn(1, self.places, config.width))

    def forward(self, patch: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (n, 1 + places, width), and points (n, 10) for training."""
        x = self.stages(functional.relu(self.stem((patch.float() - MEAN) / SPREAD)))
        placed = functional.relu(self.placed(x)).flatten(1)
        features = torch.cat([x.mean((2, 3)), placed], 1)
        points = self.points(features)
        whole = self.whole(torch.cat([features, points], 1))
        each = self.each(x.flatten(2).transpose(1, 2)) + self.place
        return torch.cat([whole[:, None], each], 1), points


class FaceTokens(nn.Module):
    """Faces (n, 1, 40, 40), grey levels 0..255, to one token per place."""

    def __init__(self, config: DriverNetConfig) -> None:
        super().__init__()
        widths = config.face_widths
        self.stem = convolution(1, widths[0], 3, 2)
        self.stages = stages(widths[0], widths)
        self.places = _side(SIZE, len(widths)) ** 2
        self.each = nn.Linear(widths[-1], config.width)
        self.place = nn.Parameter(0.02 * torch.randn(1, self.places, config.width))

    def forward(self, face: Tensor) -> Tensor:
        """Tokens (n, places, width)."""
        x = self.stages(functional.relu(self.stem((face.float() - MEAN) / SPREAD)))
        return self.each(x.flatten(2).transpose(1, 2)) + self.place


class MapHead(nn.Module):
    """A token to the gaze map: one peak, and what a product of few factors adds to it.

    Attributes:
        middles: (CELLS, 2) of the cells, rad.
    """

    def __init__(self, width: int, rank: int) -> None:
        super().__init__()
        self.peak = nn.Sequential(nn.Linear(width, width), nn.GELU(), nn.Linear(width, GAZE + 1))
        self.factors = nn.Linear(width, rank * (len(YAWS) + len(PITCHES)))
        nn.init.zeros_(self.factors.bias)
        nn.init.normal_(self.factors.weight, std=0.01)
        self.rank = rank
        self.register_buffer("middles", torch.tensor(cell_middles(), dtype=torch.float32))
        self.register_buffer("smooth_across", _smoothing(len(YAWS)))
        self.register_buffer("smooth_along", _smoothing(len(PITCHES)))

    def forward(self, token: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, CELLS), and the middle of the peak (n, 2), rad."""
        peak = self.peak(token)
        middle, spread, slant = peak[:, :2], peak[:, 2:4], torch.tanh(peak[:, 4:5])
        sigma = (torch.exp(spread.clamp(-6.0, 3.0)) * 0.1).clamp(_NARROWEST, _WIDEST)
        x, y = ((self.middles[None] - middle[:, None]) / sigma[:, None]).unbind(2)
        # A Gaussian with correlated axes; the slant stays clear of a line.
        lean = 0.9 * slant
        logits = -0.5 * (x * x - 2.0 * lean * x * y + y * y) / (1.0 - lean * lean)
        factors = self.factors(token).view(-1, self.rank, len(YAWS) + len(PITCHES))
        across, along = factors.split([len(YAWS), len(PITCHES)], 2)
        # Smooth, or it learns the very cells that were looked at.
        across, along = across @ self.smooth_across, along @ self.smooth_along
        more = (along.transpose(1, 2) @ across).flatten(1)
        return logits + more, middle


class DriverNet(nn.Module):
    """Both parts.

    Args:
        config: Sizes.
    """

    def __init__(self, config: DriverNetConfig) -> None:
        super().__init__()
        width = config.width
        self.backbone = Backbone(config)
        self.eye, self.face = EyeTokens(config), FaceTokens(config)
        self.head = nn.Linear(HEAD_NUMBERS, width)
        self.body = nn.Linear(BODY_FEATURES, width)
        self.glances = nn.Linear(len(EYE_FEATURES), width)
        self.voice = nn.Linear(len(VOICE_FEATURES), width)
        self.kind = nn.Parameter(0.02 * torch.randn(SENSES, width))
        self.query = nn.Parameter(0.02 * torch.randn(3 + len(STATES), width))
        self.body_place = nn.Parameter(0.02 * torch.randn(1, BODY_TOKENS, width))
        self.second = nn.Parameter(0.02 * torch.randn(1, TOKENS, width))
        self.map = MapHead(width, config.rank)
        self.lid, self.state = nn.Linear(width, LID), nn.Linear(width, STATE)
        self.judged = nn.Linear(width, len(STATES))
        self.weights = nn.Parameter(torch.zeros(len(TASKS)))

    def forward(self, part: str, *inputs: Tensor) -> tuple[Tensor, ...]:
        """One of the parts: "frame" or "slow"."""
        return self.of_frame(*inputs) if part == "frame" else self.of_window(*inputs)

    def of_frame(
        self, eyes: Tensor, face: Tensor, head: Tensor, there: Tensor
    ) -> tuple[Tensor, ...]:
        """What one picture shows.

        Args:
            eyes: (n, 2, 36, 60) of the person's left eye and the mirrored right one, or of a
                mirrored person.
            face: (n, 1, 40, 40).
            head: (n, 6) forward and up of the head in the frame of the first patch.
            there: (n, 4) 1 or 0 for `FIRST`, `SECOND`, `FACE`, `HEAD`.

        Returns:
            Map logits (n, CELLS) in the frame of the first patch, the middle of its peak (n, 2),
            lids (n, 2, 2), states (n, 2, 2) and points (n, 2, 10), of both eyes.
        """
        count, size = eyes.shape[0], self.eye.places + 1
        seen, points = self._eyes(eyes, there)
        face_tokens = self._face(face, there)
        head_token = self.head(head)[:, None] + self.kind[HEAD]
        queries = self.query[:3].expand(count, -1, -1)
        # Each eye is asked about by a token that starts from what its own patch shows.
        own = queries[:, 1:] + seen[:, :, 0] * there[:, :2, None]
        tokens = torch.cat([queries[:, :1], own, seen.flatten(1, 2), face_tokens, head_token], 1)
        left, right, in_face, in_head = (there[:, i : i + 1] for i in range(SENSES))
        asking = torch.ones_like(there[:, :3])
        sizes = (size, size, self.face.places, 1)
        known = [
            sense.expand(-1, n)
            for sense, n in zip((left, right, in_face, in_head), sizes, strict=True)
        ]
        found = self.backbone(tokens, torch.cat([asking, *known], 1))
        logits, middle = self.map(found[:, 0])
        each = found[:, 1:3]
        return logits, middle, self.lid(each), self.state(each), points

    def _eyes(self, eyes: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (n, 2, 1 + places, width) and points (n, 2, 10) of both eyes.

        A batch of training without second eyes must not be normalised with their empty patches.
        """
        alone = self.training and not bool((there[:, SECOND] > 0.0).any())
        shown = eyes[:, :1] if alone else eyes
        tokens, points = self.eye(shown.reshape(-1, 1, PATCH_HEIGHT, PATCH_WIDTH))
        tokens = tokens.view(eyes.shape[0], -1, *tokens.shape[1:])
        points = points.view(eyes.shape[0], -1, points.shape[1])
        if alone:
            tokens = torch.cat([tokens, torch.zeros_like(tokens)], 1)
            points = torch.cat([points, torch.zeros_like(points)], 1)
        return tokens + self.kind[None, :2, None], points

    def _face(self, face: Tensor, there: Tensor) -> Tensor:
        """Tokens of the face; nothing is computed for a batch of training that has none."""
        if self.training and not bool((there[:, FACE] > 0.0).any()):
            return self.face.place.expand(face.shape[0], -1, -1) + self.kind[FACE]
        return self.face(face) + self.kind[FACE]

    def of_window(self, body: Tensor, eyes: Tensor, voice: Tensor) -> tuple[Tensor, ...]:
        """What a window shows; a token without its last number (or any known one) is missing.

        Args:
            body: (n, BODY_TOKENS, BODY_FEATURES), newest last.
            eyes: (n, TOKENS, features of `EYE_FEATURES`), newest last.
            voice: (n, TOKENS, features of `VOICE_FEATURES`).

        Returns:
            Logits (n, 3) of `STATES`.
        """
        tokens = torch.cat(
            [
                self.query[3:].expand(body.shape[0], -1, -1),
                self.body(body) + self.body_place,
                self.glances(eyes) + self.second + self.kind[FIRST],
                self.voice(voice) + self.second,
            ],
            1,
        )
        there = torch.cat(
            [
                torch.ones_like(body[:, : len(STATES), 0]),
                (body.abs().sum(2) > 0.0).float(),
                (eyes[:, :, -1] > 0.0).float(),
                (voice[:, :, -1] > 0.0).float(),
            ],
            1,
        )
        found = self.backbone(tokens, there)[:, : len(STATES)]
        # Each answer reads its own token.
        return ((found * self.judged.weight).sum(2) + self.judged.bias,)


def _smoothing(count: int) -> Tensor:
    """(count, count) that replaces each of so many cells in a row by the mean about it."""
    away = torch.arange(count)[:, None] - torch.arange(count)[None]
    weights = torch.exp(-0.5 * (away / _SMOOTH_CELLS).square())
    return weights / weights.sum(0, keepdim=True)


def parameters_of(network: nn.Module) -> int:
    """How many numbers are learned."""
    return sum(p.numel() for p in network.parameters())


def _side(length: int, count: int) -> int:
    """Places along a side after a stem of stride 2 and so many stages, the first of stride 1."""
    for _ in range(count):
        length = -(-length // 2)
    return length
