"""The node face_perception with `ros4hri`: what it says without hri_msgs, and the real messages.

The second part runs where hri_msgs and tf2_msgs are installed. What the messages hold is tested
with stand-ins in test/unit/io/test_hri_fields.py and test/unit/ros_free/test_rep155.py.
"""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from typing import Any

import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticStatus
from geometry_msgs.msg import TransformStamped
from hri_doubles import seen_face
from ros_harness import EchoPipeline, Harness, values_of

from affect_perception.core.types import CameraFrame
from affect_perception.ros import face_output
from affect_perception.ros.qos import HUMANS_OUT
from affect_perception.ros.rep155 import HriMessages
from affect_perception.ros.stamps import stamp_to_ns

pytestmark = pytest.mark.ros

MISSING = [n for n in ("hri_msgs", "tf2_msgs") if importlib.util.find_spec(n) is None]


class SeeingPipeline(EchoPipeline):
    """Answers each picture with the face of `hri_doubles`, or with none after `gone` is set."""

    gone = False

    def step(self, event: Any) -> tuple[Any, ...]:
        outputs = super().step(event)
        if not isinstance(event, CameraFrame) or self.gone:
            return outputs
        face = seen_face(event.stamp_ns)
        return face, replace(outputs[1], face=face)


def test_off_by_default() -> None:
    with Harness() as h:
        h.start()
        assert h.node.count_publishers("/humans/faces/tracked") == 0
        assert values_of(h.status())["ros4hri"] == "off"


def test_without_the_messages_diagnostics_say_so_and_the_state_goes_out(monkeypatch) -> None:
    none = HriMessages(None, None, TransformStamped)
    monkeypatch.setattr(face_output, "hri_messages", lambda: none)
    with Harness(SeeingPipeline(), ros4hri=True) as h:
        h.start()
        h.publish(h.now_ns())
        h.spin_until(lambda: bool(h.states))
        assert h.node.count_publishers("/humans/faces/tracked") == 0
        status = h.status()
        assert status.level == DiagnosticStatus.WARN
        assert "hri_msgs is not installed" in status.message
        assert values_of(status)["ros4hri"] == "UNAVAILABLE: hri_msgs is not installed"


@pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}")
def test_topics_and_frames_with_the_real_messages() -> None:
    from hri_msgs.msg import Expression, FacialLandmarks, IdsList, NormalizedRegionOfInterest2D
    from tf2_msgs.msg import TFMessage

    pipeline = SeeingPipeline()
    with Harness(pipeline, ros4hri=True) as h:
        h.start()
        lists: list[IdsList] = []
        frames: list[TFMessage] = []
        h.probe.create_subscription(IdsList, "/humans/faces/tracked", lists.append, HUMANS_OUT)
        h.probe.create_subscription(TFMessage, "/tf", frames.append, HUMANS_OUT)
        h.spin_until(lambda: h.node.count_subscribers("/tf") == 1)

        def picture_until(condition: Any) -> None:
            """Pictures go on while what follows is waited for, as a camera's do."""

            def met() -> bool:
                h.publish(h.now_ns())
                h.spin_for(0.05)
                return bool(condition())

            h.spin_until(met)

        picture_until(lambda: lists and lists[-1].ids and frames)
        (face_id,) = lists[-1].ids
        seen: dict[str, list[Any]] = {"roi": [], "landmarks": [], "expression": []}
        kinds = (NormalizedRegionOfInterest2D, FacialLandmarks, Expression)
        for name, kind in zip(seen, kinds, strict=True):
            topic = f"/humans/faces/{face_id}/{name}"
            h.probe.create_subscription(kind, topic, seen[name].append, HUMANS_OUT)
        picture_until(lambda: all(seen.values()))
        roi, landmarks, expression = (seen[name][-1] for name in seen)
        assert roi.xmin == pytest.approx(0.25)
        assert roi.header.frame_id == "camera_optical"
        assert stamp_to_ns(roi.header.stamp) in h.stamps()
        assert len(landmarks.landmarks) == 70
        assert (landmarks.width, landmarks.height) == (64, 48)
        assert landmarks.landmarks[landmarks.RIGHT_PUPIL].c == pytest.approx(0.8)
        assert expression.expression == Expression.HAPPY
        children = [each.child_frame_id for each in frames[-1].transforms]
        assert children == [f"face_{face_id}", f"gaze_{face_id}"]
        pipeline.gone = True
        picture_until(lambda: lists[-1].ids == [] and not h.node.count_publishers(topic))
        assert values_of(h.status())["ros4hri"] == "published under /humans/faces"
        pipeline.gone = False
        picture_until(lambda: lists[-1].ids)
        assert lists[-1].ids != [face_id]
        h.node.trigger_deactivate()
        h.spin_until(lambda: lists[-1].ids == [])
