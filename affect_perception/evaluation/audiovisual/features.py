"""The numbers of a clip that audio-visual emotion is judged from, and the scale they are put on.

The columns are those of `ravdess_av`: acoustic measures of the whole clip, and mean and spread over
its pictures of seven expression probabilities, twenty action units and the opening of the mouth, as
the source's authors extracted them with an open toolbox. They are not what this package's own face
and voice paths give. Left out: `cpp_*`, empty in three of four rows.

Scales, so that a shift by the person's usual value means the same everywhere: logarithms of what
is positive and skewed (pitch, jitter, shimmer, variances, speech rates), log odds of probabilities
and action units, square roots of their spreads.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

_FORMANTS = tuple(f"f{n}_{what}" for n in range(5) for what in ("mean", "stddev", "range"))
_EXPRESSIONS = ("anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral")
_UNITS = tuple(
    f"AU{n:02d}"
    for n in (1, 2, 4, 5, 6, 7, 9, 10, 11, 12, 14, 15, 17, 20, 23, 24, 25, 26, 28, 43)
)  # fmt: skip

VOICE_COLUMNS = (
    *_FORMANTS,
    *(f"{name}_{what}" for name in ("loudness", "hnr") for what in ("mean", "stddev", "range")),
    "jitter", "jitter_abs", "jitter_rap", "jitter_ppq5", "jitter_ddp",
    "shimmer", "shimmer_db", "shimmer_apq3", "shimmer_apq5", "shimmer_apq11", "shimmer_dda",
    "gne_ratio",
    *(f"mfcc{n}_mean" for n in range(1, 15)), *(f"mfcc{n}_var" for n in range(1, 15)),
    "spir", "dur_med", "dur_mad", "silence_ratio", "rel_f0_sd", "rel_se0_sd",
)  # fmt: skip
"""Columns of the voice, in the order of the features."""

FACE_COLUMNS = tuple(
    f"{name}_{what}"
    for what in ("mean", "std")
    for name in (*_EXPRESSIONS, *_UNITS, "mouth_openness")
)
"""Columns of the face, in the order of the features."""

VOICE = slice(0, len(VOICE_COLUMNS))
"""Where the voice stands among the features."""
FACE = slice(len(VOICE_COLUMNS), len(VOICE_COLUMNS) + len(FACE_COLUMNS))
"""Where the face stands among the features."""
FEATURES = FACE.stop
"""Number of features."""

# Smallest positive value that still says something, so that a zero has a logarithm.
_FLOOR = 1e-6
# Probabilities nearer to 0 or 1 than this are not told apart.
_EDGE = 0.01
_LOGARITHMIC = ("jitter", "shimmer", "f0", "rel_", "spir")


def scaled(values: npt.ArrayLike) -> Array:
    """The features of values in the order of `VOICE_COLUMNS` and `FACE_COLUMNS`.

    Args:
        values: (..., FEATURES); NaN where unknown, which stays NaN.
    """
    found = np.array(values, np.float64)
    for place, change in enumerate(_CHANGES):
        found[..., place] = change(found[..., place])
    return found


def _logarithm(values: Array) -> Array:
    return np.log(np.maximum(np.abs(values), _FLOOR))


def _log_odds(values: Array) -> Array:
    shares = np.clip(values, _EDGE, 1.0 - _EDGE)
    return np.log(shares / (1.0 - shares))


def _root(values: Array) -> Array:
    return np.sqrt(np.abs(values))


def _as_is(values: Array) -> Array:
    return values


def _change(column: str) -> Callable[[Array], Array]:
    if column in FACE_COLUMNS:
        if column.endswith("_std"):
            return _root
        return _as_is if column.startswith("mouth") else _log_odds
    if column.startswith(_LOGARITHMIC) or column.endswith("_var"):
        return _logarithm
    return _as_is


_CHANGES = tuple(_change(column) for column in (*VOICE_COLUMNS, *FACE_COLUMNS))


def known(features: Array, part: slice) -> bool:
    """Whether any feature of a part (`VOICE`, `FACE`) is known."""
    return bool(np.isfinite(features[part]).any())


def unknown() -> Array:
    """Features of which nothing is known."""
    return np.full(FEATURES, math.nan)
