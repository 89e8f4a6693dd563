"""Where the files beside the code are: config/, launch/ and models/ (manifest and cards).

One search for everybody: the checkout that this module runs from, an installed ROS package
(colcon, apt), or a pip installation, which uses the same layout below its prefix.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from affect_perception.core.errors import ConfigError

_PACKAGE = "affect_perception"


def share_folders() -> list[Path]:
    """Return the existing folders that may hold config/, launch/ and models/, best first."""
    checkout = Path(__file__).resolve().parents[1]
    candidates = [checkout] if (checkout / "package.xml").is_file() else []
    prefixes = os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep)
    # <prefix>/lib/pythonX.Y/site-packages/... or, on Ubuntu, <prefix>/local/lib/...
    prefixes += [str(parent) for parent in Path(__file__).parents[4:6]] + [sys.prefix]
    candidates += [Path(prefix) / "share" / _PACKAGE for prefix in prefixes if prefix]
    return [folder for folder in dict.fromkeys(candidates) if folder.is_dir()]


def share_path(relative: str) -> Path:
    """Return the path of a shipped file or folder.

    Args:
        relative: path as in the repository, for instance ``config/fastdds.xml``.

    Raises:
        ConfigError: nowhere found; the message names the folders that were searched.
    """
    folders = share_folders()
    for folder in folders:
        if (folder / relative).exists():
            return folder / relative
    searched = ", ".join(map(str, folders)) or "no folder of the package exists"
    raise ConfigError(f"{relative} is not installed (searched: {searched})")
