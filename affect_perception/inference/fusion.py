"""Opens the network of the learned fusion, where the parameters ask for it."""

from __future__ import annotations

from affect_perception.core.config import FusionPipelineConfig
from affect_perception.core.fusion.learned import LearnedFusion
from affect_perception.core.network import Network
from affect_perception.inference.loader import FUSION, load_network


def load_fusion_network(config: FusionPipelineConfig) -> Network | None:
    """The network, or None where `fusion.method` is not `learned`.

    Raises:
        ModelError: If it is asked for and is missing, altered, or cannot be run.
    """
    if config.fusion.method != LearnedFusion.name:
        return None
    return load_network(FUSION, config.inference)
