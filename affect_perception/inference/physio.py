"""Opens the networks of the body signals."""

from __future__ import annotations

import logging

from affect_perception.core.config import ProviderConfig
from affect_perception.core.errors import ModelAlteredError, ModelMissingError
from affect_perception.core.network import PhysioNetworks
from affect_perception.inference.loader import LOAD, Builds, load_network
from affect_perception.inference.manifest import Manifest

_LOG = logging.getLogger(__name__)


def load_physio_networks(
    config: ProviderConfig | None = None,
    *,
    manifest: Manifest | None = None,
    builds: Builds | None = None,
) -> PhysioNetworks:
    """Opens the network of load and stress; without it these stay unknown, all else works.

    Args:
        config: How networks are run.
        manifest: Not the shipped one.
        builds: What to do while an engine is built.

    Raises:
        ModelError: If the file is the manifest's and cannot be run.
    """
    try:
        network = load_network(LOAD, config, manifest=manifest, builds=builds)
    except (ModelMissingError, ModelAlteredError) as error:
        _LOG.warning("load and stress stay unknown: %s", error)
        return PhysioNetworks()
    return PhysioNetworks(load=network)
