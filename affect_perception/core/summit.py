"""Where between two samples a curve has its maximum."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def summit(values: npt.NDArray[np.float64], at: int) -> float:
    """Place of the summit of a parabola through a maximum and its neighbours."""
    return at + summit_step(values, at)


def summit_step(values: npt.NDArray[np.float64], at: int) -> float:
    """Steps from a maximum to that summit; 0 at the ends, and where there is no maximum."""
    if not 0 < at < len(values) - 1:
        return 0.0
    left, top, right = values[at - 1 : at + 2].tolist()
    bend = left - 2.0 * top + right
    return 0.5 * (left - right) / bend if bend < 0.0 and top >= max(left, right) else 0.0
