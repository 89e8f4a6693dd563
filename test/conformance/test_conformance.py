"""Conformance: scripted drivers under every policy profile, and when the monitor must speak.

Each case of config/conformance/*.yaml is played through the pipeline, with scripted observations in
the place of pictures, at 30 and 60 pictures per second; every published state is checked against
the table of transitions. docs/conformance.md holds the table of the run at 30/s;
`--update-golden` writes it anew. Whether the vision sees what the scripts say is tested elsewhere
(`affect-perception evaluate`), and so is the reading of profile files (test/unit/io).
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pytest

from affect_perception.core.errors import ConfigError
from affect_perception.evaluation.conformance.cases import Case, read_cases, shipped_cases
from affect_perception.evaluation.conformance.play import Result, conformance_page, play, table
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.profile_file import shipped_profiles

pytestmark = pytest.mark.conformance

CABIN = load_cabin("sedan_lhd")
CASES = shipped_cases()
PAGE = Path(__file__).resolve().parents[2] / "docs" / "conformance.md"


@lru_cache
def played(case: Case, rate: float) -> Result:
    return play(case, CABIN, rate)


@pytest.mark.parametrize("rate", [30.0, 60.0])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_the_monitor_speaks_when_it_must_and_not_otherwise(case: Case, rate: float) -> None:
    result = played(case, rate)
    assert result.passed, "\n" + table([result])


def test_every_profile_has_cases_that_speak_and_cases_that_do_not() -> None:
    for name in shipped_profiles():
        own = [case for case in CASES if case.profile == name]
        assert any(case.expect for case in own), name
        assert any(not case.expect for case in own), name


def test_the_page_is_what_the_suite_says(request: pytest.FixtureRequest) -> None:
    page = conformance_page([played(case, 30.0) for case in CASES])
    if request.config.getoption("--update-golden"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page


BROKEN = {
    "late": ("[{at: 12.0, alert: long_distraction, level: warning}]", "12.00 s"),
    "unexpected": ("[]", "nothing"),
    "wrong level": ("[{at: 13.0, alert: long_distraction, level: critical}]", "CRITICAL"),
    "missing": (
        "[{at: 13.0, alert: long_distraction, level: warning}, {at: 14.0, alert: sleep}]",
        "sleep",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_wrong_expectation_fails(name: str, tmp_path: Path) -> None:
    expect, word = BROKEN[name]
    path = tmp_path / "own.yaml"
    path.write_text(
        "profiles: [euro_ncap_2026]\ncases:\n  - name: radio\n    rule: long distraction\n"
        f"    acts: [{{s: 10}}, {{s: 4, look: infotainment}}]\n    expect: {expect}\n"
    )
    (case,) = read_cases(path)
    result = play(case, CABIN, 30.0)
    assert not result.passed
    failed = [line for line in table([result]).splitlines() if "FAIL" in line]
    assert any(word in line for line in failed)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cases: []", "needs 'profiles' and 'cases'"),
        (
            "profiles: [attend]\ncases: [{name: a, rule: b, acts: [{s: 1, loook: road}], "
            "expect: []}]",
            "loook",
        ),
        ("profiles: [attend]\ncases: [{name: a, rule: b, acts: []}]", "missing"),
        (
            "profiles: [attend]\ncases: [{name: a, rule: b, acts: [{s: 1}], "
            "expect: [{at: 1, alert: boredom}]}]",
            "boredom",
        ),
        (
            "profiles: [attend]\ncases: [{name: a, rule: b, acts: [{s: 1}], "
            "expect: [{alert: sleep}]}]",
            "'at' or 'by'",
        ),
    ],
)
def test_files_that_hold_no_cases_are_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=message):
        read_cases(path)
