"""Compares a prepared network with stored outputs of the original one.

A reference file holds, for every generated picture, the checksum of the picture and the outputs
that MediaPipe's own interpreter gave for it. `models/reference/make_reference.py` writes it.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import ModelAlteredError, ModelError, ModelMissingError
from affect_perception.core.network import Network
from affect_perception.inference.cache import sha256_of
from affect_perception.inference.loader import load_network
from affect_perception.inference.manifest import Manifest, ModelEntry
from affect_perception.inference.pictures import PICTURES

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Difference:
    """Result of comparing one output on all pictures.

    Attributes:
        output: Name of the output.
        unit: Its unit.
        largest: Largest absolute difference.
        tolerance: What is allowed.
    """

    output: str
    unit: str
    largest: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """True if the difference is within the tolerance; never for NaN."""
        return self.largest <= self.tolerance


def key(picture: str, output: str) -> str:
    """Name of an array in a reference file."""
    return f"{picture}:{output}"


def rows_key(output: str) -> str:
    """Name of the array that says which rows of an output are stored."""
    return f"rows:{output}"


def digest_key(picture: str) -> str:
    """Name of the array that holds the checksum of a picture, as 32 bytes."""
    return f"sha256:{picture}"


def load_reference(manifest: Manifest, entry: ModelEntry) -> dict[str, Array]:
    """Read the reference file of a model.

    Raises:
        ModelMissingError: If the model has none, or it is not installed.
        ModelAlteredError: If the file is damaged.
    """
    if entry.reference is None:
        raise ModelMissingError(f"model '{entry.name}' has no stored reference")
    path = manifest.path.parent / entry.reference.file
    try:
        return _read(path)
    except FileNotFoundError:
        raise ModelMissingError(f"reference {path} is not installed") from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
        raise ModelAlteredError(f"reference {path} cannot be read: {error}") from error


def _read(path: Path) -> dict[str, Array]:
    with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def verify_model(
    manifest: Manifest, entry: ModelEntry, cache_dir: Path | None = None
) -> list[Difference]:
    """Load a model, run it on the generated pictures and compare.

    Args:
        manifest: The manifest that has the entry.
        entry: The model.
        cache_dir: The package's cache folder, if not the usual one.

    Returns:
        One result per output.

    Raises:
        ModelError: If the model or its reference is missing, altered, or cannot be run.
    """
    reference = load_reference(manifest, entry)
    network = load_network(entry.name, manifest=manifest, cache_dir=cache_dir)
    return compare(entry, network, reference)


def compare(
    entry: ModelEntry, network: Network, reference: Mapping[str, Array]
) -> list[Difference]:
    """Run a network on all pictures of a reference and compare.

    Raises:
        ModelError: If the reference lacks an array or was made with other pictures.
    """
    assert entry.reference is not None
    largest = dict.fromkeys((spec.name for spec in entry.outputs), 0.0)
    for name, make in PICTURES.items():
        picture = make(entry.inputs[0].shape[1])
        if sha256_of(picture.tobytes()) != _stored(reference, digest_key(name)).tobytes().hex():
            raise ModelError(f"{entry.name}: the reference was made with another picture '{name}'")
        for spec, output in zip(entry.outputs, network.run(picture[None]), strict=True):
            rows = reference.get(rows_key(spec.name))
            found = output if rows is None else output[rows]
            wanted = _stored(reference, key(name, spec.name))
            difference = float(np.abs(found.astype(np.float64) - wanted).max())
            # np.maximum keeps NaN, which Python's max would lose.
            largest[spec.name] = float(np.maximum(largest[spec.name], difference))
    tolerance = entry.reference.tolerance
    return [Difference(s.name, s.unit, largest[s.name], tolerance) for s in entry.outputs]


def _stored(reference: Mapping[str, Array], name: str) -> Array:
    if name not in reference:
        raise ModelError(f"the reference has no array '{name}'")
    return reference[name]
