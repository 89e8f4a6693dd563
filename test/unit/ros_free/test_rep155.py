"""Covers when ROS4HRI topics of a face come and go, with stand-ins for hri_msgs and tf2_msgs.

What the messages hold is tested in test/unit/io/test_hri_fields.py, the real messages and the node
in test/ros/test_ros4hri.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from hri_doubles import HRI, TF2, Message, seen_face, transform_stamped

from affect_perception.ros.rep155 import HriMessages, HumansOutput, random_id

pytestmark = pytest.mark.unit


class Publisher:
    def __init__(self, listeners: int) -> None:
        self.sent: list[Message] = []
        self.listeners = listeners

    def publish(self, message: Message) -> None:
        self.sent.append(message)

    def get_subscription_count(self) -> int:
        return self.listeners


class Topics:
    """Publishers by topic; those that were destroyed are gone."""

    def __init__(self, *, tf2: Any = TF2, listeners: int = 1, landmarks: bool = True) -> None:
        self.open: dict[str, Publisher] = {}
        ids: Iterator[str] = iter(("aaaaa", "bbbbb", "ccccc"))
        self.output = HumansOutput(
            HriMessages(HRI, tf2, transform_stamped),
            lambda _, topic: self.open.setdefault(topic, Publisher(listeners)),
            lambda gone: self.open.pop(next(t for t, p in self.open.items() if p is gone)),
            landmarks=landmarks,
            new_id=lambda: next(ids),
        )

    def tracked(self) -> list[list[str]]:
        return [message.ids for message in self.open["/humans/faces/tracked"].sent]

    def of_faces(self) -> set[str]:
        return {topic for topic in self.open if topic.count("/") == 4}


def test_a_face_has_its_topics_and_frames_while_it_is_tracked() -> None:
    topics = Topics()
    topics.output.publish(seen_face())
    topics.output.publish(seen_face(6_000_000_000))
    assert topics.tracked() == [["aaaaa"], ["aaaaa"]]
    base = "/humans/faces/aaaaa"
    assert topics.of_faces() == {f"{base}/roi", f"{base}/landmarks", f"{base}/expression"}
    assert len(topics.open[f"{base}/roi"].sent) == 2
    assert len(topics.open[f"{base}/landmarks"].sent[0].landmarks) == 70
    assert topics.open[f"{base}/expression"].sent[0].expression == "happy"
    frames = [[t.child_frame_id for t in m.transforms] for m in topics.open["/tf"].sent]
    assert frames == [["face_aaaaa", "gaze_aaaaa"]] * 2
    assert topics.open["/tf"].sent[1].transforms[0].header.stamp.sec == 6


def test_another_track_has_another_id() -> None:
    topics = Topics()
    topics.output.publish(seen_face())
    topics.output.publish(seen_face(track_id=2))
    assert topics.tracked() == [["aaaaa"], ["bbbbb"]]
    assert {topic.split("/")[3] for topic in topics.of_faces()} == {"bbbbb"}


def test_a_lost_face_is_gone_and_comes_back_with_another_id() -> None:
    topics = Topics()
    topics.output.publish(seen_face())
    topics.output.publish(seen_face(track_id=0))
    assert topics.tracked() == [["aaaaa"], []]
    assert topics.of_faces() == set()
    assert len(topics.open["/tf"].sent) == 1
    topics.output.publish(seen_face())
    assert topics.tracked()[-1] == ["bbbbb"]


def test_without_pictures_the_face_is_taken_back_once() -> None:
    topics = Topics()
    topics.output.lose()
    topics.output.publish(seen_face())
    topics.output.lose()
    topics.output.lose()
    assert topics.tracked() == [["aaaaa"], []]
    last = topics.open["/humans/faces/tracked"].sent[-1]
    assert last.header.stamp.sec == 5
    assert topics.of_faces() == set()


def test_landmarks_only_for_listeners_and_only_if_wanted() -> None:
    unheard = Topics(listeners=0)
    unheard.output.publish(seen_face())
    assert unheard.open["/humans/faces/aaaaa/landmarks"].sent == []
    unwanted = Topics(landmarks=False)
    unwanted.output.publish(seen_face())
    assert "/humans/faces/aaaaa/landmarks" not in unwanted.open


def test_without_tf2_msgs_there_are_topics_and_no_frames() -> None:
    topics = Topics(tf2=None)
    topics.output.publish(seen_face())
    assert "/tf" not in topics.open
    assert topics.tracked() == [["aaaaa"]]


def test_what_is_missing_is_said() -> None:
    both = HriMessages(HRI, TF2, transform_stamped)
    assert (both.missing, both.summary) == ("", "published under /humans/faces")
    no_tf = HriMessages(HRI, None, transform_stamped)
    assert "tf2_msgs is not installed" in no_tf.missing
    assert no_tf.missing in no_tf.summary
    none = HriMessages(None, None, transform_stamped)
    assert none.missing == none.summary == "UNAVAILABLE: hri_msgs is not installed"


def test_closing_leaves_nothing() -> None:
    topics = Topics()
    topics.output.publish(seen_face())
    topics.output.close()
    assert topics.open == {}


def test_ids_can_stand_in_topic_names() -> None:
    ids = {random_id() for _ in range(50)}
    assert len(ids) > 45
    # No part of a ROS 2 topic name may begin with a digit.
    assert all(re.fullmatch("[a-z]{5}", name) for name in ids)
