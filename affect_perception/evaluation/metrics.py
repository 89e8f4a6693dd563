"""Measures of error, each a pure function of arrays, with intervals over subjects.

Errors of one person are not independent of each other, so intervals come from drawing persons
with replacement, not pictures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence

import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from affect_perception.core.errors import InputError

Array = npt.NDArray[np.float64]


def wrapped_difference_deg(estimate: npt.ArrayLike, truth: npt.ArrayLike) -> Array:
    """Estimate minus truth, degrees, wrapped into [-180, 180)."""
    difference = np.asarray(estimate, dtype=np.float64) - np.asarray(truth, dtype=np.float64)
    return (difference + 180.0) % 360.0 - 180.0


def mean_absolute(errors: npt.ArrayLike) -> float:
    """Mean of the absolute values; NaN of nothing."""
    values = np.asarray(errors, dtype=np.float64)
    return float(np.mean(np.abs(values))) if values.size else math.nan


def share(flags: npt.ArrayLike) -> float:
    """Share of true values, 0..1; NaN of nothing."""
    values = np.asarray(flags, dtype=bool)
    return float(np.mean(values)) if values.size else math.nan


def correlation(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Pearson's correlation over the pairs where both are known.

    Returns:
        -1..1, or NaN with fewer than three pairs or a constant series.
    """
    x, y = _known_pairs(a, b)
    if x.size < 3:
        return math.nan
    x, y = x - x.mean(), y - y.mean()
    norm = math.sqrt(float(x @ x) * float(y @ y))
    return float(x @ y) / norm if norm > 0.0 else math.nan


def concordance(a: npt.ArrayLike, b: npt.ArrayLike) -> float:
    """Concordance correlation (Lin, Biometrics 45(1), 1989) over the pairs where both are known.

    It is Pearson's where spread and middle agree, and less where they do not.

    Returns:
        -1..1, or NaN with fewer than three pairs or where both are the same constant.
    """
    x, y = _known_pairs(a, b)
    if x.size < 3:
        return math.nan
    apart = float(x.var() + y.var() + (x.mean() - y.mean()) ** 2)
    together = float(np.mean((x - x.mean()) * (y - y.mean())))
    return 2.0 * together / apart if apart > 0.0 else math.nan


def slope(truth: npt.ArrayLike, estimate: npt.ArrayLike) -> float:
    """Least-squares gain of the estimate over the truth: 1 is right, below 1 shrinks.

    Returns:
        The gain, or NaN with fewer than three pairs or a constant truth.
    """
    x, y = _known_pairs(truth, estimate)
    if x.size < 3:
        return math.nan
    x = x - x.mean()
    power = float(x @ x)
    return float(x @ (y - y.mean())) / power if power > 0.0 else math.nan


def accuracy(predicted: Sequence[Hashable], truth: Sequence[Hashable]) -> float:
    """Share of equal labels; NaN of nothing."""
    _same_length(predicted, truth)
    return share([p == t for p, t in zip(predicted, truth, strict=True)])


def unweighted_average_recall(predicted: Sequence[Hashable], truth: Sequence[Hashable]) -> float:
    """Mean over the classes present in the truth of the share recognised; NaN of nothing."""
    _same_length(predicted, truth)
    hits: dict[Hashable, list[bool]] = {}
    for p, t in zip(predicted, truth, strict=True):
        hits.setdefault(t, []).append(p == t)
    return float(np.mean([share(flags) for flags in hits.values()])) if hits else math.nan


def area_under_roc(score: npt.ArrayLike, positive: npt.ArrayLike) -> float:
    """Probability that a positive scores above a negative, ties counting half; NaN without both.

    Args:
        score: (n,) higher for positives.
        positive: (n,) flags.
    """
    values, flags = np.asarray(score, np.float64), np.asarray(positive, bool)
    positives, negatives = int(flags.sum()), int((~flags).sum())
    if not positives or not negatives:
        return math.nan
    # By ranks (Mann and Whitney 1947): every pair at once would take memory of their product.
    ranks = float(rankdata(values)[flags].sum())
    return (ranks - 0.5 * positives * (positives + 1)) / (positives * negatives)


def angular_error_deg(a: npt.ArrayLike, b: npt.ArrayLike) -> Array:
    """Angle between two sets of vectors of shape (..., 3), degrees."""
    u, v = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    # atan2 of cross and dot keeps its precision near 0 and 180 degrees, unlike arccos.
    cross = np.linalg.norm(np.cross(u, v), axis=-1)
    return np.asarray(np.degrees(np.arctan2(cross, np.sum(u * v, axis=-1))), dtype=np.float64)


