"""What the nodes of the body signals add around their pipeline."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.config import common
from affect_perception.core.parameters import parameter, part


@dataclass(frozen=True)
class PlainSignalConfig:
    """One body signal that another package publishes as plain numbers, without stamps."""

    topic: str = parameter(
        "",
        """Topic of plain numbers of std_msgs (Float32, Float64, Int16, Int32, UInt16, or Float32,
        Float64, Int16, Int32 MultiArray); empty: none. Acceleration as x0, y0, z0, x1, ...""",
    )
    unit: str = parameter(
        "", "Unit of the numbers, one of those in BiosignalChunk; empty: not told."
    )
    rate: float = parameter(
        0.0,
        """Samples per second, 4 to 1000, which the messages do not tell; needed with a topic. The
        true rate is learned from the times of arrival.""",
        unit="Hz",
        minimum=0.0,
        maximum=1000.0,
    )


@dataclass(frozen=True)
class PlainSignalsConfig:
    """Body signals that other packages publish as plain numbers (docs/physio.md)."""

    ecg: PlainSignalConfig = part(PlainSignalConfig)
    ppg: PlainSignalConfig = part(PlainSignalConfig)
    eda: PlainSignalConfig = part(PlainSignalConfig)
    respiration: PlainSignalConfig = part(PlainSignalConfig)
    skin_temperature: PlainSignalConfig = part(PlainSignalConfig)
    acceleration: PlainSignalConfig = part(PlainSignalConfig)
    gap: float = parameter(
        0.5,
        """Samples that arrive so much later (or earlier) than their clock expects come after a
        hole; less is taken for delay on the way.""",
        unit="s",
        minimum=0.05,
        maximum=10.0,
    )


@dataclass(frozen=True)
class PhysioNodeConfig:
    """What the node physio_perception adds around the pipeline."""

    autostart: bool = common.autostart()
    no_signal_timeout: float = parameter(
        2.0,
        """Time without a usable piece of any signal after which the observation is published as
        UNAVAILABLE with the reason no_signal, once a second, with the stamp of the last sample.
        Without anything for that long diagnostics turn STALE. Must be longer than a piece.""",
        unit="s",
        minimum=0.1,
        maximum=60.0,
    )
    plain: PlainSignalsConfig = part(PlainSignalsConfig)


@dataclass(frozen=True)
class SignalFileNodeConfig:
    """The node signal_file: a recording of body signals as sensors, in real time."""

    file: str = parameter("", "npz or csv file as docs/physio.md describes it.")
    loop: bool = common.loop()
    start_delay: float = common.start_delay()
    chunk: float = parameter(
        0.25, "Length of a piece of a signal.", unit="s", minimum=0.01, maximum=10.0
    )
    frame_id: str = parameter("body_sensor", "header.frame_id of the pieces.")


@dataclass(frozen=True)
class SimBodyNodeConfig:
    """The node sim_body: the body of a scenario as sensors, in real time."""

    scenario: str = parameter("body", "Name of a shipped scenario, or the path of a YAML file.")
    loop: bool = common.loop()
    start_delay: float = common.start_delay()
    start_at: float = common.start_at()
    truth: bool = parameter(
        True, "Publish what is really the case on the topic body_truth (JSON), twice a second."
    )
