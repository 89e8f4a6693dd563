"""Body signals as message fields: both ways through bytes, and what is refused.

Without ROS; ROS messages are in test/ros/test_physio_perception_node.py. Leaves: the figures.
"""

from __future__ import annotations

import math

import numpy as np
import pytest

from affect_perception.core.enums import Availability, BiosignalChannel, LoadReason, PhysioReason
from affect_perception.core.errors import InputError
from affect_perception.core.types import BiosignalChunk, LoadEstimate, PhysioObservation
from affect_perception.core.types.physio import (
    HeartState,
    RespirationState,
    SignalState,
    SkinState,
)
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.message_types import serialize, typestore
from affect_perception.io.physio_fields import (
    BIOSIGNAL_CHUNK,
    PHYSIO_OBSERVATION,
    chunk_fields,
    chunk_of_message,
    physio_fields,
    physio_of_message,
)

pytestmark = pytest.mark.unit

ECG, EDA, ACC = BiosignalChannel.ECG, BiosignalChannel.EDA, BiosignalChannel.ACCELERATION
FULL = PhysioObservation(
    stamp_ns=10**18 + 7,
    availability=Availability.DEGRADED,
    reasons=(PhysioReason.SIGNAL_GAP, PhysioReason.NOISY),
    channels={
        ECG: SignalState(Availability.AVAILABLE, 0.75, 249.5, 0.0, ()),
        EDA: SignalState(Availability.DEGRADED, 0.5, 4.0, 0.25, (PhysioReason.NOISY,)),
    },
    heart=HeartState(ECG, 62.5, 0.5, 60, 0.125, 0.0625, 0.03125, 0.25, 0.5, 0.75, 0.875),
    skin=SkinState(5.5, 0.25, 3.0, 0.125, 33.5),
    respiration=RespirationState(ECG, 15.0, 0.75),
    beat_stamps_ns=(10**18 - 1, 10**18 + 1),
    frame_id="chest_strap",
    load=LoadEstimate(
        10**18 + 7,
        Availability.DEGRADED,
        (LoadReason.BASELINE_SHORT,),
        *(0.25, 0.4375, 0.75, 0.5, 120.0, 8.0),
    ),
)


def through_bytes(fields, kind):
    return typestore().deserialize_cdr(serialize(fields, kind), kind)


@pytest.mark.parametrize(
    "observation",
    [FULL, PhysioObservation(5, Availability.UNAVAILABLE, load=LoadEstimate(stamp_ns=5))],
    ids=["full", "empty"],
)
def test_an_observation_comes_back_from_its_bytes(observation):
    back = physio_of_message(through_bytes(physio_fields(observation, 0.5), PHYSIO_OBSERVATION))
    assert str(back) == str(observation)


@pytest.mark.parametrize(
    ("channel", "unit", "samples"),
    [
        (ECG, "mV", np.array([0.5, math.nan, -0.25], np.float32)),
        (ACC, "m/s^2", np.arange(12, dtype=np.float32).reshape(4, 3)),
        (EDA, "", np.array([5], np.int16)),
    ],
)
def test_a_chunk_comes_back_from_its_bytes(channel, unit, samples):
    chunk = BiosignalChunk(7 * 10**9 + 3, channel, 4.0, samples, unit, 0.5, "wrist_left")
    back = chunk_of_message(through_bytes(chunk_fields(chunk), BIOSIGNAL_CHUNK))
    np.testing.assert_array_equal(back.samples, samples)
    assert (back.stamp_ns, back.channel, back.rate) == (chunk.stamp_ns, channel, 4.0)
    assert (back.unit, back.contact, back.frame_id) == (unit, 0.5, "wrist_left")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"channel": 9}, "known: 1 ECG"),
        ({"channel": 0}, "unknown biosignal channel"),
        ({"unit": "bananas"}, "does not belong to ECG"),
        ({"rate": 0.0}, "4 to 1000 Hz"),
        ({"rate": math.nan}, "4 to 1000 Hz"),
        ({"samples": np.zeros(0, np.float32)}, "n above 0"),
        ({"contact_quality": 2.0}, "contact quality"),
        ({"header": {"stamp": {"sec": 0, "nanosec": 0}, "frame_id": ""}}, "stamp"),
        ({"channel": 6, "unit": "g"}, "x y z"),
    ],
)
def test_bad_chunks_are_refused_with_what_is_wrong(change, words):
    chunk = BiosignalChunk(7, ECG, 250.0, np.zeros(50, np.float32), "mV")
    with pytest.raises(InputError, match=words):
        chunk_of_message(through_bytes(chunk_fields(chunk) | change, BIOSIGNAL_CHUNK))


def test_an_unknown_word_is_refused():
    fields = physio_fields(FULL)
    fields["degradation_reasons"] = ["tired"]
    with pytest.raises(InputError, match="'tired' is not a documented PhysioReason"):
        physio_of_message(through_bytes(fields, PHYSIO_OBSERVATION))


def test_both_can_be_recorded_and_read_without_ros(tmp_path):
    from rosbags.highlevel import AnyReader

    chunk = BiosignalChunk(7, ECG, 250.0, np.arange(50, dtype=np.float32), "mV")
    path = tmp_path / "signals.mcap"
    with BagWriter(path) as bag:
        bag.write("/biosignals", BIOSIGNAL_CHUNK, chunk_fields(chunk), 8)
        bag.write("/physio", PHYSIO_OBSERVATION, physio_fields(FULL), 9)
    with AnyReader([path]) as reader:
        first, second = (reader.deserialize(raw, c.msgtype) for c, _, raw in reader.messages())
    np.testing.assert_array_equal(chunk_of_message(first).samples, chunk.samples)
    assert str(physio_of_message(second)) == str(FULL)
