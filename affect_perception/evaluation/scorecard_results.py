"""Keeps the evaluations of a scorecard as files, so that a run that was stopped can go on."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from affect_perception.core.errors import InputError
from affect_perception.evaluation.result import Evaluation
from affect_perception.io.atomic_file import write_atomically


def keep(result: Evaluation, task: str, data: str, folder: Path) -> None:
    """Writes the evaluation of a task on a data set, without its records, into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    content = {**json.loads(result.to_json()), "notes": [*result.notes]}
    # Numbers of the page are those of the run: infinite ones too, and none rounded.
    content["metrics"] = _numbers(result.metrics)
    content["baselines"] = {name: _numbers(values) for name, values in result.baselines.items()}
    text = json.dumps(content, indent=2) + "\n"
    write_atomically(_path(task, data, folder), text.encode("utf-8"))


def kept(task: str, data: str, folder: Path) -> Evaluation | None:
    """Reads the evaluation of a task on a data set, None if it was not kept.

    Raises:
        InputError: If the file is none of `keep`.
    """
    path = _path(task, data, folder)
    if not path.is_file():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        numbers = {name: _numbers(values) for name, values in content["baselines"].items()}
        return Evaluation(
            **{**content, "metrics": _numbers(content["metrics"]), "baselines": numbers}
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path} holds no kept evaluation; delete it: {error}") from error


def _numbers(values: Mapping[str, float]) -> dict[str, float]:
    return {name: float(value) for name, value in values.items()}


def _path(task: str, data: str, folder: Path) -> Path:
    return folder / f"{task}_{data.replace('/', '_').replace(' ', '_')}.json"
