"""Runs an engine on a stream of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import ModelContractError, ModelError
from affect_perception.inference.manifest import InputSpec, ModelEntry, OutputSpec
from affect_perception.inference.session import NATIVE, Session, check_inputs
from affect_perception.inference.shape_ranges import LARGEST_BATCH, LONGEST, with_first
from affect_perception.inference.trt.api import Context, Engine, TensorRt
from affect_perception.inference.trt.device import Bytes, Device


@dataclass
class _Port:
    """An input or output: its memory on both sides, for its largest shape."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    host: Bytes
    device: int

    def part(self, shape: Sequence[int]) -> npt.NDArray[Any]:
        """The host's memory as an array of a shape."""
        return self.raw(shape).view(self.dtype).reshape(shape)

    def raw(self, shape: Sequence[int]) -> Bytes:
        """The bytes of an array of a shape."""
        return self.host[: int(np.prod(shape)) * self.dtype.itemsize]


class TensorRtSession(Session):
    """A network run by TensorRT. Not for use from several threads at once."""

    def __init__(
        self, api: TensorRt, entry: ModelEntry, engine: Engine, device: Device, precision: str
    ) -> None:
        """Takes memory on the device.

        Args:
            api: TensorRT.
            entry: What the manifest says about the network.
            engine: Built for this device.
            device: Closed with this session, and if this raises.
            precision: What the engine computes in.

        Raises:
            ModelContractError: If inputs or outputs differ from the manifest.
            ModelError: If the device has no memory left.
        """
        super().__init__(entry)
        self._provider, self._precision = NATIVE, precision
        self._device: Device | None = device
        self._engine: Engine | None = engine
        self._ports: list[_Port] = []
        try:
            _check_contract(api, entry, engine)
            context = engine.create_execution_context()
            if context is None:
                raise ModelError(f"{entry.name}: no memory on {device.name} to run the engine in")
            self._context: Context | None = context
            specs: list[InputSpec | OutputSpec] = [*entry.inputs, *entry.outputs]
            for spec in specs:
                self._take_memory(device, context, spec)
        except BaseException:
            self.close()
            raise
        self._sent: list[tuple[int, ...]] = []

    def run(self, *inputs: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float32], ...]:
        """See `Session.run`."""
        device, context = self._device, self._context
        if device is None or context is None:
            raise ModelError(f"{self.name}: the session is closed")
        check_inputs(self._entry, inputs)
        count = len(inputs)
        self._set_shapes(context, [array.shape for array in inputs])
        for port, array in zip(self._ports[:count], inputs, strict=True):
            port.part(array.shape)[...] = array
            device.upload(port.device, port.raw(array.shape))
        if not context.execute_async_v3(device.stream):
            raise ModelError(f"{self.name}: TensorRT failed; its own log lines say why")
        shapes = [
            port.shape if -1 not in port.shape else tuple(context.get_tensor_shape(port.name))
            for port in self._ports[count:]
        ]
        for port, shape in zip(self._ports[count:], shapes, strict=True):
            device.download(port.raw(shape), port.device)
        device.synchronize()
        return tuple(
            np.array(port.part(shape))
            for port, shape in zip(self._ports[count:], shapes, strict=True)
        )

    def close(self) -> None:
        """See `Session.close`."""
        device, self._device = self._device, None
        # Memory that belongs to the engine goes before the stream.
        self._context = self._engine = None
        if device is None:
            return
        for port in self._ports:
            device.free(port.device)
        self._ports = []
        device.close()

    def _take_memory(self, device: Device, context: Context, spec: InputSpec | OutputSpec) -> None:
        pictures = self._entry.inputs[0].layout != "flat"
        largest = with_first(spec.shape, LARGEST_BATCH if pictures else LONGEST)
        dtype = spec.dtype if isinstance(spec, InputSpec) else np.dtype(np.float32)
        size = int(np.prod(largest)) * dtype.itemsize
        host = device.pinned(size)
        port = _Port(spec.name, spec.shape, dtype, host, device.allocate(size))
        self._ports.append(port)
        if not context.set_tensor_address(spec.name, port.device):
            raise ModelContractError(f"{self.name}: the engine has no '{spec.name}'")

    def _set_shapes(self, context: Context, shapes: list[tuple[int, ...]]) -> None:
        """Tells the context shapes that are free, when they change."""
        if shapes == self._sent:
            return
        for spec, shape in zip(self.inputs, shapes, strict=True):
            if -1 in spec.shape and not context.set_input_shape(spec.name, shape):
                raise ModelContractError(
                    f"{self.name}: input '{spec.name}' has shape {shape}, more than the engine "
                    "was built for"
                )
        self._sent = shapes


def _check_contract(api: TensorRt, entry: ModelEntry, engine: Engine) -> None:
    wanted = {s.name: ("input", s.shape, s.dtype) for s in entry.inputs}
    wanted |= {s.name: ("output", s.shape, np.dtype(np.float32)) for s in entry.outputs}
    found = {}
    for index in range(engine.num_io_tensors):
        name = engine.get_tensor_name(index)
        kind = "input" if engine.get_tensor_mode(name) == api.TensorIOMode.INPUT else "output"
        dtype = np.dtype(api.nptype(engine.get_tensor_dtype(name)))
        found[name] = (kind, tuple(engine.get_tensor_shape(name)), dtype)
    if found != wanted:
        raise ModelContractError(
            f"{entry.name}: the engine has {found}, the manifest says {wanted}"
        )
