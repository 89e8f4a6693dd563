"""How the audio-visual heads are fitted; config/training/audiovisual.yaml is the shipped recipe."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.errors import ConfigError


@dataclass(frozen=True)
class AudiovisualRecipe:
    """The recipe.

    Attributes:
        weight_alone: Weight of the data against the penalty on squared weights, heads that judge a
            clip by itself.
        weight_relative: The same, heads that judge a clip relative to the person's past.
        orders: Random orders of time of each person's clips that the relative heads learn from.
        fewest, most: Bounds of the number of clips that the mean of the training people counts
            like when what is usual for a person is estimated. Per feature it is the variance
            within people over that between them.
        spread_clips: Number of clips that the spread of the training people counts like.
        pairs: Pairs of canonical directions that voice and face are compared by.
        drawn: Share by which the covariances of these are drawn to spheres.
        seed: Of all orders.
    """

    weight_alone: float = 0.03
    weight_relative: float = 0.1
    orders: int = 8
    fewest: float = 0.5
    most: float = 20.0
    spread_clips: float = 20.0
    pairs: int = 20
    drawn: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("weight_alone", "weight_relative", "fewest", "spread_clips"):
            if not getattr(self, name) > 0.0:
                raise ConfigError(f"{name} must be above 0, got {getattr(self, name)}")
        if not self.most >= self.fewest:
            raise ConfigError(f"most ({self.most:g}) must be at least fewest ({self.fewest:g})")
        if not 0.0 <= self.drawn <= 1.0:
            raise ConfigError(f"drawn must be 0 to 1, got {self.drawn}")
        if not 1 <= self.pairs <= 50:
            raise ConfigError(f"pairs must be 1 to 50, got {self.pairs}")
        if self.orders < 1:
            raise ConfigError(f"orders must be at least 1, got {self.orders}")
