"""Control flow of native TensorRT: build, cache, refusals, fallback, progress, memory.

Against a double of the documented API (test/support/tensorrt_double.py), which is not TensorRT:
nothing here shows that it works on a GPU. `make test-gpu` is for that.
"""

from __future__ import annotations

import dataclasses
import logging
import time
from pathlib import Path

import numpy as np
import onnx
import pytest
from tensorrt_double import Gpu
from tiny_models import doubling_model, write_manifest

from affect_perception.core.config import ProviderConfig
from affect_perception.core.errors import ModelContractError, ModelError, ProviderUnavailableError
from affect_perception.inference import load_network
from affect_perception.inference.cache import sha256_of
from affect_perception.inference.loader import Builds
from affect_perception.inference.manifest import load_manifest
from affect_perception.inference.trt.engine_cache import engines_folder
from affect_perception.inference.trt.progress import BuildProgress

pytestmark = pytest.mark.unit

NATIVE = ProviderConfig(provider="tensorrt_native", precision="fp32")
ROW = np.array([[1, 2, 3]], np.float32)


@pytest.fixture
def gpu(monkeypatch):
    return Gpu().install(monkeypatch)


@pytest.fixture
def load(tmp_path):
    manifest = load_manifest(write_manifest(tmp_path))

    def load(config=NATIVE, **options):
        options = {"manifest": manifest, "cache_dir": tmp_path / "cache"} | options
        return load_network("doubling", config, **options)

    return load


@pytest.fixture
def engine(load, gpu, tmp_path) -> Path:
    """The file of an engine that was built and kept."""
    load().close()
    (path,) = engines_folder(tmp_path / "cache").glob("*.engine")
    return path


def _until(condition):
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_builds_runs_and_gives_all_memory_back(load, gpu):
    session = load()
    doubled, total = session.run(ROW)
    np.testing.assert_array_equal(doubled, [[2, 4, 6]])
    np.testing.assert_array_equal(total, [6])
    session.run(2 * ROW)
    np.testing.assert_array_equal(doubled, [[2, 4, 6]])  # outputs are the caller's
    assert (session.provider, session.precision, session.fallback_reason) == (
        *("tensorrt_native", "fp32"),
        None,
    )
    session.close()
    session.close()
    assert gpu.used == 0
    assert gpu.streams == set()
    with pytest.raises(ModelError, match="closed"):
        session.run(ROW)


def test_kept_engine_is_not_built_again(load, gpu, engine):
    assert load().run(ROW)[1].tolist() == [6]
    assert gpu.builds == 1


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda gpu: setattr(gpu, "version", "10.13.2"), "'10.9.0.34' instead of '10.13.2'"),
        (lambda gpu: setattr(gpu, "name", "Double 4000"), "gpu 'Double 3000' instead of"),
        (lambda gpu: setattr(gpu, "capability", (9, 0)), "capability '8.7' instead of '9.0'"),
    ],
)
def test_stale_engine_is_told_and_built_anew(load, gpu, engine, monkeypatch, caplog, change, said):
    change(gpu)
    gpu.install(monkeypatch)
    with caplog.at_level(logging.WARNING):
        assert load().run(ROW)[1].tolist() == [6]
    assert said in caplog.text
    assert gpu.builds == 2


def test_another_precision_or_model_has_an_engine_of_its_own(load, gpu, engine, tmp_path):
    assert load(dataclasses.replace(NATIVE, precision="fp16")).precision == "fp16"
    other = doubling_model() + b""
    manifest = load_manifest(tmp_path / "manifest.yaml")
    model = onnx.load_from_string(other)
    model.producer_name = "another"
    content = model.SerializeToString()
    (tmp_path / "doubling.onnx").write_bytes(content)
    entry = dataclasses.replace(manifest.model("doubling"), sha256=sha256_of(content))
    load(manifest=dataclasses.replace(manifest, models={"doubling": entry}))
    assert gpu.builds == 3
    assert len(list(engine.parent.glob("*.engine"))) == 3


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda content: content[:-7], "damaged"),
        (lambda content: content[:-1] + b"?", "damaged"),
        (lambda content: b"something else" + content, "not an engine of this package"),
        (lambda content: b"", "not an engine of this package"),
        (lambda content: content.replace(b'"fp32"', b'"fp16"'), "built for something else"),
        (lambda content: content[:60], "not an engine of this package"),
    ],
)
def test_damaged_or_foreign_engine_is_refused_and_built_anew(
    load, gpu, engine, caplog, damage, said
):
    whole = engine.read_bytes()
    engine.write_bytes(damage(whole))
    with caplog.at_level(logging.WARNING):
        assert load().run(ROW)[1].tolist() == [6]
    assert said in caplog.text
    assert gpu.builds == 2
    assert engine.read_bytes() == whole


