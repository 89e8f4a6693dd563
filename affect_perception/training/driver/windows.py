"""Batches of the slow part: body tokens and scripted drives, joined at random.

No recording here has all of them at once. Body tokens of one person and glances of another are put
into one window, each with the labels that it has: so the network learns to answer with everything
there, and that neither says anything about the other, as nothing here tells otherwise.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from affect_perception.core.load.tokens import CHANNELS, LEARNED, columns_of
from affect_perception.training.driver.body_windows import (
    BODY_FEATURES,
    BODY_TOKENS,
    BodyWindows,
)
from affect_perception.training.driver.glances import Windows
from affect_perception.training.driver.network import DISTRACTION, LOAD, STRESS
from affect_perception.training.driver.recipe import TokenDropout
from affect_perception.training.load.compare import DROPPED

Floats = npt.NDArray[np.float32]


class SlowBatches:
    """Draws windows.

    Args:
        body: Body tokens, if there are any.
        drives: Scripted drives.
        tokens: What is taken away.
        count: Windows in a batch.
    """

    def __init__(
        self, body: BodyWindows | None, drives: Windows, tokens: TokenDropout, count: int
    ) -> None:
        self._tokens, self._count = tokens, count
        self._eyes, self._voice = torch.from_numpy(drives.eyes), torch.from_numpy(drives.voice)
        self._distracted = torch.from_numpy(drives.distracted)
        share = self._distracted.mean().clamp(0.01, 0.99)
        self._chances = torch.where(self._distracted > 0.5, 1.0 / share, 1.0 / (1.0 - share))
        self._body = None if body is None else torch.from_numpy(body.tokens)
        if body is not None:
            self._states = torch.from_numpy(body.states)
            self._body_chances = torch.from_numpy(body.chances.mean(axis=1))

    def losses(self, network: nn.Module, random: torch.Generator) -> dict[str, Tensor]:
        """The losses of the next batch."""
        count, tokens = self._count, self._tokens
        rows = torch.multinomial(self._chances, count, replacement=True, generator=random)
        eyes = taken_away(self._eyes[rows], tokens.window, tokens.moment, random)
        voice = taken_away(self._voice[rows], tokens.window, tokens.moment, random)
        if self._body is None:
            body = torch.zeros(count, BODY_TOKENS, BODY_FEATURES)
            states = torch.full((count, 2), torch.nan)
        else:
            own = torch.multinomial(self._body_chances, count, replacement=True, generator=random)
            body = without_some_channels(self._body[own], random)
            body = taken_away(body, tokens.window, tokens.moment, random)
            states = self._states[own]
        (said,) = network("slow", body, eyes, voice)
        found = {"distraction": _cross_entropy(said[:, DISTRACTION], self._distracted[rows])}
        for name, place, column in (("load", LOAD, 0), ("stress", STRESS, 1)):
            known = torch.isfinite(states[:, column])
            if known.any():
                found[name] = _cross_entropy(said[known, place], states[known, column])
        return found


def _cross_entropy(logits: Tensor, states: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(logits, states)


def taken_away(tokens: Tensor, window: float, moment: float, random: torch.Generator) -> Tensor:
    """Tokens (n, t, features), with all of some windows and single others set to 0."""
    count, length, _ = tokens.shape
    kept = torch.rand(count, 1, generator=random) >= window
    each = torch.rand(count, length, generator=random) >= moment
    return tokens * (kept & each)[:, :, None]


def without_some_channels(body: Tensor, random: torch.Generator) -> Tensor:
    """Body tokens without some channels, as sensors fall out; never without all of them."""
    gone = torch.rand(len(body), len(CHANNELS), generator=random) < DROPPED
    gone[gone.all(1)] = False
    kept = torch.ones(len(body), body.shape[2])
    for number, channel in enumerate(CHANNELS):
        kept[:, channel_places(channel, body.shape[2])] *= (~gone[:, number]).float()[:, None]
    return body * kept[:, None]


def channel_places(channel: str, features: int) -> list[int]:
    """Where the numbers of a channel stand in a body token: in each view, and whether known."""
    return [
        k * len(LEARNED) + c for k in range(features // len(LEARNED)) for c in columns_of(channel)
    ]
