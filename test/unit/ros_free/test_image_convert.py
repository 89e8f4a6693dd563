"""Camera messages -> frames: both decoders, wrong input, camera_info in all its forms.

Every encoding in detail is tested with io/image_codec; real messages and topics in test/ros. The
contract test against cv_bridge runs wherever cv_bridge is importable and says so where it is not.
"""

from __future__ import annotations

import importlib.util
import math
import sys
from types import SimpleNamespace

import cv2
import message_doubles as doubles
import numpy as np
import pytest

from affect_perception.core.errors import ConfigError, InputError
from affect_perception.core.types import CameraFrame, CameraIntrinsics
from affect_perception.ros.image_convert import (
    CV_BRIDGE_PIXEL_BYTES,
    BuiltinDecoder,
    CvBridgeDecoder,
    camera_frame,
    camera_intrinsics,
    fit_intrinsics,
    make_decoder,
    with_intrinsics,
)

pytestmark = pytest.mark.unit

HAS_CV_BRIDGE = importlib.util.find_spec("cv_bridge") is not None
RGB = np.random.default_rng(7).integers(0, 256, (48, 64, 3), dtype=np.uint8)


def raw_pixels(encoding: str) -> np.ndarray:
    """Random pixels in the memory layout of an encoding."""
    channels = {"rgb8": 3, "bgr8": 3, "rgba8": 4, "bgra8": 4, "yuv422": 2}.get(encoding, 1)
    dtype = np.uint16 if encoding.endswith("16") else np.uint8
    shape = (48, 64, channels) if channels > 1 else (48, 64)
    return np.random.default_rng(3).integers(0, np.iinfo(dtype).max + 1, shape, dtype=dtype)


def test_rgb8_shares_the_memory_of_the_message() -> None:
    message = doubles.image(RGB, "rgb8")
    frame = camera_frame(message, BuiltinDecoder())
    np.testing.assert_array_equal(frame.image, RGB)
    assert np.shares_memory(frame.image, np.frombuffer(message.data, np.uint8))
    assert frame.stamp_ns == 1_500_000_000
    assert frame.frame_id == "camera_optical"
    assert frame.intrinsics is None


def test_padded_rows_and_bgr_give_the_same_picture() -> None:
    plain = camera_frame(doubles.image(RGB[:, :, ::-1], "bgr8"), BuiltinDecoder())
    padded = camera_frame(doubles.image(RGB[:, :, ::-1], "bgr8", step=256), BuiltinDecoder())
    np.testing.assert_array_equal(plain.image, RGB)
    np.testing.assert_array_equal(padded.image, RGB)


def test_infrared_16_bit_is_scaled_in_both_byte_orders() -> None:
    grey = np.array([[0, 257, 65535], [128, 32896, 65407]], dtype=np.uint16)
    for big in (False, True):
        frame = camera_frame(doubles.image(grey, "mono16", big=big), BuiltinDecoder())
        # value * 255 / 65535, rounded: 128 -> 0.498 -> 0, 65407 -> 254.502 -> 255
        np.testing.assert_array_equal(frame.image, [[0, 1, 255], [0, 128, 255]])


@pytest.mark.parametrize("image_format", ["jpeg", "rgb8; jpeg compressed bgr8", "png"])
def test_compressed_pictures_come_out_as_rgb(image_format: str) -> None:
    flat = np.full((32, 32, 3), (200, 30, 60), np.uint8)
    extension = ".png" if image_format == "png" else ".jpg"
    data = cv2.imencode(extension, flat[:, :, ::-1])[1].tobytes()
    frame = camera_frame(doubles.compressed(data, image_format), BuiltinDecoder())
    np.testing.assert_allclose(frame.image[16, 16], (200, 30, 60), atol=3)


@pytest.mark.parametrize(
    ("message", "words"),
    [
        (doubles.image(RGB, "hsv8"), ["hsv8", "rgb8"]),
        (doubles.image(RGB, "rgb8", data=b"123"), ["3", "9216"]),
        (doubles.image(RGB, "rgb8", width=80), ["192", "240"]),
        (doubles.image(RGB, "rgb8", width=0, height=0, data=b""), ["0x0"]),
        (doubles.image(RGB, "rgb8", header=doubles.header(0)), ["stamp"]),
        (doubles.compressed(b""), ["empty"]),
        (doubles.compressed(cv2.imencode(".jpg", RGB)[1].tobytes()[:-200]), ["truncated"]),
    ],
    ids=["encoding", "short", "narrow step", "empty", "no stamp", "no bytes", "cut jpeg"],
)
@pytest.mark.parametrize("decoder", ["builtin", "cv_bridge"])
def test_unusable_pictures_are_named(
    message: SimpleNamespace, words: list[str], decoder: str, request: pytest.FixtureRequest
) -> None:
    with pytest.raises(InputError) as caught:
        camera_frame(message, request.getfixturevalue(f"{decoder}_decoder"))
    for word in words:
        assert word in str(caught.value)