def test_engine_that_tensorrt_refuses_is_built_anew(load, gpu, engine):
    """Whole, and with the right key, but not of this library."""
    content = engine.read_bytes()
    *header, body = content.split(b"\n", 2)
    body = body.replace(b"10.9.0.34", b"10.9.0.35")
    header[1] = header[1].replace(
        sha256_of(content.split(b"\n", 2)[2]).encode(), sha256_of(body).encode()
    )
    engine.write_bytes(b"\n".join([*header, body]))
    assert load().run(ROW)[1].tolist() == [6]
    assert gpu.builds == 2


def test_killed_build_leaves_nothing_that_counts(load, gpu, engine):
    partial = engine.parent / f".{engine.name}.x7.part"
    partial.write_bytes(engine.read_bytes()[:100])
    engine.unlink()
    load()
    assert gpu.builds == 2
    assert not partial.exists()


def test_timings_are_kept_for_the_next_build(load, gpu, engine):
    engine.unlink()
    load()
    assert gpu.timings == [b"", b"timings of the double"]
    (kept,) = engine.parent.glob("timings-*.cache")
    engine.unlink()
    kept.write_bytes(b"of another machine")
    load()
    assert gpu.timings[2:] == [b"of another machine", b""]


@pytest.mark.parametrize(
    ("version", "flags"), [("8.6.1", ["FP16"]), ("10.3.0", []), ("11.4.1", [])]
)
def test_half_precision_in_every_version(load, monkeypatch, version, flags):
    """8.6 by a flag, 10 and 11 by the file; the flags of networks are checked by the double."""
    gpu = Gpu(version).install(monkeypatch)
    session = load(dataclasses.replace(NATIVE, precision="fp16"))
    assert session.run(ROW)[1].tolist() == [6]
    assert gpu.flags == flags
    halved = any(
        t.elem_type == onnx.TensorProto.FLOAT16
        for node in onnx.load_from_string(gpu.models[0]).graph.node
        if node.op_type == "Cast"
        for t in [type("T", (), {"elem_type": node.attribute[0].i})]
    )
    assert halved == (version != "8.6.1")


def test_progress_is_reported_while_somebody_waits(load, gpu, monkeypatch):
    monkeypatch.setattr("affect_perception.inference.swapping.REPORT_PERIOD", 0.01)
    said = []

    def report(text):
        said.append(text)
        if "50 %" in text:
            gpu.go.set()

    gpu.go.clear()
    load(builds=Builds(report=report))
    assert any("doubling in fp32: Building Engine, 50 %" in text for text in said)


def test_fallback_serves_while_the_engine_is_built(load, gpu):
    gpu.go.clear()
    config = dataclasses.replace(NATIVE, fallback="cpu")
    session = load(config, builds=Builds(background=True))
    assert session.run(ROW)[1].tolist() == [6]
    assert session.provider == "cpu"
    assert "building an engine for doubling in fp32" in session.fallback_reason
    gpu.go.set()

    def swapped():
        assert session.run(ROW)[1].tolist() == [6]
        return session.provider == "tensorrt_native"

    _until(swapped)
    assert session.fallback_reason is None
    session.close()
    assert gpu.used == 0


def test_closing_stops_a_build(load, gpu):
    gpu.go.clear()
    session = load(dataclasses.replace(NATIVE, fallback="cpu"), builds=Builds(background=True))
    session.close()
    gpu.go.set()
    _until(lambda: not session._building.running)
    assert gpu.used == 0


