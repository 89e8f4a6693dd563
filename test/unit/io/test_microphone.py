"""Sound files as chunks, and a microphone through a double of sounddevice. Leaves: real devices."""

from __future__ import annotations

import sys
import time
import types

import numpy as np
import pytest
from scipy.io import wavfile

from affect_perception.core.errors import InputError
from affect_perception.io.audio import chunks_of_file, read_audio
from affect_perception.io.microphone import Microphone

pytestmark = pytest.mark.unit


def test_a_file_comes_as_chunks_in_a_row(tmp_path):
    samples = np.arange(4000, dtype=np.int16)
    wavfile.write(tmp_path / "a.wav", 8000, samples)
    chunks = list(chunks_of_file(tmp_path / "a.wav", start_ns=7))
    assert [len(chunk.samples) for chunk in chunks] == [160] * 25
    assert chunks[3].stamp_ns == 7 + 60_000_000
    assert np.array_equal(np.concatenate([c.mono() for c in chunks]) * 32768, samples)


def test_too_many_channels_are_refused_with_the_file_s_name(tmp_path):
    wavfile.write(tmp_path / "six.wav", 8000, np.zeros((100, 6), np.int16))
    with pytest.raises(InputError, match=r"six\.wav"):
        list(chunks_of_file(tmp_path / "six.wav"))


def test_other_files_need_soundfile(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "soundfile", None)
    (tmp_path / "a.flac").write_bytes(b"fLaC")
    with pytest.raises(InputError, match="soundfile"):
        read_audio(tmp_path / "a.flac")


class Stream:
    def __init__(self, **settings):
        self.settings = settings
        self.closed = 0

    def start(self):
        if self.settings["samplerate"] == 11:
            raise ValueError("rate")

    def stop(self):
        pass

    def close(self):
        self.closed += 1


@pytest.fixture
def sounddevice(monkeypatch):
    module = types.SimpleNamespace(InputStream=Stream, PortAudioError=RuntimeError)
    monkeypatch.setitem(sys.modules, "sounddevice", module)
    return module


def test_chunks_carry_the_time_at_which_they_were_taken(sounddevice):
    with Microphone(chunk_s=0.01) as microphone:
        when = types.SimpleNamespace(currentTime=5.0, inputBufferAdcTime=4.5)
        before = time.time_ns()
        microphone._stream.settings["callback"](np.ones((160, 1), np.int16), 160, when, None)
        chunk = next(iter(microphone))
        assert chunk.rate == 16_000
        assert len(chunk.samples) == 160
        assert -1e9 < chunk.stamp_ns - (before - 500_000_000) < 1e9
    assert microphone._stream.closed == 1
    assert list(microphone) == []


def test_what_nobody_takes_is_lost_and_counted(sounddevice):
    microphone = Microphone()
    when = types.SimpleNamespace(currentTime=0.0, inputBufferAdcTime=0.0)
    for _ in range(103):
        microphone._take(np.ones((320, 1), np.int16), 320, when, None)
    assert microphone.lost == 3
    microphone.close()


def test_settings_that_the_device_refuses_are_told(sounddevice):
    with pytest.raises(InputError, match="11 Hz"):
        Microphone(rate=11)


def test_without_sounddevice_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sounddevice", None)
    with pytest.raises(InputError, match="libportaudio2"):
        Microphone()
