"""Runs the evaluations of the scorecard, one after the other or several side by side."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from affect_perception.core.config import PipelineConfig
from affect_perception.evaluation.end_with_parent import end_with_parent
from affect_perception.evaluation.registry import TASKS
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.scorecard_results import keep, kept
from affect_perception.evaluation.tools import Request, Task, Tools

ROOT_NAME = "$AFFECT_DATA"
"""How the page names the folder of the data sets."""


@dataclass(frozen=True)
class Job:
    """One evaluation: the task, and the data set below the root (or what is built in)."""

    task: Task
    data: str


def run_jobs(
    jobs: Sequence[Job],
    root: Path,
    tools: Tools,
    workers: int,
    say: Callable[[str], None],
    folder: Path | None = None,
) -> list[Evaluation]:
    """Runs evaluations.

    Args:
        jobs: What is run.
        root: Folder that holds the data sets.
        tools: Networks and settings.
        workers: Processes that work side by side; with 1 everything stays in this one.
        say: Told of each evaluation.
        folder: Where results are kept; what lies there is taken instead of run.

    Returns:
        The results in the order of the jobs, without the records of single pictures if they come
        from another process.
    """
    if workers == 1:
        results = []
        for job in jobs:
            say(f"{job.task.name} on {job.data}")
            results.append(_evaluate(job, root, tools, folder))
        return results
    # A fresh interpreter each: sessions and threads of this one must not be copied.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context, initializer=end_with_parent) as pool:
        waiting = {
            job: pool.submit(_in_worker, job.task.name, job.data, root, tools.config, folder)
            # The longest first: else one of them is left to a single process at the end.
            for job in sorted(jobs, key=lambda job: -job.task.minutes)
        }
        results = []
        for job in jobs:
            results.append(waiting[job].result())
            say(f"{job.task.name} on {job.data}: done")
    return results


def _in_worker(
    task: str, data: str, root: Path, config: PipelineConfig, folder: Path | None
) -> Evaluation:
    result = _evaluate(Job(TASKS[task], data), root, Tools(config), folder)
    baselines = {name: dict(values) for name, values in result.baselines.items()}
    # Plain containers, which can be sent; the page does not show the records.
    return replace(
        result, metrics=dict(result.metrics), baselines=baselines, notes=[*result.notes], rows=()
    )


def _evaluate(job: Job, root: Path, tools: Tools, folder: Path | None) -> Evaluation:
    if folder is None:
        return _run(job, root, tools)
    result = kept(job.task.name, job.data, folder)
    if result is None:
        result = _run(job, root, tools)
        keep(result, job.task.name, job.data, folder)
    return result


def _run(job: Job, root: Path, tools: Tools) -> Evaluation:
    if not job.task.folders:
        command = f"affect-perception evaluate {job.task.name}"
        return job.task.run(Request(Path(job.data), None, command), tools)
    command = f"affect-perception evaluate {job.task.name} --data {ROOT_NAME}/{job.data}"
    result = job.task.run(Request(root / job.data, None, command), tools)
    # The page must not depend on where the data happen to lie.
    return replace(result, data=job.data)
