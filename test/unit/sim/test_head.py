"""The head built from a portrait: metric, symmetric, closed, and moved by its lids and jaw.

Whether networks recognise it is left to test/golden/sim.
"""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.core.types import RigidTransform
from affect_perception.sim import landmarks as lm
from affect_perception.sim.deform import Expression, FaceRig
from affect_perception.sim.eyes import IRIS_RADIUS_M, Patch, lash_cover
from affect_perception.sim.geometry import Camera, head_rotation, look_at
from affect_perception.sim.head_model import EYEBALL_RADIUS_M, HeadModel, Part, build_head
from affect_perception.sim.head_renderer import HeadRenderer, HeadState
from affect_perception.sim.portrait import Portrait
from affect_perception.sim.raster import Window
from affect_perception.sim.scenario_parts import CameraSetup

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def head(portrait: Portrait) -> HeadModel:
    return build_head(portrait)


def test_pupils_are_63_mm_apart_around_the_origin(head: HeadModel) -> None:
    right, left = head.eye_centres
    assert left[1] - right[1] == pytest.approx(0.063, abs=0.001)
    assert 0.5 * (left + right) == pytest.approx(np.zeros(3), abs=1e-9)


def test_the_face_looks_ahead_and_is_symmetric(head: HeadModel) -> None:
    pairs = np.array(lm.SYMMETRIC_PAIRS)
    right, left = head.vertices[pairs[:, 0]], head.vertices[pairs[:, 1]]
    assert np.abs(right * (1, -1, 1) - left).mean() < 0.002
    nose = head.vertices[lm.NOSE_TIP]
    assert nose[0] > head.vertices[: lm.FACE_POINTS, 0].max() - 0.005
    assert abs(nose[1]) < 0.003


def test_building_twice_gives_the_same_head(portrait: Portrait, head: HeadModel) -> None:
    build_head.cache_clear()
    again = build_head(portrait)
    assert again is not head
    assert (again.vertices == head.vertices).all()
    assert (again.triangles == head.triangles).all()
    assert (again.texture == head.texture).all()


