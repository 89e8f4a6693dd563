"""Covers bags, videos and tables: reading, writing, the same bytes, and broken recordings.

Leaves to others: what the pipeline makes of the pictures (test/unit/replay, test/golden).
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.core.types import AttentionState, CameraFrame, VehicleState
from affect_perception.io.bag_reader import BagSource
from affect_perception.io.bag_writer import BagWriter
from affect_perception.io.message_fields import attention_fields, face_fields, header_fields
from affect_perception.io.message_types import ATTENTION_STATE, FACE_OBSERVATION
from affect_perception.io.sources import open_source
from affect_perception.io.table import columns_of, read_parquet, write_parquet
from affect_perception.io.video import VideoSource

pytestmark = pytest.mark.unit

SECOND = 1_000_000_000
WIDTH, HEIGHT = 64, 48


def picture(index: int) -> np.ndarray:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([x * 3, y * 4, np.full_like(x, 10 * index)], axis=2).astype(np.uint8)


def image_fields(index: int, stamp_ns: int) -> dict:
    return {
        "header": header_fields(stamp_ns, "camera_optical"),
        "height": HEIGHT,
        "width": WIDTH,
        "encoding": "rgb8",
        "is_bigendian": 0,
        "step": WIDTH * 3,
        "data": picture(index).tobytes(),
    }


def compressed_fields(index: int, stamp_ns: int) -> dict:
    data = cv2.imencode(".png", picture(index)[:, :, ::-1])[1].tobytes()
    header = header_fields(stamp_ns, "camera_optical")
    return {"header": header, "format": "rgb8; png compressed bgr8", "data": data}


def camera_info_fields(stamp_ns: int, focal: float) -> dict:
    roi = {"x_offset": 0, "y_offset": 0, "height": 0, "width": 0, "do_rectify": False}
    return {
        "header": header_fields(stamp_ns, "camera_optical"),
        "height": HEIGHT,
        "width": WIDTH,
        "distortion_model": "plumb_bob",
        "d": [0.1, 0.0, 0.0, 0.0, 0.0],
        "k": [focal, 0, 31.5, 0, focal, 23.5, 0, 0, 1 if focal else 0],
        "r": np.eye(3).ravel(),
        "p": np.zeros(12),
        "binning_x": 0,
        "binning_y": 0,
        "roi": roi,
    }


def twist_fields(stamp_ns: int, speed: float) -> dict:
    zero = {"x": 0.0, "y": 0.0, "z": 0.0}
    twist = {"linear": {**zero, "x": speed}, "angular": zero}
    return {"header": header_fields(stamp_ns, "base_link"), "twist": twist}


STAMPS = [10 * SECOND, 10 * SECOND + 33_000_000, 10 * SECOND + 66_000_000]


def write_camera_bag(
    path: Path,
    *,
    compressed: bool = False,
    focal: float | None = 80.0,
    stamps: list[int] = STAMPS,
    topics: tuple[str, ...] = ("/camera/image_raw",),
) -> Path:
    suffix, kind = ("/compressed", "CompressedImage") if compressed else ("", "Image")
    make = compressed_fields if compressed else image_fields
    with BagWriter(path) as bag:
        for index, stamp in enumerate(stamps):
            log = STAMPS[0] + index * 33_000_000
            if focal is not None:
                info = camera_info_fields(stamp, focal)
                bag.write("/camera/camera_info", "sensor_msgs/msg/CameraInfo", info, log)
            for topic in topics:
                bag.write(topic + suffix, f"sensor_msgs/msg/{kind}", make(index, stamp), log)
            twist = twist_fields(stamp + 1_000_000, 5.0 + index)
            bag.write("/vehicle/twist", "geometry_msgs/msg/TwistStamped", twist, log)
    return path


@pytest.mark.parametrize("compressed", [False, True])
@pytest.mark.parametrize("name", ["bag.mcap", "bag_folder"])
def test_bag_gives_pictures_calibration_and_speed_in_stamp_order(
    tmp_path: Path, name: str, compressed: bool
) -> None:
    source = open_source(write_camera_bag(tmp_path / name, compressed=compressed))
    assert source.frames == 3
    events = list(source.events())
    assert [type(e).__name__ for e in events] == ["CameraFrame", "VehicleState"] * 3
    assert [e.stamp_ns for e in events if isinstance(e, CameraFrame)] == STAMPS
    frame = events[2]
    assert isinstance(frame, CameraFrame)
    np.testing.assert_array_equal(frame.image, picture(1))
    assert frame.frame_id == "camera_optical"
    assert frame.intrinsics is not None
    assert (frame.intrinsics.fx, frame.intrinsics.cy) == (80.0, 23.5)
    assert frame.intrinsics.distortion == (0.1, 0.0, 0.0, 0.0, 0.0)
    assert events[1] == VehicleState(STAMPS[0] + 1_000_000, 5.0)


def test_sqlite3_bag_reads_alike(tmp_path: Path) -> None:
    from rosbags.rosbag2 import StoragePlugin, Writer

    from affect_perception.io.message_types import serialize, typestore

    with Writer(tmp_path / "bag", version=8, storage_plugin=StoragePlugin.SQLITE3) as bag:
        kind = "sensor_msgs/msg/Image"
        channel = bag.add_connection("/image_raw", kind, typestore=typestore())
        for index, stamp in enumerate(STAMPS):
            bag.write(channel, stamp, serialize(image_fields(index, stamp), kind))
    for path in (tmp_path / "bag", tmp_path / "bag" / "bag.db3"):
        events = list(open_source(path).events())
        assert [e.stamp_ns for e in events] == STAMPS
        assert all(isinstance(e, CameraFrame) and e.intrinsics is None for e in events)


def test_stamps_running_backwards_keep_the_order_of_recording(tmp_path: Path) -> None:
    stamps = [STAMPS[1], STAMPS[0], STAMPS[2]]
    source = BagSource(write_camera_bag(tmp_path / "bag.mcap", stamps=stamps))
    frames = [e.stamp_ns for e in source.events() if isinstance(e, CameraFrame)]
    assert frames == stamps


def test_uncalibrated_camera_has_no_intrinsics(tmp_path: Path) -> None:
    source = BagSource(write_camera_bag(tmp_path / "bag.mcap", focal=0.0))
    assert all(e.intrinsics is None for e in source.events() if isinstance(e, CameraFrame))


def test_nan_intrinsics_are_told_and_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    source = BagSource(write_camera_bag(tmp_path / "bag.mcap", focal=float("nan")))
    frames = [e for e in source.events() if isinstance(e, CameraFrame)]
    assert [frame.intrinsics for frame in frames] == [None, None, None]
    assert caplog.text.count("/camera/camera_info: camera_info: K holds a value that is not") == 1


def test_calibration_of_another_picture_is_told_and_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "bag.mcap"
    with BagWriter(path) as bag:
        for index, stamp in enumerate(STAMPS):
            info = camera_info_fields(stamp, 80.0)
            if index:
                info |= {"width": 4 * WIDTH} if index == 1 else {"width": 128, "height": 96}
            bag.write("/camera_info", "sensor_msgs/msg/CameraInfo", info, stamp)
            bag.write("/image", "sensor_msgs/msg/Image", image_fields(index, stamp), stamp)
    frames = [e for e in BagSource(path).events() if isinstance(e, CameraFrame)]
    assert [f.intrinsics.fx if f.intrinsics else None for f in frames] == [80.0, None, 40.0]
    assert "another aspect ratio" in caplog.text


def test_fisheye_calibration_is_told_and_not_used(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "bag.mcap"
    with BagWriter(path) as bag:
        info = camera_info_fields(STAMPS[0], 80.0)
        info |= {"distortion_model": "equidistant", "d": [0.1, 0.0, 0.0, 0.0]}
        bag.write("/camera_info", "sensor_msgs/msg/CameraInfo", info, STAMPS[0])
        bag.write("/image", "sensor_msgs/msg/Image", image_fields(0, STAMPS[0]), STAMPS[0])
    [frame] = BagSource(path).events()
    assert isinstance(frame, CameraFrame)
    assert frame.intrinsics is None
    assert "'equidistant'" in caplog.text


def test_picture_without_a_stamp_is_told_and_left_out(tmp_path: Path) -> None:
    source = BagSource(write_camera_bag(tmp_path / "bag.mcap", stamps=[0, *STAMPS[1:]]))
    told: list[str] = []
    events = list(source.events(lambda _, error: told.append(str(error))))
    assert len(told) == 1
    assert "no acquisition stamp" in told[0]
    assert [e.stamp_ns for e in events if isinstance(e, CameraFrame)] == STAMPS[1:]


def test_several_cameras_need_a_choice(tmp_path: Path) -> None:
    path = write_camera_bag(tmp_path / "bag.mcap", topics=("/a/image", "/b/image"))
    with pytest.raises(InputError, match="/a/image, /b/image; choose with --image-topic"):
        BagSource(path)
    assert BagSource(path, image_topic="b/image").topics["image"] == "/b/image"
    with pytest.raises(InputError, match="no camera topic /c; found: /a/image, /b/image"):
        BagSource(path, image_topic="/c")


def test_bag_without_camera(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "bag.mcap") as bag:
        bag.write("/twist", "geometry_msgs/msg/TwistStamped", twist_fields(1, 2.0), 1)
    with pytest.raises(InputError, match="has no camera topic"):
        open_source(tmp_path / "bag.mcap")


def test_picture_that_does_not_decode_is_told_and_left_out(tmp_path: Path) -> None:
    with BagWriter(tmp_path / "bag.mcap") as bag:
        for index, stamp in enumerate(STAMPS):
            fields = compressed_fields(index, stamp)
            if index == 1:
                fields["data"] = fields["data"][:-20]
            bag.write("/image/compressed", "sensor_msgs/msg/CompressedImage", fields, stamp)
    source = BagSource(tmp_path / "bag.mcap")
    with pytest.raises(InputError, match=r"picture at 10\.033 s: PNG image is truncated"):
        list(source.events())
    told: list[int] = []
    events = list(source.events(lambda stamp, error: told.append(stamp)))
    assert told == [STAMPS[1]]
    assert [e.stamp_ns for e in events] == [STAMPS[0], STAMPS[2]]


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_truncated_bag(tmp_path: Path, share: float) -> None:
    path = write_camera_bag(tmp_path / "bag.mcap")
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(InputError, match="damaged or no rosbag2"):
        list(open_source(path).events())


def test_bag_with_damaged_payload(tmp_path: Path) -> None:
    path = write_camera_bag(tmp_path / "bag.mcap")
    data = bytearray(path.read_bytes())
    data[300:900] = bytes(600)
    path.write_bytes(data)
    with pytest.raises(InputError, match="damaged"):
        list(open_source(path).events())


def test_folder_without_metadata_and_other_files(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"metadata\.yaml is missing"):
        open_source(tmp_path / "empty")
    (tmp_path / "x.db3").write_bytes(b"no database at all, but long enough for a header" * 20)
    with pytest.raises(InputError, match="damaged"):
        open_source(tmp_path / "x.db3")
    (tmp_path / "x.bag").write_bytes(b"#ROSBAG V2.0")
    with pytest.raises(InputError, match="ROS 1 bag"):
        open_source(tmp_path / "x.bag")
    with pytest.raises(InputError, match="does not exist"):
        open_source(tmp_path / "nothing.mp4")


def test_failed_writing_leaves_nothing_behind(tmp_path: Path, full_state: AttentionState) -> None:
    for name in ("a.mcap", "folder"):
        fields = {**attention_fields(full_state), "mood": 1}
        with pytest.raises(KeyError, match="mood"), BagWriter(tmp_path / name) as bag:
            bag.write("/s", ATTENTION_STATE, fields, 1)
    assert list(tmp_path.iterdir()) == []


def test_folder_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "bag").mkdir()
    with pytest.raises(InputError, match="exists already"), BagWriter(tmp_path / "bag"):
        pass


def test_same_states_give_the_same_bytes(tmp_path: Path, full_state: AttentionState) -> None:
    digests = set()
    for index in range(2):
        bag_path, table = tmp_path / f"{index}.mcap", tmp_path / f"{index}.parquet"
        with BagWriter(bag_path) as bag:
            for _ in range(50):
                face = face_fields(full_state.face)
                bag.write("/face", FACE_OBSERVATION, face, full_state.stamp_ns)
                state = attention_fields(full_state)
                bag.write("/attention_state", ATTENTION_STATE, state, full_state.stamp_ns)
        write_parquet(table, columns_of([attention_fields(full_state)] * 50))
        digests.add(tuple(hashlib.sha256(p.read_bytes()).hexdigest() for p in (bag_path, table)))
    assert len(digests) == 1


def test_states_in_a_bag_read_back_with_rosbags(tmp_path: Path, full_state: AttentionState) -> None:
    from rosbags.highlevel import AnyReader

    with BagWriter(tmp_path / "states.mcap") as bag:
        fields = attention_fields(full_state)
        bag.write("/attention_state", ATTENTION_STATE, fields, full_state.stamp_ns)
    with AnyReader([tmp_path / "states.mcap"]) as reader:
        [(connection, stamp, data)] = list(reader.messages())
        message = reader.deserialize(data, connection.msgtype)
    assert (connection.topic, stamp) == ("/attention_state", full_state.stamp_ns)
    assert message.gaze_zone == "mirror_interior"
    assert message.head_yaw == pytest.approx(0.3)


def test_table_reads_back(
    tmp_path: Path, full_state: AttentionState, unknown_state: AttentionState
) -> None:
    columns = columns_of([attention_fields(full_state), attention_fields(unknown_state)])
    write_parquet(tmp_path / "t.parquet", columns)
    back = read_parquet(tmp_path / "t.parquet")
    assert list(back) == list(columns)
    for name, values in columns.items():
        if isinstance(values, list):
            assert back[name] == values
        else:
            np.testing.assert_array_equal(back[name], values)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1nothing")
    with pytest.raises(InputError, match="no table that can be read"):
        read_parquet(tmp_path / "bad.parquet")


def write_video(path: Path, frames: int = 12, rate: float = 25.0) -> Path:
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (WIDTH, HEIGHT))
    for index in range(frames):
        writer.write(picture(index)[:, :, ::-1])
    writer.release()
    return path


def test_video_gives_rgb_pictures_with_container_stamps(tmp_path: Path) -> None:
    source = open_source(write_video(tmp_path / "v.avi"))
    assert isinstance(source, VideoSource)
    assert (source.frames, source.rate) == (12, 25.0)
    frames = list(source.events())
    assert [f.stamp_ns for f in frames] == [i * 40_000_000 for i in range(12)]
    difference = np.abs(frames[3].image.astype(int) - picture(3))
    assert difference.mean() < 6


def test_truncated_video_is_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.avi", frames=60)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    told: list[str] = []
    frames = list(open_source(path).events(lambda _, error: told.append(str(error))))
    assert 0 < len(frames) < 60
    assert len(told) == 1
    assert "truncated or damaged" in told[0]


@pytest.mark.parametrize("content", [b"", b"this is no video" * 100])
def test_file_that_is_no_video(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "v.mp4").write_bytes(content)
    with pytest.raises(InputError, match="no video that can be read"):
        open_source(tmp_path / "v.mp4")


def test_video_without_pictures(tmp_path: Path) -> None:
    path = write_video(tmp_path / "v.avi", frames=0)
    with pytest.raises(InputError, match=r"v\.avi (holds no pictures|is no video)"):
        open_source(path)
