"""Opens networks by name: manifest entry, cached file, checksum, session."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from affect_perception.core.config import InferenceConfig, ProviderConfig
from affect_perception.core.errors import ModelAlteredError, ModelMissingError
from affect_perception.core.network import FaceNetworks
from affect_perception.inference.cache import model_path, sha256_of
from affect_perception.inference.manifest import INT8, Manifest, ModelEntry, load_manifest
from affect_perception.inference.onnx_session import OnnxSession

_LOG = logging.getLogger(__name__)

PREPARE_COMMAND = "affect-perception models prepare"

SHORT_RANGE = "face_detector_short_range"
FULL_RANGE = "face_detector_full_range"
MESH = "face_mesh_attention"
EYES = "eye_network"
FIRST_LOOK = "eye_first_look"
BLINKS = "drowsiness_blinks"
EXPRESSION = "expression_network"
LOAD = "load_stress"
FUSION = "affect_fusion"


def read_model(manifest: Manifest, entry: ModelEntry, cache_dir: Path | None = None) -> bytes:
    """Read a model's file and check it.

    Args:
        manifest: The manifest that has the entry.
        entry: The model.
        cache_dir: The package's cache folder, if not the usual one.

    Raises:
        ModelMissingError: If the file is not there; the message names the command that makes it.
        ModelAlteredError: If its checksum is not the manifest's.
    """
    path = model_path(manifest, entry, cache_dir)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise ModelMissingError(
            f"model '{entry.name}' is not at {path}; {_remedy(entry)}"
        ) from None
    except OSError as error:
        raise ModelMissingError(
            f"model '{entry.name}' cannot be read at {path}: {error.strerror}"
        ) from error
    found = sha256_of(content)
    if found != entry.sha256:
        raise ModelAlteredError(
            f"model '{entry.name}' at {path} has SHA-256 {found}, the manifest says "
            f"{entry.sha256}; {_remedy(entry)}"
        )
    return content


def _remedy(entry: ModelEntry) -> str:
    return f"run: {PREPARE_COMMAND}" if entry.conversion else "reinstall this package"


def served(entry: ModelEntry, config: ProviderConfig) -> ModelEntry:
    """The file of a model that is run: its 8-bit one where asked for, and on the processor alone.

    Its unsigned activations are not what CUDA and TensorRT compute fast.
    """
    in_eight_bits = config.precision == INT8 and config.provider == "cpu"
    return entry.in_eight_bits() if in_eight_bits else entry


def load_network(
    name: str,
    config: ProviderConfig | None = None,
    *,
    manifest: Manifest | None = None,
    cache_dir: Path | None = None,
) -> OnnxSession:
    """Open a network.

    Args:
        name: Name in the manifest.
        config: Provider, fallback, precision and threads.
        manifest: Another manifest than the installed one.
        cache_dir: The package's cache folder, if not the usual one.

    Raises:
        ModelError: If the name is unknown, the file is missing or altered, the provider is not
            available, or the model does not fit the manifest (see the named subclasses).
    """
    manifest = manifest or load_manifest()
    config = config or ProviderConfig()
    entry = served(manifest.model(name), config)
    return OnnxSession(entry, read_model(manifest, entry, cache_dir), config)


def load_face_networks(
    config: InferenceConfig | None = None,
    *,
    manifest: Manifest | None = None,
    cache_dir: Path | None = None,
) -> FaceNetworks:
    """Open the networks of the face path; arguments and errors as for `load_network`.

    The expression network may be missing: nothing but what the face shows depends on it. A file
    that is there and not the manifest's is refused like any other.
    """
    manifest = manifest or load_manifest()

    def load(name: str) -> OnnxSession:
        return load_network(name, config, manifest=manifest, cache_dir=cache_dir)

    with_eyes = config is None or config.eye_network
    return FaceNetworks(
        detector_short_range=load(SHORT_RANGE),
        detector_full_range=load(FULL_RANGE),
        mesh=load(MESH),
        eyes=load(EYES) if with_eyes else None,
        first_look=load(FIRST_LOOK) if with_eyes else None,
        blinks=load(BLINKS),
        expression=_expression(manifest, load),
    )


def _expression(manifest: Manifest, load: Callable[[str], OnnxSession]) -> OnnxSession | None:
    if EXPRESSION not in manifest.models:
        return None
    try:
        return load(EXPRESSION)
    except ModelMissingError as error:
        _LOG.warning("expressions stay unknown: %s", error)
        return None
