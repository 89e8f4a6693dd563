"""Runs a network with ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state

from affect_perception.core.config import ProviderConfig
from affect_perception.core.errors import (
    ModelContractError,
    ModelError,
    ProviderUnavailableError,
)
from affect_perception.inference.manifest import FP16, FP32, ModelEntry
from affect_perception.inference.onnx_device import DeviceBuffers
from affect_perception.inference.onnx_providers import provider_options
from affect_perception.inference.session import (
    PROVIDERS,
    Session,
    check_config,
    check_inputs,
    has_fixed_shapes,
)

_RUNTIME_NAMES = {
    "cpu": "CPUExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}
# What each provider hands operators on to that it does not run itself.
_CHAINS = {"cpu": ("cpu",), "cuda": ("cuda", "cpu"), "tensorrt": ("tensorrt", "cuda", "cpu")}
_ELEMENT_TYPES = {"uint8": "tensor(uint8)", "float32": "tensor(float)", "int64": "tensor(int64)"}
_LOG_ERRORS_ONLY = 3
# ONNX Runtime's own errors have no common base below Exception.
_RUNTIME_ERRORS: tuple[type[Exception], ...] = (
    RuntimeError,
    ValueError,
    *(
        kind
        for kind in vars(onnxruntime_pybind11_state).values()
        if isinstance(kind, type) and issubclass(kind, Exception)
    ),
)


def available_providers() -> tuple[str, ...]:
    """Providers that this build of ONNX Runtime has, by the names of `PROVIDERS`."""
    built_in = onnxruntime.get_available_providers()
    return tuple(name for name in PROVIDERS if _RUNTIME_NAMES[name] in built_in)


class OnnxSession(Session):
    """A network run by ONNX Runtime. Not for use from several threads at once."""

    def __init__(
        self, entry: ModelEntry, content: bytes, config: ProviderConfig | None = None
    ) -> None:
        """Load a network.

        Args:
            entry: What the manifest says about it.
            content: Bytes of the ONNX file, already checked against the manifest.
            config: How to run it.

        Raises:
            ConfigError: If a value of `config` is not allowed.
            ProviderUnavailableError: If neither the provider nor the fallback is there.
            ModelContractError: If inputs or outputs differ from the manifest.
            ModelError: If ONNX Runtime cannot load the file.
        """
        config = config or ProviderConfig()
        check_config(config)
        super().__init__(entry)
        self._session: Any
        self._session, self._provider, self._fallback_reason = _open(entry, content, config)
        if self._provider != "cpu" and config.precision == FP16 and entry.precision == FP32:
            self._precision = FP16
        _check_contract(entry, self._session)
        self._input_names = [spec.name for spec in entry.inputs]
        self._output_names = [spec.name for spec in entry.outputs]
        self._buffers: DeviceBuffers | None = None
        if self._provider != "cpu" and has_fixed_shapes(entry):
            self._buffers = device_buffers(entry, self._session)

    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """See `Session.run`."""
        if self._session is None:
            raise ModelError(f"{self.name}: the session is closed")
        check_inputs(self._entry, inputs)
        feed = dict(zip(self._input_names, inputs, strict=True))
        try:
            if self._buffers is not None:
                return self._buffers.run(inputs)
            return tuple(self._session.run(self._output_names, feed))
        except _RUNTIME_ERRORS as error:
            raise ModelError(f"{self.name}: ONNX Runtime failed: {error}") from error

    def close(self) -> None:
        """Free the network. Calling it twice does no harm."""
        self._buffers = None
        self._session = None


def device_buffers(entry: ModelEntry, session: Any, device: str = "cuda") -> DeviceBuffers:
    """Memory for inputs and outputs that a session with fixed shapes keeps.

    Raises:
        ModelError: If the device has no memory left for them.
    """
    try:
        return DeviceBuffers(entry, session, device)
    except _RUNTIME_ERRORS as error:
        raise ModelError(f"{entry.name}: no memory on {device}: {error}") from error


def _open(entry: ModelEntry, content: bytes, config: ProviderConfig) -> tuple[Any, str, str | None]:
    """Open with the asked provider or the declared fallback: session, provider, reason."""
    session, problem = _try_provider(entry, content, config, config.provider)
    if session is not None:
        return session, config.provider, None
    if config.fallback not in ("none", config.provider):
        session, second = _try_provider(entry, content, config, config.fallback)
        if session is not None:
            return session, config.fallback, problem
        problem = f"{problem}; fallback: {second}"
    raise ProviderUnavailableError(
        f"{entry.name}: {problem}. Available: {', '.join(available_providers())}. Choose one of "
        "these, declare a fallback, or install onnxruntime-gpu with matching CUDA libraries"
    )


def _try_provider(
    entry: ModelEntry, content: bytes, config: ProviderConfig, provider: str
) -> tuple[Any | None, str]:
    """A session that really runs on the provider, or why there is none."""
    if provider not in available_providers():
        return None, f"provider '{provider}' is not part of this build of ONNX Runtime"
    if provider == "cuda" and config.precision == FP16 and entry.precision == FP32:
        # It brings the package onnx, which nobody else needs to run a network.
        from affect_perception.inference.half_precision import in_half_precision

        content = in_half_precision(entry.name, content)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = config.threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = _LOG_ERRORS_ONLY
    # Idle threads that wait actively take cores from the other nodes of the machine.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.add_session_config_entry("session.inter_op.allow_spinning", "0")
    known = [p for p in _CHAINS[provider] if p in available_providers()]
    chain = [_RUNTIME_NAMES[p] for p in known]
    if provider != "cpu":
        _find_libraries()
    # The processor's provider is asked for by its bare name: it has nothing to be set.
    ways = [{}] if provider == "cpu" else _options(entry, config, known)
    try:
        session = _first_that_opens(content, settings, chain, ways)
    except _RUNTIME_ERRORS as error:
        if provider != "cpu":
            return None, f"provider '{provider}' could not be started: {error}"
        raise ModelError(f"{entry.name}: ONNX Runtime cannot load the model: {error}") from error
    # A provider whose libraries are missing is dropped by ONNX Runtime without an error.
    if session.get_providers()[0] != _RUNTIME_NAMES[provider]:
        return None, f"provider '{provider}' could not be started (libraries or device missing)"
    return session, ""


def _find_libraries() -> None:
    """Loads CUDA and cuDNN from NVIDIA's Python packages, where they came that way (since 1.21)."""
    preload = getattr(onnxruntime, "preload_dlls", None)
    if preload is not None:
        preload(directory="")


