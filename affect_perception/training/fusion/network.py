"""A light Transformer over the tokens of face and voice, of which either may be missing.

One layer of attention (Vaswani and others, "Attention is all you need", NeurIPS 2017) from a token
of the state to itself and to one token per modality; what it adds to the plain sum of the evidence
is learned. Trained with modalities left out at random (Neverova and others, "ModDrop: adaptive
multi-modal gesture recognition", IEEE PAMI 2016) and with evidence that has faded.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from affect_perception.core.fusion.learned import CLASSES, TOKENS
from affect_perception.training.fusion.recipe import FusionRecipe

Array = npt.NDArray[np.float64]
_HIDDEN = -1e4


class FusionNet(nn.Module):
    """Evidence (n, 2, classes) of face and voice, and which are there (n, 2), to logits.

    Args:
        width: Length of a token.
        dropout: As in the recipe.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.tokens = nn.ModuleList(nn.Linear(CLASSES + 1, width) for _ in range(TOKENS))
        self.state = nn.Parameter(0.1 * torch.randn(width))
        self.keys, self.values = nn.Linear(width, width), nn.Linear(width, width)
        self.query = nn.Linear(width, width)
        self.after = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout)
        )
        self.head = nn.Linear(2 * width, CLASSES)
        self.exponents = nn.Parameter(torch.ones(TOKENS))
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, evidence: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n, classes), and weights (n, 2) of face and voice; the rest is the state's."""
        spread = evidence.pow(2).mean(dim=-1, keepdim=True).sqrt()
        rows = torch.cat([evidence, spread], dim=-1)
        row = [token(rows[:, place]) for place, token in enumerate(self.tokens)]
        state = self.state.expand_as(row[0])
        tokens = torch.stack([state, *row], dim=1)
        seen = torch.cat([torch.ones_like(there[:, :1]), there], dim=1)
        scores = (self.keys(tokens) * self.query(state)[:, None]).sum(dim=-1)
        scores = scores / math.sqrt(tokens.shape[-1]) + (1.0 - seen) * _HIDDEN
        weights = torch.softmax(scores, dim=-1)
        mixed = state + (weights[:, :, None] * self.values(tokens)).sum(dim=1)
        plain = (evidence * (self.exponents * there)[:, :, None]).sum(dim=1)
        return plain + self.head(self.after(mixed)), weights[:, 1:]


class FusionMembers(nn.Module):
    """The mean of several networks, as probabilities when all classes are equally likely.

    Args:
        members: The networks.
    """

    def __init__(self, members: list[FusionNet]) -> None:
        super().__init__()
        self.members = nn.ModuleList(members)

    def forward(self, evidence: Tensor, there: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities (n, classes) and weights (n, 2)."""
        found = [member(evidence, there) for member in self.members]
        shares = torch.stack([torch.softmax(logits, dim=-1) for logits, _ in found]).mean(dim=0)
        return shares, torch.stack([weights for _, weights in found]).mean(dim=0)


def fit_network(
    evidence: Array, truth: npt.NDArray[np.int64], recipe: FusionRecipe
) -> FusionMembers:
    """Learns from rows of evidence (n, 2, classes) of face and voice.

    Classes count alike, however many rows they have. The same rows and recipe give the same
    network.
    """
    rows = torch.from_numpy(evidence.astype(np.float32))
    target = torch.from_numpy(truth)
    counts = torch.bincount(target, minlength=CLASSES).clamp_min(1)
    loss = nn.CrossEntropyLoss(weight=len(target) / CLASSES / counts.float())
    members = []
    for number in range(recipe.members):
        torch.manual_seed(recipe.seed + number)
        member = FusionNet(recipe.width, recipe.dropout)
        _learn(member, rows, target, loss, recipe, recipe.seed + number)
        members.append(member.eval())
    return FusionMembers(members).eval()


def _learn(
    member: FusionNet,
    rows: Tensor,
    target: Tensor,
    loss: nn.CrossEntropyLoss,
    recipe: FusionRecipe,
    seed: int,
) -> None:
    draw = torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(member.parameters(), recipe.rate, weight_decay=recipe.decay)
    member.train()
    for _ in range(recipe.passes):
        for batch in torch.randperm(len(target), generator=draw).split(256):
            there = torch.rand(len(batch), TOKENS, generator=draw) >= recipe.modality_dropout
            there[~there.any(dim=1)] = True
            left = torch.rand(len(batch), TOKENS, generator=draw) ** 0.25
            kept = (left * there)[:, :, None] * rows[batch]
            error = loss(member(kept, there.float())[0], target[batch])
            optimiser.zero_grad()
            error.backward()
            optimiser.step()
