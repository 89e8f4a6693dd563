"""Lids lowered to look down, told from lids that are shut.

A closing eye lifts its lower lid, a look down does not: shut lids meet near the line of the eye
corners, lowered ones at the depth where the lower lid rests. Where they meet, as a share of that
depth, in clips: long closure of lp_d14 0.0 to 0.6 (mean of both eyes 0.3), blinks 0.1 to 0.5, yawn
of yawdd_03 0.2; looks down of lp_d3 0.56 to 0.85, franck at 9.2 s 0.53 to 0.77, driver_eats at 14 s
0.3 to 0.8, phone reader 0.6 to 0.9 (docs/vision.md).

People who look down at something low bow their heads, too, so a bowed head makes it likelier. Lids
that were lowered a moment ago are still lowered unless they clearly meet higher; and eyes that have
been shut for long stay shut when the head sinks.
"""

from __future__ import annotations

import math

# Limit while the driver's own resting lid is not known: only a bowed head makes lids lowered then.
UNKNOWN_LIMIT = 1.3
# From which angle on a bowed head (rad) lowers the limit, by how much per rad, and at most; a level
# that is not known leaves more to the head.
BOWED_KNOWN, BOWED_UNKNOWN = (math.radians(5.0), 1.15, 0.4), (math.radians(15.0), 2.4, 0.8)
# What the limit falls by while lids are lowered, and rises by once they have been shut for long.
STILL_LOWERED, STILL_LOWERED_UNKNOWN, STILL_SHUT = 0.25, 0.5, 0.25
# A look down often starts with a blink; shut for longer than one (s) is no start of a look.
SHUT_FOR_LONG = 0.6
# A gap in the pictures of more than this ends what was before, s.
FORGOTTEN_AFTER = 0.5


class LoweredLids:
    """Says picture by picture whether nearly shut lids are lowered; remembers the last answers.

    Args:
        limit: Share of the resting depth from which lids are lowered; 2 or more turns this off.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self.reset()

    def reset(self) -> None:
        """Forgets the last pictures; so do open lids."""
        self._lowered = False
        self._shut_for = 0.0

    def step(self, line: float, *, known: bool, bowed: float, elapsed: float) -> bool:
        """Whether the lids that are nearly shut in this picture are lowered.

        Args:
            line: Where they meet, as a share of the depth at which the lower lid rests.
            known: Whether that depth is the driver's own.
            bowed: By how much the head is bowed, rad.
            elapsed: Time since the last picture of this face, s.
        """
        if elapsed > FORGOTTEN_AFTER:
            self.reset()
        self._lowered = line > self._limit_now(known, bowed)
        self._shut_for = 0.0 if self._lowered else self._shut_for + elapsed
        return self._lowered

    def _limit_now(self, known: bool, bowed: float) -> float:
        limit = self._limit if known else max(self._limit, UNKNOWN_LIMIT)
        start, per_rad, most = BOWED_KNOWN if known else BOWED_UNKNOWN
        if self._limit < UNKNOWN_LIMIT:
            limit -= min(most, per_rad * max(0.0, bowed - start))
        if self._lowered:
            return limit - (STILL_LOWERED if known else STILL_LOWERED_UNKNOWN)
        return limit + STILL_SHUT if self._shut_for >= SHUT_FOR_LONG else limit
