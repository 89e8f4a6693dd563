"""An environment of its own for MediaPipe, so that its pins do not touch ours."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

from affect_perception.evaluation.bench.processes import BenchError
from affect_perception.inference.cache import cache_root

VERSION = "0.10.21"
# The wheel pins far more than FaceMesh needs (jax, opencv-contrib, ...) and numpy below 2. Without
# dependencies and with these beside it the face mesh runs at the same speed.
_BESIDE = (
    "numpy",
    "protobuf==4.25.9",
    "opencv-python-headless",
    "absl-py",
    "attrs",
    "flatbuffers",
    "matplotlib",
    "sounddevice",
)
_CHECK = "import mediapipe; mediapipe.solutions.face_mesh"


def default_folder() -> Path:
    """Where the environment is kept between runs."""
    return cache_root() / f"bench-mediapipe-{VERSION}"


def mediapipe_python(folder: Path, say: Callable[[str], None]) -> Path:
    """The interpreter of the environment, which is made if it is not there.

    Args:
        folder: The environment.
        say: Told what takes time.

    Raises:
        BenchError: If this Python has no wheel, or the installation fails.
    """
    python = folder / "bin" / "python"
    if python.is_file() and _works(python):
        return python
    if sys.version_info >= (3, 13):
        raise BenchError(
            f"MediaPipe {VERSION} has no wheel for Python {sys.version_info.major}."
            f"{sys.version_info.minor}; name an interpreter that has it with --mediapipe-python"
        )
    say(f"installing MediaPipe {VERSION} into {folder} (once, about 300 MB)")
    venv.create(folder, with_pip=True, clear=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _run([*pip, "--no-deps", f"mediapipe=={VERSION}"])
    _run([*pip, *_BESIDE])
    if not _works(python):
        raise BenchError(f"MediaPipe is installed in {folder} but does not import")
    return python


def worker_environment() -> dict[str, str]:
    """Our environment without what would lead MediaPipe's Python to our packages."""
    return {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}


def _works(python: Path) -> bool:
    done = subprocess.run(
        [str(python), "-c", _CHECK], capture_output=True, env=worker_environment(), check=False
    )
    return done.returncode == 0


def _run(command: list[str]) -> None:
    done = subprocess.run(
        command, capture_output=True, text=True, env=worker_environment(), check=False
    )
    if done.returncode != 0:
        tail = " | ".join(done.stderr.strip().splitlines()[-3:])
        raise BenchError(f"'{' '.join(command[2:])}' failed: {tail}")
