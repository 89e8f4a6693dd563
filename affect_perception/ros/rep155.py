"""The driver's face for ROS4HRI (REP-155): topics under /humans/faces and frames in /tf.

Off by default. Nothing else in the package needs hri_msgs or tf2_msgs: where one of them is
missing, whoever asked is told so in the log and in diagnostics, and everything else goes on.
"""

from __future__ import annotations

import importlib
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from affect_perception.core.types import FaceObservation
from affect_perception.io import hri_fields
from affect_perception.io.message_fields import header_fields
from affect_perception.ros.convert import fill

FACES = "/humans/faces"
TRACKED_TOPIC = f"{FACES}/tracked"
TF_TOPIC = "/tf"
_NO_HRI = "UNAVAILABLE: hri_msgs is not installed"
_NO_TF = "tf2_msgs is not installed, so there are no frames"


@dataclass(frozen=True)
class HriMessages:
    """What could be imported.

    Attributes:
        hri: hri_msgs.msg, or None.
        tf2: tf2_msgs.msg, or None.
        transform: geometry_msgs.msg.TransformStamped.
    """

    hri: Any
    tf2: Any | None
    transform: Callable[[], Any]

    @property
    def missing(self) -> str:
        """What cannot be published, and why; empty if nothing."""
        if self.hri is None:
            return _NO_HRI
        return _NO_TF if self.tf2 is None else ""

    @property
    def summary(self) -> str:
        """One phrase for diagnostics."""
        if self.hri is None:
            return _NO_HRI
        return f"published under {FACES}" + (f"; {_NO_TF}" if self.tf2 is None else "")


def hri_messages() -> HriMessages:
    """Looks for hri_msgs and tf2_msgs."""
    geometry = importlib.import_module("geometry_msgs.msg")
    return HriMessages(_module("hri_msgs"), _module("tf2_msgs"), geometry.TransformStamped)


def _module(package: str) -> Any | None:
    try:
        return importlib.import_module(f"{package}.msg")
    except ImportError:
        return None


def random_id() -> str:
    """Five random letters; they identify nobody.

    REP-155 suggests five characters of a UUID. Those may begin with a digit, and no part of a ROS 2
    topic name may.
    """
    return "".join(secrets.choice(string.ascii_lowercase) for _ in range(5))


class HumansOutput:
    """Publishes one tracked face at a time. All methods but `__init__` belong to one thread."""

    def __init__(
        self,
        messages: HriMessages,
        create: Callable[[Any, str], Any],
        destroy: Callable[[Any], Any],
        *,
        landmarks: bool,
        new_id: Callable[[], str] = random_id,
    ) -> None:
        """Makes the publishers that stay.

        Args:
            messages: With hri_msgs.
            create: Makes a publisher of a message type on a topic. No lifecycle publisher: those of
                a face come and go while the node is active.
            destroy: Takes a publisher away.
            landmarks: Publish landmarks, too.
            new_id: Makes the id of a new face.
        """
        self._create, self._destroy, self._new_id = create, destroy, new_id
        self._messages, self._landmarks = messages, landmarks
        self._hri: Any = messages.hri
        self._tracked: Any = create(self._hri.IdsList, TRACKED_TOPIC)
        self._tf = None if messages.tf2 is None else create(messages.tf2.TFMessage, TF_TOPIC)
        self._track = 0
        self._id = ""
        self._newest = 0, ""
        self._of_face: dict[str, Any] = {}

    def publish(self, face: FaceObservation) -> None:
        """Publishes a face, or that there is none."""
        if not hri_fields.has_face(face):
            self._forget()
            self._send_tracked(face.stamp_ns, face.frame_id)
            return
        if face.track_id != self._track:
            self._forget()
            self._meet(face.track_id)
        self._send_tracked(face.stamp_ns, face.frame_id)
        self._of_face["roi"].publish(
            fill(self._hri.NormalizedRegionOfInterest2D(), hri_fields.roi_fields(face))
        )
        self._send_landmarks(face)
        self._send_expression(face)
        self._send_transforms(face)

    def lose(self) -> None:
        """Takes a face and its topics away, because no pictures come any more."""
        if self._id:
            self._forget()
            self._send_tracked(*self._newest)

    def close(self) -> None:
        """Destroys all publishers."""
        self._forget()
        for publisher in (self._tracked, self._tf):
            if publisher is not None:
                self._destroy(publisher)

    def _meet(self, track: int) -> None:
        self._track, self._id = track, self._new_id()
        kinds = {"roi": self._hri.NormalizedRegionOfInterest2D, "expression": self._hri.Expression}
        if self._landmarks:
            kinds["landmarks"] = self._hri.FacialLandmarks
        for name, kind in kinds.items():
            self._of_face[name] = self._create(kind, f"{FACES}/{self._id}/{name}")

    def _forget(self) -> None:
        while self._of_face:
            self._destroy(self._of_face.popitem()[1])
        self._track, self._id = 0, ""

    def _send_tracked(self, stamp_ns: int, frame_id: str) -> None:
        self._newest = stamp_ns, frame_id
        fields = hri_fields.ids_fields(stamp_ns, frame_id, [self._id] if self._id else [])
        self._tracked.publish(fill(self._hri.IdsList(), fields))

    def _send_landmarks(self, face: FaceObservation) -> None:
        publisher = self._of_face.get("landmarks")
        # Seventy small messages in one: made only for those who listen.
        if publisher is None or face.landmarks is None or publisher.get_subscription_count() == 0:
            return
        message = self._hri.FacialLandmarks()
        width, height = face.image_size
        header = header_fields(face.stamp_ns, face.frame_id)
        fill(message, {"header": header, "width": width, "height": height})
        points = []
        for x, y, c in hri_fields.landmark_points(face):
            point = self._hri.NormalizedPointOfInterest2D()
            point.x, point.y, point.c = x, y, c
            points.append(point)
        message.landmarks = points
        publisher.publish(message)

    def _send_expression(self, face: FaceObservation) -> None:
        fields = hri_fields.expression_fields(face)
        if fields is not None:
            self._of_face["expression"].publish(fill(self._hri.Expression(), fields))

    def _send_transforms(self, face: FaceObservation) -> None:
        if self._tf is None or self._messages.tf2 is None:
            return
        fields = hri_fields.transform_fields(face, self._id)
        if fields:
            message = self._messages.tf2.TFMessage()
            message.transforms = [fill(self._messages.transform(), each) for each in fields]
            self._tf.publish(message)
