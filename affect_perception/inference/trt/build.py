"""Builds an engine from an ONNX file."""

from __future__ import annotations

from typing import Any

from affect_perception.inference.half_precision import in_half_precision
from affect_perception.inference.manifest import FP16, INT8, ModelEntry
from affect_perception.inference.shape_ranges import shape_ranges
from affect_perception.inference.signed_eight_bit import with_signed_activations
from affect_perception.inference.trt.api import (
    BuilderConfig,
    EngineBuildError,
    Parser,
    TensorRt,
    version_of,
)
from affect_perception.inference.trt.progress import BuildProgress, monitor

WORKSPACE = 1 << 30
"""Bytes of device memory that TensorRT may try tactics with; these networks need far less."""

_STRONGLY_TYPED_SINCE = 10


def source(entry: ModelEntry, content: bytes, precision: str, version: tuple[int, int]) -> bytes:
    """The ONNX file that TensorRT gets.

    Args:
        entry: The file's entry: the one in 8 bits where the precision is int8.
        content: The file.
        precision: fp32, fp16 or int8.
        version: Of TensorRT.

    Raises:
        ModelError: If the file cannot be rewritten.
    """
    if precision == INT8:
        return with_signed_activations(entry.name, content)
    if precision == FP16 and version[0] >= _STRONGLY_TYPED_SINCE:
        return in_half_precision(entry.name, content)
    return content


def build_engine(
    api: TensorRt,
    entry: ModelEntry,
    model: bytes,
    precision: str,
    progress: BuildProgress,
    timings: bytes = b"",
) -> tuple[bytes, bytes]:
    """Build.

    Args:
        api: TensorRT.
        entry: The network.
        model: ONNX file, as `source` gives it.
        precision: fp32, fp16 or int8.
        progress: Told how far it is; can stop it.
        timings: Timing cache of earlier builds; empty if there is none.

    Returns:
        The engine, and the timing cache with what was measured now.

    Raises:
        EngineBuildError: If it does not work out, with what TensorRT said.
    """
    logger = api.Logger(api.Logger.WARNING)
    builder = api.Builder(logger)
    network = builder.create_network(_network_flags(api))
    progress.say("reading the model")
    _parse(api.OnnxParser(network, logger), entry.name, model)
    config = builder.create_builder_config()
    config.set_memory_pool_limit(api.MemoryPoolType.WORKSPACE, WORKSPACE)
    _allow_precision(api, config, precision)
    _add_profile(builder, config, entry)
    cache = config.create_timing_cache(timings)
    if not config.set_timing_cache(cache, ignore_mismatch=False):
        cache = config.create_timing_cache(b"")
        config.set_timing_cache(cache, ignore_mismatch=False)
    watch = monitor(api, progress)
    if watch is not None:
        config.progress_monitor = watch
    progress.say("choosing kernels")
    engine = builder.build_serialized_network(network, config)
    if progress.cancelled:
        raise EngineBuildError(f"{entry.name}: the build was stopped")
    if engine is None:
        raise EngineBuildError(
            f"{entry.name}: TensorRT built no engine; its own log lines say why (memory, operators)"
        )
    measured = config.get_timing_cache()
    return bytes(engine), b"" if measured is None else bytes(measured.serialize())


def _parse(parser: Parser, name: str, model: bytes) -> None:
    """Fills the parser's network."""
    if not parser.parse(model):
        said = "; ".join(str(parser.get_error(i)) for i in range(parser.num_errors))
        raise EngineBuildError(f"{name}: TensorRT cannot read the model: {said or 'nothing'}")


def _network_flags(api: TensorRt) -> int:
    """Flags as a set of bits; see `api` for the versions."""
    major, _ = version_of(api)
    kinds = api.NetworkDefinitionCreationFlag
    if major < _STRONGLY_TYPED_SINCE:
        return 1 << int(kinds.EXPLICIT_BATCH)
    strong = getattr(kinds, "STRONGLY_TYPED", None)
    # Should a later version drop the flag, networks are strongly typed without it.
    return 0 if strong is None else 1 << int(strong)


def _allow_precision(api: TensorRt, config: BuilderConfig, precision: str) -> None:
    if version_of(api)[0] >= _STRONGLY_TYPED_SINCE or precision not in (FP16, INT8):
        return
    config.set_flag(api.BuilderFlag.FP16 if precision == FP16 else api.BuilderFlag.INT8)


def _add_profile(builder: Any, config: BuilderConfig, entry: ModelEntry) -> None:
    """One range of shapes, where a dimension is free."""
    ranges = shape_ranges(entry)
    if ranges is None:
        raise EngineBuildError(
            f"{entry.name}: sizes are free beyond the first dimension, no engine can be built"
        )
    free = {spec.name for spec in entry.inputs if -1 in spec.shape}
    if not free:
        return
    profile = builder.create_optimization_profile()
    for name, shapes in ranges.items():
        if name in free:
            profile.set_shape(name, *shapes)
    if config.add_optimization_profile(profile) < 0:
        raise EngineBuildError(f"{entry.name}: TensorRT refuses the ranges of shapes {ranges}")
