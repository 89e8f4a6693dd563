"""Covers `bench`: its parts as words, whose options are whose, and the command a page gives.

Leaves the measurements to test/unit/evaluation.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from affect_perception.cli import bench
from affect_perception.cli.main import main

pytestmark = pytest.mark.unit


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """What the parts were asked for, with no part measuring."""
    asked: list[SimpleNamespace] = []
    parts = {name: replace(part, measure=asked.append) for name, part in bench._PARTS.items()}
    monkeypatch.setattr(bench, "_PARTS", parts)
    return asked


def test_without_a_part_it_is_the_face_path(measured: list[SimpleNamespace]) -> None:
    assert main(["bench"]) == main(["bench", "face"]) == 0
    assert measured[0] == measured[1]
    assert measured[0].command == "affect-perception bench"
    assert (measured[0].rounds, measured[0].minutes) == (5, 0.5)
    assert (measured[0].out, measured[0].json) == (Path("docs/benchmarks.md"), Path("bench.json"))


def test_all_is_every_part_in_turn(measured: list[SimpleNamespace]) -> None:
    assert main(["bench", "all"]) == 0
    assert [one.command for one in measured] == [
        "affect-perception bench",
        *(
            f"affect-perception bench {part}"
            for part in ("physio", "demo", "hmi", "start", "models")
        ),
    ]


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["--rounds", "2", "--minutes", "0.3"], "bench --rounds 2 --minutes 0.3"),
        (["face", "--rounds", "5", "--out", "x.md"], "bench"),
        (
            ["physio", "--hours", "24", "--rounds", "2", "--json", "x.json"],
            "bench physio --rounds 2 --hours 24",
        ),
        (["--minutes", "0.25", "hmi"], "bench hmi --minutes 0.25"),
        (["models", "--model", "a b", "--model", "c"], "bench models --model 'a b' --model c"),
    ],
)
def test_the_command_that_repeats_it(
    words: list[str], command: str, measured: list[SimpleNamespace]
) -> None:
    assert main(["bench", *words]) == 0
    assert measured[0].command == f"affect-perception {command}"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--minutes", "1", "models"], "--minutes does not belong to 'bench models'"),
        (["--rounds", "3", "all"], "--rounds does not belong to 'bench all'"),
        (["demo", "--json", "x"], "unrecognized arguments: --json x"),
        (["physio", "--rounds", "0"], "--rounds must be at least 1"),
        (["--minutes", "nan"], "--minutes must be between 0 and 1440"),
        (["physio", "--hours", "169"], "--hours must be between 0 and 168"),
        (["models", "--seconds", "0"], "--seconds must be above 0 and at most 600"),
        (["hmi", "--minutes", "0.01"], "--minutes must be at least 0.04 with 'bench hmi'"),
    ],
)
def test_what_does_not_fit_is_refused(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *words]) == 2
    assert message in capsys.readouterr().err
