"""Covers decoding of raw and compressed pictures, and the errors of bad ones.

Leaves to others: the fields of ROS messages and agreement with cv_bridge (test/ros).
"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from affect_perception.core.errors import InputError
from affect_perception.io import image_codec
from affect_perception.io.image_codec import RAW_ENCODINGS, decode_compressed, decode_raw

pytestmark = pytest.mark.unit

WIDTH, HEIGHT = 8, 6


@pytest.fixture
def rgb() -> np.ndarray:
    """A smooth colour picture with three different channels."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    return np.stack([x * 20 + 40, y * 25 + 30, 200 - x * 10], axis=2).astype(np.uint8)


def flat(rgb: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    return np.broadcast_to(np.array(colour, np.uint8), rgb.shape).copy()


@pytest.mark.parametrize(
    ("encoding", "channels"),
    [
        ("rgb8", [0, 1, 2]),
        ("bgr8", [2, 1, 0]),
        ("8UC3", [2, 1, 0]),
        ("rgba8", [0, 1, 2, 1]),
        ("bgra8", [2, 1, 0, 1]),
        ("8UC4", [2, 1, 0, 1]),
    ],
)
def test_colour_order_becomes_rgb(rgb: np.ndarray, encoding: str, channels: list[int]) -> None:
    data = np.ascontiguousarray(rgb[:, :, channels])
    image = decode_raw(data.tobytes(), WIDTH, HEIGHT, encoding, WIDTH * len(channels))
    np.testing.assert_array_equal(image, rgb)


def test_padded_rows_are_cut(rgb: np.ndarray) -> None:
    step = WIDTH * 3 + 5
    padded = np.full((HEIGHT, step), 255, np.uint8)
    padded[:, : WIDTH * 3] = rgb.reshape(HEIGHT, -1)
    np.testing.assert_array_equal(decode_raw(padded.tobytes(), WIDTH, HEIGHT, "rgb8", step), rgb)


@pytest.mark.parametrize("encoding", ["mono8", "8UC1"])
def test_grey_stays_grey(rgb: np.ndarray, encoding: str) -> None:
    grey = np.ascontiguousarray(rgb[:, :, 0])
    image = decode_raw(grey.tobytes(), WIDTH, HEIGHT, encoding, WIDTH)
    np.testing.assert_array_equal(image, grey)


@pytest.mark.parametrize("big", [False, True])
@pytest.mark.parametrize("encoding", ["mono16", "16UC1"])
def test_16_bit_is_scaled_with_rounding_in_either_byte_order(encoding: str, big: bool) -> None:
    wide = np.array([[0, 128, 129, 257], [32768, 65535, 65278, 65406]], np.uint16)
    data = wide.astype(">u2" if big else "<u2").tobytes()
    image = decode_raw(data, 4, 2, encoding, 8, is_bigendian=big)
    np.testing.assert_array_equal(image, np.rint(wide * (255 / 65535)).astype(np.uint8))


@pytest.mark.parametrize(
    ("encoding", "order"),
    [("yuv422", "uyvy"), ("uyvy", "uyvy"), ("yuv422_yuy2", "yuyv"), ("yuyv", "yuyv")],
)
def test_yuv422_of_flat_colour(rgb: np.ndarray, encoding: str, order: str) -> None:
    colour = flat(rgb, (180, 90, 60))
    y, cr, cb = cv2.cvtColor(colour, cv2.COLOR_RGB2YCrCb)[0, 0].astype(float)
    # Video range (BT.601), as cameras send it.
    values = {"y": 16 + y * 219 / 255, "u": 128 + (cb - 128) * 224 / 255}
    values["v"] = 128 + (cr - 128) * 224 / 255
    pair = [values[c] for c in order]
    data = np.tile(np.rint(pair).astype(np.uint8), HEIGHT * WIDTH // 2)
    image = decode_raw(data.tobytes(), WIDTH, HEIGHT, encoding, WIDTH * 2)
    assert image.shape == (HEIGHT, WIDTH, 3)
    assert np.abs(image.astype(int) - colour).max() <= 4


@pytest.mark.parametrize("depth", [8, 16])
@pytest.mark.parametrize("pattern", ["rggb", "bggr", "gbrg", "grbg"])
def test_bayer_of_flat_colour(rgb: np.ndarray, pattern: str, depth: int) -> None:
    colour = {"r": 200, "g": 120, "b": 40}
    cell = np.array([[colour[c] for c in pattern[:2]], [colour[c] for c in pattern[2:]]])
    mosaic = np.tile(cell, (HEIGHT // 2, WIDTH // 2))
    data = mosaic.astype(np.uint8) if depth == 8 else (mosaic * 257).astype("<u2")
    image = decode_raw(data.tobytes(), WIDTH, HEIGHT, f"bayer_{pattern}{depth}", WIDTH * depth // 8)
    np.testing.assert_array_equal(image[2:-2, 2:-2], flat(rgb, (200, 120, 40))[2:-2, 2:-2])


def test_arrays_and_bytes_decode_alike(rgb: np.ndarray) -> None:
    for data in (rgb.tobytes(), bytearray(rgb.tobytes()), memoryview(rgb.tobytes()), rgb.ravel()):
        np.testing.assert_array_equal(decode_raw(data, WIDTH, HEIGHT, "rgb8", WIDTH * 3), rgb)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"encoding": "rgb9"}, "'rgb9' is not supported"),
        ({"encoding": ""}, "'' is not supported"),
        ({"width": 0}, "image size 0x6"),
        ({"height": 0}, "image size 8x0"),
        ({"height": -1}, "image size 8x-1"),
        ({"width": 10**6}, "larger than"),
        ({"step": WIDTH * 3 - 1}, "shorter than a row"),
        ({"height": HEIGHT + 1}, "payload holds"),
        ({"data": b""}, "payload holds 0 bytes"),
        ({"encoding": "yuv422", "width": 7, "step": 14}, "even size"),
        ({"encoding": "bayer_rggb8", "height": 5, "step": 8}, "even size"),
    ],
)
def test_unfit_raw_pictures_say_what_is_wrong(
    rgb: np.ndarray, change: dict[str, object], message: str
) -> None:
    arguments = {
        "data": rgb.tobytes(),
        "width": WIDTH,
        "height": HEIGHT,
        "encoding": "rgb8",
        "step": WIDTH * 3,
    }
    with pytest.raises(InputError, match=message):
        decode_raw(**{**arguments, **change})


@pytest.mark.parametrize("encoding", RAW_ENCODINGS)
def test_every_encoding_gives_what_the_core_wants(encoding: str) -> None:
    bits = 16 if encoding.endswith("16") or encoding == "16UC1" else 8
    channels = {"rgb": 3, "bgr": 3, "8UC": 3}.get(encoding[:3], 1)
    if encoding in ("rgba8", "bgra8", "8UC4"):
        channels = 4
    elif encoding == "8UC1":
        channels = 1
    elif encoding.startswith(("yu", "uy")):
        channels = 2
    step = 8 * channels * bits // 8
    image = decode_raw(bytes(step * 4), 8, 4, encoding, step)
    assert image.dtype == np.uint8
    assert image.shape in ((4, 8), (4, 8, 3))


def encoded(image: np.ndarray, suffix: str) -> bytes:
    return cv2.imencode(suffix, image)[1].tobytes()


def big_picture() -> np.ndarray:
    rng = np.random.default_rng(1)
    return cv2.resize(rng.integers(0, 255, (12, 16, 3), np.uint8), (160, 120))


def test_png_is_exact_and_rgb(rgb: np.ndarray) -> None:
    image = decode_compressed(encoded(rgb[:, :, ::-1], ".png"), "rgb8; png compressed bgr8")
    np.testing.assert_array_equal(image, rgb)


def test_colours_stored_swapped_by_image_transport_are_swapped_back(rgb: np.ndarray) -> None:
    data = encoded(rgb, ".png")
    np.testing.assert_array_equal(decode_compressed(data, "rgb8; png compressed rgb8"), rgb)
    np.testing.assert_array_equal(decode_compressed(data, "png"), rgb[:, :, ::-1])


def test_png_with_alpha_and_16_bit(rgb: np.ndarray) -> None:
    alpha = np.dstack([rgb[:, :, ::-1], np.full((HEIGHT, WIDTH), 7, np.uint8)])
    np.testing.assert_array_equal(decode_compressed(encoded(alpha, ".png")), rgb)
    wide = rgb[:, :, 0].astype(np.uint16) * 257
    np.testing.assert_array_equal(decode_compressed(encoded(wide, ".png")), rgb[:, :, 0])


def test_jpeg_colour_and_grey() -> None:
    picture = big_picture()
    image = decode_compressed(encoded(picture, ".jpg"), "jpeg")
    assert np.abs(image.astype(int) - picture[:, :, ::-1]).mean() < 6
    grey = decode_compressed(encoded(picture[:, :, 0], ".jpg"), "mono8; jpeg compressed mono8")
    assert grey.shape == (120, 160)


def test_bytes_after_the_end_of_a_jpeg_are_allowed() -> None:
    data = encoded(big_picture(), ".jpg") + bytes(32)
    assert decode_compressed(data).shape == (120, 160, 3)


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.999])
def test_truncated_jpeg_is_refused_wherever_it_is_cut(share: float) -> None:
    data = encoded(big_picture(), ".jpg")
    with pytest.raises(InputError, match="truncated"):
        decode_compressed(data[: int(len(data) * share)])


