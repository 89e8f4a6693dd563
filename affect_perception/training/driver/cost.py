"""What a network costs on one core: size, time and memory, in a process of its own.

`python -m affect_perception.training.driver.cost FILE` prints one line of JSON. Inputs are made:
standard normal numbers, or any bytes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

from affect_perception.core.errors import ModelError
from affect_perception.evaluation.bench.processes import memory_mib

RUNS, BLOCK = 300, 10
_KINDS = {"tensor(uint8)": np.uint8, "tensor(float)": np.float32, "tensor(int64)": np.int64}


def cost_of(path: Path) -> dict[str, float]:
    """Parameters, KiB, milliseconds of processor a run, MiB of memory.

    Raises:
        ModelError: If the network cannot be run.
    """
    command = [sys.executable, "-m", "affect_perception.training.driver.cost", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ModelError(f"{path}: cannot be measured: {done.stderr.strip()[-300:]}")
    found: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def measure(path: Path) -> dict[str, float]:
    """The same in this process."""
    before = memory_mib(os.getpid()).resident
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    rng = np.random.default_rng(0)
    given = {one.name: _made(one, rng) for one in session.get_inputs()}
    for _ in range(20):
        session.run(None, given)
    memory = memory_mib(os.getpid()).resident - before
    blocks = []
    # Processor time, of which other work on the machine takes little away; the clock is too coarse
    # for one run.
    for _ in range(RUNS // BLOCK):
        start = time.process_time_ns()
        for _ in range(BLOCK):
            session.run(None, given)
        blocks.append((time.process_time_ns() - start) * 1e-6 / BLOCK)
    model = onnx.load(path)
    numbers = sum(int(np.prod(one.dims)) for one in model.graph.initializer)
    return {
        "parameters": float(numbers),
        "kib": path.stat().st_size / 1024.0,
        "ms": float(np.median(blocks)),
        "mib": memory,
    }


def _made(spec: Any, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    shape = [n if isinstance(n, int) else 1 for n in spec.shape]
    kind = _KINDS[spec.type]
    if kind is np.uint8:
        return rng.integers(0, 256, shape, dtype=np.uint8)
    if kind is np.int64:
        return np.zeros(shape, np.int64)
    return np.abs(rng.normal(0.0, 1.0, shape)).astype(kind)


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))), flush=True)
