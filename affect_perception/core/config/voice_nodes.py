"""What the nodes of the voice add around their pipeline, and the nodes that publish sound."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.config import common
from affect_perception.core.parameters import parameter, part


@dataclass(frozen=True)
class VoiceNodeConfig:
    """What the node voice_perception adds around the pipeline."""

    autostart: bool = common.autostart()
    audio_format: str = parameter(
        "auto",
        """Type of the topic audio: chunk (affect_perception/AudioChunk), or of audio_common_msgs
        where that is installed: audio_stamped (AudioStamped, mgonzs13), data_stamped
        (AudioDataStamped, ros-drivers) or data (AudioData, ros-drivers, without stamps: the time of
        arrival stands in). auto takes chunk until a publisher offers one of the others.""",
        choices=("auto", "chunk", "audio_stamped", "data_stamped", "data"),
    )
    audio_rate: int = parameter(
        16000,
        """For data and data_stamped, whose messages do not tell it, until an AudioInfo comes on the
        topic audio_info.""",
        unit="Hz",
        minimum=4000,
        maximum=192000,
    )
    audio_channels: int = parameter(1, "Likewise.", minimum=1, maximum=2)
    audio_sample_format: str = parameter(
        "S16LE",
        "Likewise: 16-bit integers or 32-bit floats, little endian, as GStreamer names them.",
        choices=("S16LE", "F32LE"),
    )
    no_sound_timeout: float = parameter(
        1.0,
        """Time without a usable piece of sound after which the observation is published as
        UNAVAILABLE with the reason no_sound, once a second, with the stamp of the last sound.
        Without any sound for that long diagnostics turn STALE. Must be longer than a piece.""",
        unit="s",
        minimum=0.1,
        maximum=60.0,
    )


@dataclass(frozen=True)
class AudioTopicConfig:
    """How the nodes microphone and audio_file publish."""

    frame_id: str = parameter("microphone", "header.frame_id of the pieces of sound.")
    chunk: float = parameter(
        0.02, "Length of a piece of sound.", unit="s", minimum=0.005, maximum=1.0
    )


@dataclass(frozen=True)
class MicrophoneNodeConfig:
    """The node microphone: a sound card through sounddevice (PortAudio)."""

    device: str = parameter(
        "", "Number of the device, or part of its name; empty for the system's default."
    )
    rate: int = parameter(
        16000, "Asked samples per second.", unit="Hz", minimum=4000, maximum=192000
    )
    channels: int = parameter(1, "Asked channels.", minimum=1, maximum=2)
    topic: AudioTopicConfig = part(AudioTopicConfig)


@dataclass(frozen=True)
class AudioFileNodeConfig:
    """The node audio_file: a sound file as a microphone, in real time."""

    file: str = parameter(
        "", "WAV file of one or two channels, or, with soundfile installed, FLAC, Ogg and others."
    )
    loop: bool = common.loop()
    start_delay: float = common.start_delay()
    start_at: float = common.start_at()
    topic: AudioTopicConfig = part(AudioTopicConfig)
