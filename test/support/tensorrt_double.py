"""A DOUBLE of TensorRT's Python API and of cuda-python's runtime API. It is not TensorRT.

It has the calls that `affect_perception.inference.trt` makes, as NVIDIA documents them for
TensorRT 8.6, 10 and 11, and the refusals that matter (flags of the wrong version, unsigned
quantisation, engines of another version, no memory). Networks are computed by ONNX Runtime on the
processor; "device memory" is memory of the process. So it shows that the control flow is right and
that the numbers reach their places, and nothing about a GPU.
"""

from __future__ import annotations

import ctypes
import sys
import threading
import types
from typing import Any

import numpy as np
import onnx
import onnxruntime
from google.protobuf.message import DecodeError
from onnx import TensorProto

MARK = b"engine of the double, TensorRT "


class Gpu:
    """What the doubles share, and what tests turn: versions, names, failures."""

    def __init__(self, version: str = "10.9.0.34") -> None:
        self.version = version
        self.name = "Double 3000"
        self.capability = (8, 7)
        self.memory = 1 << 30
        self.build_fails = False
        self.context_fails = False
        self.enqueue_fails = False
        self.present = True
        self.go = threading.Event()
        self.go.set()
        self.builds = 0
        self.models: list[bytes] = []
        self.flags: list[str] = []
        self.profiles: list[dict[str, Any]] = []
        self.timings: list[bytes] = []
        self.blocks: dict[int, Any] = {}
        self.streams: set[int] = set()
        self.threads: set[str] = set()

    @property
    def used(self) -> int:
        return sum(len(block) for block in self.blocks.values())

    def install(self, monkeypatch) -> Gpu:
        """Puts the doubles where `import tensorrt` and `import cuda.bindings.runtime` look."""
        package, bindings = types.ModuleType("cuda"), types.ModuleType("cuda.bindings")
        for name, module in {
            "tensorrt": tensorrt_module(self),
            "cuda": package,
            "cuda.bindings": bindings,
            "cuda.bindings.runtime": cuda_module(self),
        }.items():
            monkeypatch.setitem(sys.modules, name, module)
        return self


def cuda_module(gpu: Gpu) -> Any:
    """Functions of cuda.bindings.runtime: each gives a tuple that begins with the error code."""
    module = types.ModuleType("cuda.bindings.runtime")

    def properties(device):
        if not gpu.present:
            return 100, None
        major, minor = gpu.capability
        return 0, types.SimpleNamespace(name=gpu.name.encode(), major=major, minor=minor)

    def take(size):
        if gpu.used + size > gpu.memory:
            return 2, None
        block = ctypes.create_string_buffer(size)
        gpu.blocks[ctypes.addressof(block)] = block
        return 0, ctypes.addressof(block)

    def give(address):
        del gpu.blocks[address]
        return (0,)

    def stream():
        gpu.streams.add(len(gpu.streams) + 1000)
        return 0, max(gpu.streams)

    def end_stream(handle):
        gpu.streams.discard(handle)
        return (0,)

    def copy(to, origin, size, kind, handle):
        assert handle in gpu.streams
        device = to if kind == 1 else origin
        room = next(
            len(b) - (device - a) for a, b in gpu.blocks.items() if a <= device < a + len(b)
        )
        assert size <= room
        ctypes.memmove(to, origin, size)
        return (0,)

    module.cudaGetDeviceProperties = properties
    module.cudaMalloc = module.cudaMallocHost = take
    module.cudaFree = module.cudaFreeHost = give
    module.cudaStreamCreate = stream
    module.cudaStreamDestroy = end_stream
    module.cudaStreamSynchronize = lambda handle: (0 if handle in gpu.streams else 400,)
    module.cudaMemcpyAsync = copy
    module.cudaMemcpyKind = types.SimpleNamespace(
        cudaMemcpyHostToDevice=1, cudaMemcpyDeviceToHost=2
    )
    words = {2: b"out of memory", 100: b"no CUDA-capable device is detected", 400: b"bad handle"}
    module.cudaGetErrorString = lambda error: (0, words[error])
    return module


