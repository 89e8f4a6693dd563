"""`affect-perception train driver`: reads, trains, checks on people left out, exports."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from affect_perception.core.errors import InputError
from affect_perception.core.vision.eye_network import EyeNetwork
from affect_perception.evaluation.eyes.frames import CROSS_VALIDATION_FILE
from affect_perception.evaluation.load.courses import Course
from affect_perception.evaluation.load.weights import fit_weights
from affect_perception.evaluation.tools import Tools
from affect_perception.inference import load_network
from affect_perception.io.cabin_file import load_cabin
from affect_perception.share import share_path
from affect_perception.training.driver.body_windows import BodyWindows, body_windows
from affect_perception.training.driver.card import write_cards
from affect_perception.training.driver.check_faces import read_real_faces, real_face_figures
from affect_perception.training.driver.check_frame import (
    drawn_figures,
    eye_state_figures,
    gaze_figures,
)
from affect_perception.training.driver.check_slow import distraction_figures, load_figures
from affect_perception.training.driver.cost import cost_of
from affect_perception.training.driver.examples import PairSet, pairs_of_drawn, pairs_of_people
from affect_perception.training.driver.export import FRAME_FILE, SLOW_FILE, export
from affect_perception.training.driver.network import DriverNet, parameters_of
from affect_perception.training.driver.page import COMMAND, page_part, separate_gaze
from affect_perception.training.driver.picture import write_maps
from affect_perception.training.driver.recipe import DriverRecipe
from affect_perception.training.driver.sources import DriverData, keep, kept, read_driver_data
from affect_perception.training.driver.task import DriverLearning, DriverTask
from affect_perception.training.driver.windows import SlowBatches
from affect_perception.training.eyes.patch_set import POINTS, PatchSet
from affect_perception.training.eyes.run import frames_content, frames_of, subjects_of
from affect_perception.training.json_file import rounded, write_json
from affect_perception.training.learner import Learner, Say
from affect_perception.training.load.recipe import LoadRecipe
from affect_perception.training.page_part import write_into
from affect_perception.training.recipe import recipe_content

CHECKPOINT, CHECKPOINT_OF_ALL = "checkpoint.pt", "checkpoint_everybody.pt"
DATA_FILE = "driver_data.npz"
VALIDATION_FILE = "driver_network_validation.json"
REPORT_FILE, FRAMES_FILE = "driver_network_training.json", "driver_network_frames.json"
MAPS_FILE = "driver_maps.png"
EYE_NETWORK, LOAD_NETWORK = "eye_network", "load_stress"


@dataclass(frozen=True)
class Order:
    """What is asked for.

    Attributes:
        data: Root of the data sets.
        out: Folder for results, checkpoint and the data as they were read.
        recipe: How.
        subjects_out: People of the gaze set that are left out and scored; without any, everybody
            of every set is learned from, for weights that are shipped.
        version: Of the weights.
        max_minutes: Time for the training.
        resume: Go on from checkpoint and data in `out`.
        command: What was typed.
        page: Page whose generated part is replaced by the tables, if any.
    """

    data: Path
    out: Path
    recipe: DriverRecipe
    subjects_out: tuple[str, ...] = ()
    max_minutes: float = math.inf
    resume: bool = False
    command: str = "affect-perception train driver --data DATA --out DIR"
    page: Path | None = None
    version: str = "1.0.0"


@dataclass(frozen=True)
class Parts:
    """The data of one training, with the people left out apart.

    Attributes:
        people: Names in the gaze set that are learned from.
        pairs: Both eyes of these people.
        gaze: The same eyes alone.
        drawn: Drawn drivers, if any.
        view: Number of the label frame of left eyes of drawn drivers.
        subjects: Number of people with gaze labels, one more for all drawn faces.
        body: Body windows that are learned from, if any.
        courses: Of the same people.
        held: Courses of the people left out.
    """

    people: tuple[str, ...]
    pairs: PairSet
    gaze: PatchSet
    drawn: PairSet | None
    view: int
    subjects: int
    body: BodyWindows | None
    courses: tuple[Course, ...]
    held: tuple[Course, ...]


def train(order: Order, say: Say) -> dict[str, Any]:
    """Trains one network, writes both parts as ONNX, and compares it on those left out.

    Returns:
        The report, also written as `driver_network_training.json`.

    Raises:
        InputError: If data or checkpoint are missing or broken.
        ModelError: If an ONNX file does not give the same as the network.
    """
    torch.set_num_threads(1)
    order.out.mkdir(parents=True, exist_ok=True)
    data = _data(order, say)
    parts = split(data, order)
    learner = _learn(order, data, parts, say)
    network = learner.averaged.network
    report = check(order, data, parts, learner, say)
    if data.drawn is not None:
        cabin = load_cabin(order.recipe.data.cabin)
        seed = order.recipe.loop.seed
        write_maps(network, cabin, seed, order.out / MAPS_FILE)
    differences = export(network, order.out)
    for name, difference in differences.items():
        say(f"{order.out / name}: ONNX differs from torch by {difference:.1g}")
    report["cost"] = {name: cost_of(order.out / name) for name in (FRAME_FILE, SLOW_FILE)}
    for name in (EYE_NETWORK, LOAD_NETWORK):
        report["cost"][f"{name}.onnx"] = cost_of(Path(share_path(f"models/{name}.onnx")))
    found: dict[str, Any] = rounded(report)
    write_json(order.out / REPORT_FILE, found)
    stored, measured = order.out / VALIDATION_FILE, None
    if order.subjects_out:
        measured = found
        write_json(stored, found)
    elif stored.is_file():
        measured = json.loads(stored.read_text(encoding="utf-8"))
    write_cards(order.out, found, measured, order.version)
    if order.page is not None:
        write_into(order.page, COMMAND, page_part(found))
    return found


def split(data: DriverData, order: Order) -> Parts:
    """Leaves the people out.

    Raises:
        InputError: If there is nobody of a name, or nobody left.
    """
    names = data.gaze_set.names
    unknown = sorted(set(order.subjects_out) - set(names))
    if unknown:
        known = ", ".join(names)
        raise InputError(f"--subjects-out: no {', '.join(unknown)} in the gaze set ({known})")
    people = tuple(name for name in names if name not in order.subjects_out)
    rows = np.isin(data.gaze_set.subjects, [names.index(name) for name in people])
    if not rows.any():
        raise InputError("nobody is left to train on")
    gaze = data.gaze.part(rows)
    pairs = pairs_of_people(data.gaze_set.part(rows), gaze.points)
    view = int(data.gaze.views.max()) + 2
    drawn = None if data.drawn is None else pairs_of_drawn(data.drawn, view - 1, len(names))
    persons = list(dict.fromkeys(course.person for course in data.courses))
    folds = order.recipe.data.load_folds if order.subjects_out else 0
    left_out = set(persons[::folds] if folds else [])
    courses = tuple(c for c in data.courses if c.person not in left_out)
    held = tuple(c for c in data.courses if c.person in left_out)
    weight = order.recipe.data.joined_weight
    body = body_windows(courses, weight) if courses else None
    return Parts(people, pairs, gaze, drawn, view, len(names) + 1, body, courses, held)


def _data(order: Order, say: Say) -> DriverData:
    path = order.out / DATA_FILE
    if order.resume and path.is_file():
        say(f"data as read before: {path}")
        return kept(path)
    seed = order.recipe.loop.seed
    data = read_driver_data(order.data, order.recipe.data, seed, say)
    if data.missing:
        say(f"not there, trained without: {', '.join(data.missing)}")
    keep(data, path)
    return data


def _learn(order: Order, data: DriverData, parts: Parts, say: Say) -> Learner:
    learner = learner_of(order, data, parts)
    say(f"{parameters_of(learner.averaged.network)} parameters, {learner.steps} batches")
    checkpoint = order.out / (CHECKPOINT if order.subjects_out else CHECKPOINT_OF_ALL)
    if order.resume and checkpoint.is_file():
        learner.load(checkpoint)
        say(f"going on from batch {learner.step} of {checkpoint}")
    learner.run(max_minutes=order.max_minutes, checkpoint=checkpoint, say=say)
    say(f"trained in {learner.seconds:.0f} s")
    return learner


def learner_of(order: Order, data: DriverData, parts: Parts) -> Learner:
    """What trains, before its first batch."""
    recipe = order.recipe
    torch.manual_seed(recipe.loop.seed)
    learning = DriverLearning(DriverNet(recipe.network), parts.view + 1, parts.subjects)
    slow = SlowBatches(parts.body, data.windows, recipe.tokens, recipe.batches.windows)
    task = DriverTask(parts.pairs, parts.gaze, data.states, parts.drawn, slow, recipe)
    return Learner(
        learning,
        task,
        recipe.loop,
        steps=max(1, round(recipe.steps * recipe.loop.epochs)),
        recipe={"subjects_out": list(order.subjects_out), **recipe_content(recipe)},
    )


def check(
    order: Order, data: DriverData, parts: Parts, learner: Learner, say: Say
) -> dict[str, Any]:
    """All figures on what was left out."""
    network, frames = learner.averaged.network, learner.averaged.frames
    content = frames_content(frames, data.gaze_set, parts.people)
    content["views"] += _drawn_views(frames, parts)
    write_json(order.out / FRAMES_FILE, content)
    turned = frames_of(content)
    report: dict[str, Any] = {
        "command": order.command,
        "subjects": list(parts.people),
        "subjects_out": list(order.subjects_out),
        "people_out": sorted({course.person for course in parts.held}),
        "missing_sets": list(data.missing),
        "batches": learner.step,
        "minutes": learner.seconds / 60.0,
        "parameters": parameters_of(network),
        "recipe": recipe_content(order.recipe),
    }
    if order.subjects_out:
        held = subjects_of(data.gaze_set, order.subjects_out)
        pairs = pairs_of_people(held, np.full((len(held.patches), POINTS, 2), np.nan, np.float32))
        report["gaze"] = gaze_figures(network, pairs, held, turned)
        stored = Path(share_path(CROSS_VALIDATION_FILE))
        report["gaze_separate"] = separate_gaze(stored, order.subjects_out)
        say(f"gaze of people left out: {rounded(report['gaze']['eyes only'])}")
    separate = EyeNetwork(load_network(EYE_NETWORK))
    checked = {"crops": data.crops_checked, "faces": data.faces_checked}
    report["eyes"] = eye_state_figures(network, checked, separate)
    if data.drawn_checked is not None:
        cabin = load_cabin(order.recipe.data.cabin)
        report["drawn"] = drawn_figures(network, data.drawn_checked, turned, parts.view, cabin)
        say(f"drawn drivers left out: {rounded(report['drawn']['everything'])}")
    faces = read_real_faces(order.data, Tools())
    if faces:
        report["real_faces"] = real_face_figures(network, faces)
    body = np.zeros((0, 1, 1), np.float32) if parts.body is None else parts.body.tokens
    report["distraction"] = distraction_figures(network, data.windows, data.windows_checked, body)
    if parts.held:
        penalty = LoadRecipe().penalty
        weights = fit_weights(parts.courses, penalty, order.recipe.data.joined_weight)
        report["load"] = load_figures(
            network, parts.held, weights, data.windows_checked, order.recipe.loop.seed
        )
    return report


def _drawn_views(frames: Any, parts: Parts) -> list[dict[str, Any]]:
    """The frames of drawn drivers, which stand beside those of the cameras of the gaze set."""
    turns, offsets = frames.turns.detach().numpy(), frames.offsets.detach().numpy()
    return [
        {
            "camera": view // 2,
            "eye": "left" if view % 2 else "right",
            "turn_rad": [round(float(x), 5) for x in turns[view]],
            "offset_rad": [round(float(x), 5) for x in offsets[parts.subjects - 1, view]],
        }
        for view in (parts.view - 1, parts.view)
    ]
