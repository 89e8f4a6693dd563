"""Everything that decides what the pipeline computes."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.config.attention import AttentionConfig
from affect_perception.core.config.baseline import BaselineConfig
from affect_perception.core.config.camera import (
    CameraConfig,
    InferenceConfig,
)
from affect_perception.core.config.context import ContextConfig
from affect_perception.core.config.drowsiness import DrowsinessConfig
from affect_perception.core.config.expression import ExpressionConfig
from affect_perception.core.config.eyes import EyeConfig, GazeConfig
from affect_perception.core.config.pulse import PulseConfig
from affect_perception.core.config.vision import (
    FaceTrackingConfig,
    HeadPoseConfig,
    ImageQualityConfig,
)
from affect_perception.core.parameters import part


@dataclass(frozen=True)
class PipelineConfig:
    """Everything that decides what the pipeline computes."""

    camera: CameraConfig = part(CameraConfig)
    inference: InferenceConfig = part(InferenceConfig)
    attention: AttentionConfig = part(AttentionConfig)
    face_tracking: FaceTrackingConfig = part(FaceTrackingConfig)
    image_quality: ImageQualityConfig = part(ImageQualityConfig)
    head_pose: HeadPoseConfig = part(HeadPoseConfig)
    eyes: EyeConfig = part(EyeConfig)
    gaze: GazeConfig = part(GazeConfig)
    baseline: BaselineConfig = part(BaselineConfig)
    drowsiness: DrowsinessConfig = part(DrowsinessConfig)
    expression: ExpressionConfig = part(ExpressionConfig)
    pulse: PulseConfig = part(PulseConfig)
    context: ContextConfig = part(ContextConfig)
