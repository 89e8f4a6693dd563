"""Finding, checking and running the speech detector's file. How well it hears: test/data."""

from __future__ import annotations

import sys

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from affect_perception.core.errors import ModelAlteredError, ModelMissingError
from affect_perception.core.voice.speech_activity import SpeechDetector
from affect_perception.inference import voice
from affect_perception.inference.cache import sha256_of

pytestmark = pytest.mark.unit


def tiny_detector() -> bytes:
    """Probability: the largest size of a sample; state: passed on plus one."""
    f = TensorProto.FLOAT
    nodes = [
        helper.make_node("Abs", ["input"], ["size"]),
        helper.make_node("ReduceMax", ["size"], ["output"], axes=[1], keepdims=1),
        helper.make_node("Add", ["state", "one"], ["more"]),
        # By way of floats the sizes are not known beforehand, as in the real network.
        helper.make_node("Shape", ["state"], ["sizes"]),
        helper.make_node("Cast", ["sizes"], ["float_sizes"], to=f),
        helper.make_node("Mul", ["float_sizes", "one"], ["same_sizes"]),
        helper.make_node("Cast", ["same_sizes"], ["new_sizes"], to=TensorProto.INT64),
        helper.make_node("Reshape", ["more", "new_sizes"], ["stateN"]),
    ]
    graph = helper.make_graph(
        nodes,
        "tiny",
        [
            helper.make_tensor_value_info("input", f, ["batch", "sequence"]),
            helper.make_tensor_value_info("state", f, [2, "batch", 128]),
            helper.make_tensor_value_info("sr", TensorProto.INT64, []),
        ],
        [
            helper.make_tensor_value_info("output", f, ["batch", 1]),
            helper.make_tensor_value_info("stateN", f, ["a", "batch", "c"]),
        ],
        [helper.make_tensor("one", f, [], [1.0])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 15)], ir_version=8)
    return bytes(onnx.ModelProto.SerializeToString(model))


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package of that name, whose code cannot be imported."""
    folder = tmp_path / "silero_vad"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('needs torch')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "silero_vad", raising=False)
    return folder / voice.SPEECH_FILE


@pytest.fixture
def absent(monkeypatch):
    monkeypatch.setattr(voice, "PACKAGE", "silero_vad_that_is_not_there")


def test_without_the_package_the_message_names_the_command(absent):
    assert voice.speech_file() is None
    with pytest.raises(ModelMissingError, match="pip install --no-deps"):
        voice.load_speech_detector()


def test_a_package_without_the_file_counts_as_absent(package):
    assert voice.speech_file() is None


def test_a_file_that_was_not_tested_is_refused(package):
    package.write_bytes(tiny_detector() + b" ")
    with pytest.raises(ModelAlteredError, match=r"6\.2\.3"):
        voice.load_speech_detector()


def test_the_file_runs_without_the_package_s_code(package, monkeypatch):
    content = tiny_detector()
    package.write_bytes(content)
    monkeypatch.setattr(voice, "KNOWN_FILES", {sha256_of(content): "6.2.3"})
    detector = SpeechDetector(voice.load_speech_detector())
    assert "silero_vad" not in sys.modules
    loud = np.zeros(512, np.float32)
    loud[500] = -0.75
    assert detector.step(loud) == pytest.approx(0.75)
    # The end of the last step is the context of the next.
    assert detector.step(np.zeros(512, np.float32)) == pytest.approx(0.75)
    assert detector.step(np.zeros(512, np.float32)) == 0.0
    detector.restart()
    assert detector.step(np.zeros(512, np.float32)) == 0.0
