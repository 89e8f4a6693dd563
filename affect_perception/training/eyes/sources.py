"""Reads the data sets of the eye network into patch sets.

Each set gives only the labels it has. A block at the end of each set (by number) is kept out of
training for checking; `evaluation.datasets` documents the formats.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.core.types import ByteArray
from affect_perception.core.vision.eye_patch import patch_of_crop
from affect_perception.evaluation.datasets.landmarks68 import read_landmarks68
from affect_perception.evaluation.datasets.ut_multiview import UtMultiview, read_ut_multiview
from affect_perception.evaluation.tools import Tools, read_picture, with_border
from affect_perception.training.eyes.face_patches import (
    IRIS_PX,
    LEFT_68,
    RIGHT_68,
    FacePatch,
    face_patches,
    marked_points,
    not_eyes,
)
from affect_perception.training.eyes.iris_places import iris_places
from affect_perception.training.eyes.patch_set import (
    IRIS,
    LOWER,
    POINTS,
    UPPER,
    PatchSet,
    joined,
    patch_set,
)
from affect_perception.training.eyes.rendered import RenderConfig, rendered_patches
from affect_perception.training.eyes.small_faces import open_small_faces

Say = Callable[[str], None]
Doubles = npt.NDArray[np.float64]

GAZE_SET = "ut_multiview_eyes"
CROP_SET = "eyes_open_closed"
CLOSED_FACES = "cew_closed_faces"
MARKED_FACES = "helen_afw_landmarks"
# Whole faces with open eyes: folder and where the pictures lie in it.
OPEN_FACES = (("wacv_engagement", "images"), ("pointing04", "images"), ("drivface", "images"))
# Small faces of thousands of people with mostly open eyes, and how many of them are looked at.
SMALL_FACES, SMALL_COUNT = "fer2013", 5700
# Share of each set, the last by number, that training never sees.
KEPT_OUT = 0.2
# Lids nearer than this (iris diameters) in the mesh: not a sure open eye.
SURELY_OPEN = 0.4
# Lids marked by hand nearer than the one are shut, further apart than the other open (the last one
# for the branch for shut eyes); people mark a gap between the lids of many an eye that is laughing
# shut.
MARKED_SHUT, MARKED_OPEN, MARKED_OPEN_BRANCH = 0.08, 0.3, 0.22
# A patch with less of it inside the picture teaches nothing.
MIN_INSIDE = 0.9
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True)
class EyeData:
    """What a training run reads.

    Attributes:
        gaze: Patches with gaze labels, iris places and views.
        gaze_set: The same as the data set gives it.
        states: Patches with lids, states and points, without gaze.
        branch_states: More of them, for the branch for shut eyes; None if not asked for.
        crops_checked: Bare crops kept out of training, with `closed`.
        faces_checked: Patches of faces kept out of training, with `closed`, `opening`.
        missing: Names of the sets that are not there.
    """

    gaze: PatchSet
    gaze_set: UtMultiview
    states: PatchSet
    branch_states: PatchSet | None
    crops_checked: PatchSet | None
    faces_checked: PatchSet | None
    missing: tuple[str, ...]


def read_eye_data(
    root: Path, seed: int, say: Say = lambda _: None, *, for_branch: bool = True
) -> EyeData:
    """Reads everything below a folder of data sets.

    Args:
        root: The folder that holds `ut_multiview_eyes` and the others, or one above (`vision`).
        seed: For the choice of patches beside eyes.
        say: Told how far it is.
        for_branch: Whether the sources of the branch for shut eyes are read, too.

    Raises:
        InputError: If there is no set with gaze labels.
    """
    root = root / "vision" if (root / "vision").is_dir() else root
    if not (root / GAZE_SET).is_dir():
        raise InputError(f"{root}: no folder {GAZE_SET}, the set with gaze labels")
    gaze_set = read_ut_multiview(root / GAZE_SET)
    say(f"{GAZE_SET}: {len(gaze_set.patches)} patches of {len(gaze_set.names)} people")
    gaze = gaze_patches(gaze_set)
    names = [CLOSED_FACES, MARKED_FACES, *(name for name, _ in OPEN_FACES)]
    names += [SMALL_FACES] if for_branch else []
    missing = [name for name in (CROP_SET, *names) if not (root / name).is_dir()]
    nothing = gaze.part(np.zeros(len(gaze), np.bool_))
    kept, more = [nothing], [nothing]
    crops = faces = None
    if CROP_SET not in missing:
        train, crops = crop_patches(root / CROP_SET)
        kept.append(train)
        more.append(train)
        say(f"{CROP_SET}: {len(train)} patches, {len(crops)} kept out")
    if any(name not in missing for name in names):
        found = FaceStates(root, missing, seed, say, for_branch=for_branch)
        kept += found.train
        more += found.branch
        faces = joined(found.checked) if found.checked else None
    branch = joined(more) if for_branch else None
    return EyeData(gaze, gaze_set, joined(kept), branch, crops, faces, tuple(missing))


def gaze_patches(data: UtMultiview) -> PatchSet:
    """The tiles of the gaze set as training patches."""
    groups = data.subjects * 1000 + data.views
    points = np.full((len(data.patches), POINTS, 2), np.nan)
    points[:, IRIS] = iris_places(data.patches, data.gaze, groups)
    return patch_set(
        data.patches,
        gaze=data.gaze,
        views=data.views,
        subjects=data.subjects,
        points=points,
        closed=0.0,
        usable=1.0,
    )


def crop_patches(folder: Path) -> tuple[PatchSet, PatchSet]:
    """Bare crops `open/*.jpg`, `closed/*.jpg`: for training, and the last block of numbers."""
    parts: tuple[list[PatchSet], list[PatchSet]] = ([], [])
    for name, closed in (("open", 0.0), ("closed", 1.0)):
        paths = sorted((folder / name).glob("*.jpg"))
        if not paths:
            raise InputError(f"{folder / name}: no .jpg pictures")
        patches = np.stack([patch_of_crop(read_picture(p)) for p in paths])
        opening = 0.0 if closed else np.nan
        whole = patch_set(patches, closed=closed, usable=1.0, opening=opening)
        out = in_last_block([p.stem for p in paths])
        parts[0].append(whole.part(~out))
        parts[1].append(whole.part(out))
    return joined(parts[0]), joined(parts[1])


def in_last_block(names: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which names belong to the last block of numbers; one number is never on both sides."""
    numbers = [_key(name) for name in names]
    order = sorted(set(numbers))
    block = set(order[len(order) - int(KEPT_OUT * len(order)) :])
    return np.array([n in block for n in numbers], np.bool_)


