"""docs/benchmarks.md and bench.json from what was measured."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from affect_perception.core.config import ExpressionConfig
from affect_perception.evaluation.bench.compare import Comparison, Timing
from affect_perception.evaluation.bench.mediapipe_env import VERSION
from affect_perception.evaluation.bench.node_table import node_table, node_values
from affect_perception.evaluation.bench.nodes import NodeFigures
from affect_perception.evaluation.bench.processes import page_head
from affect_perception.evaluation.bench.voice import VoiceFigures

RATIO_LIMIT = 1.3
EXPRESSIVE_LIMIT = 1.5
SHARED_LIMIT = 1.2
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
        voice: The voice's pipeline.
        voice_nodes: Of the nodes of the voice, or None if they were left out.
    """

    machine: str
    load: str
    comparisons: Sequence[Comparison]
    stages: Mapping[str, Mapping[str, float]]
    nodes: NodeFigures | None
    command: str
    voice: Sequence[VoiceFigures] = ()
    voice_nodes: NodeFigures | None = None


def to_json(bench: Bench) -> str:
    """`{name: {"value", "unit"}}`."""
    values: dict[str, tuple[float, str]] = {}
    for c in bench.comparisons:
        size = f"{c.width}x{c.height}"
        if c.sequence != MAIN_SEQUENCE:
            size = f"{c.sequence.replace(' ', '_')}_{size}"
        values[f"face_path_vs_facemesh_{size}"] = (c.shared_ratio, "ratio of means")
        values[f"face_path_plain_vs_facemesh_{size}"] = (c.ratio, "ratio")
        values[f"face_path_plain_vs_facemesh_mean_{size}"] = (c.mean_ratio, "ratio of means")
        values[f"face_path_with_expression_vs_facemesh_{size}"] = (
            c.expressive_ratio,
            "ratio of means",
        )
        values[f"face_path_with_expression_{size}"] = (c.expressive.mean_ms, "ms per frame, mean")
        values[f"face_path_with_expression_cpu_{size}"] = (
            c.expressive.cpu_ms,
            "ms of processor per frame",
        )
        values[f"face_path_with_expression_known_{size}"] = (
            c.expressive.shown_rate,
            "share of frames",
        )
        values[f"face_path_{size}"] = (c.shared.mean_ms, "ms per frame, mean")
        values[f"face_path_cpu_{size}"] = (c.shared.cpu_ms, "ms of processor per frame")
        values[f"face_path_plain_{size}"] = (c.ours.median_ms, "ms per frame")
        values[f"face_path_plain_p95_{size}"] = (c.ours.p95_ms, "ms per frame")
        values[f"facemesh_{size}"] = (c.theirs.median_ms, "ms per frame")
        cpu_ratio = c.ours.cpu_ms / c.theirs.cpu_ms
        values[f"face_path_plain_vs_facemesh_cpu_{size}"] = (cpu_ratio, "ratio of processor time")
        values[f"face_path_plain_cpu_{size}"] = (c.ours.cpu_ms, "ms of processor per frame")
        values[f"face_path_found_{size}"] = (c.ours.found_rate, "share of frames")
        values[f"facemesh_found_{size}"] = (c.theirs.found_rate, "share of frames")
        values[f"face_path_ready_{size}"] = (c.ours.ready_s, "s")
        values[f"face_path_memory_{size}"] = (c.ours.peak_mib, "MiB")
    if bench.nodes is not None:
        values |= node_values(bench.nodes)
    values |= _voice_values(bench)
    content = {
        name: {"value": round(value, 6) if math.isfinite(value) else None, "unit": unit}
        for name, (value, unit) in values.items()
    }
    return json.dumps(content, indent=2) + "\n"


def _voice_values(bench: Bench) -> dict[str, tuple[float, str]]:
    values: dict[str, tuple[float, str]] = {}
    for v in bench.voice:
        values[f"voice_{v.rate}x{v.channels}"] = (v.median_ms, "ms per second of sound")
        values[f"voice_cpu_{v.rate}x{v.channels}"] = (
            v.processor_ms,
            "ms of processor per second of sound",
        )
    if bench.voice_nodes is not None:
        values |= {f"voice_{name}": value for name, value in node_values(bench.voice_nodes).items()}
    return values


