"""`affect-perception train eyes`: reads, trains, checks, exports."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from affect_perception.core.errors import InputError
from affect_perception.evaluation.datasets.ut_multiview import UtMultiview
from affect_perception.evaluation.eyes.frames import (
    Array,
    EyeFrames,
    gaze_scores,
    rotation,
)
from affect_perception.training.eyes.eight_bit import store_in_eight_bits
from affect_perception.training.eyes.export import export, export_first_look
from affect_perception.training.eyes.face_patches import IRIS_PX
from affect_perception.training.eyes.loop import (
    CHECKPOINT,
    Say,
    TrainConfig,
    Trained,
    Trainer,
    read_patches,
)
from affect_perception.training.eyes.network import (
    SHARED,
    FirstLookNet,
    LabelFrames,
    ShutBranch,
)
from affect_perception.training.eyes.patch_set import LOWER, UPPER, PatchSet
from affect_perception.training.eyes.shut import ShutConfig, ShutTask
from affect_perception.training.eyes.sources import EyeData, read_eye_data
from affect_perception.training.json_file import write_json
from affect_perception.training.learner import Learner
from affect_perception.training.onnx_int8 import eight_bit_file
from affect_perception.training.recipe import recipe_content

NETWORK_FILE = "eye_network.onnx"
FIRST_LOOK_FILE = "eye_first_look.onnx"
FRAMES_FILE = "eye_network_frames.json"
BRANCH_CHECKPOINT = "branch_checkpoint.pt"
REPORT_FILE = "eye_network_training.json"
WORST = "mean_angular_error_deg_worst_subject"


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes:
        data: Folder of the data sets.
        out: Folder for results, checkpoints and the log.
        subjects_out: People left out of training; the report scores them.
        max_minutes: Time for each training.
        resume: Go on from the checkpoints in `out`.
        config: Recipe of the network.
        branch: Recipe of the branch for shut eyes.
    """

    data: Path
    out: Path
    subjects_out: tuple[str, ...]
    max_minutes: float
    resume: bool
    config: TrainConfig
    branch: ShutConfig = field(default_factory=ShutConfig)


def train(order: Order, say: Say) -> dict[str, Any]:
    """Trains one network on everybody but `subjects_out`, then its branch, and writes both.

    The time that the order allows is for each of the two.

    Returns:
        The report, also written as `eye_network_training.json`.
    """
    data = _read(order, say, for_branch=True)
    base = _train_one(order, data, order.subjects_out, order.out / CHECKPOINT, say)
    branch, branch_steps = _train_branch(order, data, base, say)
    order.out.mkdir(parents=True, exist_ok=True)
    for path, difference in (
        (order.out / NETWORK_FILE, export(base.network, order.out / NETWORK_FILE)),
        (order.out / FIRST_LOOK_FILE, export_first_look(branch, order.out / FIRST_LOOK_FILE)),
    ):
        say(f"{path}: ONNX differs from torch by {difference:.1g}")
    subjects = [n for n in data.gaze_set.names if n not in order.subjects_out]
    write_json(order.out / FRAMES_FILE, frames_content(base.frames, data.gaze_set, subjects))
    report = {
        "subjects": subjects,
        "subjects_out": list(order.subjects_out),
        "steps": base.steps,
        "branch_steps": branch_steps,
        "missing_sets": list(data.missing),
        "figures": check(base, data, order.subjects_out) | first_look_figures(branch, data),
    }
    write_json(order.out / REPORT_FILE, report)
    return report


def convert_to_eight_bits(order: Order, network: Path, say: Say) -> str:
    """Writes a trained network once more into `order.out`, in 8 bits; trains nothing.

    Returns:
        What the manifest says of the file.

    Raises:
        InputError: If the data hold nothing that was kept out of training.
        ModelError: If 8 bits give something else.
    """
    order.out.mkdir(parents=True, exist_ok=True)
    data = _read(order, say, for_branch=False)
    return store_in_eight_bits(network, eight_bit_file(order.out / network.name), data)


