"""A driver at night in infrared whose eyes fall shut: what the pipeline says, frame by frame."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from affect_perception.core.enums import EyesState, Reason
from affect_perception.core.types import AttentionState, CameraFrame, EyeObservation
from affect_perception.evaluation import metrics
from affect_perception.evaluation.datasets.night_frames import (
    CLOSED,
    COVERED,
    NARROW,
    PROBABLY_CLOSED,
    UNCERTAIN,
    NightFrame,
    read_night_frames,
)
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Tools, read_picture

# Any of these tells that an eye is not seen, and why.
_UNSEEN = (
    Reason.GLARE,
    Reason.FACE_OCCLUDED,
    Reason.EYES_UNUSABLE,
    Reason.LEFT_EYE_UNUSABLE,
    Reason.RIGHT_EYE_UNUSABLE,
)


@dataclass(frozen=True)
class NightRow:
    """One frame: label, state of the eyes, reasons, and each eye."""

    frame: NightFrame
    eyes: EyesState
    reasons: tuple[Reason, ...]
    left: EyeObservation
    right: EyeObservation

    @property
    def told(self) -> bool:
        """Whether the state says that an eye is not seen."""
        return any(reason in self.reasons for reason in _UNSEEN)


def evaluate(request: Request, tools: Tools) -> Evaluation:
    """Runs the frames in order through a pipeline per person."""
    frames = read_night_frames(request.data, request.split)
    rows = list(run(frames, tools))
    plain = Tools(tools.config)
    plain.networks = replace(tools.networks, eyes=None)
    return request.result(
        "eyes",
        n=len(rows),
        subjects=len({f.subject for f in frames}),
        metrics=score(rows),
        baselines={"lid_gap_alone": score(list(run(frames, plain)))},
        model=tools.model,
        notes=[
            "recall_closed: frames labelled closed that the state calls closed; "
            "closed_or_told_rate counts those as well whose state says that an eye is not seen. "
            "recall_covered: frames with one eye covered that say so, or that an eye cannot be "
            "used. glare_told_rate: frames in which reflections hide the eyes (uncertain) that "
            "name glare or an unusable eye. false_closed_rate: of the narrow ones.",
            "20 frames of one person, a third of a second apart, labelled by eye: examples, not "
            "statistics.",
        ],
        rows=[_record(r) for r in rows],
    )


def run(frames: Sequence[NightFrame], tools: Tools) -> Iterator[NightRow]:
    """States of the frames, in their order."""
    for _, group in itertools.groupby(frames, key=lambda f: f.subject):
        pipeline = tools.pipeline()
        for frame in group:
            picture = CameraFrame(frame.stamp_ns, read_picture(frame.path))
            state = next(s for s in pipeline.step(picture) if isinstance(s, AttentionState))
            face = state.face
            reasons = tuple(dict.fromkeys((*face.reasons, *state.degradation_reasons)))
            yield NightRow(frame, state.eyes_state, reasons, face.left_eye, face.right_eye)


def score(rows: Sequence[NightRow]) -> dict[str, float]:
    """Agreement with the labels; NaN where no frame has the label."""

    def labelled(*names: str) -> list[NightRow]:
        return [r for r in rows if r.frame.eyes in names]

    def closed(row: NightRow) -> bool:
        return row.eyes is EyesState.CLOSED

    shut = labelled(CLOSED)
    return {
        "recall_closed": metrics.share([closed(r) for r in shut]),
        "recall_closed_with_probable": metrics.share(
            [closed(r) for r in labelled(CLOSED, PROBABLY_CLOSED)]
        ),
        "closed_or_told_rate": metrics.share([closed(r) or r.told for r in shut]),
        "recall_covered": metrics.share([r.told for r in labelled(COVERED)]),
        "glare_told_rate": metrics.share([r.told for r in labelled(UNCERTAIN)]),
        "false_closed_rate": metrics.share([closed(r) for r in labelled(NARROW)]),
    }


def _record(row: NightRow) -> dict[str, object]:
    record: dict[str, object] = {"file": row.frame.path.name, "label": row.frame.eyes}
    record |= {"eyes": row.eyes.name, "reasons": " ".join(r.value for r in row.reasons)}
    for name, eye in (("left", row.left), ("right", row.right)):
        record |= {
            f"{name}_reason": eye.reason,
            f"{name}_openness": round(eye.openness, 3),
            f"{name}_closed": round(eye.closed_probability, 3),
        }
    return record
