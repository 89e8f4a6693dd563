#!/usr/bin/env python3
"""Write requirements/<distro>.lock.txt anew: newest versions within the ranges, for every Python.

For maintainers; needs `uv` (pip install uv), whose universal resolution covers Python 3.10 to 3.13
and both processor families in one file.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
HEADER = (
    "# Exact versions for ROS 2 {} on Python 3.10 to 3.13; written by 'make lock', do not edit.\n"
)


def lock(distro: str) -> str:
    """Resolve everything that `make env` installs for one ROS distribution."""
    command = ["uv", "pip", "compile", "--quiet", "--no-header", "--no-annotate", "--universal"]
    command += ["--python-version", "3.10", "--extra", "dev", "--extra", "hmi", "--upgrade"]
    command += ["pyproject.toml", f"requirements/ros-{distro}.in", "requirements/build.in"]
    resolved = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    lines = [text for text in resolved.stdout.splitlines(keepends=True) if not windows_only(text)]
    return HEADER.format(distro.title()) + "".join(lines)


def windows_only(line: str) -> bool:
    """Whether a line is of no use here: the ROS wheels exist for Linux only."""
    return line.rstrip().endswith("; sys_platform == 'win32'")


def main() -> int:
    """Write the lock file of every distribution that has an input file."""
    for source in sorted((ROOT / "requirements").glob("ros-*.in")):
        distro = source.stem.removeprefix("ros-")
        target = ROOT / "requirements" / f"{distro}.lock.txt"
        target.write_text(lock(distro))
        print(f"wrote {target.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
