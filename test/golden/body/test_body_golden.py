"""Covers a short scripted body through sensors and real pipeline: observations, and their bytes.

The stored observations hold what was said when they were written; `--update-golden` writes them
anew after a change that is meant. Tolerances leave room for other processors and library versions.
Leaves load and stress (unknown for the first minute) and accuracy (`evaluate body_faults`).
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from affect_perception.cli.main import main
from affect_perception.io.table import read_parquet

pytestmark = pytest.mark.golden

HERE = Path(__file__).parent
SCENARIO = HERE / "short.yaml"
STORED = HERE / "short_observations.json"

NUMBERS = {
    "heart_rate": 0.5,
    "heart_rate_std": 0.3,
    "rmssd": 0.002,
    "skin_conductance_tonic": 0.02,
    "skin_conductance_phasic": 0.02,
    "skin_temperature": 0.05,
    "respiration_rate": 0.3,
    "ecg.quality": 0.1,
    "ppg.rate": 0.05,
}
"""Compared columns and their tolerance in the column's unit."""
WORDS = ("availability", "heart_source", "ecg.availability", "ppg.availability")
AGREE = 0.97
"""Share of the observations in which a column has to agree."""
FILES = ("states.mcap", "physio.parquet", "beats.parquet", "body_truth.parquet", "report.html")


def play(folder: Path) -> Path:
    arguments = ["replay", str(SCENARIO), "--body-only", "--out", str(folder), "--no-progress"]
    assert main(arguments) == 0
    return folder


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return play(tmp_path_factory.mktemp("body") / "one")


def condensed(folder: Path) -> dict[str, list]:
    table = read_parquet(folder / "physio.parquet")
    found = {name: np.round(table[name].astype(float), 4).tolist() for name in NUMBERS}
    found = {n: [None if v != v else v for v in values] for n, values in found.items()}
    return found | {name: table[name].tolist() for name in WORDS}


def test_observations_are_those_stored(out: Path, request: pytest.FixtureRequest) -> None:
    found = condensed(out)
    if request.config.getoption("--update-golden"):
        STORED.write_text(json.dumps(found, separators=(",", ":")) + "\n", encoding="utf-8")
    stored = json.loads(STORED.read_text(encoding="utf-8"))
    assert set(found) == set(stored)
    for name, tolerance in NUMBERS.items():
        pairs = list(zip(found[name], stored[name], strict=True))
        same = [a == b if a is None or b is None else abs(a - b) <= tolerance for a, b in pairs]
        assert np.mean(same) >= AGREE, name
    for name in WORDS:
        assert np.mean(np.equal(found[name], stored[name])) >= AGREE, name


def test_two_runs_have_the_same_bytes(out: Path, tmp_path: Path) -> None:
    other = play(tmp_path / "two")
    for name in FILES:
        first, second = (hashlib.sha256((d / name).read_bytes()).digest() for d in (out, other))
        assert first == second, name
