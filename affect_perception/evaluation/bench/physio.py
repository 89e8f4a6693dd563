"""Cost and memory of the path of the body signals, beside NeuroKit2 on sliding windows."""

from __future__ import annotations

import json
import math
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.enums import BiosignalChannel
from affect_perception.core.physio.perception import PhysioPerception
from affect_perception.core.types.physio import BiosignalChunk
from affect_perception.evaluation.bench.node_table import node_table, node_values
from affect_perception.evaluation.bench.nodes import NodeFigures, measure_physio_nodes
from affect_perception.evaluation.bench.physio_memory import (
    CHUNK_S,
    SCENARIO,
    MemoryFigures,
    measure_memory,
)
from affect_perception.evaluation.bench.processes import load_in_words, machine_in_words
from affect_perception.evaluation.physio import neurokit
from affect_perception.io.signal_file import write_npz
from affect_perception.io.signals import Signal, merge_chunks

Array = npt.NDArray[np.float64]
RATES = {
    BiosignalChannel.ECG: 250.0,
    BiosignalChannel.PPG: 100.0,
    BiosignalChannel.EDA: 8.0,
    BiosignalChannel.RESPIRATION: 50.0,
}
"""Sampling rates of the benchmark, Hz."""
CHUNK = 0.2
"""Length of the chunks when time is taken, s."""
WINDOW = 30.0
"""Window that NeuroKit2 gets every second, s."""
_ROUND = 60.0  # seconds of signal per round
_LIMIT = 0.02


@dataclass(frozen=True)
class PhysioFigures:
    """What was measured.

    Attributes:
        ours: Share of one core in each round.
        theirs: The same of NeuroKit2; empty if it is not installed.
        memory: Over simulated hours.
        nodes: Of the node physio_perception, or None if it was left out.
    """

    ours: list[float]
    theirs: list[float]
    memory: MemoryFigures
    nodes: NodeFigures | None = None

    @property
    def share(self) -> float:
        """Median share of one core."""
        return float(np.median(self.ours))

    @property
    def ratio(self) -> float:
        """NeuroKit2's median share over ours; NaN without it."""
        return float(np.median(self.theirs)) / self.share if self.theirs else math.nan


def made_signals(seconds: float, seed: int) -> list[Signal]:
    """Plain waves with the rhythm of a heart and of breathing: cost does not depend on beauty."""
    rng = np.random.default_rng(seed)
    signals = []
    for channel, rate in RATES.items():
        t = np.arange(round(seconds * rate)) / rate
        phase = t * 70.0 / 60.0 + 0.05 * np.sin(2.0 * np.pi * 0.25 * t)
        since = phase - np.floor(phase)
        if channel == BiosignalChannel.ECG:
            values = np.exp(-0.5 * ((since - 0.5) / 0.014) ** 2)
            values += 0.25 * np.exp(-0.5 * ((since - 0.8) / 0.05) ** 2)
        elif channel == BiosignalChannel.PPG:
            values = np.exp(-0.5 * ((since - 0.5) / 0.1) ** 2)
        elif channel == BiosignalChannel.EDA:
            values = 5.0 + 0.2 * np.exp(-(t % 20.0) / 5.0)
        else:
            values = np.sin(2.0 * np.pi * 0.25 * t)
        values = values + 0.01 * rng.standard_normal(len(t))
        unit = {BiosignalChannel.ECG: "mV", BiosignalChannel.EDA: "uS"}.get(channel, "1")
        signals.append(Signal(channel.name.lower(), channel, values, rate, unit))
    return signals


def measure(rounds: int, hours: int, minutes: float, say: Callable[[str], None]) -> PhysioFigures:
    """Measures cost in turn with NeuroKit2, then the node, then memory.

    Args:
        rounds: Of a minute of signal each.
        hours: Simulated hours for the memory; 0 leaves it out.
        minutes: How long to watch the node; 0 leaves it out.
        say: Told how far it is.
    """
    path = PhysioPerception()
    seconds = WINDOW + rounds * _ROUND
    signals = made_signals(seconds, 1)
    chunks = merge_chunks(signals, CHUNK)
    _step(path, [c for c in chunks if c.stamp_ns < WINDOW * 1e9])
    ours, theirs = [], []
    for number in range(rounds):
        begin = WINDOW + number * _ROUND
        part = [c for c in chunks if begin <= c.stamp_ns / 1e9 < begin + _ROUND]
        start = time.process_time()
        _step(path, part)
        ours.append((time.process_time() - start) / _ROUND)
        if neurokit.available():
            theirs.append(_neurokit_share(signals, begin))
        say(f"round {number + 1} of {rounds}")
    nodes = None
    if minutes > 0.0:
        say(f"node of the body signals for {minutes:g} minutes")
        nodes = _nodes(minutes * 60.0)
    return PhysioFigures(ours, theirs, measure_memory(hours, say), nodes)