def tensorrt_module(gpu: Gpu) -> Any:
    """The module `tensorrt`."""
    major = int(gpu.version.split(".")[0])
    module = types.ModuleType("tensorrt")
    module.__version__ = gpu.version
    module.Logger = type("Logger", (), {"WARNING": 2, "__init__": lambda self, level: None})
    module.TensorIOMode = types.SimpleNamespace(INPUT=1, OUTPUT=2)
    module.MemoryPoolType = types.SimpleNamespace(WORKSPACE=0)
    module.NetworkDefinitionCreationFlag = types.SimpleNamespace(EXPLICIT_BATCH=0)
    module.BuilderFlag = types.SimpleNamespace()
    if major >= 10:
        module.NetworkDefinitionCreationFlag.STRONGLY_TYPED = 1
        module.IProgressMonitor = type("IProgressMonitor", (), {})
    if major < 11:
        module.BuilderFlag = types.SimpleNamespace(FP16="FP16", INT8="INT8")
    module.nptype = lambda kind: kind
    module.Builder = lambda logger: _Builder(gpu)
    module.OnnxParser = lambda network, logger: _Parser(network)
    module.Runtime = lambda logger: _Runtime(gpu)
    return module


class _Network:
    def __init__(self, flags: int) -> None:
        self.flags = flags
        self.model = b""


class _Parser:
    def __init__(self, network: _Network) -> None:
        self._network = network
        self._errors: list[str] = []

    @property
    def num_errors(self) -> int:
        return len(self._errors)

    def get_error(self, index: int) -> str:
        return self._errors[index]

    def parse(self, model: bytes) -> bool:
        """Refuses what TensorRT's parser refuses of quantisation."""
        try:
            graph = onnx.load_from_string(model).graph
        except DecodeError:
            self._errors.append("Failed to parse the ONNX model")
            return False
        stored = {c.name: c for c in graph.initializer}
        for node in graph.node:
            if node.op_type in ("QuantizeLinear", "DequantizeLinear"):
                zero = onnx.numpy_helper.to_array(stored[node.input[2]])
                if zero.dtype != np.int8 or zero.any():
                    self._errors.append("zeroPt must be all zeros")
                first = stored.get(node.input[0])
                if first is not None and first.data_type == TensorProto.INT32:
                    self._errors.append("only activation types allowed as input to this layer")
        self._network.model = model
        return not self._errors


class _Builder:
    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu

    def create_network(self, flags: int) -> _Network:
        strong = int(self._gpu.version.split(".")[0]) >= 10
        assert flags == (2 if strong else 1), "flags of another version"
        return _Network(flags)

    def create_builder_config(self) -> _Config:
        return _Config(self._gpu)

    def create_optimization_profile(self) -> Any:
        shapes: dict[str, Any] = {}
        return types.SimpleNamespace(
            shapes=shapes,
            set_shape=lambda input, min, opt, max: shapes.update({input: (min, opt, max)}),
        )

    def build_serialized_network(self, network: _Network, config: _Config) -> Any:
        self._gpu.builds += 1
        self._gpu.models.append(network.model)
        monitor = config.progress_monitor
        steps = 4
        if monitor is not None:
            monitor.phase_start("Building Engine", None, steps)
        for step in range(steps):
            if step == steps // 2:
                assert self._gpu.go.wait(30)
            if monitor is not None and not monitor.step_complete("Building Engine", step):
                return None
        if monitor is not None:
            monitor.phase_finish("Building Engine")
        if self._gpu.build_fails:
            return None
        version = self._gpu.version.encode()
        return memoryview(MARK + version + b"\n" + network.model)