def _key(name: str) -> tuple[str, int]:
    """Set and first number of a file name: `closed_0012_1` and `closed_0012_2` are one picture."""
    found = _NUMBER.search(name)
    return (name[: found.start()], int(found.group())) if found else (name, 0)


class FaceStates:
    """Patches of whole faces, through the face path.

    Args:
        root: Folder of the sets.
        missing: Names of those that are not there.
        seed: For the choice of patches beside eyes, rendered eyes and small faces.
        say: Told how far it is.
        for_branch: Whether rendered eyes, small faces and second cuts are read, too.

    Attributes:
        train: Sets for training the network.
        branch: Sets for training the branch for shut eyes.
        checked: The last block of each set.
    """

    def __init__(
        self, root: Path, missing: Sequence[str], seed: int, say: Say, *, for_branch: bool
    ) -> None:
        self.train: list[PatchSet] = []
        self.branch: list[PatchSet] = []
        self.checked: list[PatchSet] = []
        self._say, self._for_branch = say, for_branch
        self._tools, rng = Tools(), np.random.default_rng(seed)
        if CLOSED_FACES not in missing:
            self._read_closed(root / CLOSED_FACES)
        if MARKED_FACES not in missing:
            whole, names, beside = _marked(root / MARKED_FACES, self._tools, rng)
            self.train.append(beside)
            self.branch.append(beside)
            self._add(MARKED_FACES, whole, names, more_open=True)
        for folder, pictures in OPEN_FACES:
            if folder not in missing:
                pairs = _pairs(sorted((root / folder / pictures).rglob("*.jpg")), self._tools)
                self._add(folder, *_sure(*_rows(pairs)))
        if for_branch and SMALL_FACES not in missing:
            small = open_small_faces(root / SMALL_FACES, self._tools, SMALL_COUNT, seed)
            if small is not None:
                self.branch.append(small)
                say(f"{SMALL_FACES}: {len(small)} patches")
        if for_branch and MARKED_FACES not in missing:
            self._render(root / MARKED_FACES, seed)

    def _add(
        self, name: str, patches: PatchSet, names: list[str], *, more_open: bool = False
    ) -> None:
        out = in_last_block(names)
        train = patches.part(~out)
        self.train.append(train)
        self.branch.append(_more_open(train) if more_open else train)
        self.checked.append(patches.part(out))
        self._say(f"{name}: {int((~out).sum())} patches, {int(out.sum())} kept out")

    def _read_closed(self, folder: Path) -> None:
        paths = sorted(folder.glob("*.jpg"))
        whole, names = _closed(_pairs(paths, self._tools))
        checked = out = in_last_block(names)
        self.train.append(whole.part(~out))
        if self._for_branch:
            # Once more with a border, in which the face path finds them elsewhere.
            again, others = _closed(_pairs(paths, self._tools, with_border))
            both = in_last_block([*names, *others])
            first, second = both[: len(names)], both[len(names) :]
            self.branch += [whole.part(~first), again.part(~second)]
            checked = out & first
            self._say(f"{CLOSED_FACES} for the branch: {int((~both).sum())} patches")
        self.checked.append(whole.part(checked))
        self._say(f"{CLOSED_FACES}: {int((~out).sum())} patches, {int(checked.sum())} checked")

    def _render(self, folder: Path, seed: int) -> None:
        samples = read_landmarks68(folder)
        out = in_last_block([sample.path.stem for sample in samples])
        seen = [sample for sample, kept_out in zip(samples, out, strict=True) if not kept_out]
        drawn = rendered_patches(seen, self._tools, RenderConfig(), seed, self._say)
        if drawn is not None:
            self.branch.append(drawn)


