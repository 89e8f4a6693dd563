"""What voice and face of one clip have in common: regularised canonical correlations.

Directions of the voice's features and of the face's whose numbers go together most over the
training clips (Hotelling, "Relations between two sets of variates", Biometrika 28, 1936), with
covariances drawn to spheres because there are hardly more clips than features (Vinod, "Canonical
ridge and econometrics of joint production", Journal of Econometrics 4, 1976). How strongly a pair
goes together is measured on people who were left out: on the training clips every pair seems to.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

FOLDS = 5
_STRONGEST = 0.95


@dataclass(frozen=True)
class Canonical:
    """Pairs of directions.

    Attributes:
        voice: (voice features, pairs) weights, so that numbers have spread 1.
        voice_bias: (pairs,) added.
        face: (face features, pairs).
        face_bias: (pairs,).
        strength: (pairs,) correlation of each pair on people left out, 0 to below 1.
    """

    voice: Array
    voice_bias: Array
    face: Array
    face_bias: Array
    strength: Array


def fit_canonical(
    voice: Array, face: Array, people: Sequence[str], *, pairs: int, drawn: float
) -> Canonical:
    """Fits the directions.

    Args:
        voice: (n, voice features).
        face: (n, face features).
        people: Who is in each row.
        pairs: Number of pairs.
        drawn: Share by which covariances are drawn to spheres, 0..1.
    """
    whole = _directions(voice, face, pairs, drawn, np.zeros(pairs))
    names, owner = sorted(set(people)), np.array(people)
    found = np.zeros((0, pairs))
    for fold in range(min(FOLDS, len(names))):
        held = np.isin(owner, names[fold::FOLDS])
        if held.all() or held.sum() < 3:
            continue
        other = _directions(voice[~held], face[~held], pairs, drawn, np.zeros(pairs))
        heard = voice[held] @ other.voice + other.voice_bias
        seen = face[held] @ other.face + other.face_bias
        found = np.vstack([found, _correlations(heard, seen)])
    strength = found.mean(axis=0) if len(found) else np.zeros(pairs)
    return Canonical(
        whole.voice,
        whole.voice_bias,
        whole.face,
        whole.face_bias,
        np.clip(strength, 0.0, _STRONGEST),
    )


def _directions(voice: Array, face: Array, pairs: int, drawn: float, strength: Array) -> Canonical:
    a, b = voice - voice.mean(axis=0), face - face.mean(axis=0)
    one, other = _whitening(a, drawn), _whitening(b, drawn)
    left, _, right = np.linalg.svd(one @ (a.T @ b / len(a)) @ other)
    first, second = one @ left[:, :pairs], other @ right[:pairs].T
    first /= (a @ first).std(axis=0) + 1e-9
    second /= (b @ second).std(axis=0) + 1e-9
    return Canonical(
        first, -voice.mean(axis=0) @ first, second, -face.mean(axis=0) @ second, strength
    )


def _whitening(rows: Array, drawn: float) -> Array:
    """Inverse root of the covariance, drawn to a sphere."""
    size = rows.shape[1]
    covariance = rows.T @ rows / len(rows)
    sphere = np.trace(covariance) / size * np.eye(size)
    values, vectors = np.linalg.eigh((1.0 - drawn) * covariance + drawn * sphere)
    return np.asarray(vectors @ np.diag(1.0 / np.sqrt(np.maximum(values, 1e-9))) @ vectors.T)


def _correlations(one: Array, other: Array) -> Array:
    a, b = one - one.mean(axis=0), other - other.mean(axis=0)
    return np.asarray((a * b).mean(axis=0) / (a.std(axis=0) * b.std(axis=0) + 1e-9))
