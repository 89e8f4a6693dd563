"""Every parameter of the package: default, unit, range, meaning. The only place with defaults.

The YAML under `config/`, its schema, the ROS parameters and docs/parameters.md are generated from
these classes. The flat name of a parameter is `part.field`, for instance
`attention.profile`. Durations are seconds, angles radians unless the name ends in `_deg`.
"""

from __future__ import annotations

from affect_perception.core.config.attention import AttentionConfig
from affect_perception.core.config.baseline import BaselineConfig
from affect_perception.core.config.camera import (
    CameraConfig,
    InferenceConfig,
    ProviderConfig,
)
from affect_perception.core.config.context import ContextConfig
from affect_perception.core.config.drowsiness import DrowsinessConfig
from affect_perception.core.config.expression import ExpressionConfig
from affect_perception.core.config.eyes import EyeConfig, GazeConfig
from affect_perception.core.config.fusion import (
    FusionConfig,
    FusionNodeConfig,
    FusionPipelineConfig,
    ModalityConfig,
)
from affect_perception.core.config.hmi_node import HmiNodeConfig
from affect_perception.core.config.nodes import (
    NODE_CONFIGS,
    CameraNodeConfig,
    CameraTopicsConfig,
    NodeConfig,
    SimCameraNodeConfig,
)
from affect_perception.core.config.physio import PhysioConfig, PhysioPipelineConfig
from affect_perception.core.config.physio_nodes import (
    PhysioNodeConfig,
    PlainSignalConfig,
    PlainSignalsConfig,
    SignalFileNodeConfig,
    SimBodyNodeConfig,
)
from affect_perception.core.config.pipeline import PipelineConfig
from affect_perception.core.config.pulse import PulseConfig
from affect_perception.core.config.vision import (
    FaceTrackingConfig,
    HeadPoseConfig,
    ImageQualityConfig,
)
from affect_perception.core.config.voice import VoiceConfig, VoicePipelineConfig
from affect_perception.core.config.voice_nodes import (
    AudioFileNodeConfig,
    AudioTopicConfig,
    MicrophoneNodeConfig,
    VoiceNodeConfig,
)

__all__ = [
    "NODE_CONFIGS",
    "AttentionConfig",
    "AudioFileNodeConfig",
    "AudioTopicConfig",
    "BaselineConfig",
    "CameraConfig",
    "CameraNodeConfig",
    "CameraTopicsConfig",
    "ContextConfig",
    "DrowsinessConfig",
    "ExpressionConfig",
    "EyeConfig",
    "FaceTrackingConfig",
    "FusionConfig",
    "FusionNodeConfig",
    "FusionPipelineConfig",
    "GazeConfig",
    "HeadPoseConfig",
    "HmiNodeConfig",
    "ImageQualityConfig",
    "InferenceConfig",
    "MicrophoneNodeConfig",
    "ModalityConfig",
    "NodeConfig",
    "PhysioConfig",
    "PhysioNodeConfig",
    "PhysioPipelineConfig",
    "PipelineConfig",
    "PlainSignalConfig",
    "PlainSignalsConfig",
    "ProviderConfig",
    "PulseConfig",
    "SignalFileNodeConfig",
    "SimBodyNodeConfig",
    "SimCameraNodeConfig",
    "VoiceConfig",
    "VoiceNodeConfig",
    "VoicePipelineConfig",
]
