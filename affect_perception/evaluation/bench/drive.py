"""The drive of the demo: what was found of its script, what it cost, and its replay.

Runs `affect-perception demo` and `affect-perception replay` as anybody would, as processes.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affect_perception.evaluation.bench.processes import (
    BenchError,
    load_in_words,
    machine_in_words,
)
from affect_perception.evaluation.replay.affect import AFFECT_TABLE
from affect_perception.evaluation.replay.drive_bag import DRIVE_BAG
from affect_perception.evaluation.replay.physio import PHYSIO_TABLE
from affect_perception.evaluation.replay.replay import FACES_TABLE, STATES_TABLE
from affect_perception.evaluation.replay.run import SUMMARY
from affect_perception.evaluation.replay.same_states import Match, match
from affect_perception.evaluation.replay.voice import VOICE_TABLE
from affect_perception.io.table import read_parquet

SIMULATORS = ("sim_camera", "audio_file", "sim_body")
TABLES = {
    "AttentionState": STATES_TABLE,
    "FaceObservation": FACES_TABLE,
    "VoiceObservation": VOICE_TABLE,
    "PhysioObservation": PHYSIO_TABLE,
    "AffectState": AFFECT_TABLE,
}
LATENCIES = {
    "latency_ms": "picture to AttentionState",
    "voice_latency_ms": "newest sound to VoiceObservation",
    "physio_latency_ms": "newest sample to PhysioObservation",
    "affect_latency_ms": "newest input to AffectState",
}


@dataclass(frozen=True)
class DriveFigures:
    """What a drive and its replay gave.

    Attributes:
        live: Summary of the drive.
        replayed: Summary of its replay.
        replay_wall_s: Time of the whole command, with start and report.
        replay_processor_s: Processor time of it.
        bag_mib: Size of the recording.
        matches: How far the states agree, by message.
        load: The load of the machine at the start, in words.
    """

    live: dict[str, Any]
    replayed: dict[str, Any]
    replay_wall_s: float
    replay_processor_s: float
    bag_mib: float
    matches: dict[str, Match]
    load: str


def measure_drive(say: Callable[[str], None], scenario: str = "story") -> DriveFigures:
    """Runs the demo and the replay of its bag.

    Args:
        say: Told what is going on.
        scenario: What is driven.

    Raises:
        BenchError: If one of the two fails.
    """
    load = load_in_words()
    with tempfile.TemporaryDirectory(prefix="affect-drive-") as folder:
        drive, again = Path(folder) / "drive", Path(folder) / "again"
        say(f"driving {scenario}")
        _command(["demo", "--plain", "--no-page", "--scenario", scenario, "--out", str(drive)])
        say("replaying it")
        began, before = time.perf_counter(), _children_s()
        bag = drive / DRIVE_BAG
        _command(["replay", str(bag), "--out", str(again), "--no-progress"])
        wall, processor = time.perf_counter() - began, _children_s() - before
        return DriveFigures(
            live=_summary(drive),
            replayed=_summary(again),
            replay_wall_s=wall,
            replay_processor_s=processor,
            bag_mib=bag.stat().st_size / 2**20,
            matches={
                name: match(read_parquet(drive / table), read_parquet(again / table))
                for name, table in TABLES.items()
                if (drive / table).exists()
            },
            load=load,
        )


def _command(arguments: list[str]) -> None:
    command = [sys.executable, "-m", "affect_perception.cli.main", *arguments]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=os.environ
    )
    if done.returncode:
        tail = " | ".join(done.stdout.strip().splitlines()[-4:])
        raise BenchError(f"{arguments[0]} ended with status {done.returncode}: {tail}")


def _children_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _summary(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    return content


def write_drive(figures: DriveFigures, command: str, page: Path) -> None:
    """Writes the page."""
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n".join(_lines(figures, command)) + "\n", encoding="utf-8")


def _lines(figures: DriveFigures, command: str) -> Iterator[str]:
    live = figures.live
    yield from (
        "# The drive of the demo",
        "",
        f"    {command}",
        "",
        f"{machine_in_words()}. {figures.load}",
        "",
        f"`{live['input']}`: {live['seconds']:.1f} s of a synthetic driver with camera, voice and "
        "body signals, through all nodes as processes of their own, seen by one subscriber that "
        "also records all sensors. One rendered face, a made voice, a scripted body: the figures "
        "say that the parts work together, not how well they would do on people.",
        "",
        "## Against the script",
        "",
    )
    yield from _script_lines(live["script"])
    yield from (
        "",
        "## Latency",
        "",
        "| from stamp to publishing | median | p99 |",
        "|---|---|---|",
    )
    for name, words in LATENCIES.items():
        if name in live["times"]:
            spread = live["times"][name]
            yield f"| {words} | {spread['median']:.1f} ms | {spread['p99']:.1f} ms |"
    yield from _process_lines(live["times"])
    yield from _replay_lines(figures)


def _script_lines(script: dict[str, Any]) -> Iterator[str]:
    yield "| in the script | from | to | said after |"
    yield "|---|---|---|---|"
    for one in script["states"]:
        delay = "not found" if one["delay_s"] is None else f"{one['delay_s']:.2f} s"
        yield f"| {one['what']} | {one['start_s']:.2f} s | {one['end_s']:.2f} s | {delay} |"
    found = len(script["states"]) - script["missed"]
    yield ""
    yield (
        f"{found} of {len(script['states'])} found; said without being in the script: "
        + ("; ".join(f"{f['what']} at {f['start_s']:.1f} s" for f in script["false"]) or "nothing")
        + "."
    )
    heart = script.get("heart")
    if heart and heart["mean_error_bpm"] is not None:
        yield (
            f"Heart rate against the beats of the last ten seconds: mean error "
            f"{heart['mean_error_bpm']:.1f}, largest {heart['largest_error_bpm']:.1f} per minute, "
            f"known in {heart['known_share']:.1%} of the observations."
        )
    yield (
        "Warnings follow their profile's limits, a yawn is told when it is long enough to be one, "
        "and the heart rate is that of the last beats. Expression, the sound of the voice, stress "
        "and load are not judged ([replay.md](replay.md))."
    )


def _process_lines(times: dict[str, Any]) -> Iterator[str]:
    shares = times["processes"]
    yield from ("", "## Processor and memory", "", "| process | cores | memory |", "|---|---|---|")
    nodes = [name for name in shares if name not in SIMULATORS]
    for name in [*nodes, *(s for s in SIMULATORS if s in shares)]:
        yield f"| {name} | {shares[name]['cores']:.3f} | {shares[name]['memory_mib']:.0f} MiB |"
    for words, names in (("perception and fusion", nodes), ("simulators", SIMULATORS)):
        known = [shares[name] for name in names if name in shares]
        cores, memory = (sum(one[key] for one in known) for key in ("cores", "memory_mib"))
        yield f"| **{words} together** | **{cores:.3f}** | **{memory:.0f} MiB** |"
    yield ""
    yield (
        f"Pictures that came while face_perception was busy: {times['pictures_left_out']}. "
        "Memory is resident memory; pages that processes share count in each."
    )


def _replay_lines(figures: DriveFigures) -> Iterator[str]:
    replayed, times = figures.replayed, figures.replayed["times"]
    seconds = replayed["seconds"]
    pictures = replayed["frames"] * times["per_frame_ms"]["median"] / 1e3
    voice = replayed["voice"]["seconds"] * times["voice"]["ms_per_second_of_sound"] / 1e3
    physio = replayed["physio"]["seconds"] * times["physio"]["ms_per_second_of_signal"] / 1e3
    rest = times["wall_s"] - pictures - voice - physio
    yield from (
        "",
        "## Replay of its recording",
        "",
        f"`drive.mcap`, {figures.bag_mib:.0f} MiB: {times['wall_s']:.1f} s for {seconds:.1f} s of "
        f"drive, {times['times_real_time']:.1f} times real time; the whole command with start and "
        f"report {figures.replay_wall_s:.1f} s ({seconds / figures.replay_wall_s:.1f} times), "
        f"{figures.replay_processor_s:.1f} s of processor time "
        f"({seconds / figures.replay_processor_s:.1f} times).",
        "",
        "| where the time goes | s |",
        "|---|---|",
        f"| pictures ({replayed['frames']}, median {times['per_frame_ms']['median']:.1f} ms) "
        f"| {pictures:.1f} |",
        f"| voice | {voice:.1f} |",
        f"| body signals | {physio:.1f} |",
        f"| reading, decoding, fusion, writing | {rest:.1f} |",
        f"| start, report and its pictures | {figures.replay_wall_s - times['wall_s']:.1f} |",
        "",
        "| message | live | replayed | same stamp | equal in every field but latency |",
        "|---|---|---|---|---|",
    )
    for name, found in figures.matches.items():
        yield (f"| {name} | {found.live} | {found.replayed} | {found.common} | {found.equal} |")
    for name, found in figures.matches.items():
        if found.differing:
            worst = ", ".join(
                f"{field} ({largest:.2g})" for field, largest in list(found.differing.items())[:6]
            )
            yield ""
            yield f"{name} differs in {len(found.differing)} fields, largest difference: {worst}."
    yield ""
    yield (
        "Live nodes also say that nothing has come yet, before the drive and after it. Equal means "
        "to 1e-6."
    )
