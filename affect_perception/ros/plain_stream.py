"""Plain numbers of another package as pieces of a body signal. No ROS here.

The messages have no stamps: the time of arrival stands in, smoothed by a `ReceptionClock`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from affect_perception.core.config import PlainSignalConfig, PlainSignalsConfig
from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import ConfigError, InputError
from affect_perception.core.physio.reception_clock import ReceptionClock
from affect_perception.core.types import BiosignalChunk
from affect_perception.core.types.physio import BIOSIGNAL_RATES, UNITS

PIECE = 0.2
"""Seconds of samples that go on together: numbers often come one by one, and each step of the
pipeline has its price."""

Read = Callable[[], BiosignalChunk]
_AXES = 3


def plain_signals(
    config: PlainSignalsConfig,
) -> Iterator[tuple[BiosignalChannel, PlainSignalConfig]]:
    """The channels that have a topic.

    Raises:
        ConfigError: If the rate is missing, or the unit is not one of the channel's.
    """
    low, high = BIOSIGNAL_RATES
    for channel in UNITS:
        name = channel.name.lower()
        plain: PlainSignalConfig = getattr(config, name)
        if not plain.topic:
            continue
        if not low <= plain.rate <= high:
            raise ConfigError(
                f"parameter 'plain.{name}.rate': {plain.topic} needs one of {low:g} to {high:g} Hz,"
                f" got {plain.rate:g}"
            )
        if plain.unit and plain.unit not in UNITS[channel]:
            raise ConfigError(
                f"parameter 'plain.{name}.unit': {plain.unit!r} does not belong to {channel.name} "
                f"(known: {', '.join(UNITS[channel])})"
            )
        yield channel, plain


class PlainStream:
    """Gathers the numbers of one topic into pieces with stamps.

    Args:
        channel: What is measured.
        config: Its topic, unit and rate.
        gap: Difference of an arrival from the clock beyond which samples are missing, s.
    """

    def __init__(self, channel: BiosignalChannel, config: PlainSignalConfig, gap: float) -> None:
        self._channel = channel
        self._config = config
        self._clock = ReceptionClock(config.rate, gap)
        self._width = _AXES if channel == BiosignalChannel.ACCELERATION else 1
        self._kept: list[Any] = []
        self._count = 0
        self._stamp_ns = 0

    def take(self, data: Any, arrival_ns: int) -> list[Read]:
        """Takes the `data` of a message (a number or an array of numbers).

        Returns:
            What reads the pieces that are complete.

        Raises:
            InputError: If it holds no whole number of samples.
        """
        values = np.atleast_1d(np.asarray(data, np.float64))
        if not len(values) or len(values) % self._width:
            raise InputError(
                f"{self._config.topic}: {len(values)} numbers are no whole number of samples of "
                f"{self._channel.name}"
            )
        count = len(values) // self._width
        stamp, missing = self._clock.stamp(arrival_ns, count)
        ready = self._flush() if missing else []
        if not self._kept:
            self._stamp_ns = stamp
        self._kept.append(values)
        self._count += count
        if self._count >= PIECE * self._config.rate:
            ready += self._flush()
        return ready

    def _flush(self) -> list[Read]:
        if not self._kept:
            return []
        kept, self._kept, self._count = self._kept, [], 0
        return [partial(self._chunk, kept, self._stamp_ns)]

    def _chunk(self, kept: list[Any], stamp_ns: int) -> BiosignalChunk:
        values = np.concatenate(kept)
        return BiosignalChunk(
            stamp_ns,
            self._channel,
            self._config.rate,
            values.reshape(-1, _AXES) if self._width > 1 else values,
            self._config.unit,
            frame_id=self._config.topic.strip("/"),
        )
