"""Zone scores on made-up looks; leaves the gaze itself and the rendered driver to other tests."""

from __future__ import annotations

import math

import pytest
from observations import CABIN, CLUSTER, ROAD, gaze

from affect_perception.core.enums import AddwArea, Availability, TriState
from affect_perception.core.types import FaceObservation, ImageQuality, ZoneEstimate
from affect_perception.core.vision.zones import locate
from affect_perception.evaluation.synthetic.zone_scores import (
    REST_S,
    ZoneLook,
    confusion_text,
    confusions,
    looks,
    zone_metrics,
    zone_recalls,
)
from affect_perception.sim.truth import DriverTruth

pytestmark = pytest.mark.unit


def said(name: str) -> ZoneEstimate:
    road = name in CABIN.on_road_names
    if name == "unknown":
        return ZoneEstimate(name, math.nan, TriState.UNKNOWN)
    area = AddwArea.AREA_3 if name == "lap_phone" else AddwArea.AREA_2
    return ZoneEstimate(name, 0.9, TriState.YES if road else TriState.NO, addw_area=area)


def look(truth: str, found: str, other: str = "windscreen") -> ZoneLook:
    area = AddwArea.AREA_3 if truth == "lap_phone" else AddwArea.AREA_2
    return ZoneLook(
        truth, area, said(found), {"nearest_centre": said(other), "ray_share": said(other)}
    )


FOUND = [
    *[look("windscreen", "windscreen")] * 3,
    look("windscreen", "cluster"),
    *[look("mirror_interior", "windscreen")] * 1,
    look("mirror_interior", "cluster"),
    look("lap_phone", "unknown"),
]


def test_accuracy_roles_and_road():
    values = zone_metrics(FOUND, CABIN)
    assert values["accuracy"] == pytest.approx(3 / 7)
    assert values["balanced_accuracy"] == pytest.approx((0.75 + 0.0 + 0.0) / 3)
    # A mirror taken for the cluster is the right role.
    assert values["accuracy_role"] == pytest.approx(4 / 7)
    assert values["precision_on_road"] == pytest.approx(3 / 4)
    assert values["recall_on_road"] == pytest.approx(3 / 4)
    assert values["known_rate"] == pytest.approx(6 / 7)


def test_simple_methods_are_scored_on_their_own_answers():
    values = zone_metrics(FOUND, CABIN, "nearest_centre")
    assert values["accuracy"] == pytest.approx(4 / 7)
    assert values["recall_on_road"] == 1.0
    assert values["precision_on_road"] == pytest.approx(4 / 7)


def test_area_3_is_scored_for_itself():
    found = [look("lap_phone", "lap_phone"), look("lap_phone", "cluster")]
    found += [look("windscreen", "lap_phone"), look("windscreen", "windscreen")]
    values = zone_metrics(found, CABIN)
    assert values["recall_area_3"] == pytest.approx(0.5)
    assert values["precision_area_3"] == pytest.approx(0.5)


def test_recalls_and_confusions_name_the_zones():
    assert zone_recalls(FOUND) == {"lap_phone": 0.0, "mirror_interior": 0.0, "windscreen": 0.75}
    assert confusions(FOUND)["windscreen"] == {"windscreen": 3, "cluster": 1}
    text = confusion_text(FOUND)
    assert "windscreen (3 of 4 right): cluster 1" in text
    assert confusion_text(FOUND[:3]) == "none"


def test_only_looks_at_rest_with_open_eyes_count():
    def pair(index: int, direction, *, blink=False, shut=False):
        stamp = index * 100_000_000
        found = gaze(direction, std=0.02)
        face = FaceObservation(
            stamp, "camera", Availability.AVAILABLE, (), (640, 480),
            ImageQuality(0.5, 0.2, 0.0, 1.0), gaze=found, zone=locate(found, CABIN),
        )  # fmt: skip
        truth = DriverTruth(
            stamp, True, head_position=(0.0, 0.0, 0.0), gaze_yaw=direction[0],
            gaze_pitch=direction[1], blink=blink, eyes_closed=shut,
        )  # fmt: skip
        return face, truth

    rest = math.ceil(REST_S * 10)
    pairs = [pair(i, ROAD) for i in range(rest + 2)]
    pairs += [pair(len(pairs) + i, CLUSTER) for i in range(rest + 1)]
    pairs += [pair(len(pairs), CLUSTER, blink=True), pair(len(pairs) + 1, CLUSTER, shut=True)]
    found = looks(pairs, CABIN)
    assert [f.truth for f in found] == ["windscreen", "windscreen", "cluster"]
    assert all(f.found.name == f.truth for f in found)
    assert all(f.area is AddwArea.AREA_2 for f in found)
    assert all(f.others["nearest_centre"].name == f.truth for f in found)
