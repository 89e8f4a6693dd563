"""How the model of load and stress is fitted."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.errors import ConfigError


@dataclass(frozen=True)
class LoadRecipe:
    """The recipe.

    Attributes:
        penalty: On the squared weights, against 100 for each person's windows; from 3 to 30 the
            figures with people apart differ by less than .005.
        joined_weight: Weight of a shuffled course and of one that begins with stress, against 1 of
            the recorded one. More of it costs where the baseline is right and brings where it is
            wrong; this is the largest that keeps the figures of the recorded order (docs/load.md).
        folds: Groups of people left out together in the cross-validation over both sets.
        seed: Of the orders of the phases.
    """

    penalty: float = 10.0
    joined_weight: float = 0.25
    folds: int = 8
    seed: int = 1

    def __post_init__(self) -> None:
        if not (self.penalty > 0.0 and self.joined_weight >= 0.0 and self.folds >= 2):
            raise ConfigError("load: penalty must be above 0, joined_weight not below, folds >= 2")
