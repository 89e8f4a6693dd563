"""The portrait of the tests: scikit-image's public-domain picture with its stored mesh."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from affect_perception.sim.portrait import Portrait

MESH = Path(__file__).parents[2] / "golden" / "sim" / "portrait_mesh.npy"


@pytest.fixture(scope="session")
def portrait() -> Portrait:
    """The default portrait; its mesh is stored so that no network is needed."""
    data = pytest.importorskip("skimage.data", reason="the portrait comes with scikit-image")
    return Portrait(data.astronaut(), np.load(MESH).astype(np.float64))
