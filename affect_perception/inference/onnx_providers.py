"""What ONNX Runtime's GPU providers are told.

Names and meanings: ONNX Runtime's pages on the CUDA and the TensorRT execution provider. CUDA
graphs need inputs and outputs at fixed places (`onnx_device`) and fixed shapes.
"""

from __future__ import annotations

from pathlib import Path

from affect_perception.core.config import ProviderConfig
from affect_perception.inference.cache import StorageError, cache_root
from affect_perception.inference.manifest import FP16, ModelEntry
from affect_perception.inference.session import has_fixed_shapes
from affect_perception.inference.shape_ranges import shape_ranges

_ENGINES = "engines/onnxruntime"


def engines_folder(root: Path | None = None) -> Path:
    """Where ONNX Runtime's TensorRT provider keeps engines and timings; made if needed.

    Raises:
        StorageError: If it cannot be made.
    """
    folder = cache_root(root) / _ENGINES
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"cannot make {folder}: {error.strerror or error}") from error
    return folder


def provider_options(name: str, entry: ModelEntry, config: ProviderConfig) -> dict[str, str]:
    """Options of one provider for one network.

    Args:
        name: One of `session.PROVIDERS`.
        entry: The network.
        config: How it is asked for.

    Raises:
        StorageError: If the folder of engines cannot be made.
    """
    graph = "1" if has_fixed_shapes(entry) else "0"
    if name == "cuda":
        # With TensorRT first, CUDA gets what is left over, and records nothing of its own.
        alone = config.provider != "tensorrt"
        return {"device_id": "0", "enable_cuda_graph": graph if alone else "0"}
    if name != "tensorrt":
        return {}
    folder = str(engines_folder())
    options = {
        "device_id": "0",
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": folder,
        # The provider's own key knows the graph, not the weights.
        "trt_engine_cache_prefix": f"{entry.name}-{entry.sha256[:12]}-{config.precision}",
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": folder,
        "trt_cuda_graph_enable": graph,
        "trt_fp16_enable": "1" if config.precision == FP16 else "0",
    }
    ranges = shape_ranges(entry) or {}
    for number, key in enumerate(("min", "opt", "max")):
        if ranges and graph == "0":
            options[f"trt_profile_{key}_shapes"] = ",".join(
                f"{port}:{'x'.join(map(str, shapes[number]))}" for port, shapes in ranges.items()
            )
    return options
