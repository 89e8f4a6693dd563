"""Decodes camera pictures from the bytes that ROS messages and recordings carry.

Encoding names are those of `sensor_msgs/image_encodings.hpp`; the size checks and the 16-to-8-bit
scaling are those of cv_bridge, so that both give the same picture. Pictures come out as the core
wants them: uint8, RGB of shape (H, W, 3) or grey of shape (H, W).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError

Buffer = bytes | bytearray | memoryview | npt.NDArray[np.uint8]
ByteImage = npt.NDArray[np.uint8]

MAX_SIDE = 16384
"""Longest side in px that is believed: beyond any cabin camera, so the message is garbage."""

_JPEG_START = b"\xff\xd8\xff"
_JPEG_END = b"\xff\xd9"
_JPEG_SCAN = 0xDA
# Start of a frame: of the 0xCn markers all but tables (4, 12) and one kept for extensions (8). Its
# number of components lies behind marker, length, precision, height and width (ITU-T T.81, B.2.2).
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_COLOURS_AT = 9
# Newer versions of OpenCV decode a JPEG into RGB at once; turning BGR round afterwards reads and
# writes the whole picture once more, a sixth of the time (docs/architecture.md).
_JPEG_AS_RGB: int | None = getattr(cv2, "IMREAD_COLOR_RGB", None)
_PNG_START = b"\x89PNG\r\n\x1a\n"
_PNG_END = b"IEND\xaeB`\x82"


@dataclass(frozen=True)
class _Layout:
    """How one encoding lies in memory, and the cv2 code that makes RGB of it (None: as it is)."""

    channels: int
    depth: Literal[8, 16] = 8
    to_rgb: int | None = None
    even_width: bool = False
    even_height: bool = False


def _bayer(depth: Literal[8, 16], code: int) -> _Layout:
    return _Layout(1, depth, code, even_width=True, even_height=True)


_LAYOUTS: dict[str, _Layout] = {
    "rgb8": _Layout(3),
    "bgr8": _Layout(3, to_rgb=cv2.COLOR_BGR2RGB),
    # OpenCV's order is what publishes 8UC3 in practice.
    "8UC3": _Layout(3, to_rgb=cv2.COLOR_BGR2RGB),
    "rgba8": _Layout(4, to_rgb=cv2.COLOR_RGBA2RGB),
    "bgra8": _Layout(4, to_rgb=cv2.COLOR_BGRA2RGB),
    "8UC4": _Layout(4, to_rgb=cv2.COLOR_BGRA2RGB),
    "mono8": _Layout(1),
    "8UC1": _Layout(1),
    "mono16": _Layout(1, 16),
    "16UC1": _Layout(1, 16),
    "yuv422": _Layout(2, to_rgb=cv2.COLOR_YUV2RGB_UYVY, even_width=True),
    "uyvy": _Layout(2, to_rgb=cv2.COLOR_YUV2RGB_UYVY, even_width=True),
    "yuv422_yuy2": _Layout(2, to_rgb=cv2.COLOR_YUV2RGB_YUY2, even_width=True),
    "yuyv": _Layout(2, to_rgb=cv2.COLOR_YUV2RGB_YUY2, even_width=True),
    # OpenCV names these by the second row's second and third pixel; the newer names that say what
    # is meant do not exist in Humble's OpenCV.
    "bayer_rggb8": _bayer(8, cv2.COLOR_BayerBG2RGB),
    "bayer_bggr8": _bayer(8, cv2.COLOR_BayerRG2RGB),
    "bayer_gbrg8": _bayer(8, cv2.COLOR_BayerGR2RGB),
    "bayer_grbg8": _bayer(8, cv2.COLOR_BayerGB2RGB),
    "bayer_rggb16": _bayer(16, cv2.COLOR_BayerBG2RGB),
    "bayer_bggr16": _bayer(16, cv2.COLOR_BayerRG2RGB),
    "bayer_gbrg16": _bayer(16, cv2.COLOR_BayerGR2RGB),
    "bayer_grbg16": _bayer(16, cv2.COLOR_BayerGB2RGB),
}

RAW_ENCODINGS = tuple(_LAYOUTS)
"""Encodings that `decode_raw` understands."""


def decode_raw(
    data: Buffer, width: int, height: int, encoding: str, step: int, is_bigendian: bool = False
) -> ByteImage:
    """Decodes the payload of a `sensor_msgs/Image`.

    Args:
        data: The payload, `step * height` bytes.
        width: Picture width, px.
        height: Picture height, px.
        encoding: One of `RAW_ENCODINGS`.
        step: Bytes from one row to the next; more than the row itself if rows are padded.
        is_bigendian: Byte order of 16-bit encodings.

    Returns:
        RGB (H, W, 3) or grey (H, W), uint8. It may share memory with `data` and be read-only.

    Raises:
        InputError: If the encoding is unknown or size, step and payload do not fit together.
    """
    layout = _LAYOUTS.get(encoding)
    if layout is None:
        raise InputError(
            f"image encoding {encoding!r} is not supported; known: {', '.join(RAW_ENCODINGS)}"
        )
    flat = _checked_payload(data, width, height, encoding, step, layout)
    row_bytes = width * layout.channels * layout.depth // 8
    rows = flat.reshape(height, step)[:, :row_bytes]
    if layout.depth == 16:
        image = _to_8_bit(rows, height, width, is_bigendian)
    else:
        shape = (height, width) if layout.channels == 1 else (height, width, layout.channels)
        image = np.ascontiguousarray(rows).reshape(shape)
    if layout.to_rgb is None:
        return image
    return np.asarray(cv2.cvtColor(image, layout.to_rgb), dtype=np.uint8)


def decode_compressed(data: Buffer, image_format: str = "") -> ByteImage:
    """Decodes the payload of a `sensor_msgs/CompressedImage`: JPEG or PNG.

    A JPEG cut short decodes without complaint into a picture with grey rows, so its end marker is
    looked for first. EXIF orientation is ignored: landmarks refer to the sensor's own rows.

    Args:
        data: The payload.
        image_format: The `format` field, for instance "rgb8; jpeg compressed bgr8". The payload
            itself tells what it is; of the field only image_transport's rule is used, that a
            colour picture without "compressed bgr" was stored with red and blue swapped.

    Returns:
        RGB (H, W, 3) or grey (H, W), uint8.

    Raises:
        InputError: If the payload is empty, truncated, neither JPEG nor PNG, or does not decode.
    """
    payload = bytes(_as_bytes(data))
    said = f" (format field: {image_format!r})" if image_format else ""
    if not payload:
        raise InputError(f"compressed image is empty{said}")
    colours = 0
    if payload.startswith(_JPEG_START):
        colours = _jpeg_colours(payload)
        if not colours:
            raise InputError(
                f"JPEG image is truncated: no end marker in {len(payload)} bytes{said}"
            )
    elif payload.startswith(_PNG_START):
        if _PNG_END not in payload[-64:]:
            raise InputError(f"PNG image is truncated: no end chunk in {len(payload)} bytes{said}")
    else:
        raise InputError(
            f"compressed image is neither JPEG nor PNG: it starts with {payload[:4].hex()}{said}"
        )
    swapped = _stored_swapped(image_format)
    flags = cv2.IMREAD_UNCHANGED
    if _JPEG_AS_RGB is not None and colours == 3 and not swapped:
        flags = _JPEG_AS_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        image = cv2.imdecode(np.frombuffer(payload, np.uint8), flags)
    except cv2.error as error:
        raise InputError(f"compressed image does not decode{said}: {error}") from error
    if image is None or image.size == 0:
        raise InputError(f"compressed image of {len(payload)} bytes does not decode{said}")
    return _decoded_to_core(image, as_it_is=swapped or flags != cv2.IMREAD_UNCHANGED)


def encode_jpeg(image: ByteImage, quality: int) -> bytes:
    """Encodes a picture as JPEG.

    Args:
        image: RGB (H, W, 3) or grey (H, W), uint8.
        quality: 1 to 100, 100 is best.
    """
    stored = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    done, data = cv2.imencode(".jpg", stored, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise InputError(f"a picture of shape {image.shape} cannot be encoded as JPEG")
    return bytes(data)


def _stored_swapped(image_format: str) -> bool:
    original, separator, stored = image_format.partition(";")
    colour = original.strip() in ("rgb8", "bgr8", "rgba8", "bgra8")
    return bool(separator) and colour and "compressed bgr" not in stored


def _checked_payload(
    data: Buffer, width: int, height: int, encoding: str, step: int, layout: _Layout
) -> ByteImage:
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise InputError(f"image size {width}x{height} is empty or larger than {MAX_SIDE} px")
    if (layout.even_width and width % 2) or (layout.even_height and height % 2):
        raise InputError(f"{encoding} needs an even size, got {width}x{height}")
    row_bytes = width * layout.channels * layout.depth // 8
    if step < row_bytes:
        raise InputError(
            f"image step {step} is shorter than a row of {width} px in {encoding} "
            f"({row_bytes} bytes)"
        )
    flat = _as_bytes(data)
    if flat.size != step * height:
        raise InputError(
            f"image payload holds {flat.size} bytes, expected step * height = "
            f"{step} * {height} = {step * height}"
        )
    return flat


def _as_bytes(data: Buffer) -> ByteImage:
    if isinstance(data, np.ndarray):
        return data.reshape(-1).view(np.uint8)
    return np.frombuffer(data, dtype=np.uint8) if len(data) else np.empty(0, np.uint8)


def _to_8_bit(rows: ByteImage, height: int, width: int, is_bigendian: bool) -> ByteImage:
    """Scales 16-bit rows to 8 bit with rounding, as cv_bridge does (255 / 65535)."""
    order = ">u2" if is_bigendian else "<u2"
    wide = np.ascontiguousarray(rows).view(order).reshape(height, width)
    if is_bigendian != (sys.byteorder == "big"):
        wide = wide.astype(np.uint16)
    return np.asarray(cv2.convertScaleAbs(wide, alpha=255.0 / 65535.0), dtype=np.uint8)


def _jpeg_colours(payload: bytes) -> int:
    """Number of colour components, 1 if it is not said; 0 if the picture is not whole.

    It is whole if an end marker follows the (first) scan; thumbnails in the header do not count.
    """
    at, colours = 2, 1
    while at + 4 <= len(payload):
        if payload[at] != 0xFF:
            return 0
        marker = payload[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker == _JPEG_SCAN:
            return colours if payload.find(_JPEG_END, at) >= 0 else 0
        if marker in _JPEG_FRAMES and at + _JPEG_COLOURS_AT < len(payload):
            colours = max(1, payload[at + _JPEG_COLOURS_AT])
        at += 2 + int.from_bytes(payload[at + 2 : at + 4], "big")
    return 0


def _decoded_to_core(image: npt.NDArray[np.generic], *, as_it_is: bool) -> ByteImage:
    if image.dtype == np.uint16:
        image = cv2.convertScaleAbs(image, alpha=255.0 / 65535.0)
    if image.dtype != np.uint8:
        raise InputError(f"compressed image decodes to {image.dtype}, expected 8 or 16 bit")
    if image.ndim == 2:
        return np.asarray(image, dtype=np.uint8)
    if as_it_is:
        return np.ascontiguousarray(image[:, :, :3], dtype=np.uint8)
    code = cv2.COLOR_BGR2RGB if image.shape[2] == 3 else cv2.COLOR_BGRA2RGB
    return np.asarray(cv2.cvtColor(image, code), dtype=np.uint8)
