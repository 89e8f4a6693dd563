"""An estimate on the Karolinska Sleepiness Scale (1..9), with how little is known.

Three sources are combined by their inverse variances. None was measured against ratings of
drivers here, so the deviations are set wide, and the combined one is never below `LEAST_STD`:
the sources look at the same lids and are not independent.

- The model of blink sequences. Its training people rated themselves alert, of low vigilance or
  drowsy; taken as KSS 3, 6 and 8.
- PERCLOS over a minute: 0.075 and 0.15 as the limits of awake and drowsy (Wierwille et al. 1994);
  a low one says little, as people get sleepy with open eyes (0.15 finds about 45 % of them).
- Mean blink duration, which rises from 102 ms at KSS 1 to 151 ms at KSS 9; only the difference to
  the driver's own alert blinks counts, for people differ by more than that.

The published numbers are from secondary sources; verified against the primary text: no.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

CLASS_KSS = (3.0, 6.0, 8.0)
"""Of alert, low vigilance, drowsy."""

ALERT_KSS = 3.0
LEAST_STD = 1.5
_DURATION_PER_KSS = (0.151 - 0.102) / 8.0
_DURATION_STD = 2.5
_MODEL_STD = 1.5

# PERCLOS and what it says: KSS and its deviation.
_PERCLOS = (0.0, 0.075, 0.15, 0.3)
_PERCLOS_KSS = (4.0, 5.5, 8.0, 9.0)
_PERCLOS_STD = (2.5, 2.0, 1.5, 1.5)


def kss_of(
    probabilities: Sequence[float] | None,
    perclos: float,
    duration: float,
    alert_duration: float,
) -> tuple[float, float]:
    """KSS and its standard deviation; both NaN if nothing is known.

    Args:
        probabilities: Of alert, low vigilance and drowsy, or None.
        perclos: 0..1, or NaN.
        duration: Mean blink duration of late, s, or NaN.
        alert_duration: The driver's own when alert, s, or NaN.
    """
    sources: list[tuple[float, float]] = []
    if probabilities is not None:
        mean = math.fsum(p * k for p, k in zip(probabilities, CLASS_KSS, strict=True))
        spread = math.fsum(
            p * (k - mean) ** 2 for p, k in zip(probabilities, CLASS_KSS, strict=True)
        )
        sources.append((mean, math.sqrt(spread + _MODEL_STD**2)))
    if not math.isnan(perclos):
        level = float(np.interp(perclos, _PERCLOS, _PERCLOS_KSS))
        sources.append((level, float(np.interp(perclos, _PERCLOS, _PERCLOS_STD))))
    longer = duration - alert_duration
    if not math.isnan(longer):
        level = ALERT_KSS + longer / _DURATION_PER_KSS
        sources.append((min(max(level, 1.0), 9.0), _DURATION_STD))
    if not sources:
        return math.nan, math.nan
    weights = [1.0 / std**2 for _, std in sources]
    total = math.fsum(weights)
    kss = math.fsum(w * k for w, (k, _) in zip(weights, sources, strict=True)) / total
    return min(max(kss, 1.0), 9.0), max(math.sqrt(1.0 / total), LEAST_STD)
