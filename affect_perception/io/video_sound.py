"""Reads the sound of video files with PyAV, where that is installed.

PyAV is in no extra: its wheel carries FFmpeg with x264 and x265, which are under the GPL.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError


def read_video_sound(path: Path) -> tuple[npt.NDArray[np.float32], int]:
    """Reads the first sound track of a video file.

    Returns:
        (samples, channels) in -1..1, and samples per second.

    Raises:
        InputError: If the file is missing or damaged or has no sound, or PyAV is not installed.
    """
    if not path.is_file():
        raise InputError(f"no such video file: {path}")
    try:
        import av
    except ImportError as error:
        raise InputError(
            f"{path}: reading the sound of a video needs PyAV: pip install 'av>=11' ({error})"
        ) from error
    try:
        with av.open(str(path)) as container:
            if not container.streams.audio:
                raise InputError(f"{path}: has no sound track")
            stream = container.streams.audio[0]
            rate = int(stream.rate)
            resampler = av.AudioResampler(format="fltp", layout=stream.layout, rate=rate)
            parts = [
                changed.to_ndarray()
                for frame in container.decode(stream)
                for changed in resampler.resample(frame)
            ]
    except av.FFmpegError as error:
        raise InputError(f"{path}: the sound cannot be decoded ({error})") from error
    if not parts:
        raise InputError(f"{path}: the sound track is empty")
    return np.concatenate(parts, axis=1).T.astype(np.float32), rate
