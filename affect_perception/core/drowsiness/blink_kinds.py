"""What kind of blink a dip is, and whether the eyes are narrowed.

The limits were set on the five files of person p1 of blink_openness_120hz (development data) and
presuppose an openness that a shut eye brings near 0.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from affect_perception.core.drowsiness.lid_dips import Dip, Sample
from affect_perception.core.enums import BlinkKind

SHUT = 0.3
"""Share of the open eye below which the lids have met, allowing for noise of the measurement."""

LONG_S = 0.35
"""Lids that stay below `SHUT` so long make a long blink. Blinks of alert people last 0.1 to 0.15 s
at half amplitude and seldom more than 0.4 s (secondary source; verified against the primary text:
no)."""

SLOW_S = 0.5
"""Closing from `_BEGUN` to `SHUT` that takes so long makes a slow blink; ordinary closing takes
about 0.1 s (secondary source; verified against the primary text: no)."""

_SLOW_LEAST_S = 0.25
"""A blink shorter than this at half depth came out of lids that were a little low, not slowly."""

_BEGUN = 0.85
_LOOK_BACK_S = 3.0

SQUINT_LOW, SQUINT_HIGH = 0.15, 0.6
SQUINT_S = 0.6
"""Lids between these shares for so long are narrowed: longer than the partial blinks of p1 last."""

_SQUINT_SHARE = 0.8


def kind_of(dip: Dip, samples: Sequence[Sample], open_eye: float) -> BlinkKind:
    """The kind of a dip.

    Args:
        dip: The dip.
        samples: Time in s and openness, oldest first, around the dip.
        open_eye: The open eye in the units of the samples.
    """
    if dip.bottom > SHUT:
        return BlinkKind.PARTIAL
    closing, shut = closing_and_shut(dip, samples, open_eye)
    if closing >= SLOW_S and dip.duration >= _SLOW_LEAST_S:
        return BlinkKind.SLOW
    return BlinkKind.LONG if shut >= LONG_S else BlinkKind.NORMAL


def closing_and_shut(dip: Dip, samples: Sequence[Sample], open_eye: float) -> tuple[float, float]:
    """How long the lids took to meet, and how long they stayed together, s."""
    begin, bottom = dip.bottom_time - _LOOK_BACK_S, dip.bottom_time
    before = [(t, v) for t, v in samples if begin <= t <= bottom]
    shut = [t for t, v in samples if dip.start <= t <= dip.end and v < SHUT * open_eye]
    if not before or not shut:
        return 0.0, 0.0
    level = _BEGUN * min(open_eye, max(v for _, v in before))
    fallen = [t for t, v in before if v >= level and t <= dip.start]
    return (shut[0] - fallen[-1] if fallen else 0.0), shut[-1] - shut[0]


class SquintTracker:
    """Follows whether the eyes are narrowed for longer than a blink, but not closed."""

    def __init__(self) -> None:
        self._recent: deque[tuple[float, bool]] = deque()

    def update(self, time: float, share: float) -> bool:
        """Takes the openness as a share of the open eye; True while narrowed.

        Args:
            time: s.
            share: NaN counts as not narrowed.
        """
        recent = self._recent
        recent.append((time, SQUINT_LOW <= share <= SQUINT_HIGH))
        while len(recent) > 1 and time - recent[1][0] >= SQUINT_S:
            recent.popleft()
        if time - recent[0][0] < SQUINT_S:
            return False
        return sum(narrow for _, narrow in recent) >= _SQUINT_SHARE * len(recent)

    def interrupt(self) -> None:
        """Forgets what was seen."""
        self._recent.clear()
