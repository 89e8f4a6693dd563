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
    ConfigError,
    ModelContractError,
    ModelError,
    ProviderUnavailableError,
)
from affect_perception.inference.manifest import (
    PRECISIONS,
    InputSpec,
    ModelEntry,
    OutputSpec,
)
from affect_perception.inference.session import FALLBACKS, PROVIDERS, check_inputs

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


class OnnxSession:
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
        _check_config(config)
        self._entry = entry
        self._session: Any
        self._session, self._provider, self._fallback_reason = _open(entry, content, config)
        _check_contract(entry, self._session)
        self._input_names = [spec.name for spec in entry.inputs]
        self._output_names = [spec.name for spec in entry.outputs]

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return self._entry.name

    @property
    def inputs(self) -> tuple[InputSpec, ...]:
        """Inputs in the order of `run`."""
        return self._entry.inputs

    @property
    def outputs(self) -> tuple[OutputSpec, ...]:
        """Outputs in the order of `run`."""
        return self._entry.outputs

    @property
    def precision(self) -> str:
        """What the network computes in: fp32 or int8."""
        return self._entry.precision

    @property
    def provider(self) -> str:
        """The provider in use."""
        return self._provider

    @property
    def fallback_reason(self) -> str | None:
        """Why another provider than the asked one is in use, else None."""
        return self._fallback_reason

    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """Run the network once.

        Args:
            *inputs: Arrays in the order, shape, type and value range of the manifest.

        Returns:
            The outputs in the order of the manifest.

        Raises:
            ModelContractError: If an input has another shape or type than the manifest says.
            ModelError: If the session was closed, or the runtime fails.
        """
        if self._session is None:
            raise ModelError(f"{self.name}: the session is closed")
        check_inputs(self._entry, inputs)
        feed = dict(zip(self._input_names, inputs, strict=True))
        try:
            return tuple(self._session.run(self._output_names, feed))
        except _RUNTIME_ERRORS as error:
            raise ModelError(f"{self.name}: ONNX Runtime failed: {error}") from error

    def warm_up(self, runs: int = 3) -> None:
        """Run on zeros, so that memory is planned and kernels are built before the first frame.

        Args:
            runs: How often; TensorRT builds its engine in the first.
        """
        zeros = [
            np.zeros([1 if size == -1 else size for size in spec.shape], spec.dtype)
            for spec in self.inputs
        ]
        for _ in range(runs):
            self.run(*zeros)

    def close(self) -> None:
        """Free the network. Calling it twice does no harm."""
        self._session = None


def _check_config(config: ProviderConfig) -> None:
    choices = {"provider": PROVIDERS, "fallback": FALLBACKS, "precision": PRECISIONS}
    for name, allowed in choices.items():
        value = getattr(config, name)
        if value not in allowed:
            raise ConfigError(f"{name} must be one of {', '.join(allowed)}, found '{value}'")
    if config.threads < 1:
        raise ConfigError(f"threads must be at least 1, found {config.threads}")


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
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = config.threads
    settings.inter_op_num_threads = 1
    settings.log_severity_level = _LOG_ERRORS_ONLY
    # Idle threads that wait actively take cores from the other nodes of the machine.
    settings.add_session_config_entry("session.intra_op.allow_spinning", "0")
    settings.add_session_config_entry("session.inter_op.allow_spinning", "0")
    chain = [_RUNTIME_NAMES[p] for p in _CHAINS[provider] if p in available_providers()]
    try:
        # Without this, ONNX Runtime prints a message and goes on with another provider.
        session = onnxruntime.InferenceSession(
            content, settings, providers=chain, enable_fallback=0
        )
    except _RUNTIME_ERRORS as error:
        if provider != "cpu":
            return None, f"provider '{provider}' could not be started: {error}"
        raise ModelError(f"{entry.name}: ONNX Runtime cannot load the model: {error}") from error
    # A provider whose libraries are missing is dropped by ONNX Runtime without an error.
    if session.get_providers()[0] != _RUNTIME_NAMES[provider]:
        return None, f"provider '{provider}' could not be started (libraries or device missing)"
    return session, ""


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
