"""Makes the pictures of the README anew, from the synthetic driver only.

    .venv/bin/python docs/img/make_pictures.py [demo]

With `demo` only demo.svg. Writes overlay.jpg (two moments of the scenario demo), demo.svg (the
terminal of the demo), report.png and gaze_map.png (the pictures of its report) and cabin.png (the
default cabin). No picture of a real person belongs into this folder.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.console import Console

from affect_perception.cli.demo_view import LiveView
from affect_perception.cli.main import main as command
from affect_perception.core.network import FaceNetworks
from affect_perception.core.pipeline import Pipeline
from affect_perception.core.types import AffectState, AttentionState
from affect_perception.evaluation.replay.live import Moment
from affect_perception.evaluation.replay.run import (
    GAZE_PICTURE,
    PICTURE,
    Setting,
    run_replay,
    seeing_pipeline,
)
from affect_perception.evaluation.report.cabin_picture import write_cabin_picture
from affect_perception.evaluation.report.overlay import draw_overlay
from affect_perception.evaluation.synthetic.bag_truth import truth_of_bag
from affect_perception.evaluation.synthetic.scenario import load_driver
from affect_perception.inference import load_face_networks
from affect_perception.io.affect_fields import affect_fields
from affect_perception.io.message_fields import attention_fields
from affect_perception.io.sources import open_source

HERE = Path(__file__).parent
MOMENTS_S = (9.0, 22.0)
DEMO_SECONDS, DEMO_MOMENT_S = 90.0, 43.0
"""Length of the story, and the moment that demo.svg shows: the phone, after the stress."""


def main() -> None:
    """Makes all of them."""
    os.environ["COLUMNS"] = "100"
    setting = Setting.load()
    networks = load_face_networks()
    with tempfile.TemporaryDirectory() as folder:
        bag = Path(folder) / "drive.mcap"
        if command(["simulate", "story", "--sound", "--body", "--out", str(bag)]):
            raise SystemExit("the drive could not be recorded")
        write_demo(bag, setting, networks)
        if sys.argv[1:] == ["demo"]:
            return
        run_replay(open_source(bag), setting, lambda: networks, Path(folder))
        for name in (PICTURE, GAZE_PICTURE):
            (HERE / name).write_bytes((Path(folder) / name).read_bytes())
    write_overlay(setting, networks)
    write_cabin_picture(HERE / "cabin.png", setting.cabin)


def write_overlay(setting: Setting, networks: FaceNetworks) -> None:
    """Two moments of the scenario demo, as the node would draw them."""
    driver = load_driver("demo", setting.cabin, networks)
    pipeline = Pipeline(setting.pipeline, setting.cabin, networks, setting.profile)
    pictures = []
    for frame, _ in driver.frames():
        time = frame.stamp_ns / 1e9
        state = next(o for o in pipeline.step(frame) if isinstance(o, AttentionState))
        if any(abs(time - wanted) < 0.5 / 30 for wanted in MOMENTS_S):
            pictures.append(draw_overlay(frame, state))
        if time > MOMENTS_S[-1]:
            break
    both = cv2.cvtColor(np.hstack(pictures[:2]), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(HERE / "overlay.jpg"), both, [cv2.IMWRITE_JPEG_QUALITY, 88])


def write_demo(bag: Path, setting: Setting, networks: FaceNetworks) -> None:
    """The terminal of the demo at one moment, from a recorded drive through the same pipeline."""
    drivers, bodies = truth_of_bag(bag)
    source = open_source(bag)
    _, pipeline = seeing_pipeline(source, setting, networks)
    view = LiveView("live: story, through the nodes", DEMO_SECONDS)
    truths = {row["stamp_ns"]: row for row in drivers}
    moment, affect = None, None
    first = drivers[0]["stamp_ns"]
    for event in source.events():
        if event.stamp_ns > first + DEMO_MOMENT_S * 1e9:
            break
        for output in pipeline.step(event):
            if isinstance(output, AffectState):
                affect = affect_fields(output)
            elif isinstance(output, AttentionState):
                stamp = output.stamp_ns
                body = max((b for b in bodies if b["stamp_ns"] <= stamp), key=_stamp)
                moment = Moment(attention_fields(output), truths[stamp], affect, body)
                view.show(moment)
    console = Console(record=True, width=100, force_terminal=True, color_system="truecolor")
    console.print(view.drawn(moment))
    picture = console.export_svg(title="make demo")
    # rich names fonts on a server; a page of ours loads nothing from elsewhere.
    picture = re.sub(r"@font-face\s*\{.*?\}", "", picture, flags=re.DOTALL)
    (HERE / "demo.svg").write_text(picture, encoding="utf-8")


def _stamp(row: dict[str, Any]) -> int:
    return int(row["stamp_ns"])


if __name__ == "__main__":
    main()
