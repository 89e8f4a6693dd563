"""A microphone as a source of chunks, by sounddevice (PortAudio) where that is installed."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import AudioChunk

# Chunks that may wait; more means that nobody listens, and the oldest are lost (a gap in stamps).
_WAITING = 100


class Microphone:
    """Opens a microphone; iterate over it for chunks.

    The stamp of a chunk is the time at which its first sample was taken, as far as the driver tells
    it. No sound is kept or written.

    Args:
        device: Name or number of the device; None for the system's default.
        rate: Samples per second.
        channels: 1 or 2.
        chunk_s: Length of a chunk, s.
        clock: What stamps are taken from, ns; the system's by default.
        frame_id: Frame of the microphone.

    Attributes:
        lost: Chunks that nobody has taken in time.

    Raises:
        InputError: If sounddevice or the device is missing, or it refuses these settings.
    """

    def __init__(
        self,
        device: str | int | None = None,
        *,
        rate: int = 16_000,
        channels: int = 1,
        chunk_s: float = 0.02,
        clock: Callable[[], int] = time.time_ns,
        frame_id: str = "microphone",
    ) -> None:
        try:
            import sounddevice
        except (ImportError, OSError) as error:
            raise InputError(
                "a microphone needs sounddevice and PortAudio: pip install "
                f"'affect_perception[voice]', apt install libportaudio2 ({error})"
            ) from error
        self._rate, self._clock, self._frame_id = rate, clock, frame_id
        self._chunks: queue.Queue[AudioChunk] = queue.Queue(_WAITING)
        self.lost = 0
        self._open = True
        try:
            self._stream: Any = sounddevice.InputStream(
                samplerate=rate,
                channels=channels,
                device=device,
                dtype="int16",
                blocksize=max(1, round(chunk_s * rate)),
                callback=self._take,
            )
            self._stream.start()
        except (sounddevice.PortAudioError, ValueError) as error:
            raise InputError(f"microphone {device!r} at {rate} Hz: {error}") from error

    def __iter__(self) -> Iterator[AudioChunk]:
        """Chunks until `close`."""
        while self._open or not self._chunks.empty():
            chunk = self.take(0.1)
            if chunk is not None:
                yield chunk

    def take(self, timeout_s: float) -> AudioChunk | None:
        """The next chunk, or None if none comes in this time."""
        try:
            return self._chunks.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def __enter__(self) -> Microphone:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the recording. Calling it twice does no harm."""
        if self._open:
            self._open = False
            self._stream.stop()
            self._stream.close()

    def _take(self, samples: npt.NDArray[np.int16], _count: int, when: Any, _status: Any) -> None:
        """Called from PortAudio's thread: never waits."""
        age_s = max(0.0, float(when.currentTime - when.inputBufferAdcTime))
        stamp = self._clock() - round(age_s * 1e9)
        try:
            self._chunks.put_nowait(AudioChunk(stamp, self._rate, samples.copy(), self._frame_id))
        except queue.Full:
            self.lost += 1
