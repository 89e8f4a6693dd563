"""States as a table: one row per picture, one column per field, in a Parquet file.

Nested fields get dotted names as in the message (`head_pose.position.x`), `class_probabilities` a
column for each class (`expression.probability_anger`), `modalities` those of each modality
(`voice.weight_valence`), `channels` those of each body signal (`ecg.quality`; availability 0 where
it was never received); the stamp is one column of nanoseconds.
Numbers are 32-bit where the message has float32, so a table and a bag agree.
"""

from __future__ import annotations

import math
import sys
from array import array
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.errors import InputError
from affect_perception.core.types import MODALITIES
from affect_perception.io.message_fields import Fields, stamp_of
from affect_perception.io.message_types import ATTENTION_STATE, typestore

Columns = dict[str, Any]
"""`{name: numpy array}`; texts are lists of str, lists of texts are lists of lists."""

STAMP = "stamp_ns"

_CODES = {
    "bool": "b",
    "uint8": "B",
    "int8": "b",
    "uint16": "H",
    "int16": "h",
    "uint32": "I",
    "int32": "i",
    "uint64": "Q",
    "int64": "q",
    "float32": "f",
    "float64": "d",
}
"""Type codes of Python arrays for the number types of messages."""


_CLASSES = "class_probabilities"
"""The one array of numbers that becomes columns; others (landmarks) have none."""
_MODALITIES = "modalities"
"""The one array of messages that becomes columns: it has a fixed length and order."""
_SIGNALS = "channels"
"""An array of messages that names what each is about: one group of columns for each body signal."""
_ABOUT = "channel"


def class_column(name: str) -> str:
    """Column of a class's probability."""
    return f"probability_{name}"


_CLASS_COLUMNS = tuple(map(class_column, AFFECT_CLASSES))


def signal_column(channel: BiosignalChannel, name: str) -> str:
    """Column of a field of a body signal's state."""
    return f"{channel.name.lower()}.{name}"


_UNKNOWN_SIGNAL: dict[str, Any] = {
    "availability": 0,
    "reasons": [],
    "quality": math.nan,
    "rate": math.nan,
    "age": math.nan,
}
_NEVER_RECEIVED = {
    signal_column(channel, name): value
    for channel in BiosignalChannel
    if channel
    for name, value in _UNKNOWN_SIGNAL.items()
}


def flatten(fields: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """One flat row of nested message fields; the header becomes `stamp_ns` and `frame_id`."""
    row: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "header":
            row[prefix + STAMP] = stamp_of(value)
            row[prefix + "frame_id"] = value["frame_id"]
        elif isinstance(value, Mapping):
            row.update(flatten(value, f"{prefix}{name}."))
        elif name == _MODALITIES:
            for modality, part in zip(MODALITIES, value, strict=True):
                row.update(flatten(part, f"{prefix}{modality.word}."))
        elif name == _SIGNALS:
            row.update(_NEVER_RECEIVED)
            for part in value:
                channel = BiosignalChannel(part[_ABOUT])
                row.update((signal_column(channel, key), part[key]) for key in _UNKNOWN_SIGNAL)
        elif name == _CLASSES:
            row.update(
                (prefix + column, share)
                for column, share in zip(_CLASS_COLUMNS, value, strict=True)
            )
        else:
            row[prefix + name] = value
    return row


class ColumnCollector:
    """Collects message fields row by row in little memory (about 400 bytes a state)."""

    def __init__(self, message_type: str = ATTENTION_STATE) -> None:
        """Starts empty.

        Args:
            message_type: Type of the messages; it gives the columns and their number types.
        """
        self._types = _column_types(message_type)
        self._values: dict[str, Any] = {
            name: [] if kind is None else array(_CODES[kind.name])
            for name, kind in self._types.items()
        }
        # Lists of words repeat from row to row: one object serves all of them.
        self._words: dict[tuple[str, ...], list[str]] = {}

    def __len__(self) -> int:
        return len(self._values[STAMP])

    def add(self, fields: Fields) -> None:
        """Takes the nested fields of a message; arrays of numbers (landmarks) are left out."""
        flat = flatten(fields)
        for name, column in self._values.items():
            value = flat[name]
            if isinstance(value, list):
                value = self._words.setdefault(tuple(value), value)
            elif isinstance(value, str):
                value = sys.intern(value)
            column.append(value)

    def columns(self) -> Columns:
        """The columns so far, in the order of the message."""
        return {
            name: list(column) if kind is None else np.array(column, dtype=kind)
            for (name, kind), column in zip(self._types.items(), self._values.values(), strict=True)
        }


def columns_of(rows: Iterable[Fields], message_type: str = ATTENTION_STATE) -> Columns:
    """Columns of the nested fields of messages of one type; see `ColumnCollector`."""
    collector = ColumnCollector(message_type)
    for row in rows:
        collector.add(row)
    return collector.columns()


def write_parquet(path: Path | str, columns: Columns) -> None:
    """Writes columns as Parquet: same columns, same bytes (no time, one row group per 65,536)."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrays = {
        name: pa.array(values, type=_arrow_text(values))
        if isinstance(values, list)
        else pa.array(values)
        for name, values in columns.items()
    }
    pq.write_table(
        pa.table(arrays),
        str(path),
        compression="zstd",
        row_group_size=65_536,
        version="2.6",
        store_schema=False,
    )


def read_parquet(path: Path | str) -> Columns:
    """Reads what `write_parquet` has written.

    Raises:
        InputError: If the file is missing or no Parquet table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(str(path))
    except (OSError, pa.ArrowInvalid) as error:
        raise InputError(f"{path} is no table that can be read: {error}") from error
    columns: Columns = {}
    for name in table.column_names:
        column = table.column(name)
        if pa.types.is_string(column.type) or pa.types.is_list(column.type):
            columns[name] = column.to_pylist()
        else:
            columns[name] = column.to_numpy()
    return columns


def _arrow_text(values: list[Any]) -> Any:
    import pyarrow as pa

    nested = bool(values) and isinstance(values[0], list)
    return pa.list_(pa.string()) if nested else pa.string()


def _column_types(message_type: str, prefix: str = "") -> dict[str, Any]:
    """Column names and numpy types of a message; None for texts."""
    types: dict[str, Any] = {}
    definition: Any = typestore().fielddefs[message_type][1]
    for name, (kind, detail) in definition:
        if name == "header":
            types[prefix + STAMP] = np.dtype(np.int64)
            types[prefix + "frame_id"] = None
        elif int(kind) == 2:
            types.update(_column_types(detail, f"{prefix}{name}."))
        elif int(kind) == 1:
            types[prefix + name] = None if detail[0] == "string" else np.dtype(detail[0])
        elif name == _MODALITIES:
            for modality in MODALITIES:
                types.update(_column_types(detail[0][1], f"{prefix}{modality.word}."))
        elif name == _SIGNALS:
            state = _column_types(detail[0][1])
            types.update(
                (signal_column(channel, key), state[key])
                for channel in BiosignalChannel
                if channel
                for key in _UNKNOWN_SIGNAL
            )
        elif detail[0][1][0] == "string":
            types[prefix + name] = None
        elif name == _CLASSES:
            number = np.dtype(detail[0][1][0])
            types.update((prefix + column, number) for column in _CLASS_COLUMNS)
    return types
