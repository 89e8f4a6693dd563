"""Video clips of RAVDESS as published: `Actor_01/01-01-06-01-02-01-12.mp4` anywhere below a folder.

The first code of a name says whether the file has sound: 01 picture and sound, 02 picture alone, 03
sound alone. A take without sound may have it in a file of the same codes with 03 in the same folder
(published: another folder, other starting point; so nothing is looked up elsewhere).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import CameraFrame
from affect_perception.evaluation.datasets.ravdess_names import RavdessName, parse_ravdess_name
from affect_perception.io.audio import read_audio
from affect_perception.io.video import VideoSource
from affect_perception.io.video_sound import read_video_sound

VIDEO_SUFFIX = ".mp4"
SOUND_SUFFIXES = (".wav", ".flac")


@dataclass(frozen=True)
class VideoTake:
    """One take with pictures.

    Attributes:
        path: Video file.
        name: What the codes of its name say.
    """

    path: Path
    name: RavdessName

    def pictures(self, count: int, size: int) -> npt.NDArray[np.uint8]:
        """Pictures evenly spread over the take: (count, size, size, 3) RGB.

        The middle square of each picture is taken. Spread by the stamps of the container, so that a
        changing rate does not matter; a take of fewer pictures repeats the nearest.

        Raises:
            InputError: If the file cannot be decoded.
        """
        stamps: list[int] = []
        frames: list[npt.NDArray[np.uint8]] = []
        for event in VideoSource(self.path).events():
            assert isinstance(event, CameraFrame)
            stamps.append(event.stamp_ns)
            frames.append(_square(event.image, size))
        wanted = np.linspace(stamps[0], stamps[-1], count)
        nearest = np.abs(np.array(stamps)[:, None] - wanted[None]).argmin(axis=0)
        return np.stack([frames[i] for i in nearest])

    def sound(self) -> tuple[npt.NDArray[np.float32], int] | None:
        """(samples, channels) and rate of its own sound, or that of the same take; None without.

        Raises:
            InputError: If there is sound and it cannot be read.
        """
        if self.name.modality == "audio-video":
            return read_video_sound(self.path)
        other = self.name.as_modality("audio")
        for suffix in SOUND_SUFFIXES:
            path = self.path.with_name(other + suffix)
            if path.is_file():
                return read_audio(path)
        return None


def read_video_takes(folder: Path) -> list[VideoTake]:
    """The speech takes with pictures below a folder, by name.

    Raises:
        InputError: If the folder holds none, or a video has no name of RAVDESS.
    """
    paths = sorted(folder.rglob(f"*{VIDEO_SUFFIX}"), key=lambda path: (path.stem, str(path)))
    takes = []
    for path in paths:
        try:
            name = parse_ravdess_name(path.stem)
        except InputError as error:
            raise InputError(f"{path}: {error}") from error
        if name.channel == "speech" and name.modality != "audio":
            takes.append(VideoTake(path, name))
    if not takes:
        raise InputError(
            f"{folder}: holds no speech video of RAVDESS such as Actor_12/01-01-06-01-02-01-12.mp4"
        )
    return takes


def _square(image: npt.NDArray[np.uint8], size: int) -> npt.NDArray[np.uint8]:
    height, width = image.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    middle = image[top : top + side, left : left + side]
    if middle.ndim == 2:
        middle = np.repeat(middle[..., None], 3, axis=2)
    return np.asarray(cv2.resize(middle, (size, size), interpolation=cv2.INTER_AREA), np.uint8)
