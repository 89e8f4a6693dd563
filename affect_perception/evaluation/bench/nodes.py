"""Latency, processor time and memory of the real nodes, as processes of their own."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from scipy.io import wavfile

from affect_perception.evaluation.bench.processes import (
    BenchError,
    cpu_seconds,
    memory_mib,
)
from affect_perception.share import share_path
from affect_perception.sim.voice import Phrase, speak

NODE = "affect_perception.ros.nodes.face_perception"
CAMERA = "affect_perception.ros.nodes.sim_camera"
VOICE_NODE = "affect_perception.ros.nodes.voice_perception"
AUDIO_FILE = "affect_perception.ros.nodes.audio_file"
PHYSIO_NODE = "affect_perception.ros.nodes.physio_perception"
SIGNAL_FILE = "affect_perception.ros.nodes.signal_file"
PROBE = "affect_perception.ros.latency_probe"
SETTLE_S = 4.0
RATE = 30.0


@dataclass(frozen=True)
class NodeFigures:
    """What the node did while it was watched.

    Attributes:
        seconds: Time watched.
        states: Messages received, AttentionState, VoiceObservation or PhysioObservation.
        rate: States per second by their stamps.
        tracked_share: States that were available or degraded.
        latency_ms: (median, 99th percentile, largest) from stamp to arrival, ms.
        published_ms: Median of the latency the message itself carries, ms.
        cpu_cores: Processor time of the perception node per second.
        camera_cpu_cores: The same of what feeds it (sim_camera, which renders; audio_file;
            signal_file).
        memory_start_mib: Resident memory of the perception node at the start of the watch.
        memory_end_mib: At its end.
        memory_slope_mib_per_min: Trend over the second half.
    """

    seconds: float
    states: int
    rate: float
    tracked_share: float
    latency_ms: tuple[float, float, float]
    published_ms: float
    cpu_cores: float
    camera_cpu_cores: float
    memory_start_mib: float
    memory_end_mib: float
    memory_slope_mib_per_min: float


def measure_nodes(seconds: float, scenario: str = "demo") -> NodeFigures:
    """Starts camera and node, watches them, and ends them.

    Args:
        seconds: How long to watch after everything has started.
        scenario: What the synthetic driver does, in a loop.

    Raises:
        BenchError: If a process fails or no state arrives.
    """
    env = node_environment()
    with Child("face_perception", [NODE], env) as node:
        camera_arguments = [CAMERA, "--ros-args", "-p", f"scenario:={scenario}", "-p", "loop:=true"]
        with Child("sim_camera", camera_arguments, env) as camera:
            probe_arguments = [PROBE, "--seconds", f"{seconds:g}", "--settle", f"{SETTLE_S:g}"]
            with Child("latency_probe", probe_arguments, env) as probe:
                return _watch(node, camera, probe)


def measure_voice_nodes(seconds: float) -> NodeFigures:
    """Starts a sound file as microphone and voice_perception, watches them, and ends them.

    Args:
        seconds: How long to watch after everything has started.

    Raises:
        BenchError: If a process fails or no observation arrives.
    """
    with tempfile.TemporaryDirectory(prefix="affect-bench-") as folder:
        path = Path(folder) / "talk.wav"
        sound = speak([Phrase(12, 1.0), Phrase(20, 1.5), Phrase(9, 1.0)], seed=3)
        wavfile.write(path, sound.rate, sound.samples)
        return _watch_playing(seconds, VOICE_NODE, AUDIO_FILE, path, "voice")


def measure_physio_nodes(seconds: float, recording: Path) -> NodeFigures:
    """Starts a recording as body sensors and physio_perception, watches them, and ends them.

    Args:
        seconds: How long to watch after everything has started.
        recording: File of body signals (`io.signals`), played in a loop.

    Raises:
        BenchError: If a process fails or no observation arrives.
    """
    return _watch_playing(seconds, PHYSIO_NODE, SIGNAL_FILE, recording, "physio")


def _watch_playing(
    seconds: float, node_module: str, player: str, file: Path, kind: str
) -> NodeFigures:
    """Watches a node that gets what another node plays from a file."""
    env = node_environment()
    arguments = ["--ros-args", "-p", f"file:={file}"]
    with (
        Child(node_module.rpartition(".")[2], [node_module], env) as node,
        Child(player.rpartition(".")[2], [player, *arguments], env) as source,
    ):
        watch = ["--kind", kind, "--seconds", f"{seconds:g}", "--settle", f"{SETTLE_S:g}"]
        with Child("latency_probe", [PROBE, *watch], env) as probe:
            return _watch(node, source, probe)


def node_environment() -> dict[str, str]:
    """Ours, with the Fast DDS profile for pictures and a domain nobody else uses."""
    env = dict(os.environ)
    profile = str(share_path("config/fastdds.xml"))
    env.setdefault("FASTDDS_DEFAULT_PROFILES_FILE", profile)
    env.setdefault("FASTRTPS_DEFAULT_PROFILES_FILE", profile)
    env["ROS_DOMAIN_ID"] = str(60 + os.getpid() % 40)
    env["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    return env


def _watch(node: Child, camera: Child, probe: Child) -> NodeFigures:
    """Samples the node's memory until the probe ends."""
    samples: list[tuple[float, float, float, float]] = []
    while probe.running:
        node.check()
        camera.check()
        samples.append(
            (
                time.monotonic(),
                memory_mib(node.pid).resident,
                cpu_seconds(node.pid),
                cpu_seconds(camera.pid),
            )
        )
        time.sleep(0.5)
    answer = probe.answer()
    return _figures(answer, np.array(samples))


