"""docs/benchmarks.md and bench.json from what was measured."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from affect_perception.evaluation.bench.compare import Comparison, Timing
from affect_perception.evaluation.bench.mediapipe_env import VERSION
from affect_perception.evaluation.bench.nodes import NodeFigures

RATIO_LIMIT = 1.3
MAIN_SEQUENCE = "portrait"


@dataclass(frozen=True)
class Bench:
    """Everything that was measured.

    Attributes:
        machine: The machine in words.
        load: How busy it was.
        comparisons: Against MediaPipe.
        stages: Stage times by picture size.
        nodes: Of the real nodes, or None if they were left out.
        command: The command that repeats it.
    """

    machine: str
    load: str
    comparisons: Sequence[Comparison]
    stages: Mapping[str, Mapping[str, float]]
    nodes: NodeFigures | None
    command: str


def to_json(bench: Bench) -> str:
    """`{name: {"value", "unit"}}`."""
    values: dict[str, tuple[float, str]] = {}
    for c in bench.comparisons:
        size = f"{c.width}x{c.height}"
        if c.sequence != MAIN_SEQUENCE:
            size = f"{c.sequence.replace(' ', '_')}_{size}"
        values[f"face_path_vs_facemesh_{size}"] = (c.ratio, "ratio")
        values[f"face_path_{size}"] = (c.ours.median_ms, "ms per frame")
        values[f"face_path_p95_{size}"] = (c.ours.p95_ms, "ms per frame")
        values[f"facemesh_{size}"] = (c.theirs.median_ms, "ms per frame")
        cpu_ratio = c.ours.cpu_ms / c.theirs.cpu_ms
        values[f"face_path_vs_facemesh_cpu_{size}"] = (cpu_ratio, "ratio of processor time")
        values[f"face_path_cpu_{size}"] = (c.ours.cpu_ms, "ms of processor per frame")
        values[f"face_path_found_{size}"] = (c.ours.found_rate, "share of frames")
        values[f"facemesh_found_{size}"] = (c.theirs.found_rate, "share of frames")
        values[f"face_path_ready_{size}"] = (c.ours.ready_s, "s")
        values[f"face_path_memory_{size}"] = (c.ours.peak_mib, "MiB")
    if bench.nodes is not None:
        values |= _node_values(bench.nodes)
    content = {
        name: {"value": round(value, 6) if math.isfinite(value) else None, "unit": unit}
        for name, (value, unit) in values.items()
    }
    return json.dumps(content, indent=2) + "\n"


def _node_values(nodes: NodeFigures) -> dict[str, tuple[float, str]]:
    median, high, largest = nodes.latency_ms
    return {
        "node_latency_median": (median, "ms"),
        "node_latency_p99": (high, "ms"),
        "node_latency_largest": (largest, "ms"),
        "node_rate": (nodes.rate, "states per second"),
        "node_cpu": (nodes.cpu_cores, "cores"),
        "node_memory": (nodes.memory_end_mib, "MiB"),
        "node_memory_trend": (nodes.memory_slope_mib_per_min, "MiB per minute"),
    }


def page(bench: Bench) -> str:
    """The page."""
    parts = [
        "# Benchmarks\n",
        f"Written by\n\n    {bench.command}\n",
        f"Machine: {bench.machine}; {bench.load}.\n",
        _comparison(bench.comparisons),
        _stages(bench.stages),
        _start(bench.comparisons),
    ]
    if bench.nodes is not None:
        parts.append(_nodes(bench.nodes))
    return "\n".join(parts)


def _comparison(comparisons: Sequence[Comparison]) -> str:
    rows = [
        "| pictures | size | face path, median / p95 ms | FaceMesh, median / p95 ms | ratio "
        "(10 to 90 % of blocks) | processor ms, ours / theirs (ratio) | found, ours / theirs |",
        "|---|---|---|---|---|---|---|",
    ]
    for c in comparisons:
        low, high = c.ratio_range
        rows.append(
            f"| {c.sequence} | {c.width}x{c.height} | {_ms(c.ours)} | {_ms(c.theirs)} | "
            f"**{c.ratio:.2f}** ({low:.2f} to {high:.2f}) | "
            f"{c.ours.cpu_ms:.2f} / {c.theirs.cpu_ms:.2f} "
            f"({c.ours.cpu_ms / c.theirs.cpu_ms:.2f}) | "
            f"{c.ours.found_rate:.3f} / {c.theirs.found_rate:.3f} |"
        )
    return (
        "## The face path against MediaPipe FaceMesh\n\n"
        f"MediaPipe {VERSION} FaceMesh (refine_landmarks, video mode, one face) gives landmarks; "
        "the face path gives landmarks, head pose, eyes, gaze, zone and the attention state. Both "
        "get the same bytes, in the same run, in turn (blocks of 30 frames, the order turned round "
        "after each), in two processes pinned to the same core; reading a frame is not counted. "
        "The ratio is that of the medians of a block, median over all blocks. "
        f"{comparisons[0].frames if comparisons else 0} frames each. Wanted: a ratio of at most "
        f"{RATIO_LIMIT}.\n\n" + "\n".join(rows) + "\n"
    )


def _ms(timing: Timing) -> str:
    return f"{timing.median_ms:.2f} / {timing.p95_ms:.2f}"


def _stages(stages: Mapping[str, Mapping[str, float]]) -> str:
    if not stages:
        return ""
    sizes = list(stages)
    names = list(next(iter(stages.values())))
    rows = [
        "| stage, median ms | " + " | ".join(sizes) + " |",
        "|---" * (len(sizes) + 1) + "|",
    ]
    for name in names:
        cells = [f"{stages[size][name]:.3f}" for size in sizes]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "## Where the time goes\n\n" + "\n".join(rows) + "\n"


def _start(comparisons: Sequence[Comparison]) -> str:
    if not comparisons:
        return ""
    ours, theirs = comparisons[0].ours, comparisons[0].theirs
    return (
        "## Start and memory\n\n"
        "| | face path | FaceMesh |\n|---|---|---|\n"
        f"| imports, s | {ours.import_s:.2f} | {theirs.import_s:.2f} |\n"
        f"| imports, models and first frame, s | {ours.ready_s:.2f} | {theirs.ready_s:.2f} |\n"
        f"| highest resident memory, MiB | {ours.peak_mib:.0f} | {theirs.peak_mib:.0f} |\n"
    )


def _nodes(nodes: NodeFigures) -> str:
    median, high, largest = nodes.latency_ms
    return (
        "## The nodes\n\n"
        "`sim_camera` (640x480, raw, 30 frames/s) and `face_perception` as processes, observed by "
        f"a subscriber in a third one for {nodes.seconds:.0f} s.\n\n"
        "| figure | value |\n|---|---|\n"
        f"| picture stamp to AttentionState at the subscriber, median / p99 / largest | "
        f"{median:.1f} / {high:.1f} / {largest:.1f} ms |\n"
        f"| picture stamp to publishing, median (field `latency`) | {nodes.published_ms:.1f} ms |\n"
        f"| states per second | {nodes.rate:.2f} |\n"
        f"| states available or degraded | {nodes.tracked_share:.3f} |\n"
        f"| processor, face_perception | {nodes.cpu_cores:.3f} cores |\n"
        f"| processor, sim_camera (renders the pictures) | {nodes.camera_cpu_cores:.3f} cores |\n"
        f"| resident memory, start / end | {nodes.memory_start_mib:.1f} / "
        f"{nodes.memory_end_mib:.1f} MiB |\n"
        f"| its trend over the second half | {nodes.memory_slope_mib_per_min:+.2f} MiB/min |\n\n"
        "The synthetic camera renders a picture beforehand and sends it at its stamp; when the "
        "machine is busy and rendering is late, that counts as latency too.\n"
    )
