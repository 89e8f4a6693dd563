"""Pulse, variability, respiration and skin conductance against what the recordings allow.

What a file holds decides: pulses against the ECG beside them, variability against the normal beats
that experts marked, respiration from beats against a belt, skin conductance against NeuroKit2, and
heart rate against what a wrist device reported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.config.physio import PhysioConfig
from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.heartbeats import BEAT_KINDS
from affect_perception.evaluation.metrics import correlation
from affect_perception.evaluation.physio import neurokit
from affect_perception.evaluation.physio.beat_matching import BeatCount, match_beats, pulse_lag
from affect_perception.evaluation.physio.recordings import play
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.io.signals import Signal, read_arrays, read_signals, signal_of

Array = npt.NDArray[np.float64]
_ECG, _PPG = BiosignalChannel.ECG, BiosignalChannel.PPG
_EDA, _BELT = BiosignalChannel.EDA, BiosignalChannel.RESPIRATION
_TOLERANCE = 0.15
# Filters and windows have settled after this, s.
_SETTLED = 60.0
_NAMES = {_ECG: "ecg", _PPG: "ppg"}


@dataclass
class _Found:
    """Errors by metric, of the path and of NeuroKit2, and counts of pulses."""

    errors: dict[str, list[float]] = field(default_factory=dict)
    theirs: dict[str, list[float]] = field(default_factory=dict)
    pulses: BeatCount = field(default_factory=BeatCount)
    their_pulses: BeatCount = field(default_factory=BeatCount)
    known: dict[str, list[bool]] = field(default_factory=dict)

    def add(self, name: str, errors: Array, *, baseline: bool = False) -> None:
        """Adds absolute errors; those that are not known only count in the share of known ones."""
        known = np.isfinite(errors)
        into = self.theirs if baseline else self.errors
        into.setdefault(name, []).extend(np.abs(errors[known]).tolist())
        if not baseline:
            self.known.setdefault(name, []).extend(known.tolist())


def run(request: Request, tools: Tools) -> Evaluation:
    """Scores all recordings of the folder."""
    wanted = tuple(request.split.split(",")) if request.split else None
    paths = [
        p for p in sorted(request.data.glob("*.npz")) if wanted is None or p.stem.startswith(wanted)
    ]
    if not paths:
        raise InputError(f"{request.data}: no .npz recording")
    found = _Found()
    for path in tools.track(paths, "recordings"):
        _score(path, found)
    metrics = _metrics(found)
    if not metrics:
        raise InputError(f"{request.data}: no recording holds signals that can be compared")
    return request.result(
        "physio",
        n=len(paths),
        metrics=metrics,
        baselines=_baselines(found),
        model="core.physio (no network)",
        notes=_notes(metrics),
    )


def _score(path: Path, found: _Found) -> None:
    signals = read_signals(path)
    by_kind = {kind: signal_of(signals, kind) for kind in BiosignalChannel}
    arrays = read_arrays(path)
    ecg, ppg, belt, eda = (by_kind[k] for k in (_ECG, _PPG, _BELT, _EDA))
    if ecg is not None and "beat_symbol" in arrays:
        _score_variability(ecg, arrays["beat_sample"], arrays["beat_symbol"], found)
    if ecg is not None and ppg is not None:
        _score_pulses(ecg, ppg, found)
    if belt is not None:
        _score_breathing(belt, [s for s in (ecg, ppg) if s is not None], found)
    if eda is not None and eda.unit and neurokit.available():
        _score_skin(eda, found)
    if ppg is not None and "hr_e4_bpm" in arrays:
        _score_wrist(ppg, arrays["hr_e4_bpm"], float(arrays["hr_start_s"]), found)


def _score_variability(
    ecg: Signal, beats: npt.NDArray[np.integer], symbols: npt.NDArray[np.str_], found: _Found
) -> None:
    """RMSSD and SDNN of each minute against those of the beats marked as normal."""
    window = PhysioConfig().variability_window
    times = beats / ecg.rate
    normal = np.array([BEAT_KINDS.get(str(s)) == "normal" for s in symbols])
    track = play([ecg])
    ends = np.arange(_SETTLED + 10.0, len(ecg.samples) / ecg.rate, window)
    peaks = (
        neurokit.r_peaks(ecg.samples, ecg.rate, "neurokit") if neurokit.available() else np.zeros(0)
    )
    for end in ends.tolist():
        inside = (times > end - window) & (times <= end)
        truth = _normal_figures(times[inside], normal[inside])
        if truth is None:
            continue
        at = np.array([end])
        rmssd, sdnn = truth
        found.add("rmssd_mae_ms", 1e3 * (track.at(at, lambda o: o.heart.rmssd) - rmssd))
        found.add("sdnn_mae_ms", 1e3 * (track.at(at, lambda o: o.heart.sdnn) - sdnn))
        part = peaks[(peaks / ecg.rate > end - window) & (peaks / ecg.rate <= end)]
        if len(part) > 12:
            theirs = np.array([1e3 * (neurokit.rmssd(part, ecg.rate) - rmssd)])
            found.add("rmssd_mae_ms", theirs, baseline=True)


def _normal_figures(times: Array, normal: npt.NDArray[np.bool_]) -> tuple[float, float] | None:
    """RMSSD and SDNN of intervals between two normal beats; None with fewer than 30."""
    lengths = np.diff(times)
    good = normal[1:] & normal[:-1]
    pairs = good[1:] & good[:-1]
    if pairs.sum() < 30:
        return None
    steps = np.diff(lengths)[pairs]
    return float(np.sqrt(np.mean(steps**2))), float(lengths[good].std(ddof=1))


def _score_pulses(ecg: Signal, ppg: Signal, found: _Found) -> None:
    """Pulses and heart rate of the PPG against the R-peaks found in the ECG."""
    heart, pulse = play([ecg]), play([ppg])
    lag = pulse_lag(heart.beats, pulse.beats)
    found.pulses += match_beats(heart.beats + lag, pulse.beats, _TOLERANCE).count
    seconds = np.arange(_SETTLED, pulse.times[-1])
    bpm = heart.at(seconds, lambda o: o.heart.rate_bpm)
    error = pulse.at(seconds, lambda o: o.heart.rate_bpm) - bpm
    found.add("hr_mae_bpm_ppg", error[np.isfinite(bpm)])
    if neurokit.available():
        peaks = neurokit.pulse_peaks(ppg.samples, ppg.rate) / ppg.rate
        late = pulse_lag(heart.beats, peaks)
        found.their_pulses += match_beats(heart.beats + late, peaks, _TOLERANCE).count


def _score_breathing(belt: Signal, hearts: Sequence[Signal], found: _Found) -> None:
    """Respiration from beats against the belt, and the belt against NeuroKit2."""
    truth = play([belt])
    seconds = np.arange(_SETTLED, truth.times[-1])
    rate = truth.at(seconds, lambda o: o.respiration.rate_bpm)
    for heart in hearts:
        derived = play([heart]).at(seconds, lambda o: o.respiration.rate_bpm)
        found.add(f"respiration_mae_bpm_{_NAMES[heart.channel]}", (derived - rate)[~np.isnan(rate)])
    if neurokit.available():
        theirs = neurokit.breathing_rate(belt.samples, belt.rate)
        window = round(PhysioConfig().respiration_window * belt.rate)
        means = np.array(
            [np.median(theirs[max(0, round(s * belt.rate) - window) : round(s * belt.rate)])
             for s in seconds]
        )  # fmt: skip
        found.add("respiration_difference_bpm_neurokit2", rate - means)


def _score_skin(eda: Signal, found: _Found) -> None:
    """Level and responses against NeuroKit2, which sees the whole recording."""
    track = play([eda])
    tonic, _ = neurokit.skin_split(eda.samples, eda.rate)
    seconds = np.arange(_SETTLED, track.times[-1])
    theirs = tonic[np.minimum((seconds * eda.rate).astype(int), len(tonic) - 1)]
    ours = track.at(seconds, lambda o: o.skin.tonic_us)
    found.errors.setdefault("corr_tonic_neurokit2", []).append(correlation(ours, theirs))
    peaks = neurokit.skin_responses(eda.samples, eda.rate) / eda.rate
    count = np.array([((peaks > s - 60.0) & (peaks <= s)).sum() for s in seconds], dtype=np.float64)
    rate = track.at(seconds, lambda o: o.skin.responses_per_min)
    found.add("responses_difference_per_min_neurokit2", rate - count)


def _score_wrist(ppg: Signal, bpm: npt.NDArray[np.floating], start: float, found: _Found) -> None:
    """Heart rate against the device's own, which is an estimate too."""
    track = play([ppg])
    seconds = start + np.arange(len(bpm))
    inside = (seconds > _SETTLED) & (seconds < track.times[-1])
    ours = track.at(seconds[inside], lambda o: o.heart.rate_bpm)
    found.add("hr_difference_bpm_device", ours - bpm[inside].astype(np.float64))


