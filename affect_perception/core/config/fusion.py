"""From what is seen, heard and measured of the driver to one affect state."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.config import common
from affect_perception.core.config.camera import ProviderConfig
from affect_perception.core.parameters import parameter, part


@dataclass(frozen=True)
class ModalityConfig:
    """When the observations of one modality may be relied on."""

    use: bool = parameter(
        True,
        """Whether this modality is part of the state. Turn off what the vehicle does not have: what
        is in use and missing makes the state DEGRADED.""",
    )
    late: float = parameter(
        0.5,
        """Age from which the newest observation counts as late or held: it still counts, less and
        less.""",
        unit="s",
        minimum=0.05,
        maximum=60.0,
    )
    age_limit: float = parameter(
        3.0,
        "Age from which an observation brings nothing.",
        unit="s",
        minimum=0.1,
        maximum=300.0,
    )


@dataclass(frozen=True)
class VoiceModalityConfig(ModalityConfig):
    """The voice: observations ten times a second, emotion once a sentence."""

    late: float = parameter(1.0, "As for the face.", unit="s", minimum=0.05, maximum=60.0)


@dataclass(frozen=True)
class PhysioModalityConfig(ModalityConfig):
    """The body sensors: observations one to four times a second, of slow quantities."""

    late: float = parameter(3.0, "As for the face.", unit="s", minimum=0.05, maximum=60.0)
    age_limit: float = parameter(
        10.0,
        "As for the face; longer, because heart rate and load change slowly.",
        unit="s",
        minimum=0.1,
        maximum=300.0,
    )
    stuck: float = parameter(
        15.0,
        """For how long observations with new stamps may say exactly the same, to the last bit,
        before the body sensors count as stuck. A heart rate stays what it is between two beats and
        a load for a minute; camera and microphone are watched by their nodes
        (image_quality.frozen, voice.frozen).""",
        unit="s",
        minimum=0.2,
        maximum=300.0,
    )


@dataclass(frozen=True)
class FusionConfig:
    """How the modalities are combined (docs/fusion.md)."""

    method: str = parameter(
        "precision_weighted",
        """precision_weighted: valence and arousal by a filter that weighs each modality by its
        precision, classes by their calibrated product. learned: classes of face and voice by the
        network affect_fusion, the rest likewise.""",
        choices=("precision_weighted", "learned"),
    )
    rate: float = parameter(
        10.0,
        "States per second.",
        unit="Hz",
        minimum=1.0,
        maximum=30.0,
    )
    reorder_window: float = parameter(
        0.5,
        """Within this time the order in which observations arrive makes no difference; older ones
        count as if they were of its beginning, with the uncertainty of their age.""",
        unit="s",
        minimum=0.0,
        maximum=5.0,
    )
    stamp_jump: float = parameter(
        2.0,
        """Step of a stamp ahead of all others, or back, from which it is another clock. Until the
        others follow, the modality that jumped brings nothing. Longer than the time between two
        observations of the slowest modality.""",
        unit="s",
        minimum=0.5,
        maximum=3600.0,
    )
    rest_time: float = parameter(
        10.0,
        """Time constant with which valence and arousal go back to rest when nothing is known. Shown
        emotions last seconds (0.5 to 4 s on a face, Ekman 2003; from memory, verified against the
        primary text: no), moods minutes; chosen between.""",
        unit="s",
        minimum=0.5,
        maximum=600.0,
    )
    disagree: float = parameter(
        0.9,
        """Surprise from which a modality is said to disagree with the others, 0..1.""",
        minimum=0.5,
        maximum=1.0,
    )
    disagree_after: float = parameter(
        1.0,
        "For how long it must have been so; one odd glance is no disagreement.",
        unit="s",
        minimum=0.0,
        maximum=30.0,
    )
    face: ModalityConfig = part(ModalityConfig)
    voice: VoiceModalityConfig = part(VoiceModalityConfig)
    physio: PhysioModalityConfig = part(PhysioModalityConfig)


@dataclass(frozen=True)
class FusionPipelineConfig:
    """Everything that decides what the fusion computes."""

    inference: ProviderConfig = part(ProviderConfig)
    fusion: FusionConfig = part(FusionConfig)


@dataclass(frozen=True)
class FusionNodeConfig:
    """What the node state_fusion adds around the fusion."""

    autostart: bool = common.autostart()
    slop: float = parameter(
        0.0,
        """Observations of voice and body that are at most this much newer than one of the face go
        in before it; newer ones wait for the next, or for the timer where no face comes. With 0 all
        go in in the order of their stamps, as in replay.""",
        unit="s",
        minimum=0.0,
        maximum=1.0,
    )
    no_data_timeout: float = parameter(
        2.0,
        "Time without any observation after which diagnostics turn STALE.",
        unit="s",
        minimum=0.1,
        maximum=60.0,
    )