def cross_validate(order: Order, say: Say) -> dict[str, Any]:
    """Trains one network per person, with that person left out, and scores them.

    The branch for shut eyes is not trained: it changes nothing of the gaze.

    Each finished fold is kept in `out`; with `resume` it is not trained again.

    Returns:
        The report, also written as `eye_network_cross_validation.json`.
    """
    data = _read(order, say, for_branch=False)
    names = order.subjects_out or data.gaze_set.names
    for name in names:
        path = order.out / f"fold_{name}.json"
        if order.resume and path.is_file():
            continue
        trained = _train_one(order, data, (name,), order.out / f"fold_{name}.pt", say)
        write_json(path, check(trained, data, (name,)))
        say(f"{name} left out: {json.loads(path.read_text())['left_out']}")
    return summarise(order.out, data.gaze_set.names, order.config)


def summarise(out: Path, names: Sequence[str], config: TrainConfig) -> dict[str, Any]:
    """Joins the folds that are there into one report."""
    folds = {n: out / f"fold_{n}.json" for n in names}
    each = {n: json.loads(p.read_text()) for n, p in folds.items() if p.is_file()}
    keys = list(next(iter(each.values()))["left_out"])
    mean = {k: float(np.mean([fold["left_out"][k] for fold in each.values()])) for k in keys}
    mean[WORST] = max(fold["left_out"][WORST] for fold in each.values())
    report = {
        "method": "leave one subject out; mean over subjects; *_worst_subject the largest of them",
        "steps": config.steps,
        "seed": config.seed,
        "mean": mean,
        "subjects": {n: fold["left_out"] for n, fold in each.items()},
        "states": {
            k: float(np.mean([fold[k] for fold in each.values()]))
            for k in next(iter(each.values()))
            if k != "left_out"
        },
    }
    write_json(out / "eye_network_cross_validation.json", report)
    return report


def check(trained: Trained, data: EyeData, subjects_out: Sequence[str]) -> dict[str, Any]:
    """Figures on everything that was left out."""
    figures: dict[str, Any] = {}
    if subjects_out:
        part = subjects_of(data.gaze_set, subjects_out)
        gaze = read_patches(trained.network, part.patches)[0][:, :2].astype(np.float64)
        trained_on = [n for n in data.gaze_set.names if n not in subjects_out]
        frames = frames_of(frames_content(trained.frames, data.gaze_set, trained_on))
        figures["left_out"] = gaze_scores(frames.to_labels(gaze, part.views), part)
    for name, checked in (("crops", data.crops_checked), ("faces", data.faces_checked)):
        if checked is not None and len(checked) > 0:
            _, lid, state = read_patches(trained.network, checked.patches)
            found = state_figures(lid, state, checked)
            figures |= {f"{name}_{k}": v for k, v in found.items()}
    return figures


@torch.no_grad()
def first_look_figures(network: FirstLookNet, data: EyeData) -> dict[str, float]:
    """Shut and open eyes found by the first look on what was left out, at the probability 0.5."""
    figures = {}
    for name, checked in (("crops", data.crops_checked), ("faces", data.faces_checked)):
        if checked is None or len(checked) == 0:
            continue
        shut = network(torch.from_numpy(checked.patches)[:, None])[:, 0].numpy() > 0.0
        figures[f"first_look_{name}_closed_recall"] = _share(shut[checked.closed == 1])
        figures[f"first_look_{name}_open_recall"] = _share(~shut[checked.closed == 0])
    return figures


def state_figures(lid: Array, state: Array, checked: PatchSet) -> dict[str, float]:
    """Shares of closed and open eyes found, of usable ones, and the error of the lid gap.

    Args:
        lid: (n, 2) as the network gives them.
        state: (n, 2) logits of closed and of usable.
        checked: The same patches with what is known of them.
    """
    says_closed = state[:, 0] > 0.0
    closed, is_open = checked.closed == 1, checked.closed == 0
    figures = {
        "closed_recall": _share(says_closed[closed]),
        "open_recall": _share(~says_closed[is_open]),
        "usable": _share(state[closed | is_open, 1] > 0.0),
    }
    gap = np.linalg.norm(checked.points[:, LOWER] - checked.points[:, UPPER], axis=1)
    known = np.isfinite(gap) & is_open
    if known.any():
        error = lid[known, 0] - gap[known] / IRIS_PX
        figures["opening_mae"] = float(np.abs(error).mean())
    return figures


def _share(values: Any) -> float:
    return float(np.mean(values)) if len(values) else math.nan