def _nodes(seconds: float) -> NodeFigures:
    """The node while a minute of the same signals is played again and again."""
    words = {BiosignalChannel.RESPIRATION: "resp"}
    signals = {words.get(s.channel, s.name): s for s in made_signals(_ROUND, 1)}
    with tempfile.TemporaryDirectory(prefix="affect-bench-") as folder:
        path = Path(folder) / "body.npz"
        write_npz(path, signals, {})
        return measure_physio_nodes(seconds, path)


def _step(path: PhysioPerception, chunks: Sequence[BiosignalChunk]) -> None:
    for chunk in chunks:
        path.step(chunk)


def _neurokit_share(signals: Sequence[Signal], begin: float, windows: int = 5) -> float:
    """Processor time of all `*_process` on one window, as a share of the second between two."""
    import neurokit2 as nk

    calls = {
        BiosignalChannel.ECG: nk.ecg_process,
        BiosignalChannel.PPG: nk.ppg_process,
        BiosignalChannel.EDA: nk.eda_process,
        BiosignalChannel.RESPIRATION: nk.rsp_process,
    }
    spent = 0.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for number in range(windows):
            for signal in signals:
                first = round((begin + number - WINDOW) * signal.rate)
                part = signal.samples[first : first + round(WINDOW * signal.rate)]
                start = time.process_time()
                calls[signal.channel](part, sampling_rate=int(signal.rate))
                spent += time.process_time() - start
    return spent / windows


def write(figures: PhysioFigures, command: str, page: Path, table: Path) -> None:
    """Writes page and JSON."""
    values = {
        "physio_core_share": (figures.share, "share of one core"),
        "physio_core_share_limit": (_LIMIT, "share of one core"),
        "neurokit2_core_share": (
            float(np.median(figures.theirs)) if figures.theirs else math.nan,
            "share of one core",
        ),
        "neurokit2_over_physio": (figures.ratio, "ratio"),
        "physio_memory": (_last(figures.memory.resident_mib), "MiB"),
        "physio_memory_trend": (figures.memory.slope_kib_per_hour, "KiB per hour"),
        "physio_state": (_last(figures.memory.state_kib), "KiB"),
    }
    if figures.nodes is not None:
        values |= {f"physio_{name}": value for name, value in node_values(figures.nodes).items()}
    content = {
        name: {"value": round(value, 6) if math.isfinite(value) else None, "unit": unit}
        for name, (value, unit) in values.items()
    }
    table.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(_page(figures, command), encoding="utf-8")


def _page(figures: PhysioFigures, command: str) -> str:
    rates = ", ".join(f"{k.name} {v:g} Hz" for k, v in RATES.items())
    lines = [
        "# Benchmark of the body signals",
        "",
        f"    {command}",
        "",
        f"{machine_in_words()}. {load_in_words()}",
        "",
        f"{rates}, made signals, chunks of {CHUNK:g} s, {len(figures.ours)} rounds of a minute. "
        "Processor time of one core per second of signal, which a busy machine changes little.",
        "",
        "| what | share of one core |",
        "|---|---|",
        f"| the path, all channels | {figures.share:.2%} (wanted: at most {_LIMIT:.0%}) |",
    ]
    if figures.theirs:
        lines += [
            f"| NeuroKit2 `*_process` of {WINDOW:g} s, every second | "
            f"{float(np.median(figures.theirs)):.1%} ({figures.ratio:.0f} times as much) |",
        ]
    else:
        lines += ["", neurokit.MISSING]
    if figures.nodes is not None:
        lines += _node_lines(figures.nodes)
    if figures.memory.resident_mib:
        lines += _memory_lines(figures.memory)
    return "\n".join(lines) + "\n"


def _node_lines(nodes: NodeFigures) -> list[str]:
    table = node_table(nodes, "PhysioObservation", "physio_perception", "signal_file")
    return [
        "",
        "## The node",
        "",
        "`signal_file` (the same signals, pieces of 0.25 s) and `physio_perception` (2 "
        "observations/s, with load and stress) as processes, observed by a subscriber in a third "
        f"one for {nodes.seconds:.0f} s.",
        "",
        *table.splitlines(),
    ]


def _memory_lines(memory: MemoryFigures) -> list[str]:
    resident, state = memory.resident_mib, memory.state_kib
    rows = zip(range(1, len(resident) + 1), resident, state, strict=True)
    return [
        "",
        f"## Memory over {len(resident)} simulated hours",
        "",
        f"The scenario `{SCENARIO}` (calm, stress, most faults of sensors) again and again through "
        "one pipeline with the network of load and stress, all five channels, chunks of "
        f"{CHUNK_S:g} s: {memory.observations} observations. The memory of the process rises by "
        f"{memory.slope_kib_per_hour:.1f} KiB per hour from the second hour on; state is all that "
        "the pipeline keeps, pickled, without the network.",
        "",
        "| hour | process, MiB | state, KiB |",
        "|---|---|---|",
        *(f"| {hour} | {mib:.2f} | {kib:.1f} |" for hour, mib, kib in rows),
    ]


def _last(values: Sequence[float]) -> float:
    return values[-1] if values else math.nan
