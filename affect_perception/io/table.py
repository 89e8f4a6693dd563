"""States as a table: one row per picture, one column per field, in a Parquet file.

Nested fields get dotted names as in the message (`head_pose.position.x`); the stamp is one column
of nanoseconds. Numbers are 32-bit where the message has float32, so a table and a bag agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from affect_perception.core.errors import InputError
from affect_perception.io.message_fields import Fields, stamp_of
from affect_perception.io.message_types import ATTENTION_STATE, typestore

Columns = dict[str, Any]
"""`{name: numpy array}`; texts are lists of str, lists of texts are lists of lists."""

STAMP = "stamp_ns"


def flatten(fields: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """One flat row of nested message fields; the header becomes `stamp_ns` and `frame_id`."""
    row: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "header":
            row[prefix + STAMP] = stamp_of(value)
            row[prefix + "frame_id"] = value["frame_id"]
        elif isinstance(value, Mapping):
            row.update(flatten(value, f"{prefix}{name}."))
        else:
            row[prefix + name] = value
    return row


def columns_of(rows: Iterable[Fields], message_type: str = ATTENTION_STATE) -> Columns:
    """Collects message fields into columns.

    Args:
        rows: Nested fields of messages of one type.
        message_type: Their type; it gives the columns and their number types.

    Returns:
        Columns in the order of the message. Arrays of numbers (landmarks) are left out.
    """
    types = _column_types(message_type)
    values: dict[str, list[Any]] = {name: [] for name in types}
    for row in rows:
        flat = flatten(row)
        for name, column in values.items():
            column.append(flat[name])
    return {
        name: column if types[name] is None else np.asarray(column, dtype=types[name])
        for name, column in values.items()
    }


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
        elif detail[0][1][0] == "string":
            types[prefix + name] = None
    return types
