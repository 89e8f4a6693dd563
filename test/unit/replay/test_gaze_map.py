"""The map of gaze: outlines, areas, times, and its drawings in the report and as a picture.

Leaves casting rays to test_zones.py and the rest of the report to test_replay.py.
"""

from __future__ import annotations

import hashlib
import math
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from matplotlib.path import Path as Outline

from affect_perception.core.cabin import ZoneRole
from affect_perception.core.enums import AddwArea, EyesState
from affect_perception.evaluation.report.cabin_picture import write_cabin_picture
from affect_perception.evaluation.report.gaze import SCALE, gaze_section
from affect_perception.evaluation.report.gaze_map import (
    CELL,
    PITCH_LIMITS,
    YAW_LIMIT,
    Shape,
    cabin_map,
    gaze_times,
    true_cells,
    wrapped,
)
from affect_perception.evaluation.report.gaze_picture import write_gaze_picture
from affect_perception.io.cabin_file import load_cabin

pytestmark = pytest.mark.unit

SEDAN = load_cabin("sedan_lhd")


def states(yaw_deg, pitch_deg, zones, *, rate=20.0, closed=()):
    """Columns of AttentionState with nothing but a gaze."""
    count = len(yaw_deg)
    eyes = np.full(count, EyesState.OPEN.value)
    eyes[list(closed)] = EyesState.CLOSED.value
    return {
        "stamp_ns": np.array([round(i * 1e9 / rate) for i in range(count)], np.int64),
        "gaze_yaw": np.radians(np.array(yaw_deg, np.float32)),
        "gaze_pitch": np.radians(np.array(pitch_deg, np.float32)),
        "gaze_yaw_std": np.full(count, math.radians(4.0), np.float32),
        "gaze_pitch_std": np.full(count, math.radians(5.0), np.float32),
        "gaze_zone": list(zones),
        "eyes_state": eyes,
    }


LOOKS = states(
    [0.5] * 10 + [150.0] * 2 + [math.nan] * 3 + [0.5] * 2 + [0.5],
    [-1.0] * 18,
    ["windscreen"] * 10 + ["elsewhere"] * 2 + ["unknown"] * 3 + ["windscreen"] * 3,
    closed=(15, 16),
)


def holds(shape: Shape, yaw: float, pitch: float) -> bool:
    """Whether a direction lies inside the outlines (odd number of rings around it)."""
    return sum(Outline(ring).contains_point((yaw, pitch)) for ring in shape.rings) % 2 == 1


@pytest.mark.parametrize("name", ["sedan_lhd", "sedan_rhd", "webcam"])
def test_outlines_hold_the_middle_of_their_zone_and_nothing_of_what_hides_it(name):
    cabin = load_cabin(name)
    found = {shape.name: shape for shape in cabin_map(cabin).zones}
    assert set(found) == {zone.name for zone in cabin.zones}
    for zone in cabin.zones:
        shape = found[zone.name]
        assert shape.role is zone.role
        assert holds(shape, *shape.place), zone.name
        assert shape.width > 3.0
        others = [other.name for other in found.values() if other is not shape]
        assert not any(holds(found[other], *shape.place) for other in others), zone.name


def test_outlines_are_where_the_geometry_says():
    cluster = next(shape for shape in cabin_map(SEDAN).zones if shape.name == "cluster")
    top = math.degrees(math.atan2(-0.18, 0.75))
    assert max(ring[:, 1].max() for ring in cluster.rings) == pytest.approx(top, abs=0.6)
    edge = math.degrees(math.atan2(0.17, 0.75))
    assert max(ring[:, 0].max() for ring in cluster.rings) == pytest.approx(edge, abs=0.6)


def test_areas_are_drawn_where_they_lie():
    areas = cabin_map(SEDAN).areas
    assert holds(areas[AddwArea.AREA_3][0], 0.0, -45.0)
    assert not holds(areas[AddwArea.AREA_3][0], 0.0, -20.0)
    assert any(holds(shape, 80.0, -45.0) for shape in areas[AddwArea.AREA_1])


