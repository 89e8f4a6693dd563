"""Which backends this machine has, and why it lacks the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto, helper

from affect_perception.core.config import ProviderConfig
from affect_perception.core.errors import ModelError, ProviderUnavailableError
from affect_perception.inference.manifest import FP32, InputSpec, ModelEntry, OutputSpec
from affect_perception.inference.onnx_session import OnnxSession
from affect_perception.inference.session import BACKENDS, NATIVE
from affect_perception.inference.trt.api import load_api
from affect_perception.inference.trt.device import open_device


@dataclass(frozen=True)
class Backend:
    """One backend on this machine.

    Attributes:
        name: One of `session.BACKENDS`.
        reason: Why it is not there; empty if it is.
        detail: What it is: versions, device.
    """

    name: str
    reason: str
    detail: str = ""


def find_backends() -> tuple[Backend, ...]:
    """All backends, in the order of `BACKENDS`; ONNX Runtime's are tried with a tiny network."""
    return tuple(_native() if name == NATIVE else _provider(name) for name in BACKENDS)


def gpu_in_words() -> str:
    """Name and compute capability of the GPU, or that none is used."""
    try:
        device = open_device()
    except ProviderUnavailableError:
        return "no GPU used"
    words = f"{device.name} (compute capability {device.capability})"
    device.close()
    return words


def _provider(name: str) -> Backend:
    import onnxruntime

    try:
        session = OnnxSession(_ENTRY, _model(), ProviderConfig(provider=name, precision=FP32))
        session.run(np.zeros((1,), np.float32))
    except ModelError as error:
        return Backend(name, str(error).removeprefix(f"{_ENTRY.name}: "))
    return Backend(name, "", f"ONNX Runtime {onnxruntime.__version__}")


def _native() -> Backend:
    try:
        api = load_api()
        device = open_device()
    except ProviderUnavailableError as error:
        return Backend(NATIVE, str(error))
    device.close()
    return Backend(NATIVE, "", f"TensorRT {api.__version__}")


_ENTRY = ModelEntry(
    name="trial",
    version="1",
    sha256="0" * 64,
    size_bytes=1,
    conversion=None,
    file=None,
    reference=None,
    licence="Apache-2.0",
    source="made here",
    training_data="none",
    training_terms="none",
    accuracy="none",
    intended_use="Finding out whether a provider starts.",
    notes="none",
    inputs=(InputSpec("value", (1,), np.dtype(np.float32), "flat", "none", (-1.0, 1.0)),),
    outputs=(OutputSpec("twice", (1,), "1", "Twice the input.", None),),
)


def _model() -> bytes:
    """A network of one addition."""
    ports = [helper.make_tensor_value_info(n, TensorProto.FLOAT, [1]) for n in ("value", "twice")]
    node = helper.make_node("Add", ["value", "value"], ["twice"])
    graph = helper.make_graph([node], "trial", ports[:1], ports[1:])
    model: onnx.ModelProto = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8
    )
    return bytes(model.SerializeToString())
