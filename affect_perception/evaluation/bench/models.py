"""Every model on every backend in every precision: time, memory, what is lost."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from affect_perception.core.config import ProviderConfig
from affect_perception.evaluation.bench.processes import (
    BenchError,
    load_in_words,
    machine_in_words,
    page_head,
)
from affect_perception.evaluation.bench.trial_int8 import TRIAL
from affect_perception.inference.backends import Backend, find_backends, gpu_in_words
from affect_perception.inference.loader import served
from affect_perception.inference.manifest import FP16, FP32, INT8, ModelEntry, load_manifest
from affect_perception.inference.session import NATIVE

# Building an engine takes minutes on small GPUs; the rest takes seconds.
_TIMEOUT_S = 1800.0
_WORKER = "affect_perception.evaluation.bench.model_worker"


@dataclass(frozen=True)
class ModelFigures:
    """One model on one backend in one precision.

    Attributes:
        model: Name in the manifest.
        backend: One of `session.BACKENDS`.
        precision: What it computed in.
        median_ms: Of one run with one input.
        p99_ms: Of the same runs.
        processor_ms: Processor time of a run, which other load disturbs less.
        runs: How many.
        memory_mib: Growth of the process by loading and first runs.
        difference: Largest difference of an output from fp32 on cpu, as share of the largest
            output, over made inputs.
        ratio: Of the time to fp32 on cpu, measured in turn.
        lost: What the manifest says of the accuracy lost; empty where nothing is.
        error: Why there are no figures; empty if there are.
    """

    model: str
    backend: str
    precision: str
    median_ms: float = float("nan")
    p99_ms: float = float("nan")
    processor_ms: float = float("nan")
    runs: int = 0
    memory_mib: float = float("nan")
    difference: float = float("nan")
    ratio: float = float("nan")
    lost: str = ""
    error: str = ""


@dataclass(frozen=True)
class ModelBench:
    """All figures, the machine, and the backends that are not there."""

    machine: str
    load: str
    backends: tuple[Backend, ...]
    figures: list[ModelFigures]


def bench_models(seconds: float, names: Sequence[str], say: Callable[[str], None]) -> ModelBench:
    """Measures each combination that this machine has, in a process of its own, in turn.

    Args:
        seconds: How long each is run.
        names: Models; all if empty.
        say: Told what is being measured.
    """
    manifest = load_manifest()
    load, backends = load_in_words(), find_backends()
    figures: list[ModelFigures] = []
    for entry in [manifest.model(name) for name in names or manifest.models]:
        for backend in backends:
            if backend.reason:
                continue
            for precision in (*precisions(entry, backend.name), *trials(entry, backend.name)):
                say(f"{entry.name} on {backend.name} in {precision}")
                answer = _ask(entry.name, backend.name, precision, seconds)
                figures.append(_figures(entry, backend.name, precision, answer))
    machine = machine_in_words().replace("no GPU used", gpu_in_words())
    return ModelBench(machine, load, backends, figures)


def precisions(entry: ModelEntry, backend: str) -> list[str]:
    """In what a model can be computed on a backend, fp32 first."""
    found = [FP32]
    if backend != "cpu":
        found.append(FP16)
    eight = ProviderConfig(provider=backend, precision=INT8)
    if served(entry, eight).precision == INT8:
        found.append(INT8)
    return found


def trials(entry: ModelEntry, backend: str) -> list[str]:
    """What a model is tried in that it does not ship: 8 bits on the processor."""
    return [TRIAL] if backend == "cpu" and entry.eight_bit is None else []


def _ask(name: str, backend: str, precision: str, seconds: float) -> dict[str, Any]:
    command = [sys.executable, "-m", _WORKER, name, backend, precision, str(seconds)]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S
        )
    except subprocess.TimeoutExpired:
        return {"error": f"took longer than {_TIMEOUT_S:.0f} s"}
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        raise BenchError(f"{name} on {backend}: the worker failed: {done.stderr.strip()[-500:]}")
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def _figures(
    entry: ModelEntry, backend: str, precision: str, answer: dict[str, Any]
) -> ModelFigures:
    if "error" in answer:
        return ModelFigures(entry.name, backend, precision, error=answer["error"])
    lost = ""
    if precision == INT8 and entry.eight_bit is not None:
        # The manifest's figures are those of the unsigned form.
        lost = entry.eight_bit.measured if backend != NATIVE else "not measured in signed form"
    if precision == TRIAL:
        lost = entry.eight_bit_declined or "not measured"
        answer = {**answer, "precision": TRIAL}
    return ModelFigures(entry.name, backend, **answer, lost=lost)


def page(bench: ModelBench, command: str) -> str:
    """The page docs/benchmarks_models.md."""
    lines = [
        page_head("Models on backends", command, bench.machine, bench.load),
        "One input at a time, one thread, each combination in a process of its own. Ratio: to fp32 "
        "on one core of this machine, in turn in the same process (blocks of 25 runs; "
        "processor times where both run on cpu, else medians; median over the blocks). Memory: "
        "what the process grew by. "
        "Difference: the largest of any output from fp32 on cpu, as a share of the largest output, "
        "over made inputs (soft pictures, standard normal numbers); what that means for people is "
        "measured apart, see below. Trial: a model that ships in 32 bits, quantised for this table "
        "with ranges from the made inputs, so that its difference says little; what decided "
        "against 8 bits stands in the manifest.",
        "",
        "| model | backend | precision | median ms | p99 ms | processor ms | ratio to fp32, one "
        "core | memory MiB | difference |",
        "|---|---|---|---|---|---|---|---|---|",
        *(_row(f) for f in bench.figures),
        "",
        "## Accuracy lost",
        "",
        "A model computes in 8 bits where it is at least 1.2 times as fast (a ratio of at most "
        "0.83) and loses at most half a point (docs/adr/0008-eight-bit-networks.md).",
        "",
        *(_losses(bench.figures)),
        "",
        "## Backends on this machine",
        "",
        "| backend | |",
        "|---|---|",
        *(f"| {b.name} | {b.detail or 'not here: ' + b.reason} |" for b in bench.backends),
        "",
    ]
    return "\n".join(lines)


def _row(f: ModelFigures) -> str:
    start = f"| {f.model} | {f.backend} | {f.precision} |"
    if f.error:
        return f"{start} | | | | | {f.error} |"
    memory = "-" if math.isnan(f.memory_mib) else f"{f.memory_mib:.0f}"
    return (
        f"{start} {f.median_ms:.3f} | {f.p99_ms:.3f} | {f.processor_ms:.3f} | {f.ratio:.2f} "
        f"| {memory} | {f.difference:.1e} |"
    )


def _losses(figures: Sequence[ModelFigures]) -> list[str]:
    return [f"- {f.model}, {f.precision} on {f.backend}: {f.lost}." for f in figures if f.lost]


def write(bench: ModelBench, command: str, page_path: Path, json_path: Path) -> None:
    """Writes page and JSON."""
    page_path.parent.mkdir(parents=True, exist_ok=True)
    page_path.write_text(page(bench, command), encoding="utf-8")
    content = {
        "machine": bench.machine,
        "load": bench.load,
        "command": command,
        "backends": [asdict(backend) for backend in bench.backends],
        "models": [
            # JSON has no NaN.
            {k: None if v != v else v for k, v in asdict(f).items()}
            for f in bench.figures
        ],
    }
    json_path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