def page(bench: Bench) -> str:
    """The page."""
    parts = [
        page_head("Benchmarks", bench.command, bench.machine, bench.load),
        _comparison(bench.comparisons),
        _expressive(bench.comparisons),
        _shared(bench.comparisons),
        _stages(bench.stages),
        _start(bench.comparisons),
    ]
    if bench.nodes is not None:
        parts.append(_nodes(bench.nodes))
    if bench.voice:
        parts.append(_voice(bench.voice))
    if bench.voice_nodes is not None:
        parts.append(_voice_nodes(bench.voice_nodes))
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
        "## The face path without expressions against MediaPipe FaceMesh\n\n"
        f"MediaPipe {VERSION} FaceMesh (refine_landmarks, video mode, one face) gives landmarks; "
        "the face path gives landmarks, head pose, eyes, gaze, zone and the attention state. All "
        "get the same bytes, in the same run, in turn (blocks of 30 frames, the order turned round "
        "after each), in processes pinned to the same core; reading a frame is not counted. The "
        "face path has its memory in huge pages where Linux lends them, as its node has "
        "(`inference.huge_pages`); MediaPipe runs as it comes (glibc's huge pages bring it 0 to "
        "2 %: docs/adr/0009-huge-pages.md). "
        "The ratio is that of the medians of a block, median over all blocks. "
        f"{comparisons[0].frames if comparisons else 0} frames each. Wanted: a ratio of at most "
        f"{RATIO_LIMIT}.\n\n" + "\n".join(rows) + "\n"
    )


def _expressive(comparisons: Sequence[Comparison]) -> str:
    rows = [
        "| pictures | size | face path with expression, mean / p95 ms | FaceMesh, mean / p95 ms | "
        "ratio of means (10 to 90 % of blocks) | without expression, same figure | processor ms, "
        "ours / theirs | expression known |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for c in comparisons:
        low, high = c.expressive_range
        rows.append(
            f"| {c.sequence} | {c.width}x{c.height} | "
            f"{c.expressive.mean_ms:.2f} / {c.expressive.p95_ms:.2f} | "
            f"{c.theirs.mean_ms:.2f} / {c.theirs.p95_ms:.2f} | "
            f"**{c.expressive_ratio:.2f}** ({low:.2f} to {high:.2f}) | {c.mean_ratio:.2f} | "
            f"{c.expressive.cpu_ms:.2f} / {c.theirs.cpu_ms:.2f} | {c.expressive.shown_rate:.3f} |"
        )
    rate = ExpressionConfig().rate
    return (
        "## The face path with expressions against MediaPipe FaceMesh\n\n"
        f"The same run; the face path as it ships reads the expression at {rate:g} Hz, that is in "
        "every third frame of these. So the ratio is that of the means of a block, median over all "
        "blocks: a median over frames would not see the third that is read. Wanted: at most "
        f"{EXPRESSIVE_LIMIT}.\n\n" + "\n".join(rows) + "\n"
    )


def _shared(comparisons: Sequence[Comparison]) -> str:
    rows = [
        "| pictures | size | with the driver network, mean / p95 ms | FaceMesh, mean / p95 ms | "
        "ratio of means (10 to 90 % of blocks) | with the eye network, same figure | memory, MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for c in comparisons:
        low, high = c.shared_range
        rows.append(
            f"| {c.sequence} | {c.width}x{c.height} | "
            f"{c.shared.mean_ms:.2f} / {c.shared.p95_ms:.2f} | "
            f"{c.theirs.mean_ms:.2f} / {c.theirs.p95_ms:.2f} | "
            f"**{c.shared_ratio:.2f}** ({low:.2f} to {high:.2f}) | {c.expressive_ratio:.2f} | "
            f"{c.shared.peak_mib:.0f} |"
        )
    return (
        "## The face path with expressions and the driver network\n\n"
        "The same run, with `inference.eyes: driver_frame`: both eyes and the head read together "
        "by the multi-task network ([driver_network.md](driver_network.md)), which is not the "
        "default. In bench.json `face_path_vs_facemesh_*` is this; without both it is "
        f"`face_path_plain_vs_facemesh_*`. Wanted: at most {SHARED_LIMIT}.\n\n"
        + "\n".join(rows)
        + "\n"
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


def _voice(figures: Sequence[VoiceFigures]) -> str:
    rows = "\n".join(
        f"| {v.rate / 1000:g} kHz, {v.channels} | {v.rest_ms:.1f} | {v.speech_ms:.1f} | "
        f"{v.emotion_ms:.1f} | {v.median_ms:.1f} / {v.worst_ms:.1f} | {v.processor_ms:.1f} | "
        f"{1000.0 / v.processor_ms:.0f} |"
        for v in figures
    )
    return (
        "## The voice\n\n"
        f"Milliseconds for one second of made talk ({figures[0].seconds} s in pieces of 20 ms, "
        "somebody talks in two thirds of it), on one thread. Wanted: the speech-emotion network "
        "at least 20 times faster than real time, that is at most 50 ms.\n\n"
        "| sound, channels | level, features and the rest | speech detector | speech-emotion "
        "network | all, median / longest second | processor | times real time |\n"
        "|---|---|---|---|---|---|---|\n" + rows + "\n"
    )


def _voice_nodes(nodes: NodeFigures) -> str:
    return (
        "`audio_file` (16 kHz, pieces of 20 ms) and `voice_perception` (10 observations/s) as "
        f"processes, observed by a subscriber in a third one for {nodes.seconds:.0f} s.\n\n"
        + node_table(nodes, "VoiceObservation", "voice_perception", "audio_file")
    )
