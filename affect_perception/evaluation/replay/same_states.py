"""Compares the states of a live drive with those of its replay, stamp by stamp."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from affect_perception.io.table import STAMP, Columns

TOLERANCE = 1e-6
"""Differences up to this are none (docs/replay.md)."""
_NOT_COMPARED = ("latency",)  # NaN in replay


@dataclass(frozen=True)
class Match:
    """How far two tables agree.

    Attributes:
        live: States said live.
        replayed: States of the replay.
        common: Stamps of which both have a state.
        equal: Of these, states that are the same in every field but the latency.
        differing: Fields that differ somewhere, with the largest difference; NaN of texts, and
            where one of the two does not know.
    """

    live: int
    replayed: int
    common: int
    equal: int
    differing: dict[str, float]


def match(live: Columns, replayed: Columns) -> Match:
    """Compares two tables of one kind; what only one of them has a stamp of is only counted."""
    a, b = np.asarray(live[STAMP]), np.asarray(replayed[STAMP])
    _, mine, theirs = np.intersect1d(a, b, return_indices=True)
    equal = np.ones(len(mine), bool)
    differing: dict[str, float] = {}
    for name, column in replayed.items():
        if name in _NOT_COMPARED:
            continue
        said = live[name]
        if isinstance(column, list):
            same = np.array([said[i] == column[j] for i, j in zip(mine, theirs, strict=True)], bool)
            largest = np.nan
        else:
            x = np.asarray(said)[mine].astype(np.float64)
            y = np.asarray(column)[theirs].astype(np.float64)
            apart = np.abs(x - y)
            same = (apart <= TOLERANCE) | (np.isnan(x) & np.isnan(y))
            known = apart[~same & np.isfinite(apart)]
            largest = float(known.max()) if len(known) else np.nan
        if not same.all():
            differing[name] = largest
            equal &= same
    return Match(len(a), len(b), len(mine), int(equal.sum()), differing)
