"""What other modalities tell the attention monitor."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.parameters import parameter


@dataclass(frozen=True)
class ContextConfig:
    """Talking, load and stress from AffectState as inputs of attention (docs/attention.md)."""

    enabled: bool = parameter(
        False,
        """Listen to affect_state: talking makes the search for yawns stricter, and rules of own
        profiles may name cognitive_load and stress. Off by default: no shipped profile uses them,
        and what watches the driver then depends on the camera alone.""",
    )
    delay: float = parameter(
        0.2,
        """A picture uses the newest context that is at least this much older. What arrives within
        this time counts the same however long it took, so live states are those of the replay.""",
        unit="s",
        minimum=0.0,
        maximum=1.0,
    )
    age_limit: float = parameter(
        1.0,
        """Age from which the context is unknown; affect states come ten times a second.""",
        unit="s",
        minimum=0.1,
        maximum=10.0,
    )