def subjects_of(data: UtMultiview, names: Sequence[str]) -> UtMultiview:
    """The part of a gaze set with these people, numbered anew."""
    numbers = [data.names.index(n) for n in names]
    part = data.part(np.isin(data.subjects, numbers))
    renumbered = np.array([numbers.index(s) for s in part.subjects], np.int64)
    return replace(part, subjects=renumbered, names=tuple(names))


def frames_content(
    learned: LabelFrames, data: UtMultiview, subjects: Sequence[str]
) -> dict[str, Any]:
    """The label frames as they are written to the file beside the network."""
    turns = learned.turns.detach().numpy()
    rows = [data.names.index(n) for n in subjects]
    offsets = learned.offsets.detach().numpy()[rows].mean(axis=0)
    return {
        "subjects": list(subjects),
        "views": [
            {
                "camera": int(view) // 2,
                "eye": "left" if view % 2 else "right",
                "turn_rad": [round(float(x), 5) for x in turns[view]],
                "offset_rad": [round(float(x), 5) for x in offsets[view]],
            }
            for view in np.unique(data.views)
        ],
    }


def frames_of(content: dict[str, Any]) -> EyeFrames:
    """Those frames without going through a file."""
    views = {2 * v["camera"] + (v["eye"] == "left"): v for v in content["views"]}
    turns: dict[int, Array] = {k: rotation(v["turn_rad"]) for k, v in views.items()}
    offsets = {k: (v["offset_rad"][0], v["offset_rad"][1]) for k, v in views.items()}
    return EyeFrames(turns, offsets, tuple(content["subjects"]))


def _read(order: Order, say: Say, *, for_branch: bool) -> EyeData:
    torch.set_num_threads(1)
    order.out.mkdir(parents=True, exist_ok=True)
    data = read_eye_data(order.data, order.config.seed, say, for_branch=for_branch)
    unknown = sorted(set(order.subjects_out) - set(data.gaze_set.names))
    if unknown:
        known = ", ".join(data.gaze_set.names)
        raise InputError(f"--subjects-out: no {', '.join(unknown)} in the gaze set ({known})")
    if data.missing:
        say(f"not there, trained without: {', '.join(data.missing)}")
    return data


def _train_one(
    order: Order, data: EyeData, out: Sequence[str], checkpoint: Path, say: Say
) -> Trained:
    numbers = [data.gaze_set.names.index(n) for n in out]
    rows = ~np.isin(data.gaze.subjects, numbers)
    if not rows.any():
        raise InputError("nobody is left to train on")
    views = int(data.gaze.views.max()) + 1
    trainer = Trainer(
        data.gaze.part(rows), data.states, views, len(data.gaze_set.names), order.config
    )
    if order.resume and checkpoint.is_file():
        trainer.load(checkpoint)
        say(f"going on from step {trainer.step} of {checkpoint}")
    started = time.monotonic()
    trainer.run(max_minutes=order.max_minutes, checkpoint=checkpoint, say=say)
    say(f"trained in {time.monotonic() - started:.0f} s without {', '.join(out) or 'nobody'}")
    return trainer.result()


def _train_branch(order: Order, data: EyeData, base: Trained, say: Say) -> tuple[FirstLookNet, int]:
    """The network for single pictures, and how many batches its branch saw."""
    assert data.branch_states is not None
    numbers = [data.gaze_set.names.index(n) for n in order.subjects_out]
    gaze = data.gaze.part(~np.isin(data.gaze.subjects, numbers))
    config = order.branch
    torch.manual_seed(config.loop.seed)
    branch = ShutBranch(base.network.widths[SHARED - 1], config.widths)
    learner = Learner(
        branch,
        ShutTask(base.network, gaze, data.branch_states, config),
        config.loop,
        steps=config.steps,
        recipe={"subjects_out": list(order.subjects_out), **recipe_content(config)},
    )
    checkpoint = order.out / BRANCH_CHECKPOINT
    if order.resume and checkpoint.is_file():
        learner.load(checkpoint)
        say(f"going on from step {learner.step} of {checkpoint}")
    learner.run(max_minutes=order.max_minutes, checkpoint=checkpoint, say=say)
    say(f"branch for shut eyes trained in {learner.seconds:.0f} s")
    branch.load_state_dict(learner.averaged.state_dict())
    return FirstLookNet(base.network, branch).eval(), learner.step
