"""Runs all benchmarks and writes page and JSON."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from affect_perception.evaluation.bench import frames as sequences
from affect_perception.evaluation.bench.compare import Comparison, compare
from affect_perception.evaluation.bench.mediapipe_env import default_folder, mediapipe_python
from affect_perception.evaluation.bench.nodes import measure_nodes, measure_voice_nodes
from affect_perception.evaluation.bench.page import MAIN_SEQUENCE, Bench, page, to_json
from affect_perception.evaluation.bench.processes import load_in_words, machine_in_words
from affect_perception.evaluation.bench.stages import stage_times
from affect_perception.evaluation.bench.voice import voice_times
from affect_perception.evaluation.synthetic.portrait import load_portrait
from affect_perception.evaluation.synthetic.scenario import scenario_path
from affect_perception.inference import load_face_networks
from affect_perception.io.cabin_file import load_cabin
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.synthetic_driver import SyntheticDriver

DRIVER_SEQUENCE = "synthetic driver"


@dataclass(frozen=True)
class Options:
    """What to measure.

    Attributes:
        rounds: Passes over the frames of each sequence.
        minutes: How long to watch the nodes; 0 leaves them out.
        mediapipe_python: Interpreter with MediaPipe, or None to make one.
        command: The command to print.
    """

    rounds: int
    minutes: float
    mediapipe_python: Path | None
    command: str


def run_bench(
    options: Options, page_path: Path, json_path: Path, say: Callable[[str], None]
) -> Bench:
    """Measures, writes both files, and returns the figures.

    Raises:
        BenchError: If a contender or a node fails.
        ModelMissingError: If the face models are not prepared.
    """
    load = load_in_words()
    python = options.mediapipe_python or mediapipe_python(default_folder(), say)
    comparisons: list[Comparison] = []
    stages = {}
    for width, height in sequences.SIZES:
        for name, make in ((MAIN_SEQUENCE, portrait), (DRIVER_SEQUENCE, driver)):
            with tempfile.TemporaryDirectory(prefix="affect-bench-") as folder:
                path = sequences.write_frames(Path(folder) / "frames.npy", make(width, height))
                say(f"{name}, {width}x{height}: face path and FaceMesh in turn")
                comparisons.append(compare(name, path, python, rounds=options.rounds))
                if name == MAIN_SEQUENCE:
                    stages[f"{width}x{height}"] = stage_times(path)
    say("voice")
    voice = voice_times()
    nodes = voice_nodes = None
    if options.minutes > 0.0:
        say(f"nodes for {options.minutes:g} minutes")
        nodes = measure_nodes(options.minutes * 60.0)
        say(f"nodes of the voice for {options.minutes:g} minutes")
        voice_nodes = measure_voice_nodes(options.minutes * 60.0)
    # Both sizes of the main sequence first: readers look for them.
    comparisons.sort(key=lambda c: c.sequence != MAIN_SEQUENCE)
    bench = Bench(
        *(machine_in_words(), load, comparisons, stages, nodes, options.command, voice, voice_nodes)
    )
    page_path.parent.mkdir(parents=True, exist_ok=True)
    page_path.write_text(page(bench), encoding="utf-8")
    json_path.write_text(to_json(bench), encoding="utf-8")
    return bench


def portrait(width: int, height: int) -> sequences.ByteFrames:
    """The moving portrait."""
    return sequences.portrait_frames(width, height)


def driver(width: int, height: int) -> sequences.ByteFrames:
    """The first ten seconds of the demo scenario: a driver who looks ahead."""
    scenario = Scenario.load(scenario_path("demo"))
    targets = {zone.name: zone.centre for zone in load_cabin("sedan_lhd").zones}
    synthetic = SyntheticDriver(
        scenario,
        load_portrait(load_face_networks()),
        camera=scenario.camera.camera(width, height),
        targets=targets,
    )
    images = (frame.image for frame, _ in islice(synthetic.frames(), sequences.FRAMES))
    return np.stack(list(images))
