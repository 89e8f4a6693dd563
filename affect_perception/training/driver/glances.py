"""Windows of a drive with and without distraction: eye and voice tokens of the scripted driver.

The driver is that of `sim.attentive_drive`, with lapses put in, seen with the errors that the
vision was measured to make (`sim.attentive_seen`). Whoever is distracted is so by the script.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from affect_perception.core.cabin import CabinGeometry, ZoneKind
from affect_perception.core.config import PipelineConfig
from affect_perception.core.enums import Distraction, GazeSource, TriState
from affect_perception.core.types import FaceObservation
from affect_perception.evaluation.scripted_sight import states
from affect_perception.io.profile_file import load_profile
from affect_perception.sim.attentive_drive import Drive, Lapse, drive, without_looks
from affect_perception.sim.attentive_driver import Plan, plan_drive
from affect_perception.sim.attentive_seen import seen
from affect_perception.sim.observed.observations import Event

Floats = npt.NDArray[np.float32]

TOKENS = 20
"""A window has so many tokens, one per second."""
EYE_FEATURES = (
    "gaze yaw", "gaze pitch", "spread of yaw", "spread of pitch", "head yaw", "head pitch",
    "lids", "share shut", "share of eyes seen", "known",
)  # fmt: skip
VOICE_FEATURES = ("share of speech", "known")
# Angles are divided by this, so that all features are of the size of one.
ANGLE_UNIT = math.radians(20.0)
RATE_HZ = 10.0
MINUTES = 8.0
"""Length of one drive."""
SURE_AFTER_S = {"long_glance": 2.0, "phone": 2.0, "short_glances": 8.0}
"""A lapse counts as distraction from then on: two seconds off the road (NHTSA 2013; Klauer et al.,
100-car study, 2006: risk rises beyond 2 s; from memory, verified against the text: no)."""
DRIVING = (ZoneKind.MIRROR, ZoneKind.WINDOW, ZoneKind.WINDSCREEN)
"""Long looks at these may be driving; lapses are looks at other things."""
CLEAR_S = 12.0
"""Windows that end within this time of a lapse, and not in it, have no label."""


@dataclass(frozen=True)
class Windows:
    """Windows of some drives.

    Attributes:
        eyes: (n, TOKENS, features) oldest first; all 0 where the face was not seen.
        voice: (n, TOKENS, features).
        distracted: (n,) 1 or 0.
        drive: (n,) number of the drive, each with another driver.
        off_road: (n,) share of the window off the road by the zones that were seen; NaN if not.
        said: (n,) 1 where the attention of the pipeline says distracted, 0 where not, NaN if it
            was not asked.
    """

    eyes: Floats
    voice: Floats
    distracted: Floats
    drive: npt.NDArray[np.int64]
    off_road: Floats
    said: Floats


def drive_windows(
    count: int, cabin: CabinGeometry, seed: int, *, ask: bool = False, say: Callable[[str], None]
) -> Windows:
    """Windows of some drives, one ending in each second that has a label.

    Args:
        count: Drives; seeds follow each other from `seed`.
        cabin: Whose zones are looked at.
        seed: Of the first drive.
        ask: Whether the pipeline is asked, to compare with.
        say: Told how many there are.
    """
    parts = [_windows(seed + number, number, cabin, ask) for number in range(count)]
    whole = Windows(
        **{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Windows)}
    )
    share = float(whole.distracted.mean())
    say(f"scripted drives: {count}, {len(whole.drive)} windows, {share:.2f} distracted")
    return whole


def _windows(seed: int, number: int, cabin: CabinGeometry, ask: bool) -> Windows:
    lapses = _lapses(np.random.default_rng([seed, 0xD5]), cabin)
    plan = without_looks(plan_drive(seed, 60.0 * MINUTES, stops=False), lapses)
    targets = {zone.name: zone.centre for zone in cabin.zones}
    driven = drive(plan, targets, seed, RATE_HZ, lapses)
    faces: list[FaceObservation] = []
    said = _said(driven, cabin, seed, faces) if ask else np.full(len(driven.stamps_ns), np.nan)
    if not ask:
        faces = [e for e in seen(driven, cabin, seed) if isinstance(e, FaceObservation)]
    seconds = (driven.stamps_ns // 10**9).astype(np.int64)
    last = int(seconds[-1])
    eyes = np.stack([_eye_token(_of(faces, seconds, s)) for s in range(last)])
    voice = np.stack([_voice_token(plan, s) for s in range(last)])
    off = np.array([_off_road(_of(faces, seconds, s)) for s in range(last)])
    ends = np.arange(TOKENS, last)
    labels = np.array([_label(float(end), lapses) for end in ends], np.float32)
    ends, labels = ends[np.isfinite(labels)], labels[np.isfinite(labels)]
    rows = ends[:, None] + np.arange(-TOKENS, 0)
    # The picture that closes the window.
    at = np.maximum(np.searchsorted(driven.stamps_ns, ends * 10**9) - 1, 0)
    return Windows(
        eyes=eyes[rows].astype(np.float32),
        voice=voice[rows].astype(np.float32),
        distracted=labels,
        drive=np.full(len(ends), number, np.int64),
        off_road=_mean_of_known(off[rows]),
        said=said[at].astype(np.float32),
    )


def _lapses(rng: np.random.Generator, cabin: CabinGeometry) -> list[Lapse]:
    """Long looks, a phone, and many short looks, with attentive driving in between."""
    inside = [z.name for z in cabin.zones if not z.on_road and z.kind not in DRIVING]
    phones = [z.name for z in cabin.zones if z.kind in (ZoneKind.LAP, ZoneKind.PHONE)]
    found, time = [], float(rng.uniform(25.0, 45.0))
    while time < 60.0 * MINUTES - 45.0:
        kind = ("long_glance", "phone", "short_glances")[int(rng.integers(3))]
        low, high = {"long_glance": (3.0, 7.0), "phone": (4.0, 15.0)}.get(kind, (15.0, 30.0))
        among = phones if kind == "phone" and phones else inside
        target = among[int(rng.integers(len(among)))]
        length = float(rng.uniform(low, high))
        found.append(
            Lapse(kind, time, length, target, rng.uniform(1.2, 2.2), rng.uniform(0.6, 1.4))
        )
        time += length + float(rng.uniform(35.0, 60.0))
    return found


def _label(end_s: float, lapses: Sequence[Lapse]) -> float:
    """1 in a lapse that has lasted, 0 far from all of them, else NaN."""
    for lapse in lapses:
        done = lapse.at + lapse.length
        if lapse.at + SURE_AFTER_S[lapse.kind] <= end_s <= done:
            return 1.0
        if lapse.at <= end_s < done + CLEAR_S:
            return math.nan
    return 0.0


def _said(
    driven: Drive, cabin: CabinGeometry, seed: int, faces: list[FaceObservation]
) -> npt.NDArray[np.float64]:
    """(pictures,) whether the pipeline's attention says distracted; keeps what it was shown."""

    def overheard() -> Iterator[Event]:
        for event in seen(driven, cabin, seed):
            if isinstance(event, FaceObservation):
                faces.append(event)
            yield event

    config = PipelineConfig()
    profile = load_profile(config.attention.profile)
    none = (Distraction.UNKNOWN, Distraction.NONE)
    return np.array(
        [float(s.distraction not in none) for s in states(overheard(), config, cabin, profile)]
    )


