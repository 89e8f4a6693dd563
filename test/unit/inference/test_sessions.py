"""Opening and running networks: contract, checksums, providers.

Uses tiny generated models; the face networks are in test/golden/face_models.
"""

from __future__ import annotations

import dataclasses

import numpy as np
import onnxruntime
import pytest
from tiny_models import doubling_model, failing_model, write_manifest

from affect_perception.core.config import InferenceConfig
from affect_perception.core.errors import (
    ConfigError,
    ModelAlteredError,
    ModelContractError,
    ModelError,
    ModelMissingError,
    ProviderUnavailableError,
)
from affect_perception.inference import OnnxSession, load_network
from affect_perception.inference.cache import sha256_of
from affect_perception.inference.loader import served
from affect_perception.inference.manifest import EightBitFile, load_manifest

pytestmark = pytest.mark.unit


@pytest.fixture
def manifest(tmp_path):
    return load_manifest(write_manifest(tmp_path))


@pytest.fixture
def session(manifest):
    return load_network("doubling", manifest=manifest)


def test_runs_with_inputs_and_outputs_in_the_manifests_order(session):
    doubled, total = session.run(np.array([[1, 2, 3]], np.float32))
    np.testing.assert_array_equal(doubled, [[2, 4, 6]])
    np.testing.assert_array_equal(total, [6])
    assert session.name == "doubling"
    assert [spec.name for spec in session.outputs] == ["doubled", "sum"]
    assert (session.provider, session.fallback_reason) == ("cpu", None)


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ([], "got 0 inputs, expected 1"),
        ([np.zeros((1, 3), np.float32)] * 2, "got 2 inputs"),
        ([np.zeros((1, 3))], "'values' must be float32, found float64"),
        ([[[1.0, 2.0, 3.0]]], "must be float32, found list"),
        ([np.zeros((3,), np.float32)], r"shape \(1, 3\).*found \(3,\)"),
        ([np.zeros((2, 3), np.float32)], r"found \(2, 3\)"),
    ],
)
def test_wrong_inputs_are_refused(session, inputs, message):
    with pytest.raises(ModelContractError, match=message):
        session.run(*inputs)


def test_free_batch(manifest):
    entry = manifest.model("doubling")
    free = dataclasses.replace(entry.inputs[0], shape=(-1, 3))
    outputs = tuple(
        dataclasses.replace(spec, shape=(-1, *spec.shape[1:])) for spec in entry.outputs
    )
    entry = dataclasses.replace(entry, inputs=(free,), outputs=outputs)
    session = OnnxSession(entry, doubling_model(batch="n"))
    session.warm_up()
    assert session.run(np.ones((5, 3), np.float32))[1].tolist() == [3] * 5
    with pytest.raises(ModelContractError, match=r"found \(5, 4\)"):
        session.run(np.ones((5, 4), np.float32))


def test_closed_session_says_so(session):
    session.warm_up()
    session.close()
    session.close()
    with pytest.raises(ModelError, match="doubling: the session is closed"):
        session.run(np.zeros((1, 3), np.float32))


@pytest.mark.parametrize(
    "content", [doubling_model(name="other"), doubling_model(batch=2), doubling_model(batch="n")]
)
def test_model_that_does_not_fit_the_manifest_is_refused(manifest, content):
    with pytest.raises(ModelContractError, match="the manifest says"):
        OnnxSession(manifest.model("doubling"), content)


def test_file_that_is_no_model_is_refused(manifest):
    with pytest.raises(ModelError, match="doubling: ONNX Runtime cannot load"):
        OnnxSession(manifest.model("doubling"), b"no model")


def test_missing_model_names_the_command(manifest, tmp_path):
    with pytest.raises(ModelMissingError, match="affect-perception models prepare"):
        load_network("tiny", manifest=manifest, cache_dir=tmp_path / "cache")


def test_altered_model_is_refused(manifest, tmp_path):
    content = bytearray(doubling_model())
    content[-20] ^= 1
    (tmp_path / "doubling.onnx").write_bytes(content)
    with pytest.raises(ModelAlteredError, match=r"doubling.*SHA-256.*reinstall"):
        load_network("doubling", manifest=manifest)


def test_unreadable_model_is_missing(manifest, tmp_path):
    (tmp_path / "doubling.onnx").unlink()
    (tmp_path / "doubling.onnx").mkdir()
    with pytest.raises(ModelMissingError, match="cannot be read"):
        load_network("doubling", manifest=manifest)


@pytest.mark.parametrize("field", ["provider", "fallback", "precision"])
def test_unknown_names_are_refused(manifest, field):
    config = dataclasses.replace(InferenceConfig(), **{field: "npu"})
    with pytest.raises(ConfigError, match=f"{field} must be one of"):
        load_network("doubling", config, manifest=manifest)