def test_time_goes_to_the_cell_and_the_zone_of_the_gaze():
    times = gaze_times(LOOKS)
    # The last state has no duration; two closed ones and three unknown ones count as unknown.
    assert times.known == pytest.approx(12 * 0.05)
    assert times.unknown == pytest.approx(5 * 0.05)
    assert times.outside == pytest.approx(2 * 0.05)
    row, column = np.unravel_index(int(times.cells.argmax()), times.cells.shape)
    assert PITCH_LIMITS[1] - (row + 1) * CELL <= -1.0 <= PITCH_LIMITS[1] - row * CELL
    assert YAW_LIMIT - (column + 1) * CELL <= 0.5 <= YAW_LIMIT - column * CELL
    assert dict(times.zones) == {
        "windscreen": pytest.approx(10 * 0.05),
        "elsewhere": pytest.approx(2 * 0.05),
    }
    assert times.std == (pytest.approx(4.0, abs=0.01), pytest.approx(5.0, abs=0.01))


def test_a_gap_between_states_is_no_time_spent_looking():
    columns = states([0.0, 0.0, 0.0], [0.0] * 3, ["windscreen"] * 3)
    columns["stamp_ns"] = np.array([0, 50_000_000, 10_000_000_000], np.int64)
    assert gaze_times(columns).known == pytest.approx(0.05 + 0.2)


@pytest.mark.parametrize("looks", [LOOKS, states([math.nan] * 3, [math.nan] * 3, ["unknown"] * 3)])
def test_the_section_is_well_formed_and_names_every_zone(looks):
    section = gaze_section(looks, SEDAN)
    root = ElementTree.fromstring(f"<main>{section}</main>")
    titles = {element.text for element in root.iter("title")}
    assert {zone.name.replace("_", " ") for zone in SEDAN.zones} <= titles
    assert "nan" not in section
    assert ("of it beyond the map" in section) is (looks is LOOKS)


def test_a_truth_is_drawn_as_open_squares_where_the_gaze_really_rested():
    truth = {
        "stamp_ns": LOOKS["stamp_ns"],
        "gaze_yaw": np.radians(np.full(18, 20.5, np.float32)),
        "gaze_pitch": np.radians(np.full(18, -9.0, np.float32)),
        "eyes_closed": np.arange(18) >= 16,
    }
    assert true_cells(truth).sum() == pytest.approx(16 * 0.05)
    section = gaze_section(LOOKS, SEDAN, truth)
    root = ElementTree.fromstring(f"<main>{section}</main>")
    (group,) = [g for g in root.iter("g") if g.get("class") == "truecells"]
    (square,) = list(group)
    x = (YAW_LIMIT - 20.5) * SCALE
    assert float(square.get("x")) <= x <= float(square.get("x")) + CELL * SCALE
    assert "Open squares" in section
    assert "Open squares" not in gaze_section(LOOKS, SEDAN)


def test_pictures_of_equal_states_are_equal(tmp_path: Path):
    digests = []
    for name in ("a.png", "b.png"):
        write_gaze_picture(tmp_path / name, SEDAN, LOOKS)
        digests.append(hashlib.sha256((tmp_path / name).read_bytes()).hexdigest())
    assert digests[0] == digests[1]
    write_cabin_picture(tmp_path / "cabin.png", load_cabin("webcam"))
    assert (tmp_path / "cabin.png").stat().st_size > 10_000


def test_names_break_between_words_only():
    assert wrapped("wheel rim phone driver side", 10) == ["wheel rim", "phone", "driver", "side"]
    assert wrapped("passenger", 3) == ["passenger"]


def test_roles_have_words():
    from affect_perception.evaluation.report.gaze_map import ROLE_NAMES

    assert set(ROLE_NAMES) == set(ZoneRole)