def _of(
    faces: Sequence[FaceObservation], seconds: npt.NDArray[np.int64], second: int
) -> Sequence[FaceObservation]:
    low, high = np.searchsorted(seconds, (second, second + 1))
    return faces[low:high]


def _eye_token(faces: Sequence[FaceObservation]) -> Floats:
    """The features of one second; all 0 if there was no face in it."""
    token = np.zeros(len(EYE_FEATURES), np.float32)
    shown = [f for f in faces if f.gaze is not None and f.head is not None]
    if not shown:
        return token
    gaze = np.array([(f.gaze.yaw, f.gaze.pitch) for f in shown if f.gaze is not None])
    head = np.array([(f.head.yaw, f.head.pitch) for f in shown if f.head is not None])
    by_eyes = [f.gaze is not None and f.gaze.source is GazeSource.EYES for f in shown]
    token[:4] = np.concatenate([gaze.mean(axis=0), gaze.std(axis=0)]) / ANGLE_UNIT
    token[4:6] = head.mean(axis=0) / ANGLE_UNIT
    lids = np.array([(f.left_eye.openness, f.right_eye.openness) for f in shown])
    lids = lids[np.isfinite(lids)]
    if len(lids):
        token[6:8] = lids.mean(), float((lids < 0.3).mean())
    token[8:] = float(np.mean(by_eyes)), 1.0
    return token


def _voice_token(plan: Plan, second: int) -> Floats:
    """Share of the second in which the driver talks."""
    spoken = sum(max(0.0, min(t.end, second + 1.0) - max(t.at, float(second))) for t in plan.talks)
    return np.array([spoken, 1.0], np.float32)


def _off_road(faces: Sequence[FaceObservation]) -> float:
    known = [f.zone.on_road for f in faces if f.zone.on_road is not TriState.UNKNOWN]
    return float(np.mean([k is TriState.NO for k in known])) if known else math.nan


def _mean_of_known(values: npt.NDArray[np.float64]) -> Floats:
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=1)
    return np.asarray(np.where(known.any(axis=1), total / known.sum(axis=1).clip(1), np.nan), "f4")
