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
        """What networks run on: cpu, cuda and tensorrt are execution providers of ONNX Runtime;
        tensorrt_native is TensorRT itself, with engines that this package builds and keeps
        (docs/gpu.md).""",
        choices=("cpu", "cuda", "tensorrt", "tensorrt_native"),
    )
    fallback: str = parameter(
        "none",
        """What serves when the provider is not available, and while an engine of tensorrt_native is
        being built: none stops start-up with an error, or waits for the engine; the others are used
        and reported in diagnostics.""",
        choices=("none", "cuda", "cpu"),
    )
    precision: str = parameter(
        "int8",
        """What networks compute in. int8: in 8 bits where models/manifest.yaml has such a file,
        measured there (faster, next to nothing lost), else in 32; on cpu and tensorrt_native, the
        other two stay with 32. fp16: in 16 bits, on all but cpu. fp32: in 32 bits throughout.""",
        choices=("int8", "fp16", "fp32"),
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
    eyes: str = parameter(
        "manifest",
        """Which network that is. manifest: the one that models/manifest.yaml names under roles.
        eye_network: reads each eye alone. driver_frame: the multi-task driver network, which reads
        both eyes and the head together (docs/driver_network.md says what is better and what is
        worse with it).""",
        choices=("manifest", "eye_network", "driver_frame"),
    )
    huge_pages: bool = parameter(
        True,
        """Move the node's memory into huge pages once all is loaded, which takes a tenth of the
        time of each picture away (Linux from 6.1; elsewhere without effect). It costs some seconds
        at the start of a busy machine, and no memory worth mentioning. A replay of 1500 pictures or
        more does the same.""",
    )