def test_the_eight_bit_file_is_run_unless_told_otherwise(manifest, tmp_path):
    content = doubling_model()
    small = EightBitFile("small.onnx", sha256_of(content), len(content), "nothing lost")
    entry = dataclasses.replace(manifest.model("doubling"), eight_bit=small)
    manifest = dataclasses.replace(manifest, models={"doubling": entry})
    with pytest.raises(ModelMissingError, match=r"small.onnx.*reinstall"):
        load_network("doubling", manifest=manifest)
    (tmp_path / "small.onnx").write_bytes(content)
    assert load_network("doubling", manifest=manifest).precision == "int8"
    config = InferenceConfig(precision="fp32")
    assert load_network("doubling", config, manifest=manifest).precision == "fp32"


def test_only_the_processor_computes_in_eight_bits(manifest):
    small = EightBitFile("small.onnx", "1" * 64, 7, "nothing lost")
    entry = dataclasses.replace(manifest.model("doubling"), eight_bit=small)
    assert served(entry, InferenceConfig(provider="cuda")) is entry


@pytest.fixture
def only_cpu(monkeypatch):
    """A build of ONNX Runtime without GPU, whatever is installed here."""
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])


@pytest.mark.parametrize("provider", ["cuda", "tensorrt"])
@pytest.mark.usefixtures("only_cpu")
def test_missing_provider_is_an_error_that_lists_what_there_is(manifest, provider):
    with pytest.raises(ProviderUnavailableError, match=f"'{provider}' is not.*Available: cpu"):
        load_network("doubling", InferenceConfig(provider=provider), manifest=manifest)


@pytest.mark.usefixtures("only_cpu")
def test_declared_fallback_is_used_and_reported(manifest):
    config = InferenceConfig(provider="tensorrt", fallback="cpu")
    session = load_network("doubling", config, manifest=manifest)
    assert session.provider == "cpu"
    assert "tensorrt" in (session.fallback_reason or "")
    assert session.run(np.ones((1, 3), np.float32))[1].tolist() == [3]


@pytest.mark.usefixtures("only_cpu")
def test_fallback_that_is_missing_too_is_an_error_with_both(manifest):
    config = InferenceConfig(provider="tensorrt", fallback="cuda")
    with pytest.raises(ProviderUnavailableError, match=r"'tensorrt'.*fallback: .*'cuda'"):
        load_network("doubling", config, manifest=manifest)


def test_provider_dropped_by_the_runtime_is_noticed(manifest, monkeypatch):
    """CUDA is built in, but its libraries are not there: ONNX Runtime then silently uses CPU."""
    built_in = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: built_in)
    real = onnxruntime.InferenceSession

    def open_on_cpu(content, settings, providers, **options):
        assert providers[0] == "CUDAExecutionProvider"
        return real(content, settings, providers=["CPUExecutionProvider"])

    monkeypatch.setattr(onnxruntime, "InferenceSession", open_on_cpu)
    with pytest.raises(ProviderUnavailableError, match="could not be started"):
        load_network("doubling", InferenceConfig(provider="cuda"), manifest=manifest)


def test_provider_that_fails_to_start_is_unavailable(manifest, monkeypatch):
    built_in = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: built_in)
    real = onnxruntime.InferenceSession

    def no_device(content, settings, providers, **options):
        assert options["enable_fallback"] == 0
        if providers[0] == "CUDAExecutionProvider":
            raise RuntimeError("CUDA failure 100: no CUDA-capable device is detected")
        return real(content, settings, providers=providers, **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", no_device)
    with pytest.raises(ProviderUnavailableError, match="no CUDA-capable device"):
        load_network("doubling", InferenceConfig(provider="cuda"), manifest=manifest)
    config = InferenceConfig(provider="cuda", fallback="cpu")
    assert load_network("doubling", config, manifest=manifest).provider == "cpu"


def test_failure_while_running_names_the_model(manifest):
    session = OnnxSession(manifest.model("doubling"), failing_model())
    with pytest.raises(ModelError, match="doubling: ONNX Runtime failed"):
        session.run(np.array([[7, 7, 7]], np.float32))


def test_one_thread_without_active_waiting_by_default(manifest, monkeypatch):
    seen = []
    real = onnxruntime.InferenceSession

    def watch(content, settings, providers, **options):
        seen.append(settings)
        return real(content, settings, providers=providers, **options)

    monkeypatch.setattr(onnxruntime, "InferenceSession", watch)
    load_network("doubling", manifest=manifest)
    (settings,) = seen
    assert (settings.intra_op_num_threads, settings.inter_op_num_threads) == (1, 1)
    assert settings.get_session_config_entry("session.intra_op.allow_spinning") == "0"