def test_end_marker_of_an_embedded_thumbnail_does_not_hide_truncation() -> None:
    data = encoded(big_picture(), ".jpg")
    thumbnail = b"\xff\xe1" + (6).to_bytes(2, "big") + b"\xff\xd8\xff\xd9"
    whole = data[:2] + thumbnail + data[2:]
    assert decode_compressed(whole).shape == (120, 160, 3)
    with pytest.raises(InputError, match="truncated"):
        decode_compressed(whole[:-2])


def test_truncated_png_is_refused(rgb: np.ndarray) -> None:
    with pytest.raises(InputError, match="truncated"):
        decode_compressed(encoded(rgb, ".png")[:-6])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b"\x00\x00\x00\x01\x67", "neither JPEG nor PNG"),
        (b"\xff\xd8\xff\xda\x00\x04\x00\x00\xff\xd9", "does not decode"),
        (b"\x89PNG\r\n\x1a\n" + b"IEND\xaeB`\x82", "does not decode"),
    ],
)
def test_what_is_no_picture_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message):
        decode_compressed(data, "h264")


@pytest.mark.parametrize("shape", [(120, 161, 3), (121, 160)])
@pytest.mark.parametrize("turned", [False, True])
def test_jpeg_decoded_into_rgb_is_the_one_turned_round_afterwards(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, ...], turned: bool
) -> None:
    picture = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    data = encoded(cv2.GaussianBlur(picture, (0, 0), 3.0), ".jpg")
    if turned:  # a camera held on its side: EXIF orientation 6, which is not followed
        data = data[:2] + _EXIF_TURNED + data[2:]
    direct = decode_compressed(data)
    monkeypatch.setattr(image_codec, "_JPEG_AS_RGB", None)
    np.testing.assert_array_equal(direct, decode_compressed(data))
    assert direct.shape == shape


_EXIF_TURNED = (
    b"\xff\xe1\x00\x22Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08"
    b"\x00\x01\x01\x12\x00\x03\x00\x00\x00\x01\x00\x06\x00\x00\x00\x00\x00\x00"
)
