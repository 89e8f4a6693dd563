"""What other modalities know, for as long as it is fresh."""

from __future__ import annotations

from collections import deque

from affect_perception.core.attention.switch import NAN
from affect_perception.core.buffers import to_ns
from affect_perception.core.config import ContextConfig
from affect_perception.core.types import DriverContext

# More than come within the longest delay at ten a second; what is older gives way.
_KEPT = 64


class ContextKeeper:
    """Says which context holds for a picture, by stamps and not by the order of arrival."""

    def __init__(self, config: ContextConfig) -> None:
        """Starts with nothing known.

        Args:
            config: Parameters; while not `enabled` all stays unknown.
        """
        self._enabled = config.enabled
        self._delay_ns = to_ns(config.delay)
        self._age_limit_ns = to_ns(max(config.age_limit, config.delay))
        self._kept: deque[DriverContext] = deque(maxlen=_KEPT)

    def observe(self, context: DriverContext) -> None:
        """Takes a context; what was kept with a later stamp is of another clock, and forgotten."""
        if not self._enabled:
            return
        while self._kept and self._kept[-1].stamp_ns >= context.stamp_ns:
            self._kept.pop()
        self._kept.append(context)

    def at(self, now_ns: int) -> DriverContext:
        """The context of a picture of that stamp; unknown where none is fresh."""
        kept, until_ns = self._kept, now_ns - self._delay_ns
        while len(kept) > 1 and kept[1].stamp_ns <= until_ns:
            kept.popleft()
        if not kept or not now_ns - self._age_limit_ns <= kept[0].stamp_ns <= until_ns:
            return DriverContext(now_ns)
        return kept[0]


def context_measures(context: DriverContext) -> dict[str, float]:
    """The measures that follow from a context; NaN where it is unknown."""
    load, stress = context.cognitive_load, context.stress
    return {
        "cognitive_load": load,
        "cognitive_ease": NAN if load != load else 1.0 - load,
        "stress": stress,
        "calm": NAN if stress != stress else 1.0 - stress,
    }