def test_one_head_serves_all_drivers_of_one_portrait(portrait: Portrait) -> None:
    same = Portrait(portrait.image.copy(), portrait.landmarks.copy())
    assert same == portrait
    assert build_head(same) is build_head(portrait)
    darker = Portrait(portrait.image // 2, portrait.landmarks)
    assert darker != portrait
    assert build_head(darker) is not build_head(portrait)


def test_eyes_and_mouth_are_cut_out(head: HeadModel) -> None:
    for part, contour in ((Part.RIGHT_EYE, lm.RIGHT_EYE.contour), (Part.MOUTH, lm.MOUTH_INNER)):
        corners = set(np.unique(head.triangles[head.parts == part]))
        assert corners == set(contour)


def gap(vertices: np.ndarray, eye: lm.EyePoints) -> float:
    middle = len(eye.upper) // 2
    return float(vertices[eye.upper[middle], 2] - vertices[eye.lower[middle], 2])


def test_the_lid_gap_is_proportional_to_the_opening(head: HeadModel) -> None:
    rig = FaceRig(head)
    open_gap = gap(rig.deform(Expression()), lm.LEFT_EYE)
    assert 0.007 < open_gap < 0.014
    for opening in (0.0, 0.3, 0.6):
        vertices = rig.deform(Expression(lids=(1.0, opening)))
        assert gap(vertices, lm.LEFT_EYE) == pytest.approx(opening * open_gap, abs=0.0006)
        assert gap(vertices, lm.RIGHT_EYE) == pytest.approx(
            gap(rig.deform(Expression()), lm.RIGHT_EYE)
        )


def test_closed_lids_lie_on_the_eyeball_not_in_it(head: HeadModel) -> None:
    vertices = FaceRig(head).deform(Expression(lids=(0.0, 0.0)))
    for side, eye in enumerate((lm.RIGHT_EYE, lm.LEFT_EYE)):
        distance = np.linalg.norm(vertices[list(eye.upper)] - head.eye_centres[side], axis=1)
        assert (distance >= EYEBALL_RADIUS_M).all()


def test_lids_follow_the_gaze_down(head: HeadModel) -> None:
    rig = FaceRig(head)
    level = rig.deform(Expression())
    down = rig.deform(Expression(eye_pitch=(-0.3, -0.3)))
    assert down[lm.LEFT_EYE.upper[3], 2] < level[lm.LEFT_EYE.upper[3], 2] - 0.001


def test_lids_cover_the_iris_as_in_awake_people(head: HeadModel) -> None:
    # Textbook: the upper lid covers 1 to 2 mm, the lower lid stands at the edge of the iris.
    rest = FaceRig(head).deform(Expression())
    for eye, centre in zip((lm.RIGHT_EYE, lm.LEFT_EYE), head.eye_centres, strict=True):
        top, bottom = centre[2] + IRIS_RADIUS_M, centre[2] - IRIS_RADIUS_M
        assert 0.0005 < top - rest[eye.upper[3], 2] < 0.0025
        assert abs(bottom - rest[eye.lower[3], 2]) < 0.0007


def test_no_lashes_grow_at_the_inner_corner(head: HeadModel) -> None:
    eye, mm_px = lm.LEFT_EYE, 4.0
    rest = FaceRig(head).deform(Expression())
    points = 200.0 + 1e3 * mm_px * np.column_stack([rest[:, 1], -rest[:, 2]])
    window = Window.around(points[list(eye.contour)], 12, (640, 480))
    assert window is not None
    cover = lash_cover(Patch(window, 1), points, eye, mm_px)

    def darkness(index: int) -> float:
        u, v = np.round(points[index]).astype(int) - (window.left, window.top)
        return float(cover[v - 2 : v + 3, u - 2 : u + 3].max())

    assert darkness(eye.upper[1]) > 0.9
    assert 0.1 < darkness(eye.upper[4]) < 0.8
    assert darkness(eye.inner) == 0.0


def test_the_jaw_opens_downwards_and_closed_lips_touch(head: HeadModel) -> None:
    rig = FaceRig(head)
    shut, wide = rig.deform(Expression()), rig.deform(Expression(mouth=1.0))
    upper, lower = lm.LIPS_INNER_UPPER[5], lm.LIPS_INNER_LOWER[5]
    assert abs(shut[upper, 2] - shut[lower, 2]) < 0.001
    assert 0.025 < wide[upper, 2] - wide[lower, 2] < 0.055
    assert wide[lm.CHIN, 2] < shut[lm.CHIN, 2] - 0.015
    assert wide[lm.NOSE_TIP] == pytest.approx(shut[lm.NOSE_TIP])


@pytest.mark.parametrize("yaw", [-50, -25, 0, 25, 50])
@pytest.mark.parametrize("pitch", [-25, 0, 25])
def test_a_drawn_head_has_no_holes(head: HeadModel, yaw: float, pitch: float) -> None:
    camera = CameraSetup().camera()
    pose = RigidTransform(head_rotation(np.radians(yaw), np.radians(pitch), 0.0), np.zeros(3))
    picture = np.zeros((480, 640, 3), np.uint8)
    state = HeadState(pose, np.array([3.0, 0, 0]), Expression(), 0.0, np.array([-0.095, 0, -0.16]))
    drawn = HeadRenderer(head).draw(picture, camera, state)
    assert drawn.raster is not None
    covered = (drawn.raster.owner > 0).astype(np.uint8)
    middle = drawn.raster.owner[covered.shape[0] // 2]
    assert (middle > 0).sum() > 60
    # Every empty pixel must be reachable from the border.
    padded = np.pad(1 - covered, 1, constant_values=1)
    from scipy import ndimage

    labels, _ = ndimage.label(padded)
    holes = (padded == 1) & (labels != labels[0, 0])
    # Between chin, hair and neck the background may show; in the face it may not.
    face = drawn.landmarks[: lm.FACE_POINTS] - (drawn.raster.window.left, drawn.raster.window.top)
    low, high = np.percentile(face, 5, axis=0).astype(int), np.percentile(face, 95, axis=0)
    assert not holes[low[1] : int(high[1]), low[0] : int(high[0])].any()


def test_irises_follow_the_gaze_point(head: HeadModel) -> None:
    camera = CameraSetup().camera()
    renderer = HeadRenderer(head)
    pose = RigidTransform(np.eye(3), np.zeros(3))

    def iris(point: tuple[float, float, float]) -> np.ndarray:
        picture = np.zeros((480, 640, 3), np.uint8)
        state = HeadState(pose, np.array(point), Expression(), 0.0, np.array([-0.095, 0, -0.16]))
        return renderer.draw(picture, camera, state).landmarks[lm.LEFT_EYE.iris[0]]

    assert iris((2, 1, 0))[0] > iris((2, 0, 0))[0] + 2.0
    assert iris((2, 0, 1))[1] < iris((2, 0, 0))[1] - 2.0


def test_eyes_do_not_turn_beyond_their_muscles(head: HeadModel) -> None:
    pose = RigidTransform(np.eye(3), np.zeros(3))
    picture = np.zeros((480, 640, 3), np.uint8)
    behind = HeadState(pose, np.array([-1.0, 1.0, 0.0]), Expression(), 0.0, np.zeros(3))
    drawn = HeadRenderer(head).draw(picture, CameraSetup().camera(), behind)
    turned = np.degrees(np.arccos(drawn.eye_gaze[:, 0]))
    assert turned == pytest.approx([50.0, 50.0], abs=0.1)


def test_a_head_behind_the_camera_is_not_drawn(head: HeadModel) -> None:
    camera = Camera(CameraSetup().camera().intrinsics, look_at(np.zeros(3), np.array([-1.0, 0, 0])))
    pose = RigidTransform(np.eye(3), np.array([1.0, 0.0, 0.0]))
    picture = np.zeros((480, 640, 3), np.uint8)
    state = HeadState(pose, np.array([3.0, 0, 0]), Expression(), 0.0, np.array([0.9, 0, -0.16]))
    assert HeadRenderer(head).draw(picture, camera, state).raster is None
    assert not picture.any()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (lambda i, m: (i[..., 0], m), "RGB"),
        (lambda i, m: (i, m[:468]), "478"),
        (lambda i, m: (i, np.where(np.arange(478)[:, None] == 5, np.nan, m)), "finite"),
        (lambda i, m: (i, m + (400.0, 0.0, 0.0)), "leaves the portrait"),
        (lambda i, m: (i, m * 0.3), "20 px"),
    ],
)
def test_unusable_portraits_are_refused(portrait: Portrait, change, word: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=word):
        Portrait(*change(portrait.image, portrait.landmarks))


def test_a_portrait_with_closed_eyes_cannot_be_cut_out(portrait: Portrait) -> None:
    mesh = portrait.landmarks.copy()
    for eye in (lm.RIGHT_EYE, lm.LEFT_EYE):
        mesh[list(eye.upper)] = mesh[list(eye.lower)]
    with pytest.raises(InputError, match="cannot be cut out"):
        build_head(Portrait(portrait.image, mesh))
