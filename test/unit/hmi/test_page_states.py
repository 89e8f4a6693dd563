"""Covers what the page is told: plain values of all messages, ages, the last minute, the words.

Leaves to others: the server (test_page_server), the page in a browser (test_page_in_browser).
"""

from __future__ import annotations

import base64
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from affect_states import full_affect, unknown_affect
from page_messages import as_message

from affect_perception.core.config import HmiNodeConfig
from affect_perception.core.enums import AlertLevel, AlertReason, Drowsiness
from affect_perception.evaluation.state_story import TOPICS as STORY_TOPICS
from affect_perception.evaluation.state_story import drive
from affect_perception.hmi import live_page, page_words, plain_states
from affect_perception.hmi.live_page import PAST_COLUMNS, LivePage
from affect_perception.hmi.page_drawing import cabin_drawing, face_lines
from affect_perception.hmi.plain_states import TOPICS, affect_plain, face_plain, plain
from affect_perception.io.affect_fields import affect_fields
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.profile_file import load_profile
from affect_perception.sim.observed.act import UNKNOWN, Act

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "affect_perception" / "hmi" / "page"
NAN = math.nan


@pytest.fixture(scope="module")
def story() -> dict[str, list[Any]]:
    """Messages of a drive that ends with closed eyes, by topic."""
    acts = [Act(2.0), Act(0.5, face=False), Act(0.5), Act(1.0, look=UNKNOWN, lids=0.02)]
    mesh = np.array([320.0, 240.0, 0.0]) + np.arange(478 * 3).reshape(478, 3) % 97
    found: dict[str, list[Any]] = {topic: [] for topic in STORY_TOPICS}
    arrivals = drive(acts, load_cabin("sedan_lhd"), load_profile("euro_ncap_2026"), mesh=mesh)
    for _, topic, fields in arrivals:
        found[topic].append(as_message(fields))
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (NAN, None),
        (math.inf, None),
        (-math.inf, None),
        (0.123456, 0.1235),
        (True, True),
        (3, 3),
        ("road", "road"),
        (np.float32(NAN), None),
        (np.array([0.5, NAN], np.float32), [0.5, None]),
        (np.zeros(0, np.float32), []),
        (["a", "b"], ["a", "b"]),
    ],
)
def test_a_number_that_is_none_becomes_null(value: Any, expected: Any) -> None:
    assert plain(value) == expected
    json.dumps(plain(value), allow_nan=False)


def test_every_message_of_a_drive_becomes_json(story: dict[str, list[Any]]) -> None:
    assert set(TOPICS) == set(STORY_TOPICS)
    for topic, messages in story.items():
        assert messages
        for message in messages:
            text = plain_states.to_json(TOPICS[topic](message))
            assert "NaN" not in text
            assert "Infinity" not in text


def test_nothing_known_is_null_everywhere_and_never_zero() -> None:
    found = affect_plain(as_message(affect_fields(unknown_affect())))
    for name in ("valence", "arousal", "cognitive_load", "stress", "heart_rate", "incongruence"):
        assert found[name] is None
        assert found[name + "_std" if name + "_std" in found else name] is None
    assert [part["reasons"] for part in found["modalities"]] == [["no_data"]] * 3


def test_known_values_arrive_as_they_are() -> None:
    found = affect_plain(as_message(affect_fields(full_affect(), 0.02)))
    assert (found["valence"], found["arousal_std"], found["heart_rate"]) == (-0.4, 0.25, 82.0)
    assert found["disagreeing"] == ["voice"]
    assert found["modalities"][1]["reasons"] == ["late", "held"]


def test_the_mesh_is_where_the_landmarks_are(story: dict[str, list[Any]]) -> None:
    face = story["face"][0]
    points = np.frombuffer(base64.b64decode(face_plain(face)["mesh"]), "<i2").reshape(-1, 2)
    expected = np.asarray(face.landmarks).reshape(-1, 3)[:, :2] * (plain_states.GRID / 640)
    np.testing.assert_allclose(points, expected, atol=0.5)
    for bad in (np.zeros(0), np.full(9, NAN), np.full(9, 1e9), np.zeros(4)):
        face.landmarks = bad.astype(np.float32)
        assert face_plain(face)["mesh"] == ""


def test_no_picture_of_the_driver_is_among_what_is_sent(story: dict[str, list[Any]]) -> None:
    longest = max(len(plain_states.to_json(face_plain(face))) for face in story["face"])
    assert longest < 4000  # 478 points of 4 bytes, and words


def told(text: str | None) -> dict[str, Any]:
    assert text is not None
    return dict(json.loads(text))


def test_news_are_told_once_and_silence_four_times_a_second(story: dict[str, list[Any]]) -> None:
    page = LivePage({}, 1.5)
    page.take("attention", story["attention"][0], 10.0)
    first = told(page.news(10.01))
    assert first["attention"]["age"] == pytest.approx(0.01)
    assert page.news(10.02) is None
    assert page.news(10.2) is None
    again = told(page.news(10.3))
    assert again["attention"]["age"] == pytest.approx(0.3)
    page.take("voice", story["voice"][0], 10.31)
    assert told(page.news(10.32))["voice"]["state"]["talking"] in (1, 2)


