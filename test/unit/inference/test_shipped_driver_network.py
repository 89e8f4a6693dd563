"""The driver network that lies in models/: size, choice, signs on drawn eyes and made tokens.

Leaves: accuracy (docs/driver_network.md).
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import onnx
import pytest
from drawn_eyes import eye
from observations import CABIN

from affect_perception.core.buffers import to_ns
from affect_perception.core.config import InferenceConfig, PipelineConfig
from affect_perception.core.config.load import LoadConfig
from affect_perception.core.enums import Availability, GazeSource
from affect_perception.core.load.monitor import LoadMonitor
from affect_perception.core.load.tokens import LoadToken
from affect_perception.core.types import CameraFrame, CameraIntrinsics
from affect_perception.core.vision.driver_network import DriverNetwork
from affect_perception.core.vision.eye_network import CLOSED
from affect_perception.core.vision.face_perception import FacePerception
from affect_perception.inference import load_face_networks, load_manifest, load_network
from affect_perception.inference.physio import load_physio_networks
from affect_perception.share import share_path

pytestmark = pytest.mark.unit

FRONTAL = np.array([0.0, 0.0, 1.0, 0.0, 1.0, 0.0], np.float32)


@pytest.fixture(scope="module")
def network():
    return DriverNetwork(load_network("driver_frame"))


def look(network, x, there=(True, True)):
    """Both eyes to the same side: in the mirrored patch the iris is on the other one."""
    return network.read(np.stack([eye(x=x), eye(x=59 - x)]), None, FRONTAL, there)


def test_both_parts_are_small():
    numbers = 0
    for name in ("driver_frame", "driver_slow"):
        content = share_path(f"models/{name}.onnx").read_bytes()
        assert len(content) == load_manifest().model(name).size_bytes < 8_000_000
        weights = onnx.load_from_string(content).graph.initializer
        numbers += sum(math.prod(w.dims) for w in weights)
    assert numbers < 4_000_000


@pytest.mark.parametrize("name", ["driver_frame", "driver_slow"])
def test_the_card_names_the_version(name):
    entry = load_manifest().model(name)
    card = share_path(f"models/cards/{name}.md").read_text(encoding="utf-8")
    assert card.startswith(f"# {name} {entry.version}\n")


@pytest.mark.parametrize("there", [(True, True), (True, False), (False, True)])
def test_the_irises_lead_the_gaze_with_one_eye_or_both(network, there):
    to_right, to_left = look(network, 36, there), look(network, 24, there)
    assert to_right.yaw - to_left.yaw > math.radians(10.0)
    assert to_right.gaze_map.sum() == pytest.approx(1.0, abs=1e-4)
    assert math.radians(0.5) < to_right.yaw_std < math.radians(40.0)


def test_each_eye_has_its_own_lids(network):
    found = network.read(np.stack([eye(), eye(half_height=0)]), None, FRONTAL, (True, True))
    (open_one, _), (shut_one, _) = found.lids
    assert open_one > shut_one + 0.2
    assert found.states[0][CLOSED] < 0.0 < found.states[1][CLOSED]


def test_it_is_chosen_by_parameter_or_by_the_manifest(face_models):
    by_default = load_face_networks()
    assert by_default.driver is None
    assert by_default.eyes is not None
    shared = replace(load_manifest(), roles={"eyes": "driver_frame", "load": "driver_slow"})
    for chosen in (
        load_face_networks(InferenceConfig(eyes="driver_frame")),
        load_face_networks(manifest=shared),
    ):
        assert chosen.eyes is None
        assert chosen.driver.name == "driver_frame"
    back = load_face_networks(InferenceConfig(eyes="eye_network"), manifest=shared)
    assert back.driver is None
    assert load_face_networks(InferenceConfig(eye_network=False), manifest=shared).driver is None
    assert load_physio_networks().driver is None
    for body in (load_physio_networks(load="driver_slow"), load_physio_networks(manifest=shared)):
        assert body.load is None
        assert body.driver.name == "driver_slow"


def test_the_whole_path_on_a_portrait(face_models):
    image = np.ascontiguousarray(pytest.importorskip("skimage.data").astronaut())
    camera = CameraIntrinsics.from_fov(512, 512, math.radians(50))
    networks = load_face_networks(InferenceConfig(eyes="driver_frame"))
    seen = FacePerception(PipelineConfig(), CABIN, networks).step(
        CameraFrame(0, image, "camera", camera)
    )
    assert seen.availability is Availability.AVAILABLE
    assert seen.gaze.source is GazeSource.EYES
    by_eyes = FacePerception(PipelineConfig(), CABIN, load_face_networks()).step(
        CameraFrame(0, image, "camera", camera)
    )
    assert seen.gaze.yaw == pytest.approx(by_eyes.gaze.yaw, abs=math.radians(12.0))
    assert seen.gaze.yaw != by_eyes.gaze.yaw
    assert min(seen.left_eye.openness, seen.right_eye.openness) > 0.6


def token(second, heart, skin):
    return LoadToken(
        to_ns(second), heart_rate_bpm=heart, rmssd_s=0.04, sdnn_s=0.05, skin_level_us=skin,
        skin_spread_us=0.02 * skin, skin_slope_per_min=0.0, skin_phasic_us=0.01 * skin,
        skin_rising_share=0.3,
    )  # fmt: skip


def test_a_body_above_its_usual_is_stressed():
    monitor = LoadMonitor(LoadConfig(), None, load_physio_networks(load="driver_slow").driver)
    rng = np.random.default_rng(0)
    rest = [monitor.step(token(10 * i, 65 + rng.normal(), 1.0)) for i in range(60)]
    loaded = [monitor.step(token(600 + 10 * i, 95 + rng.normal(), 3.0)) for i in range(12)]
    assert rest[-1].stress < 0.4 < 0.6 < loaded[-1].stress
    assert loaded[-1].availability is Availability.AVAILABLE
