"""Makes the pictures of the README anew, from the synthetic driver only.

    .venv/bin/python docs/img/make_pictures.py

Writes overlay.jpg (two moments of the demo scenario), demo.svg (the terminal of the demo),
report.png and gaze_map.png (the pictures of the report) and cabin.png (the default cabin). No
picture of a real person belongs into this folder.
"""

from __future__ import annotations

import os
import re
import tempfile
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console

from affect_perception.cli.demo_view import LiveView
from affect_perception.core.pipeline import Pipeline
from affect_perception.core.types import AttentionState
from affect_perception.evaluation.replay.live import Moment
from affect_perception.evaluation.replay.run import GAZE_PICTURE, PICTURE, Setting, run_replay
from affect_perception.evaluation.report.cabin_picture import write_cabin_picture
from affect_perception.evaluation.report.overlay import draw_overlay
from affect_perception.evaluation.synthetic.scenario import ScenarioSource, load_driver
from affect_perception.inference import load_face_networks
from affect_perception.io.message_fields import attention_fields

HERE = Path(__file__).parent
MOMENTS_S = (9.0, 22.0)


def main() -> None:
    """Makes all of them."""
    os.environ["COLUMNS"] = "100"
    setting = Setting.load()
    networks = load_face_networks()
    driver = load_driver("demo", setting.cabin, networks)
    pipeline = Pipeline(setting.pipeline, setting.cabin, networks, setting.profile)
    view = LiveView("live: sim_camera → face_perception", driver.scenario.duration_s)
    pictures = []
    for frame, truth in driver.frames():
        time = frame.stamp_ns / 1e9
        state = next(o for o in pipeline.step(frame) if isinstance(o, AttentionState))
        moment = Moment(attention_fields(state), truth.plain())
        view.show(moment)
        if any(abs(time - wanted) < 0.5 / 30 for wanted in MOMENTS_S):
            pictures.append(draw_overlay(frame, state))
        if time > MOMENTS_S[-1]:
            break
    both = cv2.cvtColor(np.hstack(pictures[:2]), cv2.COLOR_RGB2BGR)
    cv2.imwrite(str(HERE / "overlay.jpg"), both, [cv2.IMWRITE_JPEG_QUALITY, 88])
    console = Console(record=True, width=100, force_terminal=True, color_system="truecolor")
    console.print(view.drawn(moment))
    picture = console.export_svg(title="make demo")
    # rich names fonts on a server; a page of ours loads nothing from elsewhere.
    picture = re.sub(r"@font-face\s*\{.*?\}", "", picture, flags=re.DOTALL)
    (HERE / "demo.svg").write_text(picture, encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        run_replay(ScenarioSource(driver), setting, networks, Path(folder))
        for name in (PICTURE, GAZE_PICTURE):
            (HERE / name).write_bytes((Path(folder) / name).read_bytes())
    write_cabin_picture(HERE / "cabin.png", setting.cabin)


if __name__ == "__main__":
    main()
