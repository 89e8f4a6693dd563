"""The GPU: its name, memory and one stream, through cuda-python or pycuda."""

from __future__ import annotations

import ctypes
import importlib
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import ModelError, ProviderUnavailableError

Bytes = npt.NDArray[np.uint8]


class DeviceError(ModelError):
    """A call of CUDA failed, for instance for lack of memory."""


class Device(Protocol):
    """One GPU and one stream on it. Calls may come from any thread, one at a time."""

    name: str
    capability: str

    @property
    def stream(self) -> int:
        """The stream's address."""
        ...

    def allocate(self, size: int) -> int:
        """Address of memory on the device, of `size` bytes."""
        ...

    def free(self, address: int) -> None:
        """Gives memory on the device back."""
        ...

    def pinned(self, size: int) -> Bytes:
        """Memory of the host that copies can use without waiting; lives with the device object."""
        ...

    def upload(self, address: int, data: Bytes) -> None:
        """Puts a copy to the device into the stream."""
        ...

    def download(self, data: Bytes, address: int) -> None:
        """Puts a copy from the device into the stream."""
        ...

    def synchronize(self) -> None:
        """Waits until the stream is empty."""
        ...

    def close(self) -> None:
        """Gives back the stream and the host's memory; calling it twice does no harm."""
        ...


def open_device() -> Device:
    """The first GPU.

    Raises:
        ProviderUnavailableError: If neither package is installed, or there is no GPU or driver.
    """
    reasons = []
    for kind in (CudaPythonDevice, PycudaDevice):
        try:
            return kind()
        except ImportError as error:
            reasons.append(str(error))
        except Exception as error:  # pycuda's errors have no base that exists without pycuda
            raise ProviderUnavailableError(f"no usable GPU: {error}") from error
    raise ProviderUnavailableError(
        f"neither cuda-python nor pycuda can be used ({'; '.join(reasons)})"
    )


class CudaPythonDevice:
    """Through the runtime API of cuda-python (`cuda.bindings`, before 12.6 `cuda`)."""

    def __init__(self) -> None:
        """Opens the first GPU; ImportError if the package is missing."""
        self._cuda: Any = _cuda_runtime()
        properties = self._call(self._cuda.cudaGetDeviceProperties(0))
        self.name = _text(properties.name)
        self.capability = f"{properties.major}.{properties.minor}"
        self._stream: Any = self._call(self._cuda.cudaStreamCreate())
        self._host: list[int] = []

    @property
    def stream(self) -> int:
        """See `Device`."""
        return int(self._stream)

    def allocate(self, size: int) -> int:
        """See `Device`."""
        return int(self._call(self._cuda.cudaMalloc(size)))

    def free(self, address: int) -> None:
        """See `Device`."""
        self._call(self._cuda.cudaFree(address))

    def pinned(self, size: int) -> Bytes:
        """See `Device`."""
        address = int(self._call(self._cuda.cudaMallocHost(size)))
        self._host.append(address)
        return np.ctypeslib.as_array((ctypes.c_ubyte * size).from_address(address))

    def upload(self, address: int, data: Bytes) -> None:
        """See `Device`."""
        self._copy(address, data.ctypes.data, data.nbytes, "cudaMemcpyHostToDevice")

    def download(self, data: Bytes, address: int) -> None:
        """See `Device`."""
        self._copy(data.ctypes.data, address, data.nbytes, "cudaMemcpyDeviceToHost")

    def synchronize(self) -> None:
        """See `Device`."""
        self._call(self._cuda.cudaStreamSynchronize(self._stream))

    def close(self) -> None:
        """See `Device`."""
        if self._stream is None:
            return
        for address in self._host:
            self._call(self._cuda.cudaFreeHost(address))
        self._call(self._cuda.cudaStreamDestroy(self._stream))
        self._host, self._stream = [], None

    def _copy(self, to: int, origin: int, size: int, kind: str) -> None:
        direction = getattr(self._cuda.cudaMemcpyKind, kind)
        self._call(self._cuda.cudaMemcpyAsync(to, origin, size, direction, self._stream))

    def _call(self, answer: tuple[Any, ...]) -> Any:
        """What a function gave beside its error code."""
        error, *values = answer
        if int(error) != 0:
            raise DeviceError(f"CUDA: {_text(self._cuda.cudaGetErrorString(error)[1])}")
        return values[0] if values else None


class PycudaDevice:
    """Through pycuda, in the primary context that TensorRT uses."""

    def __init__(self) -> None:
        """Opens the first GPU; ImportError if the package is missing."""
        self._cuda: Any = importlib.import_module("pycuda.driver")
        self._cuda.init()
        device = self._cuda.Device(0)
        self.name = str(device.name())
        self.capability = ".".join(str(part) for part in device.compute_capability())
        self._context: Any = device.retain_primary_context()
        self._memory: dict[int, Any] = {}
        with _Current(self._context):
            self._stream: Any = self._cuda.Stream()

    @property
    def stream(self) -> int:
        """See `Device`."""
        return int(self._stream.handle)

    def allocate(self, size: int) -> int:
        """See `Device`."""
        with _Current(self._context):
            try:
                memory = self._cuda.mem_alloc(size)
            except self._cuda.Error as error:
                raise DeviceError(f"CUDA: {error}") from error
        self._memory[int(memory)] = memory
        return int(memory)

    def free(self, address: int) -> None:
        """See `Device`."""
        with _Current(self._context):
            self._memory.pop(address).free()

    def pinned(self, size: int) -> Bytes:
        """See `Device`."""
        with _Current(self._context):
            try:
                found: Bytes = self._cuda.pagelocked_empty(size, np.uint8)
            except self._cuda.Error as error:
                raise DeviceError(f"CUDA: {error}") from error
        return found

    def upload(self, address: int, data: Bytes) -> None:
        """See `Device`."""
        self._in_context(self._cuda.memcpy_htod_async, address, data, self._stream)

    def download(self, data: Bytes, address: int) -> None:
        """See `Device`."""
        self._in_context(self._cuda.memcpy_dtoh_async, data, address, self._stream)

    def synchronize(self) -> None:
        """See `Device`."""
        self._in_context(self._stream.synchronize)

    def close(self) -> None:
        """See `Device`."""
        if self._context is None:
            return
        with _Current(self._context):
            self._memory.clear()
            self._stream = None
        self._context.detach()
        self._context = None

    def _in_context(self, call: Any, *arguments: Any) -> None:
        with _Current(self._context):
            try:
                call(*arguments)
            except self._cuda.Error as error:
                raise DeviceError(f"CUDA: {error}") from error


class _Current:
    """Makes a context of pycuda that of this thread, for a block."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def __enter__(self) -> None:
        self._context.push()

    def __exit__(self, *_: object) -> None:
        self._context.pop()


def _cuda_runtime() -> Any:
    try:
        return importlib.import_module("cuda.bindings.runtime")
    except ImportError:
        return importlib.import_module("cuda.cudart")


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace").rstrip("\0") if isinstance(value, bytes) else str(value)
