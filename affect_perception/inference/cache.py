"""Where prepared models lie, and how files get there whole."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from affect_perception.core.errors import ModelError
from affect_perception.inference.manifest import Manifest, ModelEntry
from affect_perception.io.atomic_file import write_atomically

CACHE_VARIABLE = "AFFECT_CACHE"
"""Environment variable that names the cache folder of this package."""

_DIGEST_LENGTH = 12
"""Digits of the checksum in a cached file's name: enough to tell versions apart."""
_LOCK_POLL_S = 0.2


class StorageError(ModelError):
    """The cache folder cannot be written: no permission, disk full, or it is in use for long."""


def cache_root(override: Path | None = None) -> Path:
    """The cache folder of this package.

    Args:
        override: The folder, as given by the user.

    Returns:
        The first that is given of: `override`, `$AFFECT_CACHE`,
        `$XDG_CACHE_HOME/affect_perception`, `~/.cache/affect_perception`.
    """
    if override is not None:
        return override
    if os.environ.get(CACHE_VARIABLE):
        return Path(os.environ[CACHE_VARIABLE])
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "affect_perception"


def models_folder(override: Path | None = None) -> Path:
    """The folder of prepared models, `models` below the cache folder."""
    return cache_root(override) / "models"


def model_path(manifest: Manifest, entry: ModelEntry, override: Path | None = None) -> Path:
    """Where a model's ONNX file lies.

    The name of a cached file holds the start of its checksum, so that two versions of this
    package can share one cache.
    """
    if entry.file is not None:
        return manifest.path.parent / entry.file
    return models_folder(override) / f"{entry.name}-{entry.sha256[:_DIGEST_LENGTH]}.onnx"


def sha256_of(content: bytes) -> str:
    """SHA-256 checksum in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def store(path: Path, content: bytes) -> None:
    """Write a file of the cache, whole or not at all; its folder is made if needed.

    Raises:
        StorageError: If the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error.strerror or error}") from error


@contextmanager
def exclusive(
    folder: Path, on_wait: Callable[[], None] = lambda: None, timeout_s: float = 600.0
) -> Iterator[None]:
    """Let one process at a time work in a folder.

    The lock is the operating system's and ends with the process, however it ends.

    Args:
        folder: The folder; it is made if needed.
        on_wait: Called once if another process holds the lock.
        timeout_s: How long to wait for it, in seconds.

    Raises:
        StorageError: If the folder cannot be written, or the wait was in vain.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / ".lock").open("a")
    except OSError as error:
        raise StorageError(f"cannot use the cache folder {folder}: {error.strerror}") from error
    with lock:
        _acquire(lock.fileno(), folder, on_wait, timeout_s)
        yield


def _acquire(file: int, folder: Path, on_wait: Callable[[], None], timeout_s: float) -> None:
    end = time.monotonic() + timeout_s
    waiting = False
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= end:
                raise StorageError(
                    f"another process has been using {folder} for {timeout_s:.0f} s"
                ) from None
            if not waiting:
                on_wait()
                waiting = True
            time.sleep(_LOCK_POLL_S)
        else:
            return
