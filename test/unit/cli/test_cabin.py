"""The command `cabin`: its table, its picture, and what it says of a wrong file."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from affect_perception.cli.main import EXIT_ERROR, main
from affect_perception.evaluation.report.cabin_table import cabin_table
from affect_perception.io.cabin_file import load_cabin

pytestmark = pytest.mark.unit


def rows_of(text: str) -> dict[str, list[str]]:
    """Fields of the lines of zones, by name."""
    return {line.split()[0]: line.split() for line in text.splitlines() if len(line.split()) == 7}


def test_the_table_says_where_the_driver_sees_each_zone() -> None:
    cabin = load_cabin("sedan_lhd")
    rows = rows_of(cabin_table(cabin))
    assert {zone.name for zone in cabin.zones} <= set(rows)
    _, kind, role, yaw, pitch, size, area = rows["cluster"]
    assert (kind, role, area) == ("cluster", "driving_task", "2")
    # 0.34 m wide and 0.13 m high, 0.75 m ahead: 25.5 by 9.8 degrees.
    assert abs(float(yaw)) < 0.5
    assert float(pitch) == pytest.approx(-18.4, abs=0.5)
    assert float(size) == pytest.approx(25.5 * 9.8, rel=0.08)
    assert rows["lap_phone"][6] == "3"


def test_the_camera_is_described() -> None:
    text = cabin_table(load_cabin("sedan_lhd"))
    assert "camera: 0.66 m from the eyes, seen at yaw 0.0, pitch -10.5" in text


def test_the_command_prints_and_draws(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = tmp_path / "new" / "cabin.png"
    assert main(["cabin", "webcam", "--picture", str(picture)]) == 0
    out = capsys.readouterr().out
    assert "screen" in rows_of(out)
    assert f"picture: {picture}" in out
    drawn = cv2.imread(str(picture))
    assert drawn.shape[0] > 800
    assert drawn.shape[1] > 1000
    assert drawn.std() > 5.0


def test_a_wrong_file_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("name: mine\ncolour: red\n", encoding="utf-8")
    assert main(["cabin", str(path)]) == EXIT_ERROR
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "mine.yaml" in error
    assert "unknown key 'colour'" in error
