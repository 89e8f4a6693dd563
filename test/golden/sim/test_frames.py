"""Rendered frames against stored small copies of them, and the mesh of the portrait.

The stored frames catch unwanted changes of the picture; `--update-golden` writes them anew (look
at them before committing). OpenCV versions differ by a grey level or so, hence a tolerance; that
equal runs on one machine give equal bytes is held by test/unit/sim.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from affect_perception.sim.portrait import Portrait
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.synthetic_driver import SyntheticDriver

pytestmark = pytest.mark.golden

HERE = Path(__file__).parent
SCENARIOS = HERE.parents[2] / "config" / "scenarios"
TARGETS = {"mirror_driver_side": (0.6, 0.6, -0.16)}
MOMENTS = {
    "demo": (0.5, 10.9, 15.1, 21.0, 32.0, 40.0, 49.0),
    "hard": (6.0, 22.0, 28.0, 36.0, 41.0, 51.0, 58.0),
}
MEAN_TOLERANCE = 1.0
"""Mean difference of the small pictures, grey levels."""


def small(image: np.ndarray) -> np.ndarray:
    """Half-size copy of the part around the head."""
    colour = image if image.ndim == 3 else np.repeat(image[..., None], 3, axis=2)
    return cv2.resize(colour[120:400, 60:480], (105, 70), interpolation=cv2.INTER_AREA)


@pytest.mark.parametrize("name", sorted(MOMENTS))
def test_frames_look_as_stored(portrait: Portrait, name: str, update_golden: bool) -> None:
    driver = SyntheticDriver(Scenario.load(SCENARIOS / f"{name}.yaml"), portrait, targets=TARGETS)
    strip = np.concatenate([small(driver.render(t)[0].image) for t in MOMENTS[name]])
    file = HERE / f"{name}.png"
    if update_golden:
        cv2.imwrite(str(file), strip[..., ::-1])
    stored = cv2.imread(str(file))
    assert stored is not None, f"{file} is missing; run with --update-golden"
    difference = np.abs(strip.astype(int) - stored[..., ::-1]).reshape(len(MOMENTS[name]), -1)
    assert difference.mean(axis=1).max() < MEAN_TOLERANCE


def test_the_stored_mesh_is_that_of_the_networks(
    portrait: Portrait, face_models: Path, tmp_path: Path, update_golden: bool
) -> None:
    from affect_perception.evaluation.synthetic.portrait import load_portrait
    from affect_perception.inference import load_face_networks

    networks = load_face_networks()
    found = load_portrait(networks, cache=tmp_path)
    if update_golden:
        np.save(HERE / "portrait_mesh.npy", found.landmarks.astype(np.float32))
    assert np.abs(found.landmarks - portrait.landmarks).max() < 0.05
    again = load_portrait(networks, cache=tmp_path)
    assert (again.landmarks == found.landmarks).all()


def test_a_damaged_cached_mesh_is_found_anew(face_models: Path, tmp_path: Path) -> None:
    from affect_perception.evaluation.synthetic.portrait import load_portrait
    from affect_perception.inference import load_face_networks

    networks = load_face_networks()
    found = load_portrait(networks, cache=tmp_path)
    (file,) = (tmp_path / "portraits").glob("*.npy")
    file.write_bytes(b"nonsense")
    assert (load_portrait(networks, cache=tmp_path).landmarks == found.landmarks).all()
