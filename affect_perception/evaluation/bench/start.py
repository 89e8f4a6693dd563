"""Start to first state: how long after the process began, cold and warm, beside MediaPipe FaceMesh.

Cold: the models are prepared and everything is installed with its bytecode, but the files that the
process reads are not in memory (they are dropped from the page cache before each start; those that
another process has mapped stay there, and the share that went is said). Warm: started again.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from affect_perception.evaluation.bench.frames import portrait_frames
from affect_perception.evaluation.bench.mediapipe_env import (
    VERSION,
    default_folder,
    mediapipe_python,
    worker_environment,
)
from affect_perception.evaluation.bench.nodes import node_environment
from affect_perception.evaluation.bench.processes import (
    BenchError,
    load_in_words,
    machine_in_words,
    page_head,
)
from affect_perception.inference.cache import models_folder

_MODULE = "affect_perception.evaluation.bench.start_worker"
_NODE, _NODE_MODULE = "face_node", "affect_perception.ros.start_probe"
_SCRIPT = Path(__file__).with_name("start_worker.py")
_TIMEOUT_S = 300.0
PEER = "facemesh"
KINDS = {
    "face_path": "the face path as a library, to the state of the first picture",
    _NODE: "the node `face_perception`, to the first message that knows a face",
    "replay": "`affect-perception replay` of a video, to the first state",
    PEER: f"MediaPipe {VERSION} FaceMesh, to the landmarks of the first picture",
}


@dataclass(frozen=True)
class Start:
    """One start.

    Attributes:
        total_s: From the start of the process to the first result.
        import_s: Of this, from the first import to the last.
        after_s: Of this, what follows: models, nodes, the first picture.
        processor_s: Processor time of all its threads until then.
        modules: Python modules loaded.
        dropped: Share of the bytes of its files that were not in memory before; 0 when warm.
        files: What it had mapped or imported.
    """

    total_s: float
    import_s: float
    after_s: float
    processor_s: float
    modules: int
    dropped: float = 0.0
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class StartFigures:
    """Medians of one kind, and medians over rounds of the ratio to the peer of the same round."""

    kind: str
    cold: Start
    warm: Start
    cold_ratio: float
    warm_ratio: float
    processor_ratio: float


@dataclass(frozen=True)
class StartBench:
    """All figures, and where they are from."""

    machine: str
    load: str
    rounds: int
    figures: list[StartFigures]


def bench_start(rounds: int, python: Path | None, say: Callable[[str], None]) -> StartBench:
    """Starts each kind cold and warm, in turn.

    Args:
        rounds: How often.
        python: Interpreter with MediaPipe, or None to make one.
        say: Told what is being measured.

    Raises:
        BenchError: If a process fails.
    """
    load = load_in_words()
    theirs = python or mediapipe_python(default_folder(), say)
    with tempfile.TemporaryDirectory(prefix="affect-bench-") as folder:
        picture = _write_picture(Path(folder))
        env = node_environment()

        def once(kind: str) -> Start:
            peer = kind == PEER
            module = _NODE_MODULE if kind == _NODE else _MODULE
            command = [str(theirs), str(_SCRIPT)] if peer else [sys.executable, "-m", module]
            return started([*command, kind, str(picture)], worker_environment() if peer else env)

        say("once each, to know what they read")
        models = [str(path) for path in models_folder().rglob("*") if path.is_file()]
        files = {kind: [*once(kind).files, *models] for kind in KINDS}
        cold: dict[str, list[Start]] = {kind: [] for kind in KINDS}
        warm: dict[str, list[Start]] = {kind: [] for kind in KINDS}
        for number in range(rounds):
            say(f"round {number + 1} of {rounds}")
            for kind in KINDS:
                dropped = drop(files[kind])
                cold[kind].append(replace(once(kind), dropped=dropped))
                warm[kind].append(once(kind))
    return StartBench(machine_in_words(), load, rounds, figures_of(cold, warm))


def started(command: Sequence[str], env: Mapping[str, str]) -> Start:
    """Runs a process until its first result.

    Raises:
        BenchError: If it fails, with the end of what it wrote to stderr.
    """
    begin = time.monotonic()
    try:
        done = subprocess.run(
            list(command),
            capture_output=True,
            text=True,
            env=dict(env),
            check=False,
            timeout=_TIMEOUT_S,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BenchError(f"'{command[-2]}' cannot be started: {error}") from error
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        tail = " | ".join(done.stderr.strip().splitlines()[-4:])
        raise BenchError(f"'{command[-2]}' ended with status {done.returncode}: {tail}")
    answer: dict[str, Any] = json.loads(lines[-1])
    return Start(
        total_s=answer["ready"] - begin,
        import_s=answer["import_s"],
        after_s=answer["after_s"],
        processor_s=answer["processor_s"],
        modules=answer["modules"],
        files=tuple(answer["files"]),
    )


def figures_of(
    cold: Mapping[str, Sequence[Start]], warm: Mapping[str, Sequence[Start]]
) -> list[StartFigures]:
    """The medians of each kind, in the order of `cold`."""

    def ratio(starts: Mapping[str, Sequence[Start]], kind: str, name: str) -> float:
        pairs = zip(starts[kind], starts[PEER], strict=True)
        return statistics.median(getattr(a, name) / getattr(b, name) for a, b in pairs)

    return [
        StartFigures(
            kind,
            _median(cold[kind]),
            _median(warm[kind]),
            cold_ratio=ratio(cold, kind, "total_s"),
            warm_ratio=ratio(warm, kind, "total_s"),
            processor_ratio=ratio(warm, kind, "processor_s"),
        )
        for kind in cold
    ]


def drop(paths: Iterable[str]) -> float:
    """Takes files out of the page cache; the share of their bytes that are not in memory then."""
    gone = every = 0
    for path in paths:
        try:
            with Path(path).open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
                gone += size - round(size * _resident(file.fileno(), size))
                every += size
        except OSError:
            continue  # a device or a file that has gone says nothing of a start
    return gone / every if every else 0.0


def _resident(file: int, size: int) -> float:
    """Share of a file's pages that are in memory (mincore)."""
    if size == 0:
        return 0.0
    pages = -(-size // mmap.PAGESIZE)
    with mmap.mmap(file, size, flags=mmap.MAP_PRIVATE, prot=mmap.PROT_READ | mmap.PROT_WRITE) as at:
        first = (ctypes.c_char * size).from_buffer(at)
        found = (ctypes.c_ubyte * pages)()
        status = ctypes.CDLL(None, use_errno=True).mincore(
            ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(size), found
        )
        del first  # else the mapping could not be closed
    return sum(page & 1 for page in found) / pages if status == 0 else 1.0


def _write_picture(folder: Path) -> Path:
    """The first frame of the moving portrait, as an array and as a short video."""
    frame = portrait_frames(640, 480, 1)[0]
    path = folder / "picture.npy"
    np.save(path, frame)
    code = cv2.VideoWriter.fourcc(*"MJPG")
    writer = cv2.VideoWriter(str(path.with_suffix(".avi")), code, 30.0, (640, 480))
    for _ in range(3):
        writer.write(cv2.cvtColor(frame, cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def _median(starts: Sequence[Start]) -> Start:
    def middle(name: str) -> float:
        return statistics.median(getattr(start, name) for start in starts)

    return Start(
        total_s=middle("total_s"),
        import_s=middle("import_s"),
        after_s=middle("after_s"),
        processor_s=middle("processor_s"),
        modules=starts[0].modules,
        dropped=middle("dropped"),
    )


def page(bench: StartBench, command: str) -> str:
    """The page docs/benchmarks_start.md."""
    rows = [_row(f) for f in bench.figures]
    return "\n".join(
        [
            page_head("Start to first state", command, bench.machine, bench.load),
            "From the start of a process to its first result, with a portrait of 640x480 that is "
            "there at once. Warm: started again. Cold: before it, the files that it reads "
            "(libraries, bytecode, models) were dropped from the page cache; in brackets the share "
            "of their bytes that really went, since files that other processes have mapped stay. "
            "Models are prepared and bytecode is compiled in both. All in turn, "
            f"{bench.rounds} rounds; seconds are medians, ratios are to FaceMesh in the same round "
            "(median over rounds). Processor time is what other load disturbs least.",
            "",
            "| what | cold s | ratio | warm s | ratio | of it imports s | of it the rest s | "
            "processor s (ratio) | Python modules |",
            "|---|---|---|---|---|---|---|---|---|",
            *rows,
            "",
        ]
    )


def _row(f: StartFigures) -> str:
    cold, warm = f.cold, f.warm
    return (
        f"| {KINDS[f.kind]} | {cold.total_s:.2f} ({cold.dropped:.0%}) | {f.cold_ratio:.2f} "
        f"| {warm.total_s:.2f} | **{f.warm_ratio:.2f}** | {warm.import_s:.2f} "
        f"| {warm.after_s:.2f} | {warm.processor_s:.2f} ({f.processor_ratio:.2f}) "
        f"| {warm.modules} |"
    )


def write(bench: StartBench, command: str, page_path: Path, json_path: Path) -> None:
    """Writes page and JSON (`{name: {"value", "unit"}}`)."""
    values: dict[str, tuple[float, str]] = {}
    for f in bench.figures:
        values[f"start_cold_{f.kind}"] = (f.cold.total_s, "s")
        values[f"start_warm_{f.kind}"] = (f.warm.total_s, "s")
        values[f"start_processor_{f.kind}"] = (f.warm.processor_s, "s of processor")
        if f.kind != PEER:
            values[f"start_cold_{f.kind}_vs_facemesh"] = (f.cold_ratio, "ratio")
            values[f"start_warm_{f.kind}_vs_facemesh"] = (f.warm_ratio, "ratio")
            name = f"start_processor_{f.kind}_vs_facemesh"
            values[name] = (f.processor_ratio, "ratio of processor time")
    content = {name: {"value": round(v, 6), "unit": unit} for name, (v, unit) in values.items()}
    page_path.parent.mkdir(parents=True, exist_ok=True)
    page_path.write_text(page(bench, command), encoding="utf-8")
    json_path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