def direction(yaw_deg: npt.ArrayLike, pitch_deg: npt.ArrayLike) -> Array:
    """Unit vectors (..., 3) of directions in the cabin frame from yaw and pitch, degrees."""
    yaw, pitch = np.radians(yaw_deg), np.radians(pitch_deg)
    return np.stack(
        [np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), np.sin(pitch)], axis=-1
    )


def normalised_mean_error(estimate: npt.ArrayLike, truth: npt.ArrayLike, scale: float) -> float:
    """Mean distance of corresponding points over a reference length (NME).

    Args:
        estimate: Points, shape (N, 2).
        truth: Points, shape (N, 2).
        scale: Reference length in the same unit, above 0; 300-W takes the distance of the outer
            eye corners (Sagonas et al., "300 Faces in-the-Wild Challenge", ICCV Workshops 2013).
    """
    a, b = np.asarray(estimate, dtype=np.float64), np.asarray(truth, dtype=np.float64)
    if a.shape != b.shape or a.ndim != 2 or a.shape[1] != 2:
        raise InputError(f"points need equal shapes (N, 2), got {a.shape} and {b.shape}")
    if not scale > 0.0:
        raise InputError(f"the reference length of an NME must be above 0, got {scale:g}")
    return float(np.mean(np.linalg.norm(a - b, axis=1)) / scale)


def area_under_error_curve(errors: npt.ArrayLike, limit: float) -> float:
    """Area under the cumulative error curve up to `limit`, over `limit`: 1 is perfect.

    Args:
        errors: One error per picture; infinity where no face was found.
        limit: Largest error that counts, above 0.
    """
    values = np.asarray(errors, dtype=np.float64)
    if not values.size:
        return math.nan
    return float(np.mean(np.clip(1.0 - values / limit, 0.0, 1.0)))


def without_offset_per_group(errors: npt.ArrayLike, groups: Sequence[Hashable]) -> Array:
    """Errors less the mean error of their group (person): what one constant cannot repair.

    The constants come from the same pictures that are scored, so the result flatters a little; it
    is printed beside the plain figure, never instead of it.
    """
    values = np.array(errors, dtype=np.float64)
    _same_length(values, groups)
    for group in set(groups):
        members = np.array([g == group for g in groups], dtype=bool)
        values[members] -= values[members].mean()
    return values


def bootstrap_interval(
    values: npt.ArrayLike,
    groups: Sequence[Hashable],
    statistic: Callable[[Array], float] = lambda v: float(np.mean(v)),
    *,
    draws: int = 1000,
    seed: int = 1,
    level: float = 0.95,
) -> tuple[float, float]:
    """Percentile interval of a statistic, drawing whole groups (persons) with replacement.

    Args:
        values: One value per picture.
        groups: The group each value belongs to.
        statistic: What is computed of the drawn values.
        draws: Number of draws.
        seed: Of the draws, so that a page can be written twice with the same bytes.
        level: Coverage, 0..1.

    Returns:
        (low, high); NaN with fewer than two groups, for which no spread can be known.
    """
    data = np.asarray(values, dtype=np.float64)
    _same_length(data, groups)
    names = sorted({str(g) for g in groups})
    if len(names) < 2:
        return math.nan, math.nan
    labels = np.array([str(g) for g in groups])
    members = [data[labels == name] for name in names]
    rng = np.random.default_rng(seed)
    picks = rng.integers(0, len(members), size=(draws, len(members)))
    results = [statistic(np.concatenate([members[i] for i in pick])) for pick in picks]
    return percentile_interval(results, level)


def percentile_interval(draws: npt.ArrayLike, level: float = 0.95) -> tuple[float, float]:
    """(low, high) that hold the middle share `level` of draws; NaN if one of these is unknown."""
    values = np.asarray(draws, dtype=np.float64)
    if not np.isfinite(values).all():
        return math.nan, math.nan
    tail = 50.0 * (1.0 - level)
    low, high = np.percentile(values, [tail, 100.0 - tail])
    return float(low), float(high)


def _known_pairs(a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Array, Array]:
    """Both series, of the pairs where both are known."""
    x, y = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    _same_length(x, y)
    known = np.isfinite(x) & np.isfinite(y)
    return x[known], y[known]


def _same_length(a: Sequence[object] | Array, b: Sequence[object] | Array) -> None:
    if len(a) != len(b):
        raise InputError(f"series of different length: {len(a)} and {len(b)}")
