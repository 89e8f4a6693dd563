"""What the face path brings along when it starts: nothing that it does not need.

Imports are most of the time to the first state. Covers the face path and what its node takes from
`ros` without rclpy; leaves how long it takes to `affect-perception bench start`.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.unit

FACE_PATH = (
    "affect_perception.core.pipeline",
    "affect_perception.inference",
    "affect_perception.io.cabin_file",
    "affect_perception.io.profile_file",
    "affect_perception.io.baseline_file",
    "affect_perception.ros.image_convert",
    "affect_perception.ros.network_start",
)
# Of voice, body signals, training, pictures of results and models in the making.
HEAVY = ("scipy", "pandas", "matplotlib", "neurokit2", "onnx", "skimage", "sklearn", "torch")


def test_the_face_path_starts_without_heavy_packages():
    code = f"import sys, {', '.join(FACE_PATH)}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert {"numpy", "cv2", "onnxruntime"} <= loaded
    assert not loaded.intersection(HEAVY)
