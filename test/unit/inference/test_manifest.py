"""Reading of model manifests: the shipped one, and every way one can be wrong."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import yaml
from tiny_models import write_manifest

from affect_perception.core.errors import ConfigError, ModelError
from affect_perception.inference.loader import MANIFEST_ROLE, chosen
from affect_perception.inference.manifest import load_manifest

pytestmark = pytest.mark.unit


@pytest.fixture
def content(tmp_path):
    return yaml.safe_load(write_manifest(tmp_path).read_text(encoding="utf-8"))


def load(tmp_path, content):
    path = tmp_path / "changed.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return load_manifest(path)


def test_shipped_manifest_describes_the_face_models():
    manifest = load_manifest()
    mesh = manifest.model("face_mesh_attention")

    assert {"face_detector_short_range", "face_detector_full_range"} <= set(manifest.models)
    assert mesh.inputs[0].shape == (1, 192, 192, 3)
    assert mesh.inputs[0].dtype == np.uint8
    assert (mesh.inputs[0].layout, mesh.inputs[0].colour) == ("NHWC", "RGB")
    assert [(spec.name, spec.shape) for spec in mesh.outputs] == [
        ("mesh", (468, 3)),
        ("lips", (80, 2)),
        ("right_eye", (71, 2)),
        ("left_eye", (71, 2)),
        ("right_iris", (5, 2)),
        ("left_iris", (5, 2)),
        ("face_flag", (1,)),
    ]
    for entry in manifest.models.values():
        if entry.conversion is None:  # trained here: the checksum alone says that it is the one
            assert entry.file is not None
            assert (manifest.path.parent / entry.file).is_file()
        else:
            assert entry.reference is not None
            assert (manifest.path.parent / entry.reference.file).is_file()


def test_reads_both_kinds_of_models(tmp_path):
    manifest = load_manifest(write_manifest(tmp_path))
    assert manifest.model("doubling").file == "doubling.onnx"
    assert manifest.model("doubling").conversion is None
    assert manifest.model("tiny").conversion.container == "package"


def test_eight_bit_file_takes_the_place_of_the_first(tmp_path, content):
    content["models"]["doubling"]["int8"] = EIGHT_BIT
    entry = load(tmp_path, content).model("doubling")
    small = entry.in_eight_bits()

    assert (entry.precision, small.precision) == ("fp32", "int8")
    assert (small.file, small.sha256, small.size_bytes) == ("small.onnx", "1" * 64, 7)
    assert (small.inputs, small.outputs) == (entry.inputs, entry.outputs)
    assert small.in_eight_bits() is small


def test_reason_against_eight_bits_excludes_the_file(tmp_path, content):
    content["models"]["doubling"]["int8_declined"] = "no gain"
    assert load(tmp_path, content).model("doubling").eight_bit_declined == "no gain"
    content["models"]["doubling"]["int8"] = EIGHT_BIT
    with pytest.raises(ConfigError, match="key 'int8_declined': 'int8' is there"):
        load(tmp_path, content)


def test_roles_name_the_network_that_does_what_several_can(tmp_path, content):
    assert load(tmp_path, content).roles == {"eyes": "eye_network", "load": "load_stress"}
    changed = load(tmp_path, content | {"roles": {"eyes": "driver_frame"}})
    assert changed.roles == {"eyes": "driver_frame", "load": "load_stress"}
    assert chosen("eyes", MANIFEST_ROLE, changed) == "driver_frame"
    assert chosen("eyes", "eye_network", changed) == "eye_network"


def test_unknown_model_names_those_there_are(tmp_path):
    with pytest.raises(ModelError, match=r"no model 'mesh'.*doubling, tiny"):
        load_manifest(write_manifest(tmp_path)).model("mesh")


REMOVED = object()
EIGHT_BIT = {"file": "small.onnx", "sha256": "1" * 64, "size_bytes": 7, "measured": "nothing lost"}

WRONG = [
    (("format",), 2, "'format': must be 1"),
    (("models", "tiny", "licence"), REMOVED, "models: tiny: key 'licence': is missing"),
    (("models", "tiny", "license"), "MIT", "models: tiny: unknown key license"),
    (("models", "tiny", "version"), 1.0, "models: tiny: key 'version': must be a text"),
    (("models", "tiny", "sha256"), "abc", "models: tiny: key 'sha256': must be 64"),
    (("models", "tiny", "size_bytes"), True, "key 'size_bytes': must be a whole number"),
    (("models", "tiny", "file"), "tiny.onnx", "give either 'file' or 'converted_from'"),
    (("models", "doubling", "file"), REMOVED, "give either 'file' or 'converted_from'"),
    (("models", "doubling", "int8"), EIGHT_BIT | {"gain": 2}, "int8: unknown key gain"),
    (("models", "tiny", "int8"), EIGHT_BIT, "only a model with 'file' can have an 8-bit file"),
    (("models", "tiny", "inputs"), [], "key 'inputs': must be a list"),
    (("models", "tiny", "inputs", 0, "dtype"), "float32", "one input of type uint8"),
    (
        ("models", "tiny", "inputs", 0, "colour"),
        "BGR",
        r"inputs\[0\]: key 'colour': must be one of",
    ),
    (("models", "tiny", "inputs", 0, "layout"), "HWC", r"inputs\[0\]: key 'layout'"),
    (("models", "tiny", "inputs", 0, "range"), [1, 1], "key 'range': must be two rising numbers"),
    (("models", "tiny", "inputs", 0, "range"), [0, float("nan")], "two rising numbers"),
    (("models", "tiny", "inputs", 0, "shape"), [1, -1, 4, 3], "key 'shape': must be a list"),
    (("models", "tiny", "outputs", 0, "source"), REMOVED, r"outputs\[0\]: key 'source'"),
    (("models", "tiny", "reference", "tolerance"), 0, "key 'tolerance': must be a number above"),
    (("models", "tiny", "converted_from", "container"), "other", "'container': must be one of"),
    (("models", "tiny"), ["a"], "models: tiny: must be a mapping"),
    (("roles",), {"eyes": "tiny"}, "roles: key 'eyes': must be one of"),
    (("roles",), {"nose": "tiny"}, "roles: unknown key nose"),
    (("containers", "package", "sha256"), REMOVED, "containers: package: key 'sha256'"),
]


@pytest.mark.parametrize(
    ("keys", "value", "message"),
    [
        pytest.param(*case, id=f"{'.'.join(map(str, case[0]))}-{number}")
        for number, case in enumerate(WRONG)
    ],
)
def test_wrong_manifests_are_refused_with_file_and_key(tmp_path, content, keys, value, message):
    changed = copy.deepcopy(content)
    part = changed
    for key in keys[:-1]:
        part = part[key]
    if value is REMOVED:
        del part[keys[-1]]
    else:
        part[keys[-1]] = value
    with pytest.raises(ConfigError, match=message) as caught:
        load(tmp_path, changed)
    assert "changed.yaml" in str(caught.value)


def test_unreadable_manifests_are_refused(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("a: [1, 2", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"broken\.yaml"):
        load_manifest(broken)
    with pytest.raises(ConfigError, match=r"absent\.yaml"):
        load_manifest(tmp_path / "absent.yaml")