def test_a_page_that_opens_gets_drawing_past_and_present(story: dict[str, list[Any]]) -> None:
    page = LivePage({"cabin": "drawn"}, 1.5)
    for i, message in enumerate(story["attention"]):
        page.take("attention", message, i / 30.0)
        page.news(i / 30.0)
    setup, past, now = map(told, page.first(4.0))
    assert setup["cabin"] == "drawn"
    assert setup["columns"] == list(PAST_COLUMNS)
    assert setup["no_data_after"] == {**dict.fromkeys(TOPICS, 1.5), "physio": 3.0}
    assert [round(row[0], 1) for row in past["rows"]][:4] == [0.0, 0.2, 0.4, 0.6]
    assert now["row"] == past["rows"][-1]
    openness = PAST_COLUMNS.index("openness")
    assert past["rows"][2][openness] == pytest.approx(1.0, abs=0.2)
    assert past["rows"][-1][openness] < 0.2


def test_the_past_has_holes_where_nothing_came_and_ends_after_a_minute(
    story: dict[str, list[Any]],
) -> None:
    page = LivePage({}, 1.5)
    page.take("attention", story["attention"][0], 0.0)
    for tick in range(3000):
        page.news(tick / 30.0)
    rows = told(page.first(100.0)[1])["rows"]
    assert len(rows) == round(live_page.PAST_S / live_page.PAST_PERIOD_S)
    assert rows[0][0] > 39.0
    assert rows[-1][1:] == [None] * (len(PAST_COLUMNS) - 1)


def test_a_topic_is_silent_after_its_time(story: dict[str, list[Any]]) -> None:
    page = LivePage({}, 1.5)
    assert page.silent("affect", 0.0)
    page.take("affect", story["affect"][-1], 5.0)
    page.take("physio", story["physio"][-1], 5.0)
    assert not page.silent("affect", 6.4)
    assert page.silent("affect", 6.6)
    assert not page.silent("physio", 7.9)


def test_every_word_that_is_shown_has_words() -> None:
    assert set(page_words.LEVEL_WORDS) == set(AlertLevel)
    assert set(page_words.ALERT_HEADLINES) == set(AlertReason)
    assert set(page_words.DROWSINESS_WORDS) == set(Drowsiness)
    words = page_words.page_words()
    assert words["levels"][AlertLevel.CRITICAL] == "Critical"
    assert words["alerts"]["microsleep"].endswith(".")
    plain_states.to_json(words)
    longest = max(map(len, words["headlines"].values()))
    assert longest <= 24  # in large type, in one line of a 7 inch screen


def test_the_cabin_is_drawn_with_all_zones_that_can_be_seen() -> None:
    drawing = cabin_drawing(load_cabin("sedan_lhd"))
    zones = {zone["name"]: zone for zone in drawing["zones"]}
    assert {"windscreen", "infotainment", "mirror_interior"} <= set(zones)
    yaw, pitch = np.array(zones["windscreen"]["rings"][0]).T
    assert yaw.min() < 0.0 < yaw.max()  # straight ahead is in it
    assert pitch.min() < 0.0 < pitch.max()
    assert zones["windscreen"]["role"] == "road"
    assert len(plain_states.to_json(drawing)) < 60_000


def test_lines_of_the_face_are_points_of_the_mesh() -> None:
    rows = [row["points"] for row in face_lines()]
    assert all(0 <= point < 478 for row in rows for point in row)
    assert min(len(row) for row in rows) >= 4


def test_a_silence_is_longer_than_the_second_between_two_words_of_a_blind_node() -> None:
    assert HmiNodeConfig().no_data_after > 1.0


@pytest.mark.parametrize("path", sorted(PAGE.iterdir()), ids=lambda path: path.name)
def test_the_page_loads_nothing_from_elsewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    # A name space is no address; everything else with a scheme is.
    text = text.replace("http://www.w3.org/2000/svg", "")
    assert re.findall(r"\b(?:https?|wss?|ftp|data):(?!//\$\{location\.host\})", text) == []
    assert re.findall(r"[\"'(=]//\w", text) == []
    assert re.findall(r"@import|\beval\b|new Function|innerHTML\s*=(?!\s*\n?\s*`<svg)", text) == []


def test_the_page_asks_only_for_files_that_are_there() -> None:
    for path in PAGE.iterdir():
        text = path.read_text(encoding="utf-8")
        for name in re.findall(r"""(?:from|src=|href=)\s*["']/([\w.]+)["']""", text):
            assert (PAGE / name).is_file(), f"{path.name} asks for {name}"


def test_the_page_is_installed_with_the_package() -> None:
    assert '"hmi/page/*"' in (ROOT / "pyproject.toml").read_text()
