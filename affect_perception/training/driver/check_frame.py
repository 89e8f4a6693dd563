"""Figures of the frame part on people and faces left out, beside those of what it joins."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.enums import GazeSource, TriState
from affect_perception.core.types import GazeObservation, ZoneEstimate
from affect_perception.core.vision.driver_network import FACE, FIRST, HEAD, SECOND, SENSES
from affect_perception.core.vision.eye_network import EyeNetwork
from affect_perception.core.vision.gaze_map import cells_of, locate_map, modes
from affect_perception.core.vision.geometry import unit_direction, vector_of
from affect_perception.core.vision.zones import locate, locate_directions
from affect_perception.evaluation import metrics
from affect_perception.evaluation.classification import (
    expected_calibration_error,
    softmax,
)
from affect_perception.evaluation.datasets.ut_multiview import UtMultiview
from affect_perception.evaluation.eyes.frames import EyeFrames, angles_of, gaze_scores, vectors
from affect_perception.training.driver.examples import PairSet, pairs_of_drawn, unlabelled
from affect_perception.training.driver.network import DriverNet
from affect_perception.training.driver.rendered_driver import DriverFrames
from affect_perception.training.eyes.patch_set import PatchSet
from affect_perception.training.eyes.run import state_figures

Doubles = npt.NDArray[np.float64]
Answers = tuple[Doubles, Doubles, Doubles]

TOKEN_SETS: Mapping[str, tuple[int, ...]] = {
    "everything": (FIRST, SECOND, FACE, HEAD),
    "eyes and head": (FIRST, SECOND, HEAD),
    "eyes only": (FIRST, SECOND),
    "first eye only": (FIRST,),
    "other eye only": (SECOND,),
    "face and head only": (FACE, HEAD),
    "nothing": (),
}
_PIECE = 256
"""Pictures at once."""


@torch.no_grad()
def answers(network: DriverNet, pairs: PairSet, senses: Sequence[int]) -> Answers:
    """Map logits (n, CELLS), lids (n, 2, 2) and states (n, 2, 2) with these senses there."""
    network.eval()
    there = torch.zeros(1, SENSES)
    there[0, list(senses)] = 1.0
    parts: list[list[Tensor]] = []
    for start in range(0, len(pairs), _PIECE):
        eyes = pairs.eyes[start : start + _PIECE]
        count = len(eyes)
        rows = slice(start, start + count) if pairs.has_face else slice(0, 1)
        face = pairs.faces[rows].expand(count, -1, -1)[:, None]
        head = pairs.head[rows].expand(count, -1)
        found = network("frame", eyes, face, head, there.expand(count, -1))
        parts.append([found[0], found[2], found[3]])
    logits, lid, state = (torch.cat(p).numpy().astype(np.float64) for p in zip(*parts, strict=True))
    return logits, lid, state


def gaze_figures(
    network: DriverNet, pairs: PairSet, data: UtMultiview, frames: EyeFrames
) -> dict[str, dict[str, float]]:
    """Gaze of people left out, by what is there, and how far its map can be believed.

    Args:
        network: Trained without them.
        pairs: Their eyes, in the order of `data`.
        data: Their labels.
        frames: Of the labels, learned on other people.

    Returns:
        Figures by set of tokens: those of `gaze_scores`, `ece` of the most probable cell, and
        `ece_offset`, the same after one constant offset per person, camera and eye.
    """
    report: dict[str, dict[str, float]] = {}
    truth = labels_in_patch(data, frames)
    for name in ("eyes only", "first eye only", "other eye only"):
        maps = softmax(answers(network, pairs, TOKEN_SETS[name])[0])
        mode = modes(maps)
        moved = truth + _offsets(mode - truth, data)
        report[name] = gaze_scores(frames.to_labels(mode, data.views), data) | {
            "ece": expected_calibration_error(maps, cells_of(truth)),
            "ece_offset": expected_calibration_error(maps, cells_of(moved)),
        }
    return report


def labels_in_patch(data: UtMultiview, frames: EyeFrames) -> Doubles:
    """Labels (n, 2) in the frame of each patch, as `EyeFrames.to_labels` turns them back, rad."""
    result = np.empty((len(data.patches), 2))
    for view in np.unique(data.views).tolist():
        rows = data.views == view
        result[rows] = _in_patch(data.gaze[rows], frames, view)
    return result


def _offsets(errors: Doubles, data: UtMultiview) -> Doubles:
    """Mean error of each person, camera and eye, on each of its rows."""
    groups = data.subjects * 1000 + data.views
    result = np.empty_like(errors)
    for group in np.unique(groups):
        result[groups == group] = errors[groups == group].mean(axis=0)
    return result


def eye_state_figures(
    network: DriverNet, checked: Mapping[str, PatchSet | None], separate: EyeNetwork
) -> dict[str, dict[str, float]]:
    """Shut, open and usable eyes and lid gaps of patches kept out, of both networks."""
    report: dict[str, dict[str, float]] = {"shared": {}, "separate": {}}
    for name, part in checked.items():
        if part is None or not len(part):
            continue
        _, lid, state = answers(network, single_eyes(part), TOKEN_SETS["first eye only"])
        _, own_lid, own_state = separate.outputs(part.patches)
        for who, lids, states in (
            ("shared", lid[:, 0], state[:, 0]),
            ("separate", own_lid.astype(np.float64), own_state.astype(np.float64)),
        ):
            found = state_figures(lids, states, part)
            report[who] |= {f"{name}_{key}": value for key, value in found.items()}
    return report


def single_eyes(part: PatchSet) -> PairSet:
    """Patches as pairs whose second eye is missing; without labels."""
    return unlabelled(np.stack([part.patches, np.zeros_like(part.patches)], axis=1))


def drawn_figures(
    network: DriverNet, data: DriverFrames, frames: EyeFrames, view: int, cabin: CabinGeometry
) -> dict[str, dict[str, float]]:
    """Gaze and zones of drawn drivers left out, by what is there, beside the face path.

    Only pictures count whose eyes are open.

    Args:
        network: Trained on other faces.
        data: The drawn drivers.
        frames: Of the labels; holds `view`.
        view: Number of the frame of the left eyes of drawn drivers.
        cabin: Whose zones.
    """
    whole = pairs_of_drawn(data, view - 1, 0)
    kept = np.flatnonzero(np.isfinite(data.gaze[:, 0]).all(axis=1))
    truth = [_zone_of(data.looked[i], data.origin[i], cabin) for i in kept]
    patch = _in_patch(data.gaze[kept, 0].astype(np.float64), frames, view)
    report: dict[str, dict[str, float]] = {}
    for name, senses in TOKEN_SETS.items():
        maps = softmax(answers(network, whole, senses)[0][kept])
        turns = [_to_cabin(data.to_cabin[i], frames, view) for i in kept]
        mode = np.concatenate([turn(m[None]) for turn, m in zip(turns, modes(maps), strict=True)])
        zones = [
            locate_map(maps[row], turns[row], vector_of(data.origin[i]), cabin)
            for row, i in enumerate(kept)
        ]
        report[name] = _scores(mode, zones, data.looked[kept], truth)
        report[name]["ece_cells"] = expected_calibration_error(maps, cells_of(patch))
    path = [_said(data.said[i], data.origin[i], cabin) for i in kept]
    report["face path"] = _scores(data.said[kept, :2], path, data.looked[kept], truth)
    return report


def _in_patch(gaze: Doubles, frames: EyeFrames, view: int) -> Doubles:
    return angles_of(vectors(gaze + frames.offsets[view]) @ frames.turns[view].T)


def _to_cabin(axes: Doubles, frames: EyeFrames, view: int) -> Callable[[Doubles], Doubles]:
    """From angles that the network gives to angles in the cabin."""

    def turn(angles: Doubles) -> Doubles:
        labels = frames.to_labels(angles, np.full(len(angles), view, np.int64))
        x, y, z = (vectors(labels) @ axes.T).T
        return np.stack([np.arctan2(y, x), np.arcsin(np.clip(z, -1.0, 1.0))], axis=1)

    return turn


def _zone_of(looked: Doubles, origin: Doubles, cabin: CabinGeometry) -> ZoneEstimate:
    """The zone that a direction meets, without any doubt."""
    return locate_directions(
        looked[:1], looked[1:], np.ones(1), vector_of(origin), cabin, habits=False
    )


def _said(said: Doubles, origin: Doubles, cabin: CabinGeometry) -> ZoneEstimate:
    if not np.isfinite(said).all():
        return locate(None, cabin)
    yaw, pitch, *std = said.tolist()
    gaze = GazeObservation(
        GazeSource.EYES, vector_of(origin), unit_direction(yaw, pitch), yaw, pitch, (std[0], std[1])
    )
    return locate(gaze, cabin)


def _scores(
    found: Doubles, zones: Sequence[ZoneEstimate], looked: Doubles, truth: Sequence[ZoneEstimate]
) -> dict[str, float]:
    """Angular error, zones, road, and calibration over zones; what is unknown counts as wrong."""
    known = np.isfinite(found).all(axis=1)
    errors = metrics.angular_error_deg(
        np.array([unit_direction(*pair) for pair in found[known].tolist()]),
        np.array([unit_direction(*pair) for pair in looked[known].tolist()]),
    )
    right = np.array([a.name == b.name for a, b in zip(zones, truth, strict=True)])
    road = [
        a.on_road is b.on_road and a.on_road is not TriState.UNKNOWN
        for a, b in zip(zones, truth, strict=True)
    ]
    said = np.array([z.probability if z.name != "unknown" else 0.0 for z in zones])
    # Confidence and hits in the form that the calibration error takes: said, and all the rest.
    pairs = np.stack([said, np.where(said > 0.5, 0.0, -1.0)], axis=1)
    return {
        "mean_angular_error_deg": float(errors.mean()) if len(errors) else float("nan"),
        "accuracy": float(right.mean()),
        "balanced_accuracy": metrics.unweighted_average_recall(
            [z.name for z in zones], [z.name for z in truth]
        ),
        "on_road": float(np.mean(road)),
        "ece_zones": expected_calibration_error(pairs, np.where(right, 0, 1)),
        "known_rate": float(known.mean()),
        "n": float(len(zones)),
    }
