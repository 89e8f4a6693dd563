"""Speech in the noise of a car against that noise alone: the speech detector and the gate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from affect_perception.core.config.voice import VoiceConfig
from affect_perception.core.errors import InputError
from affect_perception.core.network import Network
from affect_perception.core.voice.log_mel import RATE, band_edges_hz, log_mel
from affect_perception.core.voice.speech_activity import STEP, SpeechGate, speech_probabilities
from affect_perception.evaluation.datasets.speech import read_mono
from affect_perception.evaluation.datasets.table import read_table
from affect_perception.evaluation.metrics import area_under_roc, share
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.tools import Request, Task, Tools
from affect_perception.evaluation.voice.noise import cabin_noise
from affect_perception.inference.voice import KNOWN_FILES, load_speech_detector

Array = npt.NDArray[np.float32]
PIECE_S = 2.5
_CENTRES = band_edges_hz()[1:-1]
_VOICE_BAND = (_CENTRES > 300.0) & (_CENTRES < 3000.0)


def run(request: Request, tools: Tools) -> Evaluation:
    """Scores speech files of the folder against the noise of cabins beside it."""
    table = read_table(request.data / "labels.csv")
    table.need(["file"])
    speech = [read_mono(request.data / row.text("file")) for row in table.rows]
    noise = cabin_noise(request.data)
    if noise is None:
        raise InputError(
            f"{request.data}: speech activity needs the noise of cabins beside it "
            "(cabin_and_vehicle_sounds)"
        )
    size = round(PIECE_S * RATE)
    silent = [noise[i : i + size] for i in range(0, len(noise) - size + 1, size)]
    network = load_speech_detector(tools.config.inference)
    found = [_steps(network, sound) for sound in [*speech, *silent]]
    flags = [True] * len(speech) + [False] * len(silent)
    (version,) = KNOWN_FILES.values()
    return request.result(
        "speech_activity",
        n=len(found),
        metrics=_metrics(found, flags),
        baselines={
            "spread of the level": _baseline([*speech, *silent], flags),
        },
        model=f"{network.name} {version}",
        notes=(
            f"auroc: each 32 ms of {len(speech)} sentences against each of {len(silent)} pieces of "
            f"{PIECE_S:g} s of noise; pauses inside sentences count as speech and are missed. "
            "auroc_piece: the mean of a sentence against that of a piece. talking: share of the "
            "time after the first half second in which the gate says that somebody talks.",
            "The baseline takes the spread of the level from 300 to 3000 Hz over the piece.",
        ),
    )


def _metrics(found: Sequence[Array], flags: Sequence[bool]) -> dict[str, float]:
    each = np.repeat(flags, [len(p) for p in found])
    talking = [_talking(p) for p in found]
    said = [t for t, flag in zip(talking, flags, strict=True) if flag]
    unsaid = [t for t, flag in zip(talking, flags, strict=True) if not flag]
    return {
        "auroc": area_under_roc(np.concatenate(found), each),
        "auroc_piece": area_under_roc([float(p.mean()) for p in found], flags),
        "talking_share_speech": share(np.concatenate(said)),
        "talking_share_noise": share(np.concatenate(unsaid)),
        "pieces_talking_speech": share([bool(t.any()) for t in said]),
        "pieces_talking_noise": share([bool(t.any()) for t in unsaid]),
    }


def _steps(network: Network, sound: Array) -> Array:
    return np.array(list(speech_probabilities(network, sound)), np.float32)


def _talking(probabilities: Array) -> npt.NDArray[np.bool_]:
    """Whether the gate is open at each step after the first half second."""
    gate = SpeechGate(VoiceConfig())
    states = []
    for probability in probabilities:
        gate.step(float(probability))
        states.append(gate.talking)
    return np.array(states[round(0.5 * RATE / STEP) :])


def _baseline(sounds: Sequence[Array], flags: Sequence[bool]) -> dict[str, float]:
    spread = []
    for sound in sounds:
        level = np.log(np.exp(log_mel(sound))[:, _VOICE_BAND].sum(axis=1))
        spread.append(float(level.std()))
    return {"auroc_piece": area_under_roc(spread, flags)}


TASK = Task(
    name="speech_activity",
    summary="speech in the noise of a car against that noise alone",
    folders=("audio/noizeus_car_5db",),
    run=run,
    things="sounds",
    ours="voice path",
)
