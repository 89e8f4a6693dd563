"""Losses over classes of unequal number, the numbers that make them fair, and one over scales.

Four ways to treat imbalance: weights per class, a sampler, balanced softmax (the same as logit
adjustment in the loss) and nothing. Weights and sampler change what is drawn or counted; balanced
softmax adds the logarithm of the class shares to the logits while learning, so that without it the
network's own answer holds no preference for frequent classes (Ren et al., "Balanced meta-softmax
for long-tailed visual recognition", NeurIPS 2020; Menon et al., "Long-tail learning via logit
adjustment", ICLR 2021).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

from affect_perception.core.errors import ConfigError

BALANCES = ("none", "weights", "sampler", "softmax")


def class_counts(labels: npt.ArrayLike, classes: int) -> npt.NDArray[np.float64]:
    """(classes,) how often each label occurs; labels below 0 are unknown and not counted.

    Raises:
        ConfigError: If a class does not occur: no balancing can make up for that.
    """
    values = np.asarray(labels, np.int64)
    counts = np.bincount(values[values >= 0], minlength=classes).astype(np.float64)
    if len(counts) != classes or (counts == 0).any():
        raise ConfigError(f"every class needs an example, found {counts.astype(int).tolist()}")
    return counts


def class_weights(counts: npt.ArrayLike, power: float = 1.0) -> Tensor:
    """Weights (classes,) that fall with the class's number and are 1 on average over examples.

    Args:
        counts: Examples per class, all above 0.
        power: 1 counts every class alike, 0.5 is halfway, 0 leaves things as they are.
    """
    n = np.asarray(counts, np.float64)
    weights = n**-power
    return torch.tensor(weights * n.sum() / (weights * n).sum(), dtype=torch.float32)


def log_prior(counts: npt.ArrayLike, strength: float = 1.0) -> Tensor:
    """What balanced softmax adds to the logits while learning: (classes,)."""
    n = np.asarray(counts, np.float64)
    return torch.tensor(strength * np.log(n / n.sum()), dtype=torch.float32)


def chances(labels: npt.ArrayLike, power: float = 1.0) -> npt.NDArray[np.float64]:
    """(n,) chance of each example to be drawn, for a sampler; together 1.

    Args:
        labels: Class of each example, none unknown.
        power: 1 draws every class alike, 0 every example alike.
    """
    values = np.asarray(labels, np.int64)
    n = np.bincount(values).astype(np.float64)
    each = n[values] ** -power
    return np.asarray(each / each.sum(), np.float64)


def smoothed(labels: Tensor, classes: int, amount: float) -> Tensor:
    """(n, classes) targets: `amount` is spread over all classes; unknown labels (-1) give zeros."""
    hot = functional.one_hot(labels.clamp_min(0), classes).float()
    return (hot * (1.0 - amount) + amount / classes) * (labels >= 0).float()[:, None]


def soft_cross_entropy(
    logits: Tensor,
    target: Tensor,
    *,
    weights: Tensor | None = None,
    prior: Tensor | None = None,
) -> Tensor:
    """Cross entropy with targets that are shares; the mean over the rows that have a target.

    Args:
        logits: (n, classes).
        target: (n, classes); a row of zeros has no target.
        weights: (classes,) of `class_weights`.
        prior: (classes,) of `log_prior`.
    """
    logits = logits.float()
    if prior is not None:
        logits = logits + prior
    if weights is not None:
        target = target * weights
    known = (target.sum(1) > 0.0).sum().clamp_min(1)
    return -(target * functional.log_softmax(logits, 1)).sum() / known


def concordance_loss(found: Tensor, target: Tensor) -> Tensor:
    """1 less the concordance correlation, the mean over the columns: 0 is perfect, 1 unrelated.

    The coefficient (Lin, Biometrics 45(1), 1989) asks for the right order, scale and middle at
    once; as a loss it is usual for valence and arousal (Kollias et al., "Deep affect prediction
    in-the-wild", IJCV 127, 2019), whose squared error rewards answers near the middle. It is that
    of the batch, so batches of a few labelled rows teach little.

    Args:
        found: (n, k).
        target: (n, k); a row with a NaN has no target. With fewer than two rows that have one the
            loss is 1 and teaches nothing.
    """
    known = torch.isfinite(target).all(1, keepdim=True)
    share = known.float() / known.sum().clamp_min(1)
    zero = torch.zeros((), device=found.device)
    x, y = torch.where(known, found.float(), zero), torch.where(known, target.float(), zero)
    middle_x, middle_y = (share * x).sum(0), (share * y).sum(0)
    from_x, from_y = x - middle_x, y - middle_y
    apart = (share * (from_x**2 + from_y**2)).sum(0) + (middle_x - middle_y) ** 2
    together = 2.0 * (share * from_x * from_y).sum(0)
    return (1.0 - together / apart.clamp_min(1e-6)).mean()