@pytest.mark.skipif(
    not HAS_CV_BRIDGE, reason="cv_bridge is not installed: its contract is untested"
)
@pytest.mark.parametrize("big", [False, True], ids=["little", "big"])
@pytest.mark.parametrize("padding", [0, 16])
@pytest.mark.parametrize("encoding", sorted(CV_BRIDGE_PIXEL_BYTES))
def test_cv_bridge_and_builtin_give_the_same_picture(
    encoding: str, padding: int, big: bool
) -> None:
    pixels = raw_pixels(encoding)
    step = pixels.dtype.itemsize * pixels[0].size + padding
    message = doubles.image(pixels, encoding, step=step, big=big)
    np.testing.assert_array_equal(CvBridgeDecoder().raw(message), BuiltinDecoder().raw(message))


def test_backend_is_chosen_by_parameter(monkeypatch: pytest.MonkeyPatch) -> None:
    assert make_decoder("builtin").name == "builtin"
    assert make_decoder("auto").name == ("cv_bridge" if HAS_CV_BRIDGE else "builtin")
    monkeypatch.setitem(sys.modules, "cv_bridge", None)
    assert make_decoder("auto").name == "builtin"
    with pytest.raises(ConfigError, match=r"image_backend.*cv_bridge"):
        make_decoder("cv_bridge")


def test_camera_info_is_read() -> None:
    intrinsics = camera_intrinsics(doubles.camera_info())
    assert intrinsics == CameraIntrinsics(
        640, 480, 500.0, 510.0, 320.0, 240.0, (0.1, -0.2, 0.001, 0.002, 0.05)
    )


def test_uncalibrated_camera_has_no_intrinsics() -> None:
    assert camera_intrinsics(doubles.camera_info(k=np.zeros(9), d=[])) is None


def test_binning_and_region_of_interest_move_the_camera_matrix() -> None:
    roi = SimpleNamespace(x_offset=100, y_offset=40, width=400, height=320, do_rectify=False)
    message = doubles.camera_info(binning_x=2, binning_y=2, roi=roi)
    intrinsics = camera_intrinsics(message)
    assert intrinsics is not None
    assert (intrinsics.width, intrinsics.height) == (200, 160)
    assert (intrinsics.fx, intrinsics.fy) == (250.0, 255.0)
    assert (intrinsics.cx, intrinsics.cy) == (110.0, 100.0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"k": np.array([math.nan, 0, 320, 0, 500, 240, 0, 0, 1.0])}, ["K", "nan"]),
        ({"d": [0.1, math.inf, 0, 0, 0]}, ["distortion", "inf"]),
        ({"k": np.array([-500.0, 0, 320, 0, 500, 240, 0, 0, 1.0])}, ["fx=-500"]),
        ({"distortion_model": "equidistant", "d": [0.1, 0, 0, 0]}, ["equidistant", "plumb_bob"]),
        ({"distortion_model": "rational_polynomial", "d": [0.1] * 8}, ["rational_polynomial"]),
        ({"width": 0}, ["0x480"]),
    ],
)
def test_unusable_calibration_is_named(change: dict[str, object], words: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        camera_intrinsics(doubles.camera_info(**change))
    for word in words:
        assert word in str(caught.value)


def test_rational_model_without_further_terms_is_plumb_bob() -> None:
    d = [0.1, -0.2, 0.001, 0.002, 0.05, 0.0, 0.0, 0.0]
    message = doubles.camera_info(distortion_model="rational_polynomial", d=d)
    assert camera_intrinsics(message) == camera_intrinsics(doubles.camera_info())


def test_intrinsics_follow_the_resolution_but_not_a_crop() -> None:
    intrinsics = CameraIntrinsics(640, 480, 500.0, 500.0, 320.0, 240.0)
    assert fit_intrinsics(intrinsics, 320, 240).fx == 250.0
    assert fit_intrinsics(intrinsics, 427, 320).width == 427  # 2/3, rounded
    with pytest.raises(InputError, match=r"640x480.*1280x720"):
        fit_intrinsics(intrinsics, 1280, 720)
    frame = CameraFrame(1, np.zeros((240, 320), np.uint8))
    assert with_intrinsics(frame, None) is frame
    assert with_intrinsics(frame, intrinsics).intrinsics == intrinsics.scaled_to(320, 240)


@pytest.fixture
def builtin_decoder() -> BuiltinDecoder:
    return BuiltinDecoder()


@pytest.fixture
def cv_bridge_decoder() -> CvBridgeDecoder:
    if not HAS_CV_BRIDGE:
        pytest.skip("cv_bridge is not installed: its contract is untested")
    return CvBridgeDecoder()
