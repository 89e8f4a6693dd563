"""How a column of a recording is spread, for the summary."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt


def spread(values: npt.ArrayLike) -> dict[str, float] | None:
    """Percentiles 5, 50 and 95 of what is known, and its share of the rows; None of nothing."""
    column = np.asarray(values, np.float64)
    known = column[np.isfinite(column)]
    if not known.size:
        return None
    low, middle, high = (round(float(one), 4) for one in np.percentile(known, (5.0, 50.0, 95.0)))
    share = round(known.size / column.size, 4)
    return {"p5": low, "median": middle, "p95": high, "known_share": share}
