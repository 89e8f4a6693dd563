"""What the nodes add around the pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from affect_perception.core.config import common
from affect_perception.core.config.fusion import FusionNodeConfig, FusionPipelineConfig
from affect_perception.core.config.hmi_node import HmiNodeConfig
from affect_perception.core.config.physio import PhysioPipelineConfig
from affect_perception.core.config.physio_nodes import (
    PhysioNodeConfig,
    SignalFileNodeConfig,
    SimBodyNodeConfig,
)
from affect_perception.core.config.pipeline import PipelineConfig
from affect_perception.core.config.voice import VoicePipelineConfig
from affect_perception.core.config.voice_nodes import (
    AudioFileNodeConfig,
    MicrophoneNodeConfig,
    VoiceNodeConfig,
)
from affect_perception.core.parameters import parameter, part


@dataclass(frozen=True)
class NodeConfig:
    """What the node face_perception adds around the pipeline."""

    autostart: bool = common.autostart()
    cabin: str = parameter(
        "sedan_lhd",
        "Cabin geometry: a name under config/cabins, or the path of a YAML file.",
    )
    cabin_frame: str = parameter(
        "cabin",
        "header.frame_id of AttentionState: the name of the cabin frame in your TF tree.",
    )
    image_transport: str = parameter(
        "raw",
        """Which pictures to subscribe to: raw (topic image_raw) or compressed (topic
        image_raw/compressed, JPEG or PNG).""",
        choices=("raw", "compressed"),
    )
    image_backend: str = parameter(
        "auto",
        "Who converts pictures: cv_bridge, our builtin code, or cv_bridge where installed (auto).",
        choices=("auto", "cv_bridge", "builtin"),
    )
    camera_info_wait: float = parameter(
        1.0,
        """How long pictures are held back for a camera_info at start and after its loss. After
        that they are used with the last calibration, or, if there was none, with
        camera.horizontal_fov_deg and the reason intrinsics_assumed.""",
        unit="s",
        minimum=0.0,
        maximum=60.0,
    )
    camera_info_slop: float = parameter(
        0.005,
        """Largest difference of stamps at which a picture and a camera_info belong together. Camera
        drivers publish both with one stamp; more than half a picture period pairs neighbours.""",
        unit="s",
        minimum=0.0001,
        maximum=1.0,
    )
    no_frame_timeout: float = parameter(
        1.5,
        """Time without a usable picture after which the state is published as UNAVAILABLE with the
        reason no_frame, once a second, with the stamp of the last picture. Without any picture for
        that long diagnostics turn STALE. Must be longer than the time between two pictures.""",
        unit="s",
        minimum=0.1,
        maximum=60.0,
    )
    landmarks: bool = parameter(
        True,
        """Put the 478 landmarks into FaceObservation (5.7 kB a picture). They describe the shape of
        the face; turn off what nobody reads.""",
    )
    overlay: bool = parameter(
        False,
        """Publish the picture with the face mesh drawn on it. This is a picture of the driver: off
        by default, and announced in the log and in diagnostics when on.""",
    )
    zone_markers: bool = parameter(
        False,
        """Publish the zones of the cabin and the gaze as markers for RViz (topics zones and
        gaze_ray). Needs visualization_msgs; without it diagnostics say so and nothing else
        changes.""",
    )
    ros4hri: bool = parameter(
        False,
        """Publish the face for ROS4HRI (REP-155), too: topics under /humans/faces, frames
        face_<id> and gaze_<id> in /tf. Needs hri_msgs and tf2_msgs; what is missing is said in
        diagnostics, and nothing else changes.""",
    )


@dataclass(frozen=True)
class CameraTopicsConfig:
    """How the nodes camera and sim_camera publish."""

    frame_id: str = parameter(
        "camera_optical",
        "header.frame_id of the pictures: optical frame, z forward, x right, y down (REP-103).",
    )
    raw: bool = parameter(True, "Publish image_raw.")
    compressed: bool = parameter(
        True, "Publish image_raw/compressed (JPEG), when somebody subscribes."
    )
    jpeg_quality: int = parameter(
        90, "Quality of the JPEG pictures, 100 is best.", minimum=1, maximum=100
    )


@dataclass(frozen=True)
class CameraNodeConfig:
    """The node camera: a webcam through OpenCV."""

    device: str = parameter(
        "0", "Number of the camera (0 is the first), or a path such as /dev/video2."
    )
    width: int = parameter(640, "Asked width.", unit="px", minimum=16, maximum=8192)
    height: int = parameter(480, "Asked height.", unit="px", minimum=16, maximum=8192)
    frame_rate: float = parameter(
        30.0, "Asked pictures per second.", unit="Hz", minimum=1.0, maximum=240.0
    )
    calibration: str = parameter(
        "",
        """Calibration file as written by camera_calibration (YAML). Without one camera_info says
        that the camera is not calibrated (K all zero).""",
    )
    topics: CameraTopicsConfig = part(CameraTopicsConfig)


@dataclass(frozen=True)
class SimCameraNodeConfig:
    """The node sim_camera: the synthetic driver as a camera, in real time."""

    scenario: str = parameter("demo", "Name of a shipped scenario, or the path of a YAML file.")
    cabin: str = parameter(
        "sedan_lhd",
        "Cabin whose zones the scenario can name: a name under config/cabins, or a path.",
    )
    loop: bool = common.loop()
    start_delay: float = common.start_delay("picture", "topics")
    start_at: float = common.start_at()
    truth: bool = parameter(
        True, "Publish what the synthetic driver really does on the topic driver_truth (JSON)."
    )
    topics: CameraTopicsConfig = part(CameraTopicsConfig)


NODE_CONFIGS: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "face_perception": (NodeConfig, PipelineConfig),
        "camera": (CameraNodeConfig,),
        "sim_camera": (SimCameraNodeConfig,),
        "voice_perception": (VoiceNodeConfig, VoicePipelineConfig),
        "microphone": (MicrophoneNodeConfig,),
        "audio_file": (AudioFileNodeConfig,),
        "physio_perception": (PhysioNodeConfig, PhysioPipelineConfig),
        "signal_file": (SignalFileNodeConfig,),
        "sim_body": (SimBodyNodeConfig,),
        "state_fusion": (FusionNodeConfig, FusionPipelineConfig),
        "hmi": (HmiNodeConfig,),
    }
)
"""Which classes make up the parameters of each node."""
