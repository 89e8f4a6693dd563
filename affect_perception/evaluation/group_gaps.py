"""Differences between groups of people: rates with intervals, largest gaps, and what chance gives.

The largest of many differences is never zero, even if no group is treated worse than another, so
each gap stands beside the gaps of shuffled labels.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError

Array = npt.NDArray[np.float64]
Groups = Mapping[str, Sequence[str]]

# Smaller groups are reported, but open no gap: one picture would move their rate by over 5 %.
SMALLEST_GROUP = 20
_Z95 = 1.959963984540054


def wilson_interval(hits: int, n: int, z: float = _Z95) -> tuple[float, float]:
    """Score interval of a share, 95 % by default; NaN of nothing.

    Wilson, "Probable inference, the law of succession, and statistical inference", J. Am. Stat.
    Assoc. 22 (1927). Unlike the usual normal interval it stays within 0..1 and has a width even at
    0 and 1 of n.

    Raises:
        InputError: If hits is outside 0..n.
    """
    if not 0 <= hits <= n:
        raise InputError(f"{hits} of {n} is no share")
    if n == 0:
        return math.nan, math.nan
    rate, square = hits / n, z * z
    middle = (rate + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(rate * (1 - rate) / n + square / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def gap(values: npt.ArrayLike, groups: Sequence[str], smallest: int = SMALLEST_GROUP) -> float:
    """Largest minus smallest mean among the groups of an attribute.

    Args:
        values: One value per picture; NaN does not count.
        groups: The group of each picture.
        smallest: Groups with fewer known values are left out.

    Returns:
        The gap, or NaN with fewer than two groups.
    """
    codes, count = _codes(groups)
    return _gap(np.asarray(values, dtype=np.float64), codes, count, smallest)


def worst_gap(values: npt.ArrayLike, attributes: Groups, smallest: int = SMALLEST_GROUP) -> float:
    """Largest gap over several attributes; NaN if none has two groups."""
    gaps = [gap(values, groups, smallest) for groups in attributes.values()]
    known = [g for g in gaps if math.isfinite(g)]
    return max(known, default=math.nan)


def shuffled_gaps(
    values: npt.ArrayLike,
    attributes: Groups,
    smallest: int = SMALLEST_GROUP,
    *,
    draws: int = 1000,
    seed: int = 1,
) -> Array:
    """The worst gap when the people keep their labels together but the pictures are shuffled.

    Args:
        values: One value per picture.
        attributes: Groups of each picture by attribute.
        smallest: As in `gap`.
        draws: Number of shuffles.
        seed: Of the shuffles.

    Returns:
        One worst gap per shuffle, shape (draws,); NaN where there is none.
    """
    data = np.asarray(values, dtype=np.float64)
    coded = [_codes(groups) for groups in attributes.values()]
    rng = np.random.default_rng(seed)
    found = np.full(draws, np.nan)
    for index in range(draws):
        shuffled = rng.permutation(data)
        gaps = [_gap(shuffled, codes, count, smallest) for codes, count in coded]
        found[index] = max((g for g in gaps if math.isfinite(g)), default=math.nan)
    return found


def _codes(groups: Sequence[str]) -> tuple[npt.NDArray[np.intp], int]:
    names, codes = np.unique(np.asarray(groups, dtype=str), return_inverse=True)
    return codes, len(names)


def _gap(values: Array, codes: npt.NDArray[np.intp], count: int, smallest: int) -> float:
    if len(values) != len(codes):
        raise InputError(f"series of different length: {len(values)} and {len(codes)}")
    known = np.isfinite(values)
    sizes = np.bincount(codes[known], minlength=count)
    sums = np.bincount(codes[known], weights=values[known], minlength=count)
    large = sizes >= max(smallest, 1)
    if np.count_nonzero(large) < 2:
        return math.nan
    means = sums[large] / sizes[large]
    return float(means.max() - means.min())