def _metrics(found: _Found) -> dict[str, float]:
    metrics = {name: _mean(errors) for name, errors in found.errors.items()}
    for name, known in found.known.items():
        metrics[f"known_share_{name}"] = _mean([float(k) for k in known])
    if found.pulses.found:
        metrics |= {
            "f1_pulse": found.pulses.f1,
            "precision_pulse": found.pulses.precision,
            "recall_pulse": found.pulses.recall,
        }
    return metrics


def _baselines(found: _Found) -> dict[str, Mapping[str, float]]:
    theirs = {name: _mean(errors) for name, errors in found.theirs.items()}
    if found.their_pulses.found:
        theirs["f1_pulse"] = found.their_pulses.f1
    return {"neurokit2 default": theirs} if theirs else {}


def _mean(values: Sequence[float]) -> float:
    return float(np.mean(values)) if values else math.nan


def _notes(metrics: Mapping[str, float]) -> tuple[str, ...]:
    notes = [
        "Figures of whole recordings played in chunks, one per second from 60 s on; known_share is "
        "the share of them in which a figure was given, errors are of these. Names that end in "
        "neurokit2 or device are differences from another estimate, not errors.",
    ]
    if "f1_pulse" in metrics:
        notes.append(
            "Pulses: against the R-peaks that the same path finds in the ECG, moved by the median "
            "way of the pulse; a pulse counts within 150 ms. Development data for the quality."
        )
    if "rmssd_mae_ms" in metrics:
        notes.append(
            "Variability: each minute with 30 or more neighbouring intervals between beats marked "
            "as normal, against these. NeuroKit2: RMSSD of all its beats of the minute, as found."
        )
    if not neurokit.available():
        notes.append(neurokit.MISSING)
    return tuple(notes)


TASK = Task(
    name="physio",
    summary="pulse, variability, respiration and skin conductance",
    folders=("physio/ecg_ppg_samples", "physio/mitbih_arrhythmia_subset"),
    run=run,
    things="recordings",
    ours="body signals",
)
