"""The prepared face networks against stored outputs of MediaPipe's own interpreter.

The references lie in models/reference, with the script that makes them. What follows from the
outputs (boxes, head pose, gaze) is tested elsewhere.
"""

from __future__ import annotations

import numpy as np
import pytest

from affect_perception.inference import load_manifest, load_network
from affect_perception.inference.manifest import Manifest
from affect_perception.inference.pictures import PICTURES
from affect_perception.inference.verify import key, load_reference, verify_model

pytestmark = pytest.mark.golden

NAMES = ("face_detector_short_range", "face_detector_full_range", "face_mesh_attention")


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return load_manifest()


@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_those_of_the_original_network(face_models, manifest, name):
    results = verify_model(manifest, manifest.model(name))
    assert [item.output for item in results] == [s.name for s in manifest.model(name).outputs]
    assert not [item for item in results if not item.passed]


@pytest.mark.parametrize("name", NAMES)
def test_comparison_notices_another_picture_order(face_models, manifest, name):
    """Guards the test above: swapped colours must be far outside the tolerance."""
    entry = manifest.model(name)
    reference = load_reference(manifest, entry)
    picture = PICTURES["drawn_face"](entry.inputs[0].shape[1])[:, :, ::-1]
    outputs = load_network(name).run(np.ascontiguousarray(picture)[None])
    last = entry.outputs[-1].name
    difference = np.abs(outputs[-1] - reference[key("drawn_face", last)]).max()
    assert difference > 10 * entry.reference.tolerance


def test_the_drawn_face_is_a_face_and_noise_is_none(face_models):
    mesh = load_network("face_mesh_attention")

    def flag(name: str) -> float:
        return float(mesh.run(PICTURES[name](192)[None])[-1][0])

    assert flag("drawn_face") > 0 > max(flag("noise"), flag("blocks"))


def test_irises_lie_on_the_drawn_irises(face_models):
    """Left and right are the person's own: the person's right eye is on the picture's left."""
    mesh = load_network("face_mesh_attention")
    outputs = dict(
        zip(
            [s.name for s in mesh.outputs], mesh.run(PICTURES["drawn_face"](192)[None]), strict=True
        )
    )
    scale = 192 / 1000  # the face is drawn on a square of 1000 units
    np.testing.assert_allclose(outputs["right_iris"][0], [386 * scale, 445 * scale], atol=2.5)
    np.testing.assert_allclose(outputs["left_iris"][0], [626 * scale, 445 * scale], atol=2.5)


def test_same_input_gives_the_same_bytes(face_models):
    mesh = load_network("face_mesh_attention")
    picture = PICTURES["noise"](192)[None]
    first = b"".join(output.tobytes() for output in mesh.run(picture))
    mesh.warm_up()
    assert b"".join(output.tobytes() for output in mesh.run(picture)) == first
