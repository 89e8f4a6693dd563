"""What other modalities know, on its way from the topic affect_state into the pipeline.

Leaves what it changes there to test/unit/attention/test_context.py.
"""

from __future__ import annotations

import math

import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticStatus
from ros_harness import Harness, values_of

from affect_perception.core.enums import TriState
from affect_perception.core.types import CameraFrame, DriverContext
from affect_perception.msg import AffectState
from affect_perception.ros.qos import AFFECT_OUT
from affect_perception.ros.stamps import set_stamp

pytestmark = pytest.mark.ros


def affect(stamp_ns: int, stress: float) -> AffectState:
    message = AffectState(talking=int(TriState.YES), cognitive_load=0.25, stress=stress)
    set_stamp(message.header.stamp, stamp_ns)
    return message


def test_each_state_reaches_the_pipeline_once_and_before_the_picture() -> None:
    with Harness(context__enabled=True) as h:
        h.start()
        assert values_of(h.status())["context"] == "nothing on affect_state yet"
        out = h.probe.create_publisher(AffectState, "affect_state", AFFECT_OUT)
        h.spin_until(lambda: out.get_subscription_count() == 1)
        now = h.now_ns()
        for stamp_ns, stress in ((now, 0.5), (now + 1, math.nan)):
            out.publish(affect(stamp_ns, stress))
        context = h.node._input.context
        h.spin_until(lambda: len(context.newest()) == 2)
        for picture in range(2):
            h.publish(h.now_ns())
            h.spin_until(lambda n=picture: len(h.states) == n + 1)
        first, second, *pictures = h.pipeline.events
        assert first == DriverContext(now, TriState.YES, 0.25, 0.5)
        assert (second.stamp_ns, math.isnan(second.stress)) == (now + 1, True)
        assert [type(event) for event in pictures] == [CameraFrame, CameraFrame]
        h.spin_until(lambda: values_of(h.status())["context"].endswith(" s old"))
        out.publish(affect(now + 2, 1.5))
        h.spin_until(lambda: h.status().level == DiagnosticStatus.WARN)
        assert "stress must be 0..1" in h.status().message


def test_nobody_listens_where_it_is_off() -> None:
    with Harness() as h:
        out = h.probe.create_publisher(AffectState, "affect_state", AFFECT_OUT)
        h.start()
        h.spin_until(lambda: values_of(h.status()).get("context") == "off")
        assert out.get_subscription_count() == 0