Pairs = list[tuple[str, tuple[FacePatch, FacePatch]]]


def _pairs(
    paths: Sequence[Path], tools: Tools, change: Callable[[ByteArray], ByteArray] = np.asarray
) -> Pairs:
    found = ((p.stem, face_patches(change(read_picture(p)), tools)) for p in paths)
    return [(name, pair) for name, pair in found if pair is not None]


def _rows(pairs: Pairs) -> tuple[list[FacePatch], list[str]]:
    """Both eyes of all faces, without those that are largely outside of the picture."""
    rows = [(f, name) for name, pair in pairs for f in pair if f.eye.inside >= MIN_INSIDE]
    return [f for f, _ in rows], [name for _, name in rows]


def _set(
    patches: Sequence[FacePatch],
    *,
    points: Doubles,
    closed: object,
    opening: object = np.nan,
) -> PatchSet:
    return patch_set(
        np.stack([f.eye.patch for f in patches]),
        points=points,
        closed=np.asarray(closed, np.float32),
        opening=np.asarray(opening, np.float32),
        usable=1.0,
    )


def _closed(pairs: Pairs) -> tuple[PatchSet, list[str]]:
    """Shut eyes: the mesh knows their corners and nothing else."""
    patches, names = _rows(pairs)
    points = np.stack([f.points for f in patches])
    points[:, [IRIS, UPPER, LOWER]] = np.nan
    return _set(patches, points=points, closed=1.0, opening=0.0), names


def _more_open(patches: PatchSet) -> PatchSet:
    """The same patches, of which those with lids a little nearer count as open, too."""
    gap = _gap(patches.points.astype(np.float64))
    is_open = np.isnan(patches.closed) & (gap > MARKED_OPEN_BRANCH)
    return replace(patches, closed=np.where(is_open, np.float32(0.0), patches.closed))


def _gap(points: Doubles) -> Doubles:
    """Lid gap (n,) in iris diameters of points (n, 5, 2)."""
    return np.asarray((points[:, LOWER, 1] - points[:, UPPER, 1]) / IRIS_PX)


def _sure(patches: list[FacePatch], names: list[str]) -> tuple[PatchSet, list[str]]:
    """Those whose lids the mesh sees well apart: surely open eyes."""
    points = np.stack([f.points for f in patches])
    keep = np.nonzero(_gap(points) > SURELY_OPEN)[0]
    chosen = [patches[i] for i in keep]
    return _set(chosen, points=points[keep], closed=0.0), [names[i] for i in keep]


def _marked(
    folder: Path, tools: Tools, rng: np.random.Generator
) -> tuple[PatchSet, list[str], PatchSet]:
    """Faces with lid contours marked by hand, their names, and patches beside the eyes."""
    patches, names, points, beside = [], [], [], []
    for sample in read_landmarks68(folder):
        image = read_picture(sample.path)
        pair = face_patches(image, tools)
        if pair is None:
            continue
        beside += [eye.patch for eye in not_eyes(image, pair, rng)]
        for face, (_, _, lids) in zip(pair, (RIGHT_68, LEFT_68), strict=True):
            if face.eye.inside < MIN_INSIDE:
                continue
            patches.append(face)
            points.append(marked_points(face, sample.points, lids))
            names.append(sample.path.stem)
    stacked = np.stack(points)
    gap = _gap(stacked)
    closed = np.where(gap > MARKED_OPEN, 0.0, np.where(gap < MARKED_SHUT, 1.0, np.nan))
    stacked[gap < 0.15, IRIS] = np.nan
    whole = _set(patches, points=stacked, closed=closed)
    return whole, names, patch_set(np.stack(beside), usable=0.0)
