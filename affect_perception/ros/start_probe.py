"""How long the node face_perception takes to its first state; called by `bench start`.

`python -m affect_perception.ros.start_probe face_node PICTURE` prints one line of JSON, as
`evaluation.bench.start_worker` does. What is imported inside is the start that is measured.
"""

from __future__ import annotations

import time
from typing import Any

from affect_perception.evaluation.bench.start_worker import answer, check

_PERIOD_S = 1.0 / 30.0
_LONGEST_S = 60.0


def face_node(picture: str) -> float:
    """The node, a camera in the same process, and who gets the first state that knows a face."""
    import numpy as np
    import rclpy
    from rclpy.executors import SingleThreadedExecutor
    from sensor_msgs.msg import CameraInfo, Image

    from affect_perception.core.types import CameraFrame
    from affect_perception.msg import FaceObservation
    from affect_perception.ros import qos
    from affect_perception.ros.convert import image_message
    from affect_perception.ros.lifecycle import start
    from affect_perception.ros.nodes.face_perception import FacePerceptionNode
    from affect_perception.ros.stamps import set_stamp

    imported = time.perf_counter()
    rclpy.init()
    node, camera = FacePerceptionNode(), rclpy.create_node("camera")
    seen: list[Any] = []
    camera.create_subscription(FaceObservation, "face", seen.append, 10)
    info_out = camera.create_publisher(CameraInfo, "camera_info", qos.CAMERA_INFO_OUT)
    picture_out = camera.create_publisher(Image, "image_raw", qos.CAMERA_OUT)
    pixels = np.load(picture)

    def publish() -> None:
        frame = CameraFrame(time.time_ns(), pixels)
        info = CameraInfo(width=frame.width, height=frame.height)
        set_stamp(info.header.stamp, frame.stamp_ns)
        info_out.publish(info)
        picture_out.publish(image_message(Image(), pixels, frame))

    check(start(node))
    camera.create_timer(_PERIOD_S, publish)
    executor = SingleThreadedExecutor()
    executor.add_node(node)
    executor.add_node(camera)
    end = time.perf_counter() + _LONGEST_S
    while not any(message.track_id > 0 for message in seen):
        executor.spin_once(timeout_sec=0.1)
        check(time.perf_counter() < end)
    return imported


if __name__ == "__main__":
    answer(face_node)
