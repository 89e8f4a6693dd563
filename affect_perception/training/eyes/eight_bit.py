"""Stores the trained eye network in 8 bits beside its file, and says what that costs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx

from affect_perception.core.errors import InputError, ModelError
from affect_perception.core.vision.eye_network import CLOSED
from affect_perception.training.eyes.patch_set import joined
from affect_perception.training.eyes.sources import EyeData
from affect_perception.training.onnx_int8 import outputs_of, quantise

# Largest mean difference of any output: gaze in rad, lid gap in iris diameters, states as logits.
TOLERANCE = 0.05
# The heads are a hundredth of the work, and what they would lose is lost.
OPERATORS = ("Conv", "Relu", "Add")
# Patches that give the ranges of the activations, and as many to compare on.
EXAMPLES = 1000

Patches = npt.NDArray[np.uint8]


def store_in_eight_bits(path: Path, target: Path, data: EyeData, seed: int = 0) -> str:
    """Writes the network of a file once more, in 8 bits.

    The first convolution stays in 32 bits: it reads grey levels, on which everything rests, and
    takes little time.

    Args:
        path: The .onnx file in 32 bits.
        target: The file to write.
        data: The training patches give the ranges; what was kept out of training is compared on.
        seed: Which of them.

    Returns:
        What the manifest says of the file.

    Raises:
        InputError: If nothing was kept out of training.
        ModelError: If the file holds no convolution, or the outputs differ by more than `TOLERANCE`
            on average.
    """
    kept = [part for part in (data.crops_checked, data.faces_checked) if part is not None]
    if not kept:
        raise InputError("no patches were kept out of training to compare 8 with 32 bits on")
    nodes = onnx.load(path).graph.node
    first = next((node.name for node in nodes if node.op_type == "Conv"), None)
    if first is None:
        raise ModelError(f"{path}: has no convolution")
    examples = {"patch": _drawn(joined([data.gaze, data.states]).patches, seed)}
    quantise(path, target, examples, tolerance=TOLERANCE, leave=[first], operators=OPERATORS)
    compared = {"patch": _drawn(joined(kept).patches, seed)}
    before, after = outputs_of(path, compared), outputs_of(target, compared)
    gaze = np.degrees(np.abs(after[0] - before[0])[:, :2].mean())
    lid = np.abs(after[1] - before[1])[:, 0].mean()
    shut = np.abs(_probability(after[2]) - _probability(before[2]))
    return (
        f"mean difference to 32 bits on {len(compared['patch'])} patches that were not learned "
        f"from: gaze {gaze:.2f} degrees, lid gap {lid:.4f} iris diameters, probability "
        f"of a shut eye {shut.mean():.4f}, at most {shut.max():.2f} "
        "(`affect-perception train eyes --eight-bit FILE`); time: docs/benchmarks.md"
    )


def _drawn(patches: Patches, seed: int) -> Patches:
    count = min(EXAMPLES, len(patches))
    chosen = np.random.default_rng(seed).choice(len(patches), count, replace=False)
    return np.ascontiguousarray(patches[np.sort(chosen)][:, None])


def _probability(state: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    return np.asarray(1.0 / (1.0 + np.exp(-state[:, CLOSED].astype(np.float64))))
