"""From a model's file to a session: engine from the cache, or built, kept and opened."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from affect_perception.core.errors import ProviderUnavailableError
from affect_perception.inference.cache import exclusive, store
from affect_perception.inference.manifest import FP16, INT8, ModelEntry
from affect_perception.inference.shape_ranges import in_words, shape_ranges
from affect_perception.inference.trt.api import EngineBuildError, TensorRt, load_api, version_of
from affect_perception.inference.trt.device import open_device
from affect_perception.inference.trt.engine_cache import (
    EngineKey,
    EngineRefusedError,
    engines_folder,
    read_engine,
    write_engine,
)
from affect_perception.inference.trt.progress import BuildProgress
from affect_perception.inference.trt.session import TensorRtSession
from affect_perception.io.atomic_file import PARTIAL_FILES

_LOG = logging.getLogger(__name__)

_LONGEST_BUILD_S = 4 * 3600.0
"""How long to wait while another process or thread builds: ten networks of ten minutes, twice."""


@dataclass(frozen=True)
class Native:
    """One model on this machine's TensorRT.

    Attributes:
        api: TensorRT.
        entry: Entry of the file: the one in 8 bits where that is asked for and there is one.
        content: The file.
        precision: What the engine computes in.
        key: What the engine depends on.
        cache_dir: The package's cache folder, if not the usual one.
    """

    api: TensorRt
    entry: ModelEntry
    content: bytes
    precision: str
    key: EngineKey
    cache_dir: Path | None

    def open_kept(self) -> TensorRtSession:
        """A session with the engine that was built before.

        Raises:
            EngineRefusedError: If there is none that can be trusted.
            ModelError: If it cannot be run.
        """
        return self._open(read_engine(self.key, self.cache_dir))

    def build(self, progress: BuildProgress) -> TensorRtSession:
        """Builds the engine, unless somebody else has just done so, keeps it and opens it.

        Raises:
            EngineBuildError: If TensorRT cannot.
            StorageError: If it cannot be kept.
            ModelError: If it cannot be run.
        """
        # It brings the package onnx, which nobody needs who has an engine.
        from affect_perception.inference.trt.build import build_engine, source

        folder = engines_folder(self.cache_dir)
        with exclusive(folder, timeout_s=_LONGEST_BUILD_S):
            try:
                return self.open_kept()
            except EngineRefusedError as refusal:
                _LOG.info("%s", refusal)
            for path in folder.glob(PARTIAL_FILES):  # a killed process left it
                path.unlink()
            timings = folder / f"timings-{self.key.tensorrt}-{self.key.capability}.cache"
            model = source(self.entry, self.content, self.precision, version_of(self.api))
            engine, measured = build_engine(
                *(self.api, self.entry, model, self.precision, progress), _read(timings)
            )
            write_engine(self.key, engine, self.cache_dir)
            if measured:
                store(timings, measured)
        try:
            return self._open(engine)
        except EngineRefusedError as error:
            raise EngineBuildError(f"the new engine cannot be opened: {error}") from error

    def _open(self, engine: bytes) -> TensorRtSession:
        runtime = self.api.Runtime(self.api.Logger(self.api.Logger.WARNING))
        opened = runtime.deserialize_cuda_engine(engine)
        if opened is None:
            raise EngineRefusedError(
                f"TensorRT refuses {self.key.path(self.cache_dir)}; its own log lines say why"
            )
        return TensorRtSession(self.api, self.entry, opened, open_device(), self.precision)


def find_native(
    entry: ModelEntry, content: bytes, precision: str, cache_dir: Path | None = None
) -> Native:
    """What is needed to run a model natively; nothing is built or opened yet.

    Args:
        entry: Entry of the file, in 8 bits where that is asked for.
        content: The file, checked.
        precision: What was asked for; int8 without such a file means fp32.
        cache_dir: The package's cache folder, if not the usual one.

    Raises:
        ProviderUnavailableError: If TensorRT or a GPU is missing, or no engine is possible.
    """
    ranges = shape_ranges(entry)
    if ranges is None:
        raise ProviderUnavailableError(f"{entry.name}: sizes are free beyond the first dimension")
    api = load_api()
    device = open_device()
    name, capability = device.name, device.capability
    device.close()
    used = precision if precision == FP16 and entry.precision != INT8 else entry.precision
    key = EngineKey(
        *(entry.name, entry.sha256, used, in_words(ranges), api.__version__, name, capability)
    )
    return Native(api, entry, content, used, key, cache_dir)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
