"""NeuroKit2's methods on whole recordings, as figures to compare with. Optional."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
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


@contextmanager
def _quiet() -> Iterator[None]:
    """Without the warnings of NeuroKit2 and of what it calls."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def r_peaks(ecg: Array, rate: float, method: str) -> Array:
    """Sample numbers of the R-peaks of a whole recording, cleaned and found by one method."""
    import neurokit2 as nk

    with _quiet():
        clean = nk.ecg_clean(ecg, sampling_rate=int(rate), method=method)
        _, info = nk.ecg_peaks(clean, sampling_rate=int(rate), method=method)
    peaks = np.asarray(info["ECG_R_Peaks"], dtype=np.float64)
    return np.sort(peaks[np.isfinite(peaks)])


def pulse_peaks(ppg: Array, rate: float) -> Array:
    """Sample numbers of the systolic peaks of a whole recording (default method)."""
    import neurokit2 as nk

    with _quiet():
        clean = nk.ppg_clean(ppg, sampling_rate=int(rate))
        info = nk.ppg_findpeaks(clean, sampling_rate=int(rate))
    return np.asarray(info["PPG_Peaks"], dtype=np.float64)


def rmssd(peaks: Array, rate: float) -> float:
    """RMSSD of the beats of a window, s."""
    import neurokit2 as nk

    with _quiet():
        table = nk.hrv_time(peaks.astype(int), sampling_rate=int(rate))
    return float(table["HRV_RMSSD"].iloc[0]) / 1000.0


def breathing_rate(belt: Array, rate: float) -> Array:
    """Breaths per minute at each sample of a whole recording (default method)."""
    import neurokit2 as nk

    with _quiet():
        clean = nk.rsp_clean(belt, sampling_rate=int(rate))
        _, info = nk.rsp_peaks(clean, sampling_rate=int(rate))
        found = nk.rsp_rate(clean, info, sampling_rate=int(rate))
    return np.asarray(found, dtype=np.float64)


def skin_split(eda: Array, rate: float) -> tuple[Array, Array]:
    """Tonic and phasic part of a whole recording (method highpass), microsiemens."""
    import neurokit2 as nk

    with _quiet():
        table = nk.eda_phasic(eda, sampling_rate=int(rate), method="highpass")
    return (
        np.asarray(table["EDA_Tonic"], dtype=np.float64),
        np.asarray(table["EDA_Phasic"], dtype=np.float64),
    )


def skin_responses(eda: Array, rate: float) -> Array:
    """Sample numbers of the peaks of skin-conductance responses of a whole recording."""
    import neurokit2 as nk

    _, phasic = skin_split(eda, rate)
    with _quiet():
        _, info = nk.eda_peaks(phasic, sampling_rate=int(rate))
    peaks = np.asarray(info["SCR_Peaks"], dtype=np.float64)
    return peaks[np.isfinite(peaks)]
