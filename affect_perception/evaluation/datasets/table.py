"""Reading a CSV table of labels with errors that name file, line and column."""

from __future__ import annotations

import csv
import gzip
import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from affect_perception.core.errors import InputError


@dataclass(frozen=True)
class Row:
    """One line of a table."""

    path: Path
    line: int
    values: Mapping[str, str]

    def text(self, column: str) -> str:
        """The text of a column; InputError if it is empty."""
        value = self.values.get(column)
        if value is None or not value.strip():
            raise InputError(f"{self.path}, line {self.line}: column '{column}' is empty")
        return value.strip()

    def number(self, column: str) -> float:
        """The finite number of a column; InputError if it is none."""
        text = self.text(column)
        try:
            value = float(text)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            raise InputError(
                f"{self.path}, line {self.line}: column '{column}' holds {text!r}, not a number"
            )
        return value


@dataclass(frozen=True)
class Table:
    """A table of labels."""

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]

    def need(self, columns: Iterable[str]) -> None:
        """Raises InputError naming the columns that are missing."""
        missing = [name for name in columns if name not in self.columns]
        if missing:
            raise InputError(
                f"{self.path}: missing column{'s' if len(missing) > 1 else ''} "
                f"{', '.join(missing)}; found {', '.join(self.columns[:12])}"
            )

    def has(self, *columns: str) -> bool:
        """True if all these columns exist."""
        return all(name in self.columns for name in columns)

    def select(self, column: str, value: str) -> Table:
        """The rows with `value` in `column`; InputError if there are none."""
        self.need([column])
        rows = tuple(row for row in self.rows if row.values[column].strip() == value)
        if not rows:
            known = sorted({row.values[column].strip() for row in self.rows})
            raise InputError(
                f"{self.path}: no row with {column} = {value!r}; there are {', '.join(known[:12])}"
            )
        return Table(self.path, self.columns, rows)


def read_table(path: Path) -> Table:
    """Reads a CSV file with a header line, packed with gzip if its name ends so.

    Raises:
        InputError: If the file is missing, empty, not UTF-8 or damaged, or a line has too few
            columns.
    """
    if not path.is_file():
        raise InputError(f"no such table: {path}")
    try:
        with _open(path) as stream:
            reader = csv.DictReader(stream)
            columns = tuple(name.strip() for name in reader.fieldnames or ())
            reader.fieldnames = columns
            rows = tuple(_row(path, reader.line_num, values) for values in reader)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not a text file in UTF-8 ({error.reason})") from error
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise InputError(f"{path}: damaged or not packed with gzip ({error})") from error
    if not rows:
        raise InputError(f"{path}: holds no rows")
    return Table(path, columns, rows)


def _open(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _row(path: Path, line: int, values: dict[str, str | None]) -> Row:
    if None in values.values() or None in values:
        raise InputError(f"{path}, line {line}: another number of columns than the header")
    return Row(path, line, {key: str(value) for key, value in values.items()})


def picture_path(folder: Path, name: str, *subfolders: str) -> Path:
    """The picture `name` in `folder` or one of its subfolders; InputError if it is nowhere."""
    for place in (folder, *(folder / sub for sub in subfolders)):
        if (place / name).is_file():
            return place / name
    raise InputError(f"picture {name} is named in the labels but is not in {folder}")
