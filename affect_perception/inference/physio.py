"""Opens the networks of the body signals."""

from __future__ import annotations

import logging

from affect_perception.core.config import ProviderConfig
from affect_perception.core.errors import ModelAlteredError, ModelMissingError
from affect_perception.core.network import PhysioNetworks
from affect_perception.inference.loader import (
    DRIVER_SLOW,
    MANIFEST_ROLE,
    Builds,
    chosen,
    load_network,
)
from affect_perception.inference.manifest import Manifest, load_manifest

_LOG = logging.getLogger(__name__)


def load_physio_networks(
    config: ProviderConfig | None = None,
    *,
    manifest: Manifest | None = None,
    builds: Builds | None = None,
    load: str = MANIFEST_ROLE,
) -> PhysioNetworks:
    """Opens the network of load and stress; without it these stay unknown, all else works.

    Args:
        config: How networks are run.
        manifest: Not the shipped one.
        builds: What to do while an engine is built.
        load: Which network judges load and stress, parameter `load.network`.

    Raises:
        ModelError: If the file is the manifest's and cannot be run.
    """
    manifest = manifest or load_manifest()
    name = chosen("load", load, manifest)
    try:
        network = load_network(name, config, manifest=manifest, builds=builds)
    except (ModelMissingError, ModelAlteredError) as error:
        _LOG.warning("load and stress stay unknown: %s", error)
        return PhysioNetworks()
    return PhysioNetworks(driver=network) if name == DRIVER_SLOW else PhysioNetworks(load=network)
