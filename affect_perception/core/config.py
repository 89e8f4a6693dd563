"""Every parameter of the package: default, unit, range, meaning. The only place with defaults.

The YAML under `config/`, its schema, the ROS parameters and docs/parameters.md are generated from
these classes. The flat name of a parameter is `part.field`, for instance `attention.long_distraction`.
Durations are seconds, angles radians unless the name ends in `_deg`.
"""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.parameters import parameter, part


@dataclass(frozen=True)
class CameraConfig:
    """The camera and where the driver sits in its picture."""

    horizontal_fov_deg: float = parameter(
        60.0,
        """Horizontal field of view assumed while no camera_info has arrived; the states then carry
        the reason intrinsics_assumed.""",
        unit="deg",
        minimum=10.0,
        maximum=150.0,
    )
    driver_region_x: float = parameter(
        0.5,
        """Centre of the square driver region, as a share of the image width (0 left, 1 right). The
        detector looks there first; a wide cabin camera that sees both front seats needs it off
        centre.""",
        minimum=0.0,
        maximum=1.0,
    )
    driver_region_size: float = parameter(
        1.0,
        """Side of the square driver region as a share of the image height. A smaller region finds
        smaller faces and is blind outside.""",
        minimum=0.2,
        maximum=1.0,
    )


@dataclass(frozen=True)
class InferenceConfig:
    """How networks are run."""

    provider: str = parameter(
        "cpu",
        "Execution provider of ONNX Runtime.",
        choices=("cpu", "cuda", "tensorrt"),
    )
    fallback: str = parameter(
        "none",
        """What serves when the provider is not available: none stops start-up with an error, the
        others are used and reported in diagnostics.""",
        choices=("none", "cuda", "cpu"),
    )
    threads: int = parameter(
        1,
        """Threads within one network. More than one gains little for these networks and collapses
        when the cores are shared.""",
        minimum=1,
        maximum=16,
    )


@dataclass(frozen=True)
class PipelineConfig:
    """Everything that decides what the pipeline computes."""

    camera: CameraConfig = part(CameraConfig)
    inference: InferenceConfig = part(InferenceConfig)


@dataclass(frozen=True)
class NodeConfig:
    """What the nodes add around the pipeline."""

    cabin: str = parameter(
        "sedan_lhd",
        "Cabin geometry: a name under config/cabins, or the path of a YAML file.",
    )
    image_backend: str = parameter(
        "auto",
        "Who converts pictures: cv_bridge, our builtin code, or cv_bridge where installed (auto).",
        choices=("auto", "cv_bridge", "builtin"),
    )
    overlay: bool = parameter(
        False,
        """Publish the picture with the face mesh drawn on it. This is a picture of the driver: off
        by default, and announced in the log and in diagnostics when on.""",
    )
