"""What the node state_fusion knows about the observations it gets. No ROS here."""

from __future__ import annotations

from collections.abc import Mapping

from affect_perception.core.enums import Modality
from affect_perception.core.types import AffectState
from affect_perception.ros.health import InputHealth


class FusionHealth(InputHealth):
    """Counts what happens to observations."""

    item, items, counted = "observation", "observations", "observations"

    def arrived(self, modality: Modality, clock: float) -> None:
        """An observation of a modality has arrived."""
        self.received(clock)
        self.count(modality.word)

    def observed(self, state: AffectState, dropped: Mapping[str, int]) -> None:
        """Takes a state that went out, and how many observations were dropped so far, and why."""
        words = ", ".join(reason.value for reason in state.degradation_reasons) or "none"
        facts = {"availability": f"{state.availability.name}; reasons: {words}"}
        for part in state.modalities:
            reasons = ", ".join(reason.value for reason in part.reasons) or "none"
            facts[part.modality.word] = (
                f"{part.availability.name}; reasons: {reasons}; {part.rate:.1f} Hz, "
                f"age {part.age:.2f} s"
            )
        lost = ", ".join(f"{count} {what}" for what, count in dropped.items()) or "none"
        self.state(**facts, dropped=lost, method=state.method)

    def _shown(self) -> dict[str, str]:
        of_each = {m.word: f"of {m.word}" for m in Modality if m is not Modality.UNKNOWN}
        return {"received": "received", **of_each, "processed": "states published"}
