"""The evaluation tasks by name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from types import MappingProxyType

from affect_perception.core.errors import InputError
from affect_perception.evaluation.tasks import (
    audiovisual,
    blinks,
    body_faults,
    conformance,
    drowsiness,
    events,
    expression,
    eyes,
    fairness,
    false_alerts,
    fusion,
    gaze,
    head_pose,
    heartbeat,
    landmarks,
    load,
    physio,
    pulse,
    speech_activity,
    synthetic,
    videos,
    voice,
)
from affect_perception.evaluation.tools import Task

TASKS: Mapping[str, Task] = MappingProxyType(
    {
        module.TASK.name: module.TASK
        for module in (
            head_pose,
            landmarks,
            gaze,
            eyes,
            fairness,
            videos,
            events,
            blinks,
            drowsiness,
            expression,
            voice,
            speech_activity,
            audiovisual,
            fusion,
            heartbeat,
            physio,
            pulse,
            body_faults,
            load,
            false_alerts,
            conformance,
            synthetic,
        )
    }
)


def task_named(name: str) -> Task:
    """The task of that name.

    Raises:
        InputError: If there is none, with the nearest known name and the list.
    """
    if name in TASKS:
        return TASKS[name]
    near = difflib.get_close_matches(name, TASKS, n=1)
    hint = f"; did you mean '{near[0]}'?" if near else ""
    raise InputError(f"unknown evaluation task '{name}'{hint} (known: {', '.join(TASKS)})")
