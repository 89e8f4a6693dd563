"""Body signals on real recordings: beats, delay, quality, pulses, breathing, formats of the files.

Whole sets are measured by `evaluate heartbeat` and `evaluate physio`; made signals are in the unit
tier.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from affect_perception.core.enums import BiosignalChannel
from affect_perception.evaluation.physio.recordings import play
from affect_perception.evaluation.registry import task_named
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Tools
from affect_perception.io.signals import read_signals, signal_of

pytestmark = pytest.mark.data


def folder(root: Path, name: str) -> Path:
    path = root / "physio" / name
    if not path.is_dir():
        pytest.skip(f"no {path} in the data folder")
    return path


def heartbeat(data: Path, split: str, monkeypatch: pytest.MonkeyPatch) -> Evaluation:
    # What NeuroKit2 does is not tested here, and takes long.
    name = "affect_perception.evaluation.physio.neurokit.available"
    monkeypatch.setattr(name, lambda: False)
    return task_named("heartbeat").run(Request(data, split, "test"), Tools())


def test_paced_and_difficult_records(data_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = folder(data_root, "mitbih_arrhythmia_subset")
    found = heartbeat(data, "104,108", monkeypatch)
    assert found.metrics["f1"] > 0.995
    assert found.metrics["delay_s"] < 0.6
    assert found.metrics["hr_mae_bpm"] < 0.6
    assert found.metrics["auroc_noise"] > 0.94


def test_noise_is_survived_or_told(data_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = heartbeat(folder(data_root, "ecg_ppg_samples"), "mit_nst", monkeypatch)
    assert found.metrics["f1_mit_nst_118e12_2min"] > 0.99
    assert found.metrics["f1_mit_nst_118e06_2min"] > 0.8
    assert found.metrics["auroc"] > 0.97


def test_finger_and_heart_agree(data_root: Path) -> None:
    signals = read_signals(folder(data_root, "ecg_ppg_samples") / "bidmc01.npz")
    ecg, ppg, belt = (
        signal_of(signals, kind)
        for kind in (BiosignalChannel.ECG, BiosignalChannel.PPG, BiosignalChannel.RESPIRATION)
    )
    assert ecg is not None
    assert ppg is not None
    assert belt is not None
    seconds = np.arange(60.0, 180.0)
    heart, pulse, breath = (play([s], 180.0) for s in (ecg, ppg, belt))
    rates = heart.at(seconds, lambda o: o.heart.rate_bpm)
    apart = np.abs(pulse.at(seconds, lambda o: o.heart.rate_bpm) - rates)
    assert np.nanmedian(apart) < 0.5
    assert np.nanmax(apart) < 3.0
    known = breath.at(seconds, lambda o: o.respiration.rate_bpm)
    derived = heart.at(seconds, lambda o: o.respiration.rate_bpm)
    assert np.nanmedian(np.abs(derived - known)) < 0.5


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("drivedb_drive17/drive17a.npz", {("ecg", 480.0, "mV"), ("resp", 30.0, "mV")}),
        ("wesad_wrist/S2.npz", {("bvp_raw", 64.0, ""), ("eda_uS", 4.0, "uS")}),
        ("cogwear_stroop/P00.npz", {("rest_bvp", 64.0, ""), ("load_temp_C", 4.0, "degC")}),
        ("mitbih_arrhythmia_subset/100.npz", {("ecg_adc", 360.0, "mV")}),
    ],
)
def test_files_are_read_by_their_names(
    data_root: Path, name: str, expected: set[tuple[str, float, str]]
) -> None:
    path = folder(data_root, name.split("/")[0]) / name.split("/")[1]
    assert {(s.name, s.rate, s.unit) for s in read_signals(path)} >= expected
