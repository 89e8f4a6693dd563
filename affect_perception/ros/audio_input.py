"""The topic audio: which message type it has, and how a message becomes a piece of sound."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.node import Node

from affect_perception.core.config import VoiceNodeConfig
from affect_perception.core.errors import ConfigError, InputError
from affect_perception.core.types import AudioChunk
from affect_perception.io import audio_messages as messages
from affect_perception.io.audio_messages import SoundFormat
from affect_perception.msg import AudioChunk as AudioChunkMessage
from affect_perception.ros.qos import AUDIO_IN, AUDIO_INFO_IN, Announce, announce_mismatch_in
from affect_perception.ros.sound_health import SoundHealth

AUDIO_TOPIC = "audio"
INFO_TOPIC = "audio_info"

_TYPES = {
    "chunk": messages.AUDIO_CHUNK,
    "audio_stamped": messages.AUDIO_STAMPED,
    "data_stamped": messages.AUDIO_DATA_STAMPED,
    "data": messages.AUDIO_DATA,
}
_NEEDS_INFO = ("data_stamped", "data")

Deliver = Callable[[Callable[[], AudioChunk]], None]


def message_class(type_name: str) -> Any | None:
    """The class of a message type (`package/msg/Name`); None where the package is not installed."""
    package, _, name = type_name.partition("/msg/")
    try:
        return getattr(importlib.import_module(f"{package}.msg"), name, None)
    except ImportError:
        return None


class AudioInput:
    """Subscribes to sound and delivers a function that reads each piece.

    Args:
        node: The node.
        config: Its parameters.
        health: Counts arrivals.
        deliver: Called in the executor's thread with what reads the piece; must not block.
        announce: Called with (topic, sentence) on incompatible QoS.

    Raises:
        ConfigError: If the asked format needs messages that are not installed.
    """

    def __init__(
        self,
        node: Node,
        config: VoiceNodeConfig,
        health: SoundHealth,
        deliver: Deliver,
        announce: Announce,
    ) -> None:
        self._node = node
        self._config = config
        self._health = health
        self._deliver = deliver
        self._announce = announce
        self._subscription: Any = None
        self._info: Any = None
        self._info_problem: InputError | None = None
        self._form = SoundFormat(
            config.audio_rate, config.audio_channels, config.audio_sample_format
        )
        self._listen("chunk" if config.audio_format == "auto" else config.audio_format)

    def close(self) -> None:
        """Ends the subscriptions."""
        for subscription in (self._subscription, self._info):
            if subscription is not None:
                self._node.destroy_subscription(subscription)
        self._subscription = self._info = None

    def look(self) -> None:
        """With the format auto, turns to the type that is published, if it is not ours."""
        if self._config.audio_format != "auto":
            return
        topic = self._node.resolve_topic_name(AUDIO_TOPIC)
        offered = {info.topic_type for info in self._node.get_publishers_info_by_topic(topic)}
        if not offered or _TYPES[self._format] in offered:
            return
        for name, type_name in _TYPES.items():
            if type_name in offered and message_class(type_name) is not None:
                self.close()
                self._listen(name)
                return
        self._health.warn("format", f"{topic} has a type that is not understood: {sorted(offered)}")

    def _listen(self, name: str) -> None:
        kind = AudioChunkMessage if name == "chunk" else message_class(_TYPES[name])
        if kind is None:
            raise ConfigError(
                f"parameter 'audio_format': '{name}' needs {_TYPES[name]}, which is not installed"
            )
        self._format = name
        self._subscription = self._node.create_subscription(
            kind,
            AUDIO_TOPIC,
            self._on_sound,
            AUDIO_IN,
            event_callbacks=announce_mismatch_in(AUDIO_TOPIC, self._announce),
        )
        self._health.warn("format", "")
        self._health.state(audio_format=_TYPES[name])
        if name in _NEEDS_INFO:
            self._health.state(sound_format=f"{self._form} (assumed)")
            info = message_class(messages.AUDIO_INFO)
            if info is not None:
                self._info = self._node.create_subscription(
                    info, INFO_TOPIC, self._on_info, AUDIO_INFO_IN
                )
        if name == "data":
            self._health.warn("stamps", "the sound has no stamps: its time of arrival stands in")

    def _on_info(self, message: Any) -> None:
        try:
            self._form = messages.format_of_info(message)
            self._info_problem = None
            self._health.state(sound_format=str(self._form))
        except InputError as error:
            self._info_problem = error
            self._health.warn("audio_info", str(error))
            return
        self._health.warn("audio_info", "")

    def _on_sound(self, message: Any) -> None:
        self._health.received(time.monotonic())
        if self._format == "chunk":
            self._deliver(partial(messages.chunk_of_message, message))
        elif self._format == "audio_stamped":
            self._deliver(partial(messages.chunk_of_audio_stamped, message))
        elif self._info_problem is not None:
            self._health.error(str(self._info_problem))
        elif self._format == "data_stamped":
            self._deliver(partial(messages.chunk_of_data_stamped, message, self._form))
        else:
            now = self._node.get_clock().now().nanoseconds
            self._deliver(partial(messages.chunk_of_data, message, self._form, now))
