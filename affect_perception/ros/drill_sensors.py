"""Camera, microphone and body sensors that fail on demand, for drills of the nodes.

What they give is made by the synthetic driver, its voice and its body; stamps are those of now.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, CompressedImage

from affect_perception.core.types import AudioChunk, BiosignalChunk, CameraFrame
from affect_perception.evaluation.synthetic.portrait import load_portrait
from affect_perception.inference import load_face_networks
from affect_perception.msg import AudioChunk as AudioMessage
from affect_perception.msg import BiosignalChunk as BiosignalMessage
from affect_perception.ros import qos
from affect_perception.ros.camera_output import encode_jpeg, info_message
from affect_perception.ros.convert import byte_array
from affect_perception.ros.physio_convert import chunk_to_message as body_message
from affect_perception.ros.stamps import set_stamp
from affect_perception.ros.voice_convert import chunk_to_message as sound_message
from affect_perception.sim.body.script import BodyScript
from affect_perception.sim.body.sensors import BodySensors
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.scenario_voice import scenario_sound
from affect_perception.sim.synthetic_driver import SyntheticDriver

DELAY_NS = 2_000_000_000
"""How late a delayed sensor is."""

_CHUNK_S = 0.1
_SCENARIO = """
name: drill
duration_s: 3600.0
seed: 21
camera: {width_px: 320, height_px: 240, rate_hz: 10.0}
behaviour: {blink_rate_per_min: 14.0}
body: {}
timeline:
  - {at_s: 0.0, gaze: {yaw_deg: 0.0, pitch_deg: -1.0, scan_deg: 2.0}}
