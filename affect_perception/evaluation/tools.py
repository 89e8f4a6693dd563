"""What the tasks share: the real face path on single pictures, the pipeline, progress.

A picture of a data set has nothing to do with the one before it, so each gets a `FacePerception`
of its own: no track, no smoothing, no learnt driver. Everything else is what the node runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import cv2
import numpy as np

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import PipelineConfig
from affect_perception.core.errors import InputError, ModelMissingError
from affect_perception.core.network import FaceNetworks
from affect_perception.core.pipeline import Pipeline
from affect_perception.core.types import (
    ByteArray,
    CameraFrame,
    CameraIntrinsics,
    FaceObservation,
    RigidTransform,
)
from affect_perception.core.vision.expression_network import ExpressionNetwork
from affect_perception.core.vision.face_perception import FacePerception
from affect_perception.evaluation.result import Evaluation, Metrics
from affect_perception.inference import load_face_networks, load_manifest, load_network
from affect_perception.inference.loader import EXPRESSION, served
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.image_codec import decode_compressed
from affect_perception.io.profile_file import load_profile

T = TypeVar("T")

# Camera optical axes (x right, y down, z forward) in the cabin axes of a person who faces the
# camera: forward is against the optical axis, the person's left is the image right.
FACING_CAMERA = RigidTransform(
    np.array([[0.0, 0.0, -1.0], [1.0, 0.0, 0.0], [0.0, -1.0, 0.0]]), np.array([0.65, 0.0, 0.0])
)


@dataclass(frozen=True)
class Request:
    """What a task is asked: the folder, the part of it, the command to print, its own options."""

    data: Path
    split: str | None
    command: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def result(
        self,
        task: str,
        *,
        n: int,
        metrics: Metrics,
        model: str,
        subjects: int | None = None,
        baselines: Mapping[str, Metrics] | None = None,
        split: str | None = None,
        notes: Sequence[str] = (),
        rows: Sequence[Mapping[str, Any]] = (),
    ) -> Evaluation:
        """The answer to this request; the arguments are the attributes of `Evaluation`.

        Without `split` it is the one that was asked for, or "all".
        """
        return Evaluation(
            task=task,
            data=str(self.data),
            split=split or self.split or "all",
            n=n,
            subjects=subjects,
            metrics=metrics,
            baselines=baselines or {},
            model=model,
            command=self.command,
            notes=notes,
            rows=rows,
        )


class Tools:
    """Builds what a task needs when it first needs it."""

    def __init__(self, config: PipelineConfig | None = None, *, show_progress: bool = False):
        self.config = config if config is not None else PipelineConfig()
        self._show_progress = show_progress

    @cached_property
    def networks(self) -> FaceNetworks:
        """The prepared face networks; ModelMissingError if they are not prepared."""
        return load_face_networks(self.config.inference)

    @cached_property
    def facing_cabin(self) -> CabinGeometry:
        """A cabin whose camera looks straight at the person: angles as data sets label them."""
        return replace(load_cabin("webcam"), name="facing_camera", camera=FACING_CAMERA)

    @cached_property
    def model(self) -> str:
        """Names, versions and checksums (first 8 digits) of the networks that are measured."""
        nets = self.networks
        parts = (
            nets.detector_short_range,
            nets.detector_full_range,
            nets.mesh,
            nets.eyes,
            nets.driver,
            nets.first_look,
        )
        return ", ".join(self.model_named(part.name) for part in parts if part is not None)

    @cached_property
    def expression(self) -> ExpressionNetwork:
        """The shipped expression network; ModelMissingError if none is shipped."""
        if EXPRESSION not in load_manifest().models:
            raise ModelMissingError(
                "no expression network is shipped yet: `affect-perception train expression` trains "
                "one and scores it; docs/training.md says how it gets into models/"
            )
        return ExpressionNetwork(load_network(EXPRESSION, self.config.inference))

    def model_named(self, name: str) -> str:
        """Name, version and checksum (first 8 digits) of one network, in the precision it runs."""
        entry = served(load_manifest().model(name), self.config.inference)
        return f"{entry.name} {entry.version} ({entry.sha256[:8]})"

    def observe(
        self,
        image: ByteArray,
        networks: FaceNetworks | None = None,
        intrinsics: CameraIntrinsics | None = None,
    ) -> FaceObservation:
        """The face path on one picture that has no past."""
        path = FacePerception(self.config, self.facing_cabin, networks or self.networks)
        return path.step(CameraFrame(stamp_ns=0, image=image, intrinsics=intrinsics))

    def pipeline(self, cabin: CabinGeometry | None = None) -> Pipeline:
        """A new pipeline, as node and replay run it."""
        profile = load_profile(self.config.attention.profile)
        return Pipeline(self.config, cabin or self.facing_cabin, self.networks, profile)

    def track(self, items: Sequence[T], label: str) -> Iterable[T]:
        """Iterates with a progress bar on stderr, if that is a terminal."""
        if not (self._show_progress and sys.stderr.isatty()):
            return items
        from rich.console import Console
        from rich.progress import track

        return track(items, label, console=Console(stderr=True), transient=True)


@dataclass(frozen=True)
class Task:
    """One kind of evaluation.

    Attributes:
        name: Name on the command line and in the JSON.
        summary: One line for the help.
        folders: Data folders of this task, relative to the data root, for the scorecard.
        run: The function.
        options: Names of the options of the command line that belong to it.
        network: Name of the network trained here that it is about, if it can be missing: then the
            scorecard leaves the task out and says so.
        things: What `Evaluation.n` counts, for the scorecard.
        ours: What is measured: the title of its column in the scorecard, beside simple methods.
        minutes: What its largest set takes on one core, roughly, if that is long.
    """

    name: str
    summary: str
    folders: tuple[str, ...]
    run: Callable[[Request, Tools], Evaluation]
    options: tuple[str, ...] = ()
    network: str = ""
    things: str = "pictures"
    ours: str = "face path"
    minutes: float = 0.0


def with_border(image: ByteArray) -> ByteArray:
    """The picture in a black frame of 15 % of its longer side.

    Data sets of faces cut them close; a camera in a car sees something around a face, and so did
    the networks. Without it 2.5 % of the faces of cew_closed_faces and 1 % of utkface_adults are
    not found, with it 0 and 0.2 %.
    """
    rim = round(0.15 * max(image.shape[:2]))
    return np.asarray(cv2.copyMakeBorder(image, rim, rim, rim, rim, cv2.BORDER_CONSTANT), np.uint8)


def read_picture(path: Path) -> ByteArray:
    """The picture as RGB or grey.

    Raises:
        InputError: Naming the file if it cannot be decoded.
    """
    try:
        return decode_compressed(path.read_bytes(), path.suffix.lstrip(".").lower())
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
