"""Times one network on one backend, in a process of its own; called by `models`.

`python -m affect_perception.evaluation.bench.model_worker MODEL PROVIDER PRECISION SECONDS`
prints one line of JSON. PRECISION may be `trial_int8.TRIAL`.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.config import ProviderConfig
from affect_perception.core.errors import ModelError
from affect_perception.evaluation.bench.processes import memory_mib
from affect_perception.evaluation.bench.trial_int8 import TRIAL, trial_session
from affect_perception.inference.loader import load_network
from affect_perception.inference.manifest import InputSpec, load_manifest
from affect_perception.inference.session import Session

Arrays = tuple[npt.NDArray[Any], ...]

_BLOCK = 25
"""Runs after which the other network has its turn."""
_FEWEST, _MOST = 4, 200
"""Blocks."""
_PICTURES = 8
_COARSE = 6
# What is not a picture is standardised, as the networks of this package take it.
_SPREAD = 1.0
_FRAMES = 200
"""Size of a free first dimension that is no batch: two seconds of spectrum."""


def main() -> None:
    """Measures; the answer of a network that cannot be run says why."""
    name, provider, precision, seconds = sys.argv[1:5]
    try:
        if precision == TRIAL:
            answer = measure_trial(name, seconds)
        else:
            answer = measure(name, ProviderConfig(provider=provider, precision=precision), seconds)
    except ModelError as error:
        answer = {"error": str(error)}
    print(json.dumps(answer), flush=True)


def measure(name: str, config: ProviderConfig, seconds: str) -> dict[str, Any]:
    """Times in ms, memory in MiB, and the largest difference from fp32 on the processor.

    The difference is a share of the largest output in fp32, over made inputs.
    """
    return _measured(name, lambda: load_network(name, config), seconds)


def measure_trial(name: str, seconds: str) -> dict[str, Any]:
    """The same of a model without an 8-bit file in 8 bits, see `trial_int8`."""
    manifest = load_manifest()
    entry = manifest.model(name)
    examples = [made_inputs(entry.inputs, seed) for seed in range(_PICTURES)]
    session = trial_session(manifest, entry, examples)
    answer = _measured(name, lambda: session, seconds)
    # It was made in this process, so what it grew by says nothing.
    return {**answer, "memory_mib": float("nan")}


def _measured(name: str, load: Callable[[], Session], seconds: str) -> dict[str, Any]:
    pid = os.getpid()
    before = memory_mib(pid).resident
    session = load()
    inputs = [made_inputs(session.inputs, seed) for seed in range(_PICTURES)]
    for arrays in inputs:
        session.run(*arrays)
    memory = memory_mib(pid).resident - before
    plain_config = ProviderConfig(precision="fp32")
    same = (session.provider, session.precision) == ("cpu", plain_config.precision)
    plain = session if same else load_network(name, plain_config)
    times, ratio, busy = _times(session, plain, inputs, float(seconds))
    return {
        "precision": session.precision,
        "median_ms": float(np.median(times)),
        "p99_ms": float(np.percentile(times, 99)),
        "processor_ms": busy,
        "runs": len(times),
        "memory_mib": memory,
        "ratio": ratio,
        "difference": _difference(session, plain, inputs),
    }


def made_inputs(specs: tuple[InputSpec, ...], seed: int) -> Arrays:
    """Soft pictures over the whole range; other inputs spread by one around zero, in range."""
    rng = np.random.default_rng([seed, zlib.crc32(specs[0].name.encode())])
    return tuple(_made(spec, rng) for spec in specs)


def _made(spec: InputSpec, rng: np.random.Generator) -> npt.NDArray[Any]:
    low, high = spec.value_range
    if spec.layout == "flat":
        shape = [_FRAMES if n == -1 else n for n in spec.shape]
        return rng.normal(0.0, _SPREAD, shape).clip(low, high).astype(spec.dtype)
    import cv2

    channels_last = spec.layout == "NHWC"
    _, *size = spec.shape if channels_last else (spec.shape[0], *spec.shape[2:], spec.shape[1])
    height, width, channels = size
    coarse = rng.uniform(low, high, (_COARSE, _COARSE, channels))
    picture = cv2.resize(coarse, (width, height)).reshape(height, width, channels)
    if not channels_last:
        picture = picture.transpose(2, 0, 1)
    return np.ascontiguousarray(picture[None]).astype(spec.dtype)


def _times(
    session: Session, plain: Session, inputs: list[Arrays], seconds: float
) -> tuple[list[float], float, float]:
    """Milliseconds of each run, the ratio to the other network, milliseconds of processor a run.

    The two take turns, so that both meet the same load. On the processor, with one thread, the
    ratio is that of the processor times of a block, which other load hardly disturbs; elsewhere
    that of the medians. Median over all blocks.
    """
    times: list[float] = []
    ratios: list[float] = []
    busy: list[int] = []
    end = time.perf_counter() + seconds
    while len(ratios) < _FEWEST or (time.perf_counter() < end and len(ratios) < _MOST):
        start = time.process_time_ns()
        block = _block(session, inputs)
        middle = time.process_time_ns()
        other = block if plain is session else _block(plain, inputs)
        end_busy = time.process_time_ns()
        times += block
        busy.append(middle - start)
        if plain is session:
            ratios.append(1.0)
        elif session.provider == "cpu":
            ratios.append(busy[-1] / (end_busy - middle))
        else:
            ratios.append(float(np.median(block) / np.median(other)))
    return times, float(np.median(ratios)), float(np.median(busy)) * 1e-6 / _BLOCK


def _block(session: Session, inputs: list[Arrays]) -> list[float]:
    times = []
    for number in range(_BLOCK):
        arrays = inputs[number % len(inputs)]
        start = time.perf_counter_ns()
        session.run(*arrays)
        times.append((time.perf_counter_ns() - start) * 1e-6)
    return times


def _difference(session: Session, plain: Session, inputs: list[Arrays]) -> float:
    worst = 0.0
    for arrays in inputs:
        for wanted, found in zip(plain.run(*arrays), session.run(*arrays), strict=True):
            largest = float(np.abs(wanted).max())
            share = float(np.abs(found - wanted).max()) / largest if largest > 0.0 else 0.0
            worst = float(np.maximum(worst, share))  # keeps NaN
    return worst


if __name__ == "__main__":
    main()
