"""Video takes of RAVDESS as published: names, pictures, sound or a message why not. Made files.

Leaves: the real files (train tier), learning from them (train tier).
"""

from __future__ import annotations

import sys

import cv2
import numpy as np
import pytest
from scipy.io import wavfile

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.ravdess_video import read_video_takes
from affect_perception.io.video_sound import read_video_sound

pytestmark = pytest.mark.unit


def write_video(path, frames=10, size=(64, 48)):
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"mp4v"), 20.0, size)
    for number in range(frames):
        picture = np.full((size[1], size[0], 3), 20 * number, np.uint8)
        picture[:, : (size[0] - size[1]) // 2] = 255  # outside the middle square
        writer.write(picture)
    writer.release()
    return path


def test_takes_are_found_below_the_folder_in_the_order_of_their_names(tmp_path):
    write_video(tmp_path / "Actor_02" / "02-01-03-01-01-01-02.mp4")
    write_video(tmp_path / "Video" / "Actor_01" / "01-01-06-01-02-01-01.mp4")
    write_video(tmp_path / "Actor_02" / "01-02-03-01-01-01-02.mp4")  # song
    found = read_video_takes(tmp_path)
    assert [take.name.emotion for take in found] == ["fear", "happiness"]
    assert [take.name.actor for take in found] == [1, 2]


def test_pictures_are_spread_over_the_take_and_cut_to_the_middle(tmp_path):
    write_video(tmp_path / "02-01-03-01-01-01-02.mp4")
    (take,) = read_video_takes(tmp_path)
    pictures = take.pictures(4, 16)
    assert pictures.shape == (4, 16, 16, 3)
    levels = pictures.mean(axis=(1, 2, 3))
    assert levels == pytest.approx([0.0, 60.0, 120.0, 180.0], abs=12.0)
    assert pictures[0].max() < 120  # nothing of the white border
    assert take.pictures(25, 16).shape[0] == 25


def test_a_silent_take_has_the_sound_beside_it_or_none(tmp_path):
    write_video(tmp_path / "02-01-03-01-01-01-02.mp4")
    (take,) = read_video_takes(tmp_path)
    assert take.sound() is None
    sound = np.linspace(-0.5, 0.5, 800).astype(np.float32)
    wavfile.write(tmp_path / "03-01-03-01-01-01-02.wav", 16_000, sound)
    samples, rate = take.sound()
    assert (samples.shape, rate) == ((800, 1), 16_000)


def test_without_pyav_the_message_says_what_to_install(tmp_path, monkeypatch):
    write_video(tmp_path / "01-01-03-01-01-01-02.mp4")
    monkeypatch.setitem(sys.modules, "av", None)
    (take,) = read_video_takes(tmp_path)
    with pytest.raises(InputError, match=r"needs PyAV: pip install 'av>=11'"):
        take.sound()


def test_a_file_without_sound_and_a_damaged_one_are_named(tmp_path):
    pytest.importorskip("av", reason="PyAV is not installed")
    silent = write_video(tmp_path / "a.mp4")
    with pytest.raises(InputError, match="has no sound track"):
        read_video_sound(silent)
    broken = tmp_path / "b.mp4"
    broken.write_bytes(b"no video at all" * 20)
    with pytest.raises(InputError, match="cannot be decoded"):
        read_video_sound(broken)


def test_wrong_folders_and_names_are_named(tmp_path):
    with pytest.raises(InputError, match="holds no speech video"):
        read_video_takes(tmp_path)
    with pytest.raises(InputError, match="no such video file"):
        read_video_sound(tmp_path / "none.mp4")
    (tmp_path / "01-01-03-01-01-01-02.mp4").write_bytes(b"damaged")
    (take,) = read_video_takes(tmp_path)
    with pytest.raises(InputError, match=r"01-01-03-01-01-01-02\.mp4"):
        take.pictures(4, 16)
    (tmp_path / "holiday.mp4").write_bytes(b"")
    with pytest.raises(InputError, match=r"holiday\.mp4: 'holiday' is no RAVDESS name"):
        read_video_takes(tmp_path)
