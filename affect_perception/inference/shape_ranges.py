"""The range of shapes that an engine is built for."""

from __future__ import annotations

from collections.abc import Mapping

from affect_perception.inference.manifest import ModelEntry

Shape = tuple[int, ...]
Range = tuple[Shape, Shape, Shape]
"""Smallest, usual and largest shape of an input."""

LARGEST_BATCH = 64
"""Largest number of pictures in one run."""
LONGEST = 1024
"""Largest first dimension of other inputs: ten seconds of spectrum at 100 frames a second."""


def shape_ranges(entry: ModelEntry) -> Mapping[str, Range] | None:
    """The range of each input, or None if sizes are free beyond the first dimension."""
    if any(-1 in spec.shape[1:] for spec in entry.inputs):
        return None
    found = {}
    for spec in entry.inputs:
        largest = LONGEST if spec.layout == "flat" else LARGEST_BATCH
        found[spec.name] = (
            with_first(spec.shape, 1),
            with_first(spec.shape, 1),
            with_first(spec.shape, largest),
        )
    return found


def with_first(shape: Shape, size: int) -> Shape:
    """A shape with a size in place of each free dimension."""
    return tuple(size if n == -1 else n for n in shape)


def in_words(ranges: Mapping[str, Range]) -> str:
    """Ranges as one text, for the key of an engine."""
    return "; ".join(
        f"{name} " + " ".join("x".join(map(str, shape)) for shape in shapes)
        for name, shapes in ranges.items()
    )
