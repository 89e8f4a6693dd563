"""A picture of gaze maps beside what they were read from: a public-domain portrait as a driver."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.vision.gaze_map import PITCHES, YAWS, modes
from affect_perception.evaluation.classification import softmax
from affect_perception.evaluation.synthetic.portrait import load_portrait
from affect_perception.evaluation.tools import Tools
from affect_perception.sim.head_model import build_head
from affect_perception.sim.head_renderer import HeadRenderer
from affect_perception.training.driver.check_frame import TOKEN_SETS, answers
from affect_perception.training.driver.examples import pairs_of_drawn
from affect_perception.training.driver.network import DriverNet
from affect_perception.training.driver.rendered_driver import draw_heads

SHOWN = ("everything", "eyes only", "face and head only")
ROWS = 5


def write_maps(network: DriverNet, cabin: CabinGeometry, seed: int, path: Path) -> None:
    """Writes the picture; the only face in it is the portrait that scikit-image carries.

    Args:
        network: Trained.
        cabin: Whose zones the driver looks at.
        seed: Of what is drawn.
        path: The .png file.

    Raises:
        ConfigError: If scikit-image is not installed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    head = HeadRenderer(build_head(load_portrait(Tools().networks)))
    frames = draw_heads([head], cabin, np.random.default_rng(seed), 6 * ROWS)
    if frames is None:
        return
    rows = np.flatnonzero(np.isfinite(frames.gaze[:, 0]).all(axis=1))[:ROWS]
    pairs = pairs_of_drawn(frames, 0, 0)
    maps = {name: softmax(answers(network, pairs, TOKEN_SETS[name])[0])
            for name in SHOWN}  # fmt: skip
    figure = Figure(figsize=(11.0, 1.7 * ROWS), layout="constrained")
    axes = figure.subplots(ROWS, 2 + len(SHOWN), width_ratios=(1.7, 1, 2, 2, 2), squeeze=False)
    reach = np.degrees([YAWS[0], YAWS[-1], PITCHES[0], PITCHES[-1]])
    for line, row in zip(axes, rows.tolist(), strict=False):
        left, right = frames.eyes[row]
        # As the camera sees them: the person's right eye on the left.
        line[0].imshow(np.hstack([right[:, ::-1], left]), cmap="gray", vmin=0, vmax=255)
        line[1].imshow(frames.faces[row], cmap="gray", vmin=0, vmax=255)
        truth = np.degrees(frames.gaze[row, 0])
        for axis, (name, found) in zip(line[2:], maps.items(), strict=True):
            grid = found[row].reshape(len(PITCHES), len(YAWS))
            axis.imshow(grid, extent=reach, origin="lower", cmap="magma")
            mode = np.degrees(modes(found[row : row + 1]))[0]
            axis.plot(*truth, "+", color="white", markersize=10)
            axis.plot(*mode, ".", color="deepskyblue", markersize=6)
            if row == rows[0]:
                axis.set_title(name, fontsize=9)
            axis.tick_params(labelsize=6)
        for axis in line[:2]:
            axis.set_axis_off()
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=80)
