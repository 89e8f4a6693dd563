"""Fits the weights of `core/vision/mouth_cover.py`; prints them and how well they do.

    python -m affect_perception.training.mouth_cover DATA

DATA holds vision/helen_afw_landmarks and vision/utkface_adults, whose mouths are covered by
drawings (`evaluation/synthetic/mouth_covers.py`), and vision/fer2013, whose faces stay as they are:
they scream and laugh, and some hold a hand before the mouth. Half of the faces give weights
and bias, the bias so that of the uncovered ones `FALSE_ALARMS` have a cover above 0.5, in the worse
of camera pictures and FER2013; the other half, of other people as far as names of files tell, is
scored. Clips of vision/videos and vision/driver_clips are listed with the seconds at which a cover
is seen. What is printed is shipped. Ten minutes on one core.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from affect_perception.core.config import PipelineConfig
from affect_perception.core.types import ByteArray, CameraFrame
from affect_perception.core.vision.expression_face import face_of_picture
from affect_perception.core.vision.face_perception import FacePerception
from affect_perception.core.vision.mouth_cover import COLUMNS, MIDDLE, ROWS, edge_numbers
from affect_perception.evaluation.datasets.clips import read_clips
from affect_perception.evaluation.datasets.expression_set import TRAINING
from affect_perception.evaluation.datasets.faces import read_faces
from affect_perception.evaluation.datasets.fer2013 import picture_keys, read_fer2013
from affect_perception.evaluation.datasets.landmarks68 import read_landmarks68
from affect_perception.evaluation.logistic import Line, Rows, balanced_weights, fit
from affect_perception.evaluation.synthetic.mouth_covers import KINDS, cover_mouth
from affect_perception.evaluation.tools import Tools, read_picture, with_border
from affect_perception.io.video import VideoSource

Array = npt.NDArray[np.float64]

FALSE_ALARMS = 0.01
OPEN, FER2013 = "open", "fer2013"
_PENALTY = 0.004
# FER2013's faces are enlarged to what a camera shows.
_SIDE = 192
_PERIOD_NS = 100_000_000


@dataclass(frozen=True)
class Seen:
    """One face that nothing else kept from being read.

    Attributes:
        name: Of its file, without what tells pictures of one person apart.
        group: Data set and apparent group.
        kind: Of the cover, or `OPEN`.
        numbers: Of its edges.
        scored: Whether it is kept from the fit.
    """

    name: str
    group: str
    kind: str
    numbers: Array
    scored: bool


class Looker:
    """The face path, with everything that it usually asks of a face but an uncovered mouth."""

    def __init__(self) -> None:
        config = PipelineConfig()
        self._tools = Tools(
            replace(config, expression=replace(config.expression, max_mouth_cover=1.0))
        )
        self.lost = dict.fromkeys((OPEN, *KINDS), 0)

    def look(self, picture: ByteArray, kind: str) -> tuple[Array, npt.NDArray[np.float32]] | None:
        """Numbers and landmarks, or None where the face is not read anyway."""
        seen = self._tools.observe(picture)
        if seen.landmarks is None or seen.expression.reasons:
            self.lost[kind] += 1
            return None
        face, _ = face_of_picture(picture, seen.landmarks)
        return edge_numbers(face), np.asarray(seen.landmarks, np.float32)

    def clip(self, path: Path) -> Iterator[tuple[float, Array]]:
        """Seconds and numbers of the faces of a clip that are read, ten times a second."""
        tools = self._tools
        face_path = FacePerception(tools.config, tools.facing_cabin, tools.networks)
        due_ns = 0
        for frame in VideoSource(path).events():
            if not isinstance(frame, CameraFrame) or frame.stamp_ns < due_ns:
                continue
            due_ns = frame.stamp_ns + _PERIOD_NS
            seen = face_path.step(frame)
            if seen.landmarks is not None and not seen.expression.reasons:
                face, _ = face_of_picture(frame.image, seen.landmarks)
                yield frame.stamp_ns / 1e9, edge_numbers(face)

    def both(self, path: Path, name: str, group: str, seed: int, scored: bool) -> Iterator[Seen]:
        """A face uncovered and with each kind of cover."""
        picture = with_border(read_picture(path))
        if picture.ndim == 2:
            picture = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), np.uint8)
        found = self.look(picture, OPEN)
        if found is None:
            return
        numbers, landmarks = found
        yield Seen(name, group, OPEN, numbers, scored)
        for kind in KINDS:
            covered = self.look(cover_mouth(kind, picture, landmarks, seed), kind)
            if covered is not None:
                yield Seen(name, group, kind, covered[0], scored)


def faces_of(data: Path, faces: int, tiles: int, looker: Looker) -> list[Seen]:
    """Faces of the three sets.

    Args:
        data: Root of the data sets.
        faces: Camera pictures to fit; all others of other names are scored.
        tiles: Of FER2013 to fit, and as many to score.
        looker: Looks at them.
    """
    chance = np.random.default_rng(0)
    found: list[Seen] = []
    named = _camera_pictures(data)
    order = chance.permutation(len(named)).tolist()
    known = {named[place][1] for place in order[:faces]}
    for number, place in enumerate(order):
        path, name, group = named[place]
        if number < faces or name not in known:
            found += looker.both(path, name, group, place, number >= faces)
    fer2013 = read_fer2013(data / "vision" / "fer2013").of_split(TRAINING)
    rows = chance.permutation(len(fer2013))[: 2 * tiles]
    keys = picture_keys(fer2013.pictures[rows])
    for number, (tile, key) in enumerate(zip(fer2013.pictures[rows], keys, strict=True)):
        large = cv2.resize(tile, (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
        coloured = cv2.cvtColor(with_border(np.asarray(large, np.uint8)), cv2.COLOR_GRAY2RGB)
        seen = looker.look(np.asarray(coloured, np.uint8), OPEN)
        if seen is not None:
            found.append(Seen(key.hex(), FER2013, OPEN, seen[0], number >= tiles))
    return found


def _camera_pictures(data: Path) -> list[tuple[Path, str, str]]:
    """Path, name and group."""
    labelled = read_landmarks68(data / "vision" / "helen_afw_landmarks")
    # Pictures of one number show one person.
    named = [(s.path, s.path.stem.rsplit("_", 1)[0], "helen_afw") for s in labelled]
    adults = read_faces(data / "vision" / "utkface_adults")
    return named + [(s.path, s.path.stem, f"utkface {s.groups.get('race', '')}") for s in adults]


def fitted(seen: Sequence[Seen]) -> Line:
    """Weights and bias from the faces that are not scored."""
    mine = [s for s in seen if not s.scored]
    states = np.array([float(s.kind != OPEN) for s in mine])
    numbers = np.array([s.numbers for s in mine])
    line = fit(Rows(numbers, states, balanced_weights(states)), _PENALTY)
    logits, found = line.logits(numbers), np.array([s.group == FER2013 for s in mine])
    sets = [logits[(states == 0.0) & which] for which in (found, ~found)]
    limit = max(float(np.quantile(z, 1.0 - FALSE_ALARMS)) for z in sets if len(z))
    return Line(line.slope, line.offset - limit)


def told(line: Line, seen: Sequence[Seen]) -> float:
    """Share of these faces that are said to be covered."""
    return float(np.mean(line.logits(np.array([s.numbers for s in seen])) > 0.0))


def tell_clips(data: Path, looker: Looker, line: Line) -> None:
    """Prints when the mouth is said to be covered in clips of real faces."""
    for folder in ("videos", "driver_clips"):
        for clip in read_clips(data / "vision" / folder):
            faces = list(looker.clip(clip.path))
            at = [f"{s:.1f}" for s, numbers in faces if line.logits(numbers[None])[0] > 0.0]
            print(f"{clip.name}: {len(at)} of {len(faces)} faces, at s: {' '.join(at)}")


def main() -> None:
    """Fits, scores and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--faces", type=int, default=1200, help="camera pictures to fit")
    parser.add_argument("--tiles", type=int, default=1500, help="of FER2013 to fit")
    order = parser.parse_args()
    looker = Looker()
    seen = faces_of(order.data, order.faces, order.tiles, looker)
    line = fitted(seen)
    print(f"BIAS = {line.offset:.3f}")
    table = line.slope.reshape(3, ROWS, MIDDLE + 1)
    for name, rows in zip(("UPRIGHT", "SLANTED", "LEVEL"), table, strict=True):
        cells = ", ".join(f"({', '.join(f'{w:.3f}' for w in row)})" for row in rows)
        print(f"{name} = ({cells})")
    print(f"not read anyway: {looker.lost}; {ROWS} rows, {COLUMNS} columns folded")
    scored = [s for s in seen if s.scored]
    for group in sorted({s.group for s in scored}):
        part = [s for s in scored if s.kind == OPEN and s.group == group]
        print(f"uncovered, {group}: {told(line, part):.3f} of {len(part)} told as covered")
    cameras = [s for s in scored if s.kind == OPEN and s.group != FER2013]
    print(f"uncovered, camera pictures: {told(line, cameras):.4f} of {len(cameras)}")
    covered = [s for s in scored if s.kind != OPEN]
    print(f"covered: {told(line, covered):.3f} of {len(covered)}")
    for kind in KINDS:
        part = [s for s in covered if s.kind == kind]
        without = fitted([s for s in seen if s.kind != kind])
        print(
            f"{kind}: {told(line, part):.3f} of {len(part)}; "
            f"fitted without this kind {told(without, part):.3f}"
        )
    tell_clips(order.data, looker, line)


if __name__ == "__main__":
    main()
