"""From tokens of body signals to cognitive load and stress."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.parameters import parameter


@dataclass(frozen=True)
class LoadConfig:
    """When load and stress may be relied on (docs/load.md)."""

    baseline_enough: float = parameter(
        240.0,
        """Time of a driver's signals from which the baseline is enough to be relied on; before,
        the output is degraded and its uncertainty larger. Four minutes as in the usual protocols
        of the training data.""",
        unit="s",
        minimum=60.0,
        maximum=3600.0,
    )
    network: str = parameter(
        "manifest",
        """What judges. manifest: the network that models/manifest.yaml names under roles.
        load_stress: a regression on the newest figures. driver_slow: the multi-task driver network,
        which reads the last 110 s (docs/driver_network.md says what is better and what is worse
        with it).""",
        choices=("manifest", "load_stress", "driver_slow"),
    )
    hold: float = parameter(
        30.0,
        """For how long an estimate stands without a newer token before it is unknown again.""",
        unit="s",
        minimum=10.0,
        maximum=300.0,
    )