def _figures(answer: dict[str, Any], samples: np.ndarray) -> NodeFigures:
    if len(answer["stamps_ns"]) < 2:
        raise BenchError("the node has published fewer than two states")
    # The last `seconds` are those that the probe counted.
    watched = samples[samples[:, 0] >= samples[-1, 0] - answer["seconds"]]
    span = float(watched[-1, 0] - watched[0, 0]) or math.nan
    ages = np.array(answer["ages_ns"], dtype=np.float64) * 1e-6
    stamps = np.array(answer["stamps_ns"], dtype=np.float64) * 1e-9
    median, high, largest = np.percentile(ages, [50.0, 99.0, 100.0])
    late = watched[len(watched) // 2 :]
    slope = np.polyfit(late[:, 0], late[:, 1], 1)[0] * 60.0 if len(late) > 2 else math.nan
    return NodeFigures(
        seconds=float(answer["seconds"]),
        states=len(stamps),
        rate=float((len(stamps) - 1) / (stamps[-1] - stamps[0])),
        tracked_share=answer["tracked"] / len(stamps),
        latency_ms=(float(median), float(high), float(largest)),
        published_ms=float(np.nanmedian(answer["reported_s"]) * 1e3),
        cpu_cores=float((watched[-1, 2] - watched[0, 2]) / span),
        camera_cpu_cores=float((watched[-1, 3] - watched[0, 3]) / span),
        memory_start_mib=float(watched[0, 1]),
        memory_end_mib=float(watched[-1, 1]),
        memory_slope_mib_per_min=float(slope),
    )


class Child:
    """A module run as a process, ended with SIGINT as ROS expects."""

    def __init__(self, name: str, arguments: Sequence[str], env: dict[str, str]) -> None:
        self._name = name
        # Files, not pipes: nobody reads them while the processes run.
        self._out = tempfile.TemporaryFile(mode="w+", encoding="utf-8")  # noqa: SIM115
        self._err = tempfile.TemporaryFile(  # noqa: SIM115
            mode="w+", encoding="utf-8", errors="replace"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-m", *arguments], stdout=self._out, stderr=self._err, env=env
        )
        self.pid = self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    def check(self) -> None:
        """Raises BenchError if the process has ended."""
        if not self.running:
            raise self._failure()

    def answer(self) -> dict[str, Any]:
        """The JSON object that the ended process has printed."""
        if self._process.wait() != 0:
            raise self._failure()
        self._out.seek(0)
        answer: dict[str, Any] = json.loads(self._out.read())
        return answer

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self.running:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(timeout=10.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._out.close()
        self._err.close()

    def _failure(self) -> BenchError:
        self._err.seek(0)
        tail = " | ".join(self._err.read().strip().splitlines()[-4:])
        return BenchError(f"{self._name} ended with status {self._process.returncode}: {tail}")
