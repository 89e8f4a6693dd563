"""Expansion of TFLite's compressed (sparse) constant tensors.

Format: TFLite schema, tables SparsityParameters and DimensionMetadata, after Kjolstad et al.,
"The Tensor Algebra Compiler" (2017). A tensor is walked level by level in `traversal_order`; each
level is dense (every coordinate is stored) or compressed (a list of segments and coordinates).
Blocked dimensions appear as extra levels behind the ordinary ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from affect_perception.inference.tflite.errors import TfliteReadError
from affect_perception.inference.tflite.schema import Array


@dataclass(frozen=True)
class Level:
    """One level of the traversal.

    Attributes:
        dense_size: Number of coordinates if the level is dense, else 0.
        segments: For a compressed level, where each parent's coordinates start and end.
        indices: For a compressed level, the stored coordinates.
    """

    dense_size: int = 0
    segments: Array | None = None
    indices: Array | None = None


@dataclass(frozen=True)
class Sparsity:
    """How the stored values of a tensor are arranged.

    Attributes:
        traversal_order: Dimension of each level; numbers from `rank` on are blocks.
        block_map: For each block level, the dimension that it divides.
        levels: One entry per level, in traversal order.
    """

    traversal_order: Sequence[int]
    block_map: Sequence[int]
    levels: Sequence[Level]


def densify(values: Array, shape: tuple[int, ...], sparsity: Sparsity) -> Array:
    """Spread stored values over a dense array.

    Args:
        values: The stored values, flat.
        shape: Shape of the dense tensor.
        sparsity: Their arrangement.

    Returns:
        Dense array of `shape`, zero where nothing is stored.

    Raises:
        TfliteReadError: If the arrangement does not fit the values or the shape.
    """
    rank = len(shape)
    block_size = np.ones(rank, dtype=np.int64)
    order = list(sparsity.traversal_order)
    for block, dimension in enumerate(sparsity.block_map):
        block_size[dimension] = sparsity.levels[order.index(rank + block)].dense_size

    # `position` is the storage position of each partial path, `coordinates` its indices so far.
    position = np.zeros(1, dtype=np.int64)
    coordinates = np.zeros((1, rank), dtype=np.int64)
    for dimension, level in zip(order, sparsity.levels, strict=True):
        parent, index, position = _descend(position, level)
        coordinates = coordinates[parent]
        if dimension < rank:
            coordinates[:, dimension] += index * block_size[dimension]
        else:
            coordinates[:, sparsity.block_map[dimension - rank]] += index
    if position.size != values.size or (coordinates >= np.asarray(shape)).any():
        raise TfliteReadError(
            f"sparse tensor of shape {shape} stores {values.size} values, its index describes "
            f"{position.size} or points outside the shape"
        )
    dense = np.zeros(shape, dtype=values.dtype)
    dense[tuple(coordinates.T)] = values[position]
    return dense


def _descend(position: Array, level: Level) -> tuple[Array, Array, Array]:
    """Step one level down: parent path, coordinate and storage position of each child path."""
    if level.segments is None or level.indices is None:
        parent = np.repeat(np.arange(position.size), level.dense_size)
        index = np.tile(np.arange(level.dense_size), position.size)
        return parent, index, position[parent] * level.dense_size + index
    counts = level.segments[position + 1] - level.segments[position]
    parent = np.repeat(np.arange(position.size), counts)
    first = np.repeat(level.segments[position] - (np.cumsum(counts) - counts), counts)
    child = first + np.arange(parent.size)
    return parent, level.indices[child], child
