"""From what `PhysioPerception` gives to tokens of load, in the order of time.

The pipeline, evaluation and training make tokens with this class, so that a model learns from what
it will be given. Stamps may stop, leap or step back; tokens have a time that only rises.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from affect_perception.core.buffers import to_ns
from affect_perception.core.load.token_stream import HIGHEST_RATE_HZ, TokenStream
from affect_perception.core.load.tokens import WINDOW_S, LoadToken
from affect_perception.core.physio.slow_channels import SkinSamples
from affect_perception.core.types.physio import PhysioObservation

LEAST_QUALITY = 0.2
"""Beats of a channel of lower quality do not count, because noise alone would pass for a heart of
107 to 117 beats per minute: it does in all of its windows without a limit, in 27 to 59 % at 0.1, in
at most 9 % here (docs/load.md). No parameter: the model has learned from beats chosen by it."""
_PATIENCE_NS = to_ns(2.0)
"""A window is closed so much later: beats are decided up to 0.6 s after they were, a chunk that is
ahead waits for one more, and wireless sensors deliver a second later than wired ones."""


class TokenFeed:
    """Collects beats and skin conductance of one driver.

    Args:
        stamp_jump: Step back of the stamps from which it is another clock, s.
    """

    def __init__(self, stamp_jump: float) -> None:
        self._jump_ns = to_ns(stamp_jump)
        self._tokens: TokenStream | None = None
        self._newest_ns: int | None = None
        self._shift_ns = 0

    @property
    def newest_ns(self) -> int | None:
        """Stamp of the newest observation, None before the first."""
        return self._newest_ns

    @property
    def shift_ns(self) -> int:
        """What is added to a stamp to get the time of the tokens."""
        return self._shift_ns

    def forget(self) -> None:
        """Somebody else sits there: the last minute is dropped."""
        self._tokens = None

    def push(self, observation: PhysioObservation, skin: Iterable[SkinSamples]) -> list[LoadToken]:
        """Takes what one step of the perception gave.

        Args:
            observation: Its beats count if their channel's quality suffices.
            skin: The conductance of the same step.

        Returns:
            The tokens whose windows are over.
        """
        stamp = observation.stamp_ns
        self._follow(stamp)
        if self._tokens is None:
            self._tokens = TokenStream(stamp)
        state = observation.channels.get(observation.heart.source)
        if state is not None and state.quality >= LEAST_QUALITY:
            self._tokens.push_beats(observation.beat_stamps_ns)
        for piece in skin:
            # A learned rate may lie a little above the highest that is stated.
            rate = min(piece.rate, HIGHEST_RATE_HZ)
            self._tokens.push_skin(piece.stamp_ns, rate, piece.microsiemens)
        return [
            replace(token, stamp_ns=token.stamp_ns + self._shift_ns)
            for token in self._tokens.advance(stamp - _PATIENCE_NS)
        ]

    def _follow(self, stamp_ns: int) -> None:
        newest = self._newest_ns
        if newest is None:
            self._newest_ns = stamp_ns
            return
        back = newest - stamp_ns
        if back > self._jump_ns:
            # Another clock: the driver's baseline goes on where it was.
            self._shift_ns += back
            self._newest_ns = stamp_ns
            self._tokens = None
            return
        if -back > to_ns(WINDOW_S):
            # Nothing of the windows before is left, and there may be millions of empty ones.
            self._tokens = None
        self._newest_ns = max(newest, stamp_ns)
