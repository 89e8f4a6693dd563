"""Engines on disk: what each was built for, and whether it can still be trusted.

A file is a line that names the format, a line of JSON with the key, size and checksum of the
engine, and the engine. It is written in one go (`cache.store`), so a killed build leaves nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from affect_perception.core.errors import ModelError
from affect_perception.inference.cache import cache_root, sha256_of, store

_FORMAT = b"affect_perception engine 1\n"
_DIGEST_LENGTH = 16


class EngineRefusedError(ModelError):
    """An engine's file is not there, damaged, or was built for something else."""


@dataclass(frozen=True)
class EngineKey:
    """What an engine depends on; it serves only where all of this is the same.

    Attributes:
        model: Name in the manifest.
        sha256: Checksum of the model's file.
        precision: fp32, fp16 or int8.
        profile: Ranges of shapes.
        tensorrt: Version of TensorRT.
        gpu: Name of the GPU.
        capability: Its compute capability, like 8.7.
    """

    model: str
    sha256: str
    precision: str
    profile: str
    tensorrt: str
    gpu: str
    capability: str

    def path(self, root: Path | None = None) -> Path:
        """Where the engine lies; `root`: the package's cache folder, if not the usual one."""
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        name = f"{self.model}-{self.precision}-{digest[:_DIGEST_LENGTH]}.engine"
        return engines_folder(root) / name


def engines_folder(root: Path | None = None) -> Path:
    """The folder of engines built here; it may not exist."""
    return cache_root(root) / "engines" / "tensorrt"


def write_engine(key: EngineKey, engine: bytes, root: Path | None = None) -> Path:
    """Keeps an engine.

    Raises:
        StorageError: If the folder cannot be written.
    """
    header = {"key": asdict(key), "size": len(engine), "sha256": sha256_of(engine)}
    path = key.path(root)
    store(path, _FORMAT + json.dumps(header, sort_keys=True).encode() + b"\n" + engine)
    return path


def read_engine(key: EngineKey, root: Path | None = None) -> bytes:
    """The engine for a key.

    Raises:
        EngineRefusedError: With the reason, in words for a log.
    """
    path = key.path(root)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise EngineRefusedError(_why_missing(key, root)) from None
    except OSError as error:
        raise EngineRefusedError(f"{path} cannot be read: {error.strerror or error}") from error
    header, engine = _split(path, content)
    different = _differences(header.get("key"), key)
    if different:
        raise EngineRefusedError(f"{path} was built for something else: {different}")
    if len(engine) != header.get("size") or sha256_of(engine) != header.get("sha256"):
        raise EngineRefusedError(f"{path} is damaged: size or checksum is wrong")
    return engine


def _split(path: Path, content: bytes) -> tuple[dict[str, Any], bytes]:
    line, _, engine = content[len(_FORMAT) :].partition(b"\n")
    try:
        header = json.loads(line) if content.startswith(_FORMAT) else None
    except ValueError:
        header = None
    if not isinstance(header, dict):
        raise EngineRefusedError(f"{path} is not an engine of this package")
    return header, engine


def _differences(found: Any, wanted: EngineKey) -> str:
    if not isinstance(found, dict):
        return "its key is missing"
    return ", ".join(
        f"{name} {found.get(name)!r} instead of {value!r}"
        for name, value in asdict(wanted).items()
        if found.get(name) != value
    )


def _why_missing(key: EngineKey, root: Path | None) -> str:
    """Names what changed, where an engine of the same model and precision lies there."""
    reasons = []
    for path in sorted(engines_folder(root).glob(f"{key.model}-{key.precision}-*.engine")):
        try:
            with path.open("rb") as file:
                start = file.readline() + file.readline()
            header, _ = _split(path, start)
        except (OSError, EngineRefusedError):
            continue
        reasons.append(_differences(header.get("key"), key))
    known = f"; one is there for {reasons[-1]}" if reasons else ""
    return f"no engine of '{key.model}' in {key.precision} for this machine{known}"