def _options(
    entry: ModelEntry, config: ProviderConfig, chain: Sequence[str]
) -> list[dict[str, Any]]:
    """With a CUDA graph where shapes are fixed, then without."""
    graph = "enable_cuda_graph"
    first = [provider_options(name, entry, config) for name in chain]
    second = [each | {graph: "0"} if graph in each else each for each in first]
    return [{"provider_options": options} for options in (first, second)]


def _first_that_opens(
    content: bytes, settings: Any, chain: Sequence[str], ways: Sequence[dict[str, Any]]
) -> Any:
    """A session by the first of several ways that ONNX Runtime accepts.

    It refuses a CUDA graph where operators are left that only the processor has.
    """
    for options in ways[:-1]:
        try:
            return _session(content, settings, chain, options)
        except _RUNTIME_ERRORS:
            continue  # the last way's error is the one that counts
    return _session(content, settings, chain, ways[-1])


def _session(content: bytes, settings: Any, chain: Sequence[str], options: dict[str, Any]) -> Any:
    # Without enable_fallback=0, ONNX Runtime prints a message and goes on with another provider.
    return onnxruntime.InferenceSession(
        content, settings, providers=list(chain), enable_fallback=0, **options
    )


def _check_contract(entry: ModelEntry, session: Any) -> None:
    inputs = [(s.name, s.shape, _ELEMENT_TYPES[s.dtype.name]) for s in entry.inputs]
    outputs = [(s.name, s.shape, _ELEMENT_TYPES["float32"]) for s in entry.outputs]
    _check_ports(entry, "input", inputs, session.get_inputs())
    _check_ports(entry, "output", outputs, session.get_outputs())


def _check_ports(
    entry: ModelEntry,
    kind: str,
    wanted: Sequence[tuple[str, tuple[int, ...], str]],
    found: Sequence[Any],
) -> None:
    # A free dimension of an ONNX model is a name or None.
    actual = [
        (port.name, tuple(s if isinstance(s, int) else -1 for s in port.shape), port.type)
        for port in found
    ]
    if actual != list(wanted):
        raise ModelContractError(
            f"{entry.name}: the model's {kind}s are {actual}, the manifest says {list(wanted)}"
        )
