"""The node microphone, with a double of sounddevice in place of a sound card: none is here.

Leaves: what a chunk of a real device carries (test/unit/io/test_microphone.py has the double too).
"""

from __future__ import annotations

import sys
import threading
import time
import types
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("rclpy")

import rclpy
from lifecycle_msgs.msg import State
from rclpy.executors import SingleThreadedExecutor
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.parameter import Parameter

from affect_perception.msg import AudioChunk
from affect_perception.ros.health import Level
from affect_perception.ros.nodes import microphone
from affect_perception.ros.qos import AUDIO_OUT
from affect_perception.ros.stamps import stamp_to_ns

pytestmark = pytest.mark.ros

OK = TransitionCallbackReturn.SUCCESS


class Card:
    """A sound card that gives pieces of 20 ms until it is unplugged; at most one is open."""

    PortAudioError = RuntimeError

    def __init__(self) -> None:
        self.open = 0
        self.unplugged = False
        self.asked: dict[str, Any] = {}
        card = self

        class InputStream:
            def __init__(self, **settings: Any) -> None:
                if settings["device"] == "broken":
                    raise RuntimeError("Device unavailable")
                card.asked = settings
                self._end = threading.Event()
                self._thread = threading.Thread(target=self._run, daemon=True)

            def start(self) -> None:
                card.open += 1
                self._thread.start()

            def stop(self) -> None:
                self._end.set()
                self._thread.join()

            def close(self) -> None:
                card.open -= 1

            def _run(self) -> None:
                when = types.SimpleNamespace(currentTime=1.0, inputBufferAdcTime=0.98)
                samples = np.full((card.asked["blocksize"], card.asked["channels"]), 7, np.int16)
                while not self._end.wait(0.02):
                    if not card.unplugged:
                        card.asked["callback"](samples, len(samples), when, None)

        self.InputStream = InputStream


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    card = Card()
    monkeypatch.setitem(sys.modules, "sounddevice", card)  # type: ignore[arg-type]
    monkeypatch.setattr(microphone, "LOST_AFTER", 0.3)
    return card


class Rig:
    """The node and a listener in one executor."""

    def __init__(self, context: Any, **parameters: Any) -> None:
        overrides = [Parameter(k.replace("__", "."), value=v) for k, v in parameters.items()]
        self.node = microphone.MicrophoneNode(context=context, parameter_overrides=overrides)
        self.listener = rclpy.create_node("listener", context=context)
        self.pieces: list[AudioChunk] = []
        self.listener.create_subscription(AudioChunk, "audio", self.pieces.append, AUDIO_OUT)
        self.executor = SingleThreadedExecutor(context=context)
        self.executor.add_node(self.node)
        self.executor.add_node(self.listener)

    def spin_until(self, condition: Callable[[], bool]) -> None:
        end = time.monotonic() + 8.0
        while not condition():
            assert time.monotonic() < end, "did not happen within 8 s"
            self.executor.spin_once(timeout_sec=0.02)


@pytest.fixture
def rig(ros_context: Any, card: Card) -> Iterator[Callable[..., Rig]]:
    made: list[Rig] = []

    def make(**parameters: Any) -> Rig:
        made.append(Rig(ros_context, **parameters))
        return made[-1]

    yield make
    for each in made:
        each.executor.shutdown()
        each.node.close()
        each.node.destroy_node()
        each.listener.destroy_node()


def test_sound_goes_out_while_active_only_and_the_node_says_so(
    rig: Callable[..., Rig], card: Card
) -> None:
    r = rig(rate=48_000, channels=2, device="3", topic__frame_id="roof")
    assert r.node.trigger_configure() == OK
    assert card.open == 0  # tried, and let go of
    r.spin_until(lambda: r.node.count_subscribers("audio") == 1)
    assert r.node.trigger_activate() == OK
    r.spin_until(lambda: len(r.pieces) >= 3)
    assert (card.open, card.asked["device"]) == (1, 3)
    piece = r.pieces[0]
    assert (piece.rate, piece.channels, piece.header.frame_id) == (48_000, 2, "roof")
    assert list(piece.int16_samples) == [7] * 1920
    now = r.listener.get_clock().now().nanoseconds
    assert 0 <= now - stamp_to_ns(piece.header.stamp) < 5 * 10**9
    assert "published" in r.node.report().values["privacy"]
    assert r.node.report().level == Level.OK
    assert r.node.trigger_deactivate() == OK
    assert card.open == 0
    assert r.node.trigger_activate() == OK
    assert r.node.trigger_deactivate() == OK


def test_a_microphone_that_falls_silent_is_an_error(rig: Callable[..., Rig], card: Card) -> None:
    r = rig()
    assert r.node.trigger_configure() == OK
    assert r.node.trigger_activate() == OK
    card.unplugged = True
    r.spin_until(lambda: r.node.report().level == Level.ERROR)
    assert "no more sound" in r.node.report().message
    assert card.open == 0


def test_a_device_that_is_not_there_stops_configure(rig: Callable[..., Rig]) -> None:
    r = rig(device="broken")
    assert r.node.trigger_configure() == TransitionCallbackReturn.FAILURE
    assert r.node.state_id == State.PRIMARY_STATE_UNCONFIGURED
    assert "Device unavailable" in r.node.problem
