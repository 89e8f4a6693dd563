"""What every backend must keep, whatever computes: one suite, the same models and inputs for all.

Backends that this machine lacks are skipped, each with its reason; with AFFECT_REQUIRE_GPU=1
(`make test-gpu`) a machine that has none beside cpu fails instead. Native TensorRT also runs on the
double of its API (test/support/tensorrt_double.py), called so. Speed is not looked at (`bench
models`).
"""

from __future__ import annotations

import dataclasses
import functools
import os
import threading

import cv2
import numpy as np
import pytest
from tensorrt_double import Gpu
from tiny_models import write_manifest

from affect_perception.core.config import ProviderConfig
from affect_perception.core.errors import (
    ConfigError,
    ModelAlteredError,
    ModelContractError,
    ModelError,
)
from affect_perception.inference import load_manifest, load_network
from affect_perception.inference.backends import find_backends
from affect_perception.inference.cache import sha256_of
from affect_perception.inference.loader import EXPRESSION, EYES, FIRST_LOOK
from affect_perception.inference.session import BACKENDS

pytestmark = pytest.mark.unit

DOUBLE = "tensorrt_native (double)"
PRECISIONS = ("fp32", "fp16", "int8")
TOLERANCE = {"fp32": 1e-3, "fp16": 0.03, "int8": 0.15}
"""Largest difference from fp32 on one core, as share of the largest output, for made pictures.

fp32: other orders of addition, and TF32 on newer GPUs (10 bits). fp16: 11 bits through 20 layers.
int8: measured up to 0.14 for the signed form of the expression network, 0.12 for the unsigned, on
six soft pictures.
"""
SHIPPED = (EYES, FIRST_LOOK, EXPRESSION)


@functools.cache
def _here():
    return {backend.name: backend for backend in find_backends()}


def _only_processor():
    return all(backend.reason for name, backend in _here().items() if name != "cpu")


@pytest.fixture(params=[*BACKENDS, DOUBLE])
def backend(request, monkeypatch):
    """Name of a backend as the parameter has it."""
    name = request.param
    if name == DOUBLE:
        Gpu().install(monkeypatch)
        return "tensorrt_native"
    if _here()[name].reason:
        text = f"{name} is not on this machine: {_here()[name].reason}"
        if os.environ.get("AFFECT_REQUIRE_GPU") == "1" and _only_processor():
            pytest.fail(text)
        pytest.skip(text)
    return name


@pytest.fixture
def load(backend, tmp_path):
    manifest = load_manifest(write_manifest(tmp_path))

    def load(name="doubling", precision="fp32", shipped=False):
        config = ProviderConfig(provider=backend, precision=precision)
        own = None if shipped else manifest
        return load_network(name, config, manifest=own, cache_dir=tmp_path / "cache")

    return load


def _pictures(session):
    """A soft picture of the network's size: what no network was made for says nothing of 8 bits."""
    rng = np.random.default_rng(5)
    (spec,) = session.inputs
    height, width = spec.shape[-2:]
    picture = cv2.resize(
        rng.uniform(60, 200, (4, 5)), (width, height), interpolation=cv2.INTER_CUBIC
    )
    return picture.clip(*spec.value_range).astype(spec.dtype)[None, None]


def test_same_answers_in_the_manifests_order_twice(load, backend):
    session = load()
    for _ in range(2):
        doubled, total = session.run(np.array([[1, 2, 3]], np.float32))
        np.testing.assert_allclose(doubled, [[2, 4, 6]], rtol=1e-3)
        np.testing.assert_allclose(total, [6], rtol=1e-3)
    assert session.provider == backend
    assert session.fallback_reason is None


def test_outputs_belong_to_the_caller(load):
    session = load()
    first, _ = session.run(np.ones((1, 3), np.float32))
    session.run(np.zeros((1, 3), np.float32))
    np.testing.assert_allclose(first, [[2, 2, 2]])


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_networks_within_tolerance(load, backend, name, precision):
    if (backend, precision) == ("cpu", "fp16"):
        with pytest.raises(ConfigError, match="not for cpu"):
            load(name, precision, shipped=True)
        return
    session = load(name, precision, shipped=True)
    pictures = _pictures(session)
    plain = load_network(name, ProviderConfig(precision="fp32")).run(pictures)
    for wanted, found in zip(plain, session.run(pictures), strict=True):
        assert found.dtype == np.float32
        assert np.abs(found - wanted).max() <= TOLERANCE[precision] * np.abs(wanted).max()


def test_eight_bits_are_really_used(load, backend):
    wanted = "int8" if backend in ("cpu", "tensorrt_native") else "fp32"
    assert load(EXPRESSION, "int8", shipped=True).precision == wanted
    assert load(EYES, "int8", shipped=True).precision == "fp32"


def test_several_pictures_at_once(load):
    session = load(EYES, shipped=True)
    pictures = np.repeat(_pictures(session), 3, axis=0)
    pictures[1] //= 2
    together = session.run(pictures)
    one = session.run(pictures[1:2])
    for many, single in zip(together, one, strict=True):
        np.testing.assert_allclose(many[1:2], single, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((2, 3), np.float32),
        np.zeros((1, 4), np.float32),
        np.zeros((3,), np.float32),
        np.zeros((1, 3)),
        [[1.0, 2.0, 3.0]],
    ],
)
def test_wrong_shapes_and_types_are_refused_and_harm_nothing(load, array):
    session = load()
    with pytest.raises(ModelContractError):
        session.run(array)
    assert session.run(np.ones((1, 3), np.float32))[1].tolist() == [3]


def test_strided_input(load):
    wide = np.arange(12, dtype=np.float32).reshape(2, 6)
    doubled, _ = load().run(wide[:1, ::2])
    np.testing.assert_allclose(doubled, [[0, 4, 8]])


def test_unloaded_session_says_so(load):
    session = load()
    session.warm_up()
    session.close()
    session.close()
    with pytest.raises(ModelError, match="closed"):
        session.run(np.zeros((1, 3), np.float32))


def test_loaded_in_one_thread_and_run_in_another(load):
    session = load()
    found = []
    thread = threading.Thread(target=lambda: found.extend(session.run(np.ones((1, 3), np.float32))))
    thread.start()
    thread.join()
    assert found[1].tolist() == [3]


def test_altered_file_is_refused(load, tmp_path):
    path = tmp_path / "doubling.onnx"
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    with pytest.raises(ModelAlteredError):
        load()


def test_file_that_is_no_network_is_refused(load, backend, tmp_path):
    manifest = load_manifest(tmp_path / "manifest.yaml")
    (tmp_path / "doubling.onnx").write_bytes(b"no model")
    entry = dataclasses.replace(manifest.model("doubling"), sha256=sha256_of(b"no model"))
    manifest = dataclasses.replace(manifest, models={"doubling": entry})
    config = ProviderConfig(provider=backend, precision="fp32")
    with pytest.raises(ModelError):
        load_network("doubling", config, manifest=manifest, cache_dir=tmp_path / "cache")
