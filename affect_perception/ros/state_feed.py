"""Publishes what a scripted driver's nodes would, in real time and again and again.

For `affect-perception bench hmi`, which watches the page and not the perceptions:
`python -m affect_perception.ros.state_feed`. No lifecycle, no parameters.
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import rclpy
from builtin_interfaces.msg import Time
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node

from affect_perception.core.types import MESH_POINTS
from affect_perception.evaluation.state_story import drive
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.message_fields import Fields
from affect_perception.io.profile_file import load_profile
from affect_perception.msg import ModalityState, SignalState
from affect_perception.ros import qos
from affect_perception.ros.convert import fill
from affect_perception.ros.hmi_input import SHOWN
from affect_perception.ros.stamps import set_stamp
from affect_perception.sim.observed.act import Act, repeat

ACTS = repeat([Act(4.0), Act(1.0, look="mirror_interior"), Act(0.2, lids=0.05), Act(2.0)], 3)
_PUBLISHED = {
    "attention": qos.STATE_OUT,
    "affect": qos.AFFECT_OUT,
    "face": qos.FACE_OUT,
    "voice": qos.VOICE_OUT,
    "physio": qos.PHYSIO_OUT,
}


def message_of(topic: str, fields: Fields) -> Any:
    """A message of a topic (`state_story.TOPICS`) from its fields."""
    fields = dict(fields)
    message = SHOWN[topic].kind()
    if topic == "affect":
        parts = [fill(ModalityState(), part) for part in fields.pop("modalities")]
        fill(message, fields).modalities = parts
        return message
    if topic == "physio":
        fields["channels"] = [fill(SignalState(), state) for state in fields["channels"]]
        fields["beats"] = [fill(Time(), beat) for beat in fields["beats"]]
    return fill(message, fields)


def made_up_mesh() -> np.ndarray[Any, np.dtype[np.float64]]:
    """Landmarks of the usual number and size; no face."""
    rng = np.random.default_rng(0)
    return np.array([320.0, 240.0, 0.0]) + np.array([60.0, 80.0, 30.0]) * rng.standard_normal(
        (MESH_POINTS, 3)
    )


def main() -> int:
    """Plays until it is interrupted."""
    cabin, profile = load_cabin("sedan_lhd"), load_profile("euro_ncap_2026")
    story = [
        (time, topic, message_of(topic, fields))
        for time, topic, fields in drive(ACTS, cabin, profile, mesh=made_up_mesh())
    ]
    rclpy.init()
    node = Node("state_feed")
    publishers = {
        name: node.create_publisher(shown.kind, shown.topic, _PUBLISHED[name])
        for name, shown in SHOWN.items()
    }
    try:
        while rclpy.ok():
            begin = node.get_clock().now().nanoseconds
            for time, topic, message in story:
                due = begin + int(time * 1e9)
                while (left := due - node.get_clock().now().nanoseconds) > 0:
                    rclpy.spin_once(node, timeout_sec=min(left / 1e9, 0.1))
                set_stamp(message.header.stamp, due)
                publishers[topic].publish(message)
    except (KeyboardInterrupt, ExternalShutdownException):
        return 0
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
