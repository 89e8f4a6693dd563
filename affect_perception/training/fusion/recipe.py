"""How the learned fusion is fitted; config/training/fusion.yaml is the shipped recipe."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.errors import ConfigError


@dataclass(frozen=True)
class FusionRecipe:
    """The recipe.

    Attributes:
        width: Length of a token.
        dropout: Share of the hidden numbers that are set to 0.
        modality_dropout: Probability that a modality is left out of a training row.
        decay: Weight decay of AdamW.
        rate: Its learning rate.
        passes: Passes over the rows.
        members: Networks whose probabilities are averaged.
        seed: Of everything drawn.
    """

    width: int = 16
    dropout: float = 0.1
    modality_dropout: float = 0.2
    decay: float = 0.05
    rate: float = 0.002
    passes: int = 12
    members: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("width", "passes", "members"):
            if getattr(self, name) < 1:
                raise ConfigError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("dropout", "modality_dropout"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ConfigError(f"{name} must be 0 to below 1, got {getattr(self, name)}")
