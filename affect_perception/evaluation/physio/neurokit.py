"""NeuroKit2's methods on whole recordings, as figures to compare with. Optional."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

ECG_METHODS: Mapping[str, str] = MappingProxyType(
    {"neurokit2 default": "neurokit", "neurokit2 pantompkins1985": "pantompkins1985"}
)
"""Name in the figures to name in NeuroKit2."""
MISSING = (
    "NeuroKit2 is not installed, so its figures are missing "
    "(pip install -r requirements/neurokit.txt)."
)


def available() -> bool:
    """Whether NeuroKit2 can be imported."""
    return importlib.util.find_spec("neurokit2") is not None


def r_peaks(ecg: Array, rate: float, method: str) -> Array:
    """Sample numbers of the R-peaks of a whole recording, cleaned and found by one method."""
    import neurokit2 as nk

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clean = nk.ecg_clean(ecg, sampling_rate=int(rate), method=method)
        _, info = nk.ecg_peaks(clean, sampling_rate=int(rate), method=method)
    peaks = np.asarray(info["ECG_R_Peaks"], dtype=np.float64)
    return np.sort(peaks[np.isfinite(peaks)])
