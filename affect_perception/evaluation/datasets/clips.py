"""Video clips with events marked by eye in `events.csv`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.table import read_table

COLUMNS = ("file", "start_s", "end_s", "event")


@dataclass(frozen=True)
class ClipEvent:
    """One marked event, seconds from the first frame of the clip, with the remark on it."""

    start_s: float
    end_s: float
    event: str
    note: str = ""


@dataclass(frozen=True)
class Clip:
    """One clip and the events marked in it (not every event of a clip need be marked)."""

    path: Path
    events: tuple[ClipEvent, ...]

    @property
    def name(self) -> str:
        """File name without its ending."""
        return self.path.stem

    def named(self, event: str) -> tuple[ClipEvent, ...]:
        """The events of one kind."""
        return tuple(e for e in self.events if e.event == event)


def read_clips(folder: Path, split: str | None = None) -> tuple[Clip, ...]:
    """All `*.mp4` of a folder with the events of `events.csv`.

    Args:
        folder: The folder.
        split: Beginning of the file names to keep ("yawdd"), or None for all.

    Raises:
        InputError: If the folder, the table or a column is missing, an event names no clip, or an
            event ends before it starts.
    """
    if not folder.is_dir():
        raise InputError(f"no such folder: {folder}")
    paths = sorted(folder.glob("*.mp4"))
    if not paths:
        raise InputError(f"no clip (*.mp4) in {folder}")
    table = read_table(folder / "events.csv")
    table.need(COLUMNS)
    events: dict[str, list[ClipEvent]] = {path.name: [] for path in paths}
    for row in table.rows:
        file = row.text("file")
        if file not in events:
            raise InputError(f"{table.path}, line {row.line}: no clip {file} in {folder}")
        note = (row.values.get("note") or "").strip()
        event = ClipEvent(row.number("start_s"), row.number("end_s"), row.text("event"), note)
        if event.end_s < event.start_s:
            raise InputError(f"{table.path}, line {row.line}: the event ends before it starts")
        events[file].append(event)
    chosen = [path for path in paths if split is None or path.name.startswith(split)]
    if not chosen:
        raise InputError(f"no clip in {folder} begins with {split!r}")
    return tuple(Clip(path, tuple(events[path.name])) for path in chosen)