def test_failed_build_stays_on_the_fallback_with_the_reason(load, gpu, caplog):
    gpu.build_fails = True
    session = load(dataclasses.replace(NATIVE, fallback="cpu"), builds=Builds(background=True))
    _until(lambda: not session._building.running)
    assert session.run(ROW)[1].tolist() == [6]
    assert session.provider == "cpu"
    assert "TensorRT built no engine" in session.fallback_reason
    assert "TensorRT built no engine" in caplog.text


def test_failed_build_without_fallback_is_an_error(load, gpu, tmp_path):
    gpu.build_fails = True
    with pytest.raises(ModelError, match="TensorRT built no engine"):
        load()
    assert not list(engines_folder(tmp_path / "cache").glob("*.engine"))


def test_failed_build_with_fallback_that_was_waited_for(load, gpu):
    gpu.build_fails = True
    session = load(dataclasses.replace(NATIVE, fallback="cpu"))
    assert (session.provider, session.run(ROW)[1].tolist()) == ("cpu", [6])
    assert "TensorRT built no engine" in session.fallback_reason


def test_no_memory_for_the_context(load, gpu, engine):
    gpu.context_fails = True
    with pytest.raises(ProviderUnavailableError, match="no memory on Double 3000"):
        load()
    assert gpu.used == 0


def test_no_memory_for_inputs(load, gpu, engine):
    gpu.memory = 30
    with pytest.raises(ProviderUnavailableError, match="out of memory"):
        load()
    assert gpu.used == 0
    session = load(dataclasses.replace(NATIVE, fallback="cpu"))
    assert session.provider == "cpu"
    assert "out of memory" in session.fallback_reason


def test_failure_while_running_names_the_model(load, gpu):
    session = load()
    gpu.enqueue_fails = True
    with pytest.raises(ModelError, match="doubling: TensorRT failed"):
        session.run(ROW)


def test_no_gpu(load, gpu):
    gpu.present = False
    with pytest.raises(ProviderUnavailableError, match="no CUDA-capable device"):
        load()


@pytest.mark.parametrize("version", ["8.5.3", "7.2"])
def test_too_old(load, monkeypatch, version):
    Gpu(version).install(monkeypatch)
    with pytest.raises(ProviderUnavailableError, match=r"too old, wanted is 8\.6"):
        load()


def test_free_batch_has_a_range_of_shapes(gpu, tmp_path):
    manifest = load_manifest(write_manifest(tmp_path))
    content = doubling_model(batch="n")
    (tmp_path / "doubling.onnx").write_bytes(content)
    entry = manifest.model("doubling")
    entry = dataclasses.replace(
        entry,
        sha256=sha256_of(content),
        inputs=(dataclasses.replace(entry.inputs[0], shape=(-1, 3)),),
        outputs=tuple(dataclasses.replace(o, shape=(-1, *o.shape[1:])) for o in entry.outputs),
    )
    manifest = dataclasses.replace(manifest, models={"doubling": entry})
    session = load_network("doubling", NATIVE, manifest=manifest, cache_dir=tmp_path / "cache")
    assert gpu.profiles == [{"values": ((1, 3), (1, 3), (1024, 3))}]
    for size in (1, 5, 2):
        assert session.run(np.ones((size, 3), np.float32))[1].tolist() == [3] * size
    with pytest.raises(ModelContractError, match=r"shape \(1025, 3\), more than the engine"):
        session.run(np.ones((1025, 3), np.float32))


def test_progress_in_words():
    now = [0.0]
    progress = BuildProgress("eyes in fp16", lambda: now[0])
    assert progress.text() == "building an engine for eyes in fp16: waiting for its turn, 0 s"
    progress.phase_start("Building Engine", 4)
    progress.phase_start("Tactic", 100)
    now[0] = 12.0
    assert progress.step_complete("Building Engine", 0)
    assert progress.text().endswith("Building Engine, 25 %, 12 s")
    progress.cancel()
    assert not progress.step_complete("Building Engine", 1)
