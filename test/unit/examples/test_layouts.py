"""Covers that layouts and the bag profile name topics and fields that exist, and are whole.

That RViz, Foxglove and rosbag2 show or record what is meant was not tested: they are not here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.message_fields import quaternion

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "examples"
FOXGLOVE = json.loads((EXAMPLES / "foxglove" / "driver.json").read_text())
RVIZ = yaml.safe_load((EXAMPLES / "rviz" / "cabin.rviz").read_text())
QOS = yaml.safe_load((EXAMPLES / "rosbag2" / "qos.yaml").read_text())

MESSAGES = {
    "/attention_state": "AttentionState",
    "/affect_state": "AffectState",
    "/take_over_readiness": "TakeOverReadiness",
}
# Of ROS itself, or of the vehicle.
FOREIGN = {"/rosout", "/tf", "/tf_static", "/diagnostics"}


def topics_of(name: str) -> list[str]:
    lines = (EXAMPLES / "rosbag2" / name).read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]


STATES, SENSORS = topics_of("states.txt"), topics_of("sensors.txt")


def documented() -> set[str]:
    """Topics in the tables of docs/topics.md and docs/planners.md."""
    text = "".join((ROOT / "docs" / name).read_text() for name in ("topics.md", "planners.md"))
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {"/" + name.lstrip("/") for row in rows for name in re.findall(r"`([\w/]+)`", row)}


def fields_of(message: str) -> set[str]:
    text = (ROOT / "msg" / f"{message}.msg").read_text()
    return set(re.findall(r"^[a-z][\w/]*(?:\[\d*\])? +([a-z]\w*)(?:\s|$)", text, re.MULTILINE))


def paths() -> Iterator[tuple[str, str]]:
    for panel in FOXGLOVE["configById"].values():
        for path in panel.get("paths", ()):
            topic, _, field = path["value"].partition(".")
            yield topic, field


def panels(layout: Any) -> Iterator[str]:
    if isinstance(layout, str):
        yield layout
        return
    assert layout["direction"] in ("row", "column")
    assert 0 < layout["splitPercentage"] < 100
    yield from panels(layout["first"])
    yield from panels(layout["second"])


def test_every_plotted_field_is_in_its_message() -> None:
    found = list(paths())
    assert len(found) > 15
    missing = [p for p in found if p[1] not in fields_of(MESSAGES[p[0]])]
    assert not missing


def test_every_panel_has_settings_and_a_place() -> None:
    placed = list(panels(FOXGLOVE["layout"]))
    assert sorted(placed) == sorted(FOXGLOVE["configById"])
    kinds = {name.partition("!")[0] for name in placed}
    assert kinds >= {"Plot", "StateTransitions", "RawMessages", "3D", "DiagnosticSummary"}


def test_topics_of_the_foxglove_panels_exist() -> None:
    used = {topic for topic, _ in paths()}
    for panel in FOXGLOVE["configById"].values():
        used |= set(panel.get("topics", ()))
        used |= {panel[key] for key in ("topicPath", "topicToRender") if key in panel}
        used |= {panel["imageMode"]["imageTopic"]} if panel.get("imageMode") else set()
    assert {"/overlay", "/zones", "/gaze_ray", *MESSAGES} <= used
    assert used <= documented() | FOREIGN


def displays() -> dict[str, Any]:
    return {item["Name"]: item for item in RVIZ["Visualization Manager"]["Displays"]}


def test_rviz_shows_overlay_zones_gaze_and_frames() -> None:
    topics = {item["Topic"]["Value"]: item for item in displays().values() if "Topic" in item}
    assert set(topics) == {"/zones", "/gaze_ray", "/overlay"}
    assert set(topics) <= documented()
    assert topics["/overlay"]["Class"] == "rviz_default_plugins/Image"
    assert topics["/overlay"]["Topic"]["Reliability Policy"] == "Best Effort"
    assert topics["/zones"]["Class"] == "rviz_default_plugins/MarkerArray"
    assert topics["/zones"]["Topic"]["Durability Policy"] == "Transient Local"
    assert topics["/gaze_ray"]["Class"] == "rviz_default_plugins/MarkerArray"
    assert any(item["Class"] == "rviz_default_plugins/TF" for item in displays().values())
    assert RVIZ["Visualization Manager"]["Global Options"]["Fixed Frame"] == "cabin"


def test_the_command_for_the_camera_fits_the_cabin_file() -> None:
    text = (ROOT / "docs" / "planners.md").read_text().replace("\\\n", "")
    command = next(line for line in text.splitlines() if "static_transform_publisher" in line)
    said = {name: float(value) for name, value in re.findall(r"--(q?[xyzw]) (\S+)", command)}
    camera = load_cabin("sedan_lhd").camera
    assert [said[axis] for axis in "xyz"] == pytest.approx(camera.translation.tolist())
    turn = [said[f"q{axis}"] for axis in "xyzw"]
    assert turn == pytest.approx(quaternion(camera.rotation), abs=1e-4)


def test_recorded_topics_exist() -> None:
    assert set(STATES) | set(SENSORS) <= documented() | FOREIGN
    assert not set(STATES) & set(SENSORS)


def test_what_shows_or_sounds_like_a_person_is_not_recorded_by_default() -> None:
    personal = re.compile("image|overlay|audio|biosignals|face")
    assert not [topic for topic in STATES if personal.search(topic)]
    assert [topic for topic in SENSORS if personal.search(topic)]


def test_overrides_are_of_recorded_topics_and_in_the_words_of_rosbag2() -> None:
    assert set(QOS) <= set(STATES) | set(SENSORS)
    for profile in QOS.values():
        assert set(profile) == {"history", "depth", "reliability", "durability"}
        assert profile["history"] == "keep_last"
        assert profile["depth"] > 0
        assert profile["reliability"] in ("reliable", "best_effort")
        assert profile["durability"] in ("volatile", "transient_local")
