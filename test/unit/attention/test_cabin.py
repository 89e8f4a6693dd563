"""Cabin geometry: what cannot be constructed, the camera pose, and the shipped files.

Leaves the casting of rays to test_zones.py.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from observations import small_cabin

from affect_perception.core.cabin import (
    Box,
    CabinGeometry,
    Quad,
    Zone,
    ZoneKind,
    ZoneRole,
    check_rotation,
    look_at,
)
from affect_perception.core.errors import ConfigError
from affect_perception.core.types import RigidTransform
from affect_perception.io.cabin_file import load_cabin, parse_cabin, shipped_cabins

pytestmark = pytest.mark.unit

SQUARE = ((1.0, 1.0, 0.0), (1.0, -1.0, 0.0), (1.0, -1.0, 1.0), (1.0, 1.0, 1.0))


def content(**changes):
    base = {
        "name": "test",
        "driver_side": "left",
        "camera": {"position": [0.6, 0, 0], "look_at": [0, 0, 0]},
        "zones": [
            {
                "name": "road",
                "kind": "windscreen",
                "on_road": True,
                "corners": [list(c) for c in SQUARE],
            }
        ],
    }
    base.update(changes)
    return base


def zone(**changes):
    return {"name": "z", "kind": "lap", "box": {"min": [0, 0, 0], "max": [1, 1, 1]}, **changes}


@pytest.mark.parametrize(
    ("corners", "message"),
    [
        (((1, 1, 0), (1, -1, 0), (1, -1, 1), (1.2, 1, 1)), "not flat"),
        (((1, 1, 0), (1, -1, 1), (1, -1, 0), (1, 1, 1)), "not convex|no area"),
        (((1, 1, 0), (1, 1, 0), (1, 1, 0), (1, 1, 0)), "no area"),
        (((1, 1, 0), (1, -1, 0), (1, -1, math.nan), (1, 1, 1)), "finite"),
        (((1000, 1, 0), (1000, -1, 0), (1000, -1, 1), (1000, 1, 1)), "within 20 m"),
    ],
)
def test_a_wrong_quad_cannot_be_made(corners, message):
    with pytest.raises(ConfigError, match=message):
        Quad(corners)


def test_a_box_needs_extent():
    with pytest.raises(ConfigError, match="not below"):
        Box((0.0, 0.0, 0.0), (1.0, 0.0, 1.0))


def test_camera_looking_at_the_driver_has_the_drivers_left_at_image_right():
    camera = look_at((0.65, 0.0, -0.12), (0.0, 0.0, 0.0))
    check_rotation(camera.rotation)
    in_camera = camera.inverse().apply(np.array([[0.0, 0.1, 0.0], [0.0, 0.0, 0.1], [0, 0, 0]]))
    assert in_camera[0, 0] == pytest.approx(0.1)
    assert in_camera[1, 1] < -0.09
    assert in_camera[2] == pytest.approx([0.0, 0.0, math.hypot(0.65, 0.12)])


def test_a_camera_that_looks_straight_down_is_refused():
    with pytest.raises(ConfigError, match="straight"):
        look_at((0.0, 0.0, 1.0), (0.0, 0.0, 0.0))


def test_names_are_unique_and_the_road_is_somewhere():
    camera = look_at((0.6, 0.0, 0.0), (0.0, 0.0, 0.0))
    road = Zone("road", ZoneKind.WINDSCREEN, True, Quad(SQUARE))
    with pytest.raises(ConfigError, match="doubled: road"):
        CabinGeometry("x", "left", camera, (road, road))
    off = Zone("lap", ZoneKind.LAP, False, Quad(SQUARE))
    with pytest.raises(ConfigError, match="on_road"):
        CabinGeometry("x", "left", camera, (off,))
    with pytest.raises(ConfigError, match="driver_side"):
        CabinGeometry("x", "middle", camera, (road,))
    with pytest.raises(ConfigError, match="no zone 'sky'"):
        CabinGeometry("x", "left", camera, (road,)).zone("sky")


def test_a_reflection_is_no_rotation():
    camera = RigidTransform(np.diag([1.0, 1.0, -1.0]), np.zeros(3))
    with pytest.raises(ConfigError, match="no rotation"):
        CabinGeometry("x", "left", camera, small_cabin().zones)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"name": 5}, "name: expected text"),
        ({"driver_side": "up"}, "driver_side"),
        ({"zones": []}, "zones: expected a list"),
        ({"camera": {"position": [0.6, 0, 0]}}, "exactly one of"),
        ({"camera": {"position": [0.6, 0], "look_at": [0, 0, 0]}}, "camera.position"),
        ({"camera": {"position": [0.6, 0, math.nan], "look_at": [0, 0, 0]}}, "camera.position"),
        ({"camera": {"position": [0.6, 0, 0], "look_at": [0.6, 0, 0]}}, "camera.look_at"),
        (
            {"camera": {"position": [0, 0, 0], "rotation": [[1, 0, 0], [0, 1, 0], [0, 0, 2]]}},
            "camera.rotation: the camera rotation is no rotation",
        ),
        ({"camera": {"position": [0, 0, 0], "quaternion": [0, 0, 0, 2]}}, "camera.quaternion"),
        ({"zones": [zone(kind="hat")]}, r"zones.z.kind: 'hat'"),
        ({"zones": [zone(on_road="yes")]}, r"zones.z.on_road"),
        ({"zones": [zone(corners=[[0, 0, 0]] * 4)]}, "exactly one of corners, box"),
        ({"zones": [zone(box={"min": [0, 0, 0], "max": [1, 1, "a"]})]}, "zones.z.box.max"),
        ({"zones": [zone(box={"min": [0, 0, 0], "max": [1, 1, -1]})]}, "zones.z: box"),
        ({"zones": [zone(box={"min": [0, 0, 0]})]}, "key 'max' is missing"),
        ({"zones": [zone(name="elsewhere")]}, "reserved"),
        ({"zones": ["road"]}, "expected keys and values"),
        ({"zones": [zone(role="hat")]}, "zones.z.role: 'hat' is not one of road, driving_task"),
        ({"zones": [zone(role="road")]}, "zone 'z': role road and on_road false contradict"),
        ({"zones": [zone(box={"min": [0, 0, 0], "max": [650, 1, 1]})]}, "millimetres"),
    ],
)
def test_a_wrong_file_is_refused_with_the_key(changes, message):
    with pytest.raises(ConfigError, match=message):
        parse_cabin(content(**changes))


def test_rotation_and_quaternion_and_look_at_agree():
    looking = parse_cabin(content()).camera
    by_matrix = parse_cabin(
        content(camera={"position": [0.6, 0, 0], "rotation": looking.rotation.tolist()})
    ).camera
    # Optical frame of a camera that looks backwards along x: x right = +y, y down = -z.
    by_quaternion = parse_cabin(
        content(camera={"position": [0.6, 0, 0], "quaternion": [0.5, -0.5, -0.5, 0.5]})
    ).camera
    np.testing.assert_allclose(by_matrix.rotation, looking.rotation, atol=1e-12)
    assert by_quaternion.rotation.shape == (3, 3)
    check_rotation(by_quaternion.rotation)


def test_errors_of_files_name_the_file(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("name: [", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.yaml: not a YAML file"):
        load_cabin(path)
    path.write_text("name: mine\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"mine\.yaml: file: key 'camera' is missing"):
        load_cabin(path)
    with pytest.raises(ConfigError, match="sedan_lhd"):
        load_cabin("no_such_cabin")
    with pytest.raises(ConfigError, match="no cabin"):
        load_cabin(tmp_path / "absent.yaml")


def test_every_shipped_cabin_loads_under_its_file_name():
    names = shipped_cabins()
    assert {"sedan_lhd", "sedan_rhd", "sedan_lhd_mirror", "webcam"} <= set(names)
    for name in names:
        assert load_cabin(name).name == name


def assert_same(one: CabinGeometry, other: CabinGeometry) -> None:
    np.testing.assert_allclose(one.camera.rotation, other.camera.rotation, atol=1e-9)
    np.testing.assert_allclose(one.camera.translation, other.camera.translation, atol=1e-9)
    assert one.driver_side == other.driver_side
    assert one.zones == other.zones


def test_right_hand_drive_is_the_mirror_image_of_left_hand_drive():
    left, right = load_cabin("sedan_lhd"), load_cabin("sedan_rhd")
    assert_same(left.mirrored("sedan_rhd"), right)
    assert_same(right.mirrored("sedan_lhd"), left)


def test_the_camera_below_the_mirror_changes_only_the_camera():
    column, mirror = load_cabin("sedan_lhd"), load_cabin("sedan_lhd_mirror")
    assert column.zones == mirror.zones
    assert mirror.camera.translation[1] < -0.2


def plausible(*zones, **changes):
    """A file that is right, with zones added or keys changed."""
    return content(**{"zones": content()["zones"] + list(zones), **changes})


def corners(*points):
    return [list(point) for point in points]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (
            plausible(camera={"position": [-0.6, 0, 0], "look_at": [0, 0, 0]}),
            "camera.position: x = -0.6 m lies behind the driver's eyes",
        ),
        (
            plausible(camera={"position": [6.5, 0, -1.2], "look_at": [0, 0, 0]}),
            "camera.position: 6.61 m from the driver's eyes",
        ),
        (
            plausible(camera={"position": [0.6, 0, 0], "look_at": [1.0, 0, 0]}),
            "camera: the driver's eyes lie 180 degrees off its axis",
        ),
        (
            plausible(zone(kind="passenger", box={"min": [-0.4, 0.3, -0.7], "max": [0, 0.9, 0]})),
            "zones.z: the driver sits on the left, and so does the passenger",
        ),
        (
            plausible(zone(box={"min": [-0.1, -0.1, -0.1], "max": [0.2, 0.1, 0.1]})),
            "zones.z: the box holds the driver's eyes",
        ),
        (
            plausible(
                zone(box={"min": [0.5, -0.3, -0.3], "max": [0.6, 0.3, 0.3]}),
                zone(name="far", box={"min": [0.8, -0.1, -0.1], "max": [0.9, 0.1, 0.1]}),
            ),
            "zones.far: nothing of it is seen from the driver's eyes, 'z' hides it",
        ),
        (
            plausible(
                {
                    "name": "shelf",
                    "kind": "other",
                    "corners": corners((1, 1, 0), (1, -1, 0), (2, -1, 0), (2, 1, 0)),
                }
            ),
            "zones.shelf: its plane passes 0 mm from the driver's eyes",
        ),
        (
            content(
                zones=[
                    {
                        **content()["zones"][0],
                        "corners": corners((-1, 1, 0), (-1, -1, 0), (-1, -1, 1), (-1, 1, 1)),
                    }
                ]
            ),
            "no on_road zone lies ahead",
        ),
    ],
)
def test_what_cannot_be_right_in_a_vehicle_is_refused(changed, message):
    with pytest.raises(ConfigError, match=message):
        parse_cabin(changed)


def test_roles_follow_the_kind_unless_the_file_says_otherwise():
    roles = load_cabin("sedan_lhd").roles
    assert roles["windscreen"] is ZoneRole.ROAD
    assert roles["windscreen_passenger_side"] is roles["window_driver_side"] is ZoneRole.GLASS
    for name in ("mirror_interior", "mirror_driver_side", "mirror_passenger_side", "cluster"):
        assert roles[name] is ZoneRole.DRIVING_TASK
    for name in ("lap_phone", "wheel_centre_phone", "wheel_rim_phone_driver_side", "dock_phone"):
        assert roles[name] is ZoneRole.PHONE
    for name in ("infotainment", "passenger", "centre_console", "elsewhere"):
        assert roles[name] is ZoneRole.NON_DRIVING
    screen = zone(
        name="map", kind="infotainment", role="driving_task",
        corners=corners((0.7, -0.2, -0.2), (0.7, -0.5, -0.2), (0.7, -0.5, -0.4), (0.7, -0.2, -0.4)),
    )  # fmt: skip
    del screen["box"]
    assert parse_cabin(plausible(screen)).roles["map"] is ZoneRole.DRIVING_TASK
    assert load_cabin("sedan_lhd").mirrored("x").roles == roles
