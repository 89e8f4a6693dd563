"""The eye network that lies in models/: size, contract, signs on drawn eyes. Leaves: accuracy."""

from __future__ import annotations

import math

import cv2
import numpy as np
import onnx
import pytest
from drawn_eyes import eye

from affect_perception.core.errors import ModelContractError
from affect_perception.core.vision.eye_network import EyeNetwork
from affect_perception.evaluation.eyes.frames import FRAMES_FILE, read_frames
from affect_perception.inference import load_manifest, load_network
from affect_perception.share import share_path

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def network():
    return EyeNetwork(load_network("eye_network"))


def test_is_small():
    entry = load_manifest().model("eye_network")
    content = share_path("models/eye_network.onnx").read_bytes()
    assert len(content) == entry.size_bytes < 2_000_000
    weights = onnx.load_from_string(content).graph.initializer
    assert sum(math.prod(w.dims) for w in weights) < 500_000


def test_the_first_look_is_small_and_tells_a_drawn_open_eye_from_a_shut_one():
    content = share_path("models/eye_first_look.onnx").read_bytes()
    assert len(content) == load_manifest().model("eye_first_look").size_bytes < 1_000_000
    weights = onnx.load_from_string(content).graph.initializer
    assert sum(math.prod(w.dims) for w in weights) < 250_000
    patches = np.stack([eye(), eye(half_height=0)])[:, None]
    (logits,) = load_network("eye_first_look").run(patches)
    assert logits.shape == (2, 1)
    assert logits[0, 0] < -1.0 < 1.0 < logits[1, 0]


@pytest.mark.parametrize("name", ["eye_network", "eye_first_look"])
def test_the_card_names_the_version(name):
    entry = load_manifest().model(name)
    card = share_path(f"models/cards/{name}.md").read_text(encoding="utf-8")
    assert card.startswith(f"# {name} {entry.version}\n")


def test_the_iris_leads_the_gaze(network):
    left, right, up, down = network.read([eye(x=24), eye(x=36), eye(y=14.5), eye(y=21.5)])
    assert right.yaw - left.yaw > math.radians(10.0)
    assert up.pitch - down.pitch > math.radians(4.0)


def test_one_patch_or_many_give_the_same(network):
    patches = [eye(), eye(x=36), eye(half_height=4)]
    together = network.read(patches)
    for patch, reading in zip(patches, together, strict=True):
        (alone,) = network.read([patch])
        assert alone.yaw == pytest.approx(reading.yaw, abs=1e-5)
        assert alone.closed == pytest.approx(reading.closed, abs=1e-5)


def test_an_open_eye_is_open_and_usable(network):
    (reading,) = network.read([eye(half_height=9)])
    assert reading.closed < 0.5
    assert reading.usable > 0.5
    assert 0.2 < reading.opening < 1.6


def test_a_patch_without_an_eye_is_not_usable(network):
    flat = np.full((36, 60), 128, np.uint8)
    (reading,) = network.read([cv2.equalizeHist(flat)])
    assert reading.usable < 0.5


def test_another_shape_is_refused():
    with pytest.raises(ModelContractError):
        load_network("eye_network").run(np.zeros((1, 1, 36, 61), np.uint8))


def test_the_frames_belong_to_it():
    frames = read_frames(share_path(FRAMES_FILE))
    assert len(frames.turns) == 16
    assert len(frames.subjects) == 7
    for turn in frames.turns.values():
        assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-9)
        assert abs(math.degrees(math.acos((np.trace(turn) - 1) / 2))) < 45.0
