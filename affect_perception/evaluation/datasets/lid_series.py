"""Reads openness of eyes over time: eye aspect ratios with blink tags, or millimetres with a kind.

Two formats, told apart by the columns of `labels.csv`: that of eyeblink8_ear (video, frame, ear,
tag) and that of blink_openness_120hz (file, condition, and one table per file).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from affect_perception.evaluation.datasets.table import Row, read_table

LABELS_FILE = "labels.csv"
RATE = 30.0
"""Frames per second of the tagged videos, nominal."""

_OPEN = "open"


@dataclass(frozen=True)
class LidSeries:
    """The lids of one recording.

    Attributes:
        name: Video or file.
        times: s, rising.
        openness: In any units; NaN where the eyes were not seen.
        blinks: First and last time of each tagged blink; empty if none are tagged.
        condition: What the person was asked to do; empty if nothing.
        subject: Who; empty if not told.
    """

    name: str
    times: Sequence[float]
    openness: Sequence[float]
    blinks: Sequence[tuple[float, float]] = ()
    condition: str = ""
    subject: str = ""


def is_tagged(folder: Path) -> bool:
    """True for tagged frames, False for one kind per file.

    Raises:
        InputError: If the labels have neither form.
    """
    labels = read_table(folder / LABELS_FILE)
    if labels.has("video", "frame", "ear", "tag"):
        return True
    labels.need(["file", "condition"])
    return False


def read_tagged(folder: Path) -> list[LidSeries]:
    """Reads tagged videos; an empty ratio, or one of 0, is a frame without a face.

    Raises:
        InputError: If a column is missing or a number is none.
    """
    labels = read_table(folder / LABELS_FILE)
    labels.need(["video", "frame", "ear", "tag"])
    videos: dict[str, list[tuple[float, float, str]]] = {}
    for row in labels.rows:
        entry = (row.number("frame") / RATE, _ratio(row), row.text("tag"))
        videos.setdefault(row.text("video"), []).append(entry)
    return [_tagged(name, sorted(entries)) for name, entries in videos.items()]


def read_asked(folder: Path) -> list[LidSeries]:
    """Reads files of a person who blinks as asked: mean of the eyes that were measured.

    Raises:
        InputError: If a file or column is missing, or a number is none.
    """
    series = []
    for label in read_table(folder / LABELS_FILE).rows:
        table = read_table(folder / label.text("file"))
        table.need(["t_s", "openness_left_mm", "openness_right_mm"])
        series.append(
            LidSeries(
                name=label.text("file"),
                times=[row.number("t_s") for row in table.rows],
                openness=[_mean_of_eyes(row) for row in table.rows],
                condition=label.text("condition"),
                subject=label.values.get("subject", ""),
            )
        )
    return series


def _tagged(name: str, entries: Sequence[tuple[float, float, str]]) -> LidSeries:
    blinks: list[tuple[float, float]] = []
    before = _OPEN
    for time, _, tag in entries:
        if tag != _OPEN:
            begin = blinks.pop()[0] if before != _OPEN else time
            blinks.append((begin, time))
        before = tag
    return LidSeries(name, [e[0] for e in entries], [e[1] for e in entries], blinks)


def _ratio(row: Row) -> float:
    ratio = _number_or_nan(row, "ear")
    return ratio if ratio > 0.0 else math.nan


def _mean_of_eyes(row: Row) -> float:
    eyes = [_number_or_nan(row, f"openness_{side}_mm") for side in ("left", "right")]
    known = [value for value in eyes if not math.isnan(value)]
    return sum(known) / len(known) if known else math.nan


def _number_or_nan(row: Row, column: str) -> float:
    return row.number(column) if row.values[column].strip() else math.nan
