"""What ONNX Runtime's GPU providers are told, bound memory, and files in 16 bits and signed 8.

Bound memory is that of the processor here; nothing in this file needs or shows a GPU.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, numpy_helper
from tiny_models import doubling_model, write_manifest

from affect_perception.core.config import ProviderConfig
from affect_perception.core.errors import ConfigError, ModelError
from affect_perception.inference import load_manifest, load_network
from affect_perception.inference.cache import StorageError
from affect_perception.inference.half_precision import in_half_precision
from affect_perception.inference.loader import EXPRESSION, EYES, MESH, read_model
from affect_perception.inference.onnx_providers import provider_options
from affect_perception.inference.onnx_session import device_buffers
from affect_perception.inference.signed_eight_bit import with_signed_activations

pytestmark = pytest.mark.unit

ROW = np.array([[1, 2, 3]], np.float32)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("AFFECT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_cuda_graph_only_where_shapes_are_fixed(cache):
    manifest = load_manifest()
    config = ProviderConfig(provider="cuda", precision="fp32")
    graphs = {
        name: provider_options("cuda", manifest.model(name), config)["enable_cuda_graph"]
        for name in (MESH, EYES)
    }
    assert graphs == {MESH: "1", EYES: "0"}
    behind = ProviderConfig(provider="tensorrt", precision="fp32")
    assert provider_options("cuda", manifest.model(MESH), behind)["enable_cuda_graph"] == "0"
    assert provider_options("cpu", manifest.model(MESH), behind) == {}


def test_tensorrt_provider_keeps_engines_and_knows_the_shapes(cache):
    config = ProviderConfig(provider="tensorrt", precision="fp16")
    entry = load_manifest().model(EYES)
    options = provider_options("tensorrt", entry, config)
    folder = cache / "engines" / "onnxruntime"
    assert folder.is_dir()
    assert options["trt_engine_cache_path"] == options["trt_timing_cache_path"] == str(folder)
    assert options["trt_engine_cache_prefix"] == f"{EYES}-{entry.sha256[:12]}-fp16"
    assert (options["trt_fp16_enable"], options["trt_cuda_graph_enable"]) == ("1", "0")
    name = entry.inputs[0].name
    assert options["trt_profile_max_shapes"] == f"{name}:64x1x36x60"
    mesh = provider_options("tensorrt", load_manifest().model(MESH), config)
    assert mesh["trt_cuda_graph_enable"] == "1"
    assert "trt_profile_max_shapes" not in mesh


def test_folder_of_engines_that_cannot_be_made(cache):
    cache.write_text("a file")
    with pytest.raises(StorageError, match="cannot make"):
        provider_options("tensorrt", load_manifest().model(MESH), ProviderConfig())


def test_bound_memory_gives_the_same_answers(tmp_path):
    entry = load_manifest(write_manifest(tmp_path)).model("doubling")
    session = onnxruntime.InferenceSession(doubling_model(), providers=["CPUExecutionProvider"])
    buffers = device_buffers(entry, session, "cpu")
    first = buffers.run([ROW])
    buffers.run([np.zeros((1, 3), np.float32)])
    np.testing.assert_array_equal(first[0], [[2, 4, 6]])
    np.testing.assert_array_equal(buffers.run([np.asfortranarray(ROW)[:, ::-1]])[0], [[6, 4, 2]])


def test_bound_memory_that_is_not_to_be_had_is_a_named_error(tmp_path):
    entry = load_manifest(write_manifest(tmp_path)).model("doubling")
    session = onnxruntime.InferenceSession(doubling_model(), providers=["CPUExecutionProvider"])
    with pytest.raises(ModelError, match="doubling: no memory on cuda"):
        device_buffers(entry, session, "cuda")


def test_session_without_graph_where_the_graph_is_refused(tmp_path, monkeypatch):
    """ONNX Runtime refuses a CUDA graph where operators are left to the processor."""
    manifest = load_manifest(write_manifest(tmp_path))
    built_in = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: built_in)
    real, asked = onnxruntime.InferenceSession, []

    def refuse(content, settings, providers, provider_options, **options):
        asked.append(provider_options[0]["enable_cuda_graph"])
        if asked[-1] == "1":
            raise RuntimeError("graph capture: nodes are not on CUDA")
        return real(content, settings, providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "InferenceSession", refuse)
    with pytest.raises(ModelError, match="could not be started"):  # the stand-in runs on cpu
        load_network("doubling", ProviderConfig(provider="cuda"), manifest=manifest)
    assert asked == ["1", "0"]


def test_sixteen_bits_are_for_gpus():
    with pytest.raises(ConfigError, match="not for cpu"):
        load_network(EYES, ProviderConfig(precision="fp16"))


def test_half_precision_keeps_the_ports_and_sampling_positions():
    entry = load_manifest().model(EYES)
    content = read_model(load_manifest(), entry)
    model = onnx.load_from_string(in_half_precision(EYES, content))
    assert {c.data_type for c in model.graph.initializer} >= {TensorProto.FLOAT16}
    session = onnxruntime.InferenceSession(model.SerializeToString())
    assert [p.type for p in session.get_outputs()] == ["tensor(float)"] * len(entry.outputs)
    with pytest.raises(ModelError, match="nothing: cannot be converted to 16 bits"):
        in_half_precision("nothing", b"no model")


def test_signed_form_has_no_zero_points_and_no_quantised_biases():
    manifest = load_manifest()
    content = read_model(manifest, manifest.model(EXPRESSION).in_eight_bits())
    graph = onnx.load_from_string(with_signed_activations(EXPRESSION, content)).graph
    stored = {c.name: numpy_helper.to_array(c) for c in graph.initializer}
    seen = 0
    for node in graph.node:
        if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
            seen += 1
            assert stored[node.input[2]].dtype == np.int8
            assert not stored[node.input[2]].any()
            assert node.input[0] not in stored or stored[node.input[0]].dtype == np.int8
    assert seen > 50


def test_signed_form_of_one_number():
    """0 to 255 steps of 0.1 from zero point 55: -5.5 to 20; the larger side is 20."""
    nodes = [
        onnx.helper.make_node(kind, [source, "scale", "zero"], [target])
        for kind, source, target in (("QuantizeLinear", "x", "q"), ("DequantizeLinear", "q", "y"))
    ]
    ports = [onnx.helper.make_tensor_value_info(n, TensorProto.FLOAT, [3]) for n in "xy"]
    constants = {"scale": np.float32(0.1), "zero": np.uint8(55)}
    graph = onnx.helper.make_graph(
        nodes,
        "one",
        ports[:1],
        ports[1:],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in constants.items()],
    )
    model = onnx.helper.make_model(
        graph, opset_imports=[onnx.helper.make_opsetid("", 17)], ir_version=8
    )
    content = with_signed_activations("one", model.SerializeToString())
    session = onnxruntime.InferenceSession(content)
    (found,) = session.run(None, {"x": np.array([-5.5, 3.0, 99.0], np.float32)})
    np.testing.assert_allclose(found, [-5.5, 3.0, 20.0], atol=20 / 127 / 2 + 1e-6)


def test_scales_that_are_no_constants_are_refused():
    model = onnx.load_from_string(doubling_model())
    model.graph.node.insert(
        0, onnx.helper.make_node("QuantizeLinear", ["values", "values", "values"], ["q"])
    )
    with pytest.raises(ModelError, match="no constant scale"):
        with_signed_activations("doubling", model.SerializeToString())


def test_free_sizes_beyond_the_first_have_no_engine(tmp_path, monkeypatch):
    manifest = load_manifest(write_manifest(tmp_path))
    entry = manifest.model("doubling")
    free = dataclasses.replace(entry.inputs[0], shape=(-1, -1))
    manifest = dataclasses.replace(
        manifest, models={"doubling": dataclasses.replace(entry, inputs=(free,))}
    )
    with pytest.raises(ModelError, match="free beyond the first"):
        load_network("doubling", ProviderConfig(provider="tensorrt_native"), manifest=manifest)