"""
# Rendered once and played to and fro: drawing would take most of the machine.
_PICTURES = 60
_SOUND_S = 12.0


class Fault(Enum):
    """What is wrong with a sensor."""

    NONE = "none"
    STOPS = "stops"
    FREEZES = "gives the same data again"
    LATE = "is 2 s late"
    GARBAGE = "sends garbage"


class DrillSensor:
    """One sensor: gives a piece whenever one is due, as its fault lets it.

    Args:
        pieces: (seconds from the beginning at which it is complete, the piece), without end.
        publish: Sends a piece: called with it, what is added to its stamp (ns), and whether it
            shall be garbage.
    """

    def __init__(
        self,
        pieces: Iterator[tuple[float, Any]],
        publish: Callable[[Any, int, bool], None],
    ) -> None:
        self._pieces = pieces
        self._publish = publish
        self._next: tuple[float, Any] | None = None
        self._last: dict[Any, tuple[float, Any]] = {}  # of each channel
        self._held: deque[tuple[int, Any, int]] = deque()
        self.fault = Fault.NONE
        self.offset_ns = 0

    def tick(self, now_ns: int, begin_ns: int) -> None:
        """Publishes what is due.

        Args:
            now_ns: The clock.
            begin_ns: Where the recording began on it.
        """
        while True:
            self._next = self._next or next(self._pieces)
            due, piece = self._next
            if begin_ns + round(due * 1e9) > now_ns:
                break
            self._next = None
            self._one(due, piece, begin_ns, now_ns)
        while self._held and self._held[0][0] <= now_ns:
            _, piece, shift = self._held.popleft()
            self._publish(piece, shift, False)

    def _one(self, due: float, piece: Any, begin_ns: int, now_ns: int) -> None:
        shift = begin_ns + self.offset_ns
        channel = getattr(piece, "channel", None)
        if self.fault is Fault.STOPS:
            return
        if self.fault is Fault.FREEZES and channel in self._last:
            last_due, last = self._last[channel]
            self._publish(last, shift + round((due - last_due) * 1e9), False)
            return
        if self.fault is Fault.LATE:
            self._held.append((now_ns + DELAY_NS, piece, shift))
            return
        self._held.clear()  # what is still on its way when the sensor is well again is lost
        self._publish(piece, shift, self.fault is Fault.GARBAGE)
        if self.fault is Fault.NONE:
            self._last[channel] = due, piece


class DrillCabin:
    """All three sensors on their topics.

    Args:
        node: Who publishes.

    Attributes:
        sensors: By the word of their modality.
    """

    def __init__(self, node: Node) -> None:
        make = node.create_publisher
        self._pictures = make(CompressedImage, "image_raw/compressed", qos.CAMERA_OUT)
        self._infos = make(CameraInfo, "camera_info", qos.CAMERA_INFO_OUT)
        self._sounds = make(AudioMessage, "audio", qos.AUDIO_OUT)
        self._bodies = make(BiosignalMessage, "biosignals", qos.BIOSIGNAL_OUT)
        script = Scenario.parse(_SCENARIO, "drill")
        self._noise = np.random.default_rng(script.seed)
        self.sensors = {
            "face": DrillSensor(_frames(script), self._picture),
            "voice": DrillSensor(_sounds(script), self._sound),
            "physio": DrillSensor(_chunks(script), self._body),
        }

    def tick(self, now_ns: int, begin_ns: int) -> None:
        """Publishes what is due of all sensors."""
        for sensor in self.sensors.values():
            sensor.tick(now_ns, begin_ns)

    def jump(self, offset_ns: int) -> None:
        """Moves the stamps of all sensors."""
        for sensor in self.sensors.values():
            sensor.offset_ns = offset_ns

    def _picture(self, piece: tuple[CameraFrame, str, bytes], shift_ns: int, bad: bool) -> None:
        frame, encoding, data = piece
        frame = dataclasses.replace(frame, stamp_ns=frame.stamp_ns + shift_ns)
        self._infos.publish(info_message(frame))
        message = CompressedImage()
        set_stamp(message.header.stamp, frame.stamp_ns)
        message.header.frame_id, message.format = frame.frame_id, encoding
        garbage = self._noise.integers(0, 256, 2000, dtype=np.uint8)
        message.data = byte_array(garbage if bad else np.frombuffer(data, np.uint8))
        self._pictures.publish(message)

    def _sound(self, chunk: AudioChunk, shift_ns: int, bad: bool) -> None:
        message = sound_message(
            AudioMessage(), dataclasses.replace(chunk, stamp_ns=chunk.stamp_ns + shift_ns)
        )
        if bad:
            message.rate = 0
        self._sounds.publish(message)

    def _body(self, chunk: BiosignalChunk, shift_ns: int, bad: bool) -> None:
        message = body_message(
            BiosignalMessage(), dataclasses.replace(chunk, stamp_ns=chunk.stamp_ns + shift_ns)
        )
        if bad:
            message.samples = [float("nan")] * len(message.samples)
        self._bodies.publish(message)


def _frames(script: Scenario) -> Iterator[tuple[float, Any]]:
    """Pictures, rendered now: while nodes wait for sensors nothing may take seconds."""
    driver = SyntheticDriver(script, load_portrait(load_face_networks()))
    period = 1.0 / script.camera.rate_hz
    kept: list[tuple[CameraFrame, str, bytes]] = []
    for number in range(_PICTURES):
        frame, _ = driver.render(number * period)
        encoding, data = encode_jpeg(frame, 90)
        kept.append((frame, encoding, bytes(data)))
    return _to_and_fro(kept, period)


def _to_and_fro(
    kept: list[tuple[CameraFrame, str, bytes]], period: float
) -> Iterator[tuple[float, Any]]:
    for number in itertools.count():
        place = number % (2 * _PICTURES)
        frame, encoding, data = kept[min(place, 2 * _PICTURES - 1 - place)]
        stamp = round(number * period * 1e9)
        yield number * period, (dataclasses.replace(frame, stamp_ns=stamp), encoding, data)


def _sounds(script: Scenario) -> Iterator[tuple[float, Any]]:
    sound = scenario_sound(dataclasses.replace(script, duration_s=_SOUND_S))
    size = round(_CHUNK_S * sound.rate)
    number = 0
    while True:
        first = number * size % (len(sound.samples) - size + 1) // size * size
        stamp = number * size * 1_000_000_000 // sound.rate
        yield (
            (number + 1) * _CHUNK_S,
            AudioChunk(stamp, sound.rate, sound.samples[first : first + size]),
        )
        number += 1


def _chunks(script: Scenario) -> Iterator[tuple[float, Any]]:
    for arrived, chunk in BodySensors(BodyScript(script)).arrivals():
        yield arrived / 1e9, chunk
