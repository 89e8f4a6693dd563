"""Opens networks by name: manifest entry, cached file, checksum, session."""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from affect_perception.core.config import InferenceConfig, ProviderConfig
from affect_perception.core.errors import (
    ModelAlteredError,
    ModelError,
    ModelMissingError,
    ProviderUnavailableError,
)
from affect_perception.core.network import FaceNetworks
from affect_perception.inference.cache import model_path, sha256_of
from affect_perception.inference.manifest import (
    FP16,
    FP32,
    INT8,
    Manifest,
    ModelEntry,
    load_manifest,
)
from affect_perception.inference.onnx_session import OnnxSession
from affect_perception.inference.session import NATIVE, Session, check_config
from affect_perception.inference.swapping import Building, SwappingSession
from affect_perception.inference.trt.engine_cache import EngineRefusedError
from affect_perception.inference.trt.native import Native, find_native
from affect_perception.inference.trt.progress import BuildProgress

_LOG = logging.getLogger(__name__)

PREPARE_COMMAND = "affect-perception models prepare"

SHORT_RANGE = "face_detector_short_range"
FULL_RANGE = "face_detector_full_range"
MESH = "face_mesh_attention"
EYES = "eye_network"
DRIVER_FRAME = "driver_frame"
DRIVER_SLOW = "driver_slow"
FIRST_LOOK = "eye_first_look"
BLINKS = "drowsiness_blinks"
EXPRESSION = "expression_network"
LOAD = "load_stress"
FUSION = "affect_fusion"
MANIFEST_ROLE = "manifest"
"""Value of the parameters that choose a network: the manifest's choice."""


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
    """The file of a model that is run: its 8-bit one where asked for and of use.

    ONNX Runtime's CUDA and TensorRT providers do not compute its unsigned activations fast; for
    TensorRT itself it is rewritten (`signed_eight_bit`).
    """
    in_eight_bits = config.precision == INT8 and config.provider in ("cpu", NATIVE)
    return entry.in_eight_bits() if in_eight_bits else entry


@dataclass(frozen=True)
class Builds:
    """What to do about an engine that must be built first.

    Attributes:
        background: True lets the fallback serve meanwhile, if there is one; answers then change a
            little when the engine is ready, at an instant that no one chose. So it is for nodes.
        report: Told every second how far it is, in the caller's thread, while it is waited for.
    """

    background: bool = False
    report: Callable[[str], None] = _LOG.info


def load_network(
    name: str,
    config: ProviderConfig | None = None,
    *,
    manifest: Manifest | None = None,
    cache_dir: Path | None = None,
    builds: Builds | None = None,
) -> Session:
    """Open a network.

    Args:
        name: Name in the manifest.
        config: Provider, fallback, precision and threads.
        manifest: Another manifest than the installed one.
        cache_dir: The package's cache folder, if not the usual one.
        builds: What to do while an engine is built; by default it is waited for.

    Raises:
        ModelError: If the name is unknown, the file is missing or altered, the provider is not
            available, or the model does not fit the manifest (see the named subclasses).
    """
    manifest = manifest or load_manifest()
    config = config or ProviderConfig()
    check_config(config)
    entry = served(manifest.model(name), config)
    content = read_model(manifest, entry, cache_dir)
    if config.provider != NATIVE:
        return OnnxSession(entry, content, config)
    other = _other(config)

    def stand_in() -> Session | None:
        if other is None:
            return None
        return load_network(name, other, manifest=manifest, cache_dir=cache_dir)

    find = functools.partial(find_native, entry, content, config.precision, cache_dir)
    return open_native(find, stand_in, builds or Builds())


def _other(config: ProviderConfig) -> ProviderConfig | None:
    """How the fallback is run; the processor computes in 32 bits where 16 were asked for."""
    if config.fallback == "none":
        return None
    halved = config.precision == FP16 and config.fallback == "cpu"
    return replace(
        config,
        provider=config.fallback,
        fallback="none",
        precision=FP32 if halved else config.precision,
    )


def open_native(
    find: Callable[[], Native], stand_in: Callable[[], Session | None], builds: Builds
) -> Session:
    """A session of TensorRT itself: from a kept engine, a new one, or the fallback meanwhile.

    Args:
        find: Gives the model on this machine's TensorRT.
        stand_in: Opens the fallback; None if none is declared.
        builds: What to do while an engine is built.

    Raises:
        ModelError: If there is neither the backend nor a fallback.
    """
    try:
        native = find()
        try:
            return native.open_kept()
        except EngineRefusedError as refusal:
            _LOG.warning("%s", refusal)
    except ModelError as error:
        other = stand_in()
        if other is None:
            raise ProviderUnavailableError(f"{NATIVE}: {error}") from error
        other.stand_in(f"{NATIVE}: {error}")
        return other
    other = stand_in()
    what = f"{native.entry.name} in {native.precision}"
    building = Building(native.build, BuildProgress(what))
    if other is not None and builds.background:
        return SwappingSession(other, building, NATIVE)
    try:
        session = building.wait(builds.report)
    except ModelError as error:
        if other is None:
            raise
        other.stand_in(f"{NATIVE}: {error}")
        return other
    if other is not None:
        other.close()
    return session


def load_face_networks(
    config: InferenceConfig | None = None,
    *,
    manifest: Manifest | None = None,
    cache_dir: Path | None = None,
    builds: Builds | None = None,
) -> FaceNetworks:
    """Open the networks of the face path; arguments and errors as for `load_network`.

    The expression network may be missing: nothing but what the face shows depends on it. A file
    that is there and not the manifest's is refused like any other.
    """
    manifest = manifest or load_manifest()
    config = config or InferenceConfig()
    eyes = chosen("eyes", config.eyes, manifest) if config.eye_network else None

    def load(name: str) -> Session:
        return load_network(name, config, manifest=manifest, cache_dir=cache_dir, builds=builds)

    return FaceNetworks(
        detector_short_range=load(SHORT_RANGE),
        detector_full_range=load(FULL_RANGE),
        mesh=load(MESH),
        eyes=load(EYES) if eyes == EYES else None,
        driver=load(DRIVER_FRAME) if eyes == DRIVER_FRAME else None,
        first_look=load(FIRST_LOOK) if eyes else None,
        blinks=load(BLINKS),
        expression=_expression(manifest, load),
    )


def chosen(role: str, name: str, manifest: Manifest) -> str:
    """The network that fills a role: the one asked for, or the manifest's."""
    return manifest.roles[role] if name == MANIFEST_ROLE else name


def _expression(manifest: Manifest, load: Callable[[str], Session]) -> Session | None:
    if EXPRESSION not in manifest.models:
        return None
    try:
        return load(EXPRESSION)
    except ModelMissingError as error:
        _LOG.warning("expressions stay unknown: %s", error)
        return None
