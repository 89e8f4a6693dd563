"""The camera and how networks run."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.parameters import parameter


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
class ProviderConfig:
    """Where networks are run."""

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
    precision: str = parameter(
        "int8",
        """What the networks of this package compute in on the cpu provider. int8: in 8 bits where
        models/manifest.yaml has such a file, measured there (faster, next to nothing lost); fp32:
        in 32 bits throughout. Other providers always get 32 bits.""",
        choices=("int8", "fp32"),
    )
    threads: int = parameter(
        1,
        """Threads within one network. More than one gains little for these networks and collapses
        when the cores are shared.""",
        minimum=1,
        maximum=16,
    )


@dataclass(frozen=True)
class InferenceConfig(ProviderConfig):
    """How the networks of the face are run."""

    eye_network: bool = parameter(
        True,
        """Look at both eyes with the eye network of this package. Its weights are for research use,
        because its training data are; off, eyes and gaze come from the landmarks alone, with less
        certainty (docs/licences.md).""",
    )
    huge_pages: bool = parameter(
        True,
        """Move the node's memory into huge pages once all is loaded, which takes a tenth of the
        time of each picture away (Linux from 6.1; elsewhere without effect). It costs some seconds
        at the start of a busy machine, and no memory worth mentioning.""",
    )
