"""The recipe of an expression network."""

from __future__ import annotations

from dataclasses import dataclass, field

from affect_perception.core.errors import ConfigError
from affect_perception.evaluation.datasets.expression_set import TILE
from affect_perception.training.expression.augment import AugmentConfig
from affect_perception.training.expression.network import NetworkConfig
from affect_perception.training.learner import LoopConfig
from affect_perception.training.losses import BALANCES


@dataclass(frozen=True)
class TargetConfig:
    """What the network is asked for.

    Attributes:
        seven: Weight of FER2013's seven classes.
        eight: Weight of the eight expressions as the FER+ voters saw them.
        affect: Weight of valence and arousal, above 0; counts only where faces are labelled with
            them.
        voted: Share of the votes (of the seven classes among them) in the target of the seven.
        smoothing: Share of that target spread over all classes.
        balance: How unequal classes are treated in the seven: none, weights, sampler, softmax.
        balance_power: How far, 0 not at all, 1 fully.
    """

    seven: float = 1.0
    eight: float = 0.5
    affect: float = 0.5
    voted: float = 0.3
    smoothing: float = 0.1
    balance: str = "none"
    balance_power: float = 0.5

    def __post_init__(self) -> None:
        if self.balance not in BALANCES:
            raise ConfigError(f"target.balance: '{self.balance}' is none of {', '.join(BALANCES)}")
        if min(self.seven, self.eight) < 0.0 or self.seven + self.eight <= 0.0:
            raise ConfigError("target: the weights must not be below 0 and not both 0")
        if not self.affect > 0.0:
            raise ConfigError("target.affect must be above 0")
        for name in ("voted", "smoothing", "balance_power"):
            if not 0.0 <= getattr(self, name) <= 1.0:
                raise ConfigError(f"target.{name} must be 0 to 1")


@dataclass(frozen=True)
class ExpressionRecipe:
    """How an expression network is trained.

    Attributes:
        size: Side of the network's picture, px.
        early_size: Side at the start; it grows to `size` in steps of 4 px until `full_size_from`.
            Smaller pictures take less time and teach the coarse part.
        full_size_from: Share of the training after which the size is `size`.
        held_out: Share of Training that is not learned from: it fits the temperature and shows how
            far the training is. Equal pictures stay together.
        network: Shape.
        target: What it is asked for.
        augment: Changes of the faces.
        loop: How the weights move.
    """

    size: int = 40
    early_size: int = 40
    full_size_from: float = 0.5
    held_out: float = 0.05
    network: NetworkConfig = field(default_factory=NetworkConfig)
    target: TargetConfig = field(default_factory=TargetConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    loop: LoopConfig = field(default_factory=LoopConfig)

    def __post_init__(self) -> None:
        if not 16 <= self.early_size <= self.size <= 2 * TILE:
            raise ConfigError(f"sizes must rise from 16 to {2 * TILE} px: early_size, size")
        if not (0.0 <= self.full_size_from <= 1.0 and 0.0 < self.held_out < 0.5):
            raise ConfigError("full_size_from must be 0 to 1, held_out above 0 and below 0.5")
