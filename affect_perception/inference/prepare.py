"""Makes the converted models: fetch, check, convert, check, store."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from affect_perception.core.errors import ModelAlteredError, ModelMissingError
from affect_perception.inference import fetch, tflite
from affect_perception.inference.cache import (
    StorageError,
    exclusive,
    model_path,
    models_folder,
    store,
)
from affect_perception.inference.loader import read_model
from affect_perception.inference.manifest import Container, Manifest, ModelEntry
from affect_perception.io.atomic_file import PARTIAL_FILES

_MEGABYTE = 1_000_000
_WORK_PREFIX = ".prepare-"

Report = Callable[[str], None]


def _silent(message: str) -> None:
    pass


@dataclass
class Preparation:
    """One run of preparing models.

    Attributes:
        manifest: What is to be prepared.
        cache_dir: The package's cache folder, if not the usual one.
        from_dir: Folder with the package or the model files, for machines without network.
        report: Told, in a few words, what is going on.
        run: Runs pip.
    """

    manifest: Manifest
    cache_dir: Path | None = None
    from_dir: Path | None = None
    report: Report = _silent
    run: fetch.Run = fetch.run_command
    _packages: dict[str, Path] = field(default_factory=dict)

    def prepare(self, names: Sequence[str] | None = None) -> list[str]:
        """Prepare models that are missing or altered.

        Args:
            names: Which; by default all of the manifest.

        Returns:
            Names of those that were made now; the others were there already.

        Raises:
            ModelError: By its subclasses: FetchError (no network, no pip), ModelAlteredError (a
                checksum is wrong), StorageError (cannot write), TfliteReadError,
                UnsupportedOperatorError.
        """
        entries = [self.manifest.model(name) for name in names or self.manifest.models]
        if not self._missing(entries):
            return []
        folder = models_folder(self.cache_dir)
        waiting = "another process is preparing models, waiting for it"
        with exclusive(folder, lambda: self.report(waiting)):
            todo = self._missing(entries)  # the other process may have made them
            try:
                _remove_leftovers(folder)
                with tempfile.TemporaryDirectory(dir=folder, prefix=_WORK_PREFIX) as work:
                    for entry in todo:
                        self._make(entry, Path(work))
            except OSError as error:
                raise StorageError(f"cannot work in {folder}: {error.strerror or error}") from error
        return [entry.name for entry in todo]

    def _missing(self, entries: Sequence[ModelEntry]) -> list[ModelEntry]:
        return [e for e in entries if e.conversion and state(self.manifest, e, self.cache_dir)]

    def _make(self, entry: ModelEntry, work: Path) -> None:
        content = self._source(entry, work)
        self.report(f"converting {entry.name}")
        converted = convert_entry(entry, content)
        fetch.check_sha256(converted, entry.sha256, f"the converted model '{entry.name}'")
        store(model_path(self.manifest, entry, self.cache_dir), converted)

    def _source(self, entry: ModelEntry, work: Path) -> bytes:
        """Bytes of the model's .tflite file, checked."""
        assert entry.conversion is not None
        container = self.manifest.containers[entry.conversion.container]
        if self.from_dir is not None:
            return fetch.read_loose(self.from_dir, container, entry.conversion)
        if container.name not in self._packages:
            self._packages[container.name] = self._download(container, work)
        return fetch.read_member(self._packages[container.name], container, entry.conversion)

    def _download(self, container: Container, work: Path) -> Path:
        size = container.size_bytes / _MEGABYTE
        self.report(
            f"downloading {container.requirement} ({size:.0f} MB, read only, not installed)"
        )
        package = fetch.download(container, work, self.run)
        self.report(f"checking {container.filename}")
        fetch.check_sha256(package.read_bytes(), container.sha256, container.filename)
        return package


def _remove_leftovers(folder: Path) -> None:
    """Remove what a killed process left; nobody else works in the folder while it is locked."""
    for path in folder.glob(f"{_WORK_PREFIX}*"):
        shutil.rmtree(path)
    for path in folder.glob(PARTIAL_FILES):
        path.unlink()


def convert_entry(entry: ModelEntry, content: bytes) -> bytes:
    """Convert a .tflite file as the manifest says.

    Args:
        entry: A model with `converted_from`.
        content: Bytes of the .tflite file.

    Returns:
        Bytes of the ONNX file.
    """
    assert entry.conversion is not None
    low, high = entry.conversion.picture_range
    outputs = [
        tflite.OutputSpec(spec.name, spec.source or spec.name, spec.shape) for spec in entry.outputs
    ]
    picture = tflite.PictureInput(entry.inputs[0].name, low, high)
    return tflite.convert(content, entry.name, picture, outputs)


def state(manifest: Manifest, entry: ModelEntry, cache_dir: Path | None = None) -> str:
    """What is wrong with a model's file: "missing", "altered", or "" if it is ready."""
    try:
        read_model(manifest, entry, cache_dir)
    except ModelMissingError:
        return "missing"
    except ModelAlteredError:
        return "altered"
    return ""