class _Config:
    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu
        self._cache: Any = None
        self.progress_monitor: Any = None

    def set_memory_pool_limit(self, pool: int, pool_size: int) -> None:
        assert pool_size > 0

    def set_flag(self, flag: str) -> None:
        self._gpu.flags.append(flag)

    def add_optimization_profile(self, profile: Any) -> int:
        self._gpu.profiles.append(profile.shapes)
        return 0

    def create_timing_cache(self, serialized_timing_cache: bytes) -> Any:
        self._gpu.timings.append(serialized_timing_cache)
        return types.SimpleNamespace(
            content=serialized_timing_cache, serialize=lambda: memoryview(b"timings of the double")
        )

    def set_timing_cache(self, cache: Any, ignore_mismatch: bool) -> bool:
        self._cache = cache
        return cache.content in (b"", b"timings of the double")

    def get_timing_cache(self) -> Any:
        return self._cache


class _Runtime:
    def __init__(self, gpu: Gpu) -> None:
        self._gpu = gpu

    def deserialize_cuda_engine(self, serialized_engine: bytes) -> _Engine | None:
        start, _, model = serialized_engine.partition(b"\n")
        if start != MARK + self._gpu.version.encode():
            return None
        return _Engine(self._gpu, model)


class _Engine:
    def __init__(self, gpu: Gpu, model: bytes) -> None:
        self.gpu = gpu
        settings = onnxruntime.SessionOptions()
        settings.log_severity_level = 3
        settings.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(
            model, settings, providers=["CPUExecutionProvider"]
        )
        self.inputs = {port.name: port for port in self.session.get_inputs()}
        self.outputs = {port.name: port for port in self.session.get_outputs()}
        self._ports = {**self.inputs, **self.outputs}
        self.num_io_tensors = len(self._ports)

    def get_tensor_name(self, index: int) -> str:
        return list(self._ports)[index]

    def get_tensor_mode(self, name: str) -> int:
        return 1 if name in self.inputs else 2

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        return tuple(n if isinstance(n, int) else -1 for n in self._ports[name].shape)

    def get_tensor_dtype(self, name: str) -> type:
        kinds = {"tensor(float)": np.float32, "tensor(uint8)": np.uint8, "tensor(int64)": np.int64}
        return kinds[self._ports[name].type]

    def create_execution_context(self) -> _Context | None:
        return None if self.gpu.context_fails else _Context(self)


class _Context:
    def __init__(self, engine: _Engine) -> None:
        self._engine = engine
        self._addresses: dict[str, int] = {}
        self._shapes = {
            name: engine.get_tensor_shape(name) for name in (*engine.inputs, *engine.outputs)
        }

    def set_input_shape(self, name: str, shape: tuple[int, ...]) -> bool:
        (profile,) = self._engine.gpu.profiles[-1:]
        low, _, high = profile[name]
        if not all(a <= n <= b for a, n, b in zip(low, shape, high, strict=True)):
            return False
        self._shapes[name] = tuple(shape)
        return True

    def get_tensor_shape(self, name: str) -> tuple[int, ...]:
        sizes = [s[0] for n, s in self._shapes.items() if n in self._engine.inputs]
        return tuple(sizes[0] if n == -1 else n for n in self._shapes[name])

    def set_tensor_address(self, name: str, memory: int) -> bool:
        self._addresses[name] = memory
        return name in self._shapes

    def execute_async_v3(self, stream_handle: int) -> bool:
        gpu = self._engine.gpu
        assert stream_handle in gpu.streams
        gpu.threads.add(threading.current_thread().name)
        if gpu.enqueue_fails:
            return False
        feed = {name: self._array(name, self._shapes[name]) for name in self._engine.inputs}
        names = list(self._engine.outputs)
        for name, value in zip(names, self._engine.session.run(names, feed), strict=True):
            self._array(name, value.shape)[...] = value
        return True

    def _array(self, name: str, shape: tuple[int, ...]) -> Any:
        dtype = np.dtype(self._engine.get_tensor_dtype(name))
        size = int(np.prod(shape)) * dtype.itemsize
        start = self._addresses[name]
        raw = np.ctypeslib.as_array((ctypes.c_ubyte * size).from_address(start))
        return raw.view(dtype).reshape(shape)
