"""Reports of trainings as JSON files."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def rounded(value: Any, digits: int | None = 4) -> Any:
    """The same content with rounded numbers, and None for those that nothing was measured for.

    JSON has no NaN. Mappings become dicts, tuples lists.

    Args:
        value: What a report may hold.
        digits: After the point; None leaves numbers as they are.
    """
    if isinstance(value, Mapping):
        return {key: rounded(one, digits) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(one, digits) for one in value]
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        return value if digits is None else round(value, digits)
    return value


def write_json(path: Path, content: Any) -> None:
    """Writes a report, and the folder that it lies in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
