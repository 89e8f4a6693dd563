"""What a machine must have before `make env` can build anything; used by bootstrap.py.

Like bootstrap.py it must run on any Python 3, to be able to say which one is needed.
"""

import os
import pathlib
import platform
import shutil
import subprocess
import sys
import sysconfig

OLDEST, NEWEST = (3, 10), (3, 13)  # Pythons that the ROS wheels are built for
DISTROS = ("kilted", "jazzy")


class BootstrapError(Exception):
    """Something is missing or failed; the message says what, and what to do."""


def check_machine(distro):
    """Name everything that is missing at once, so that nobody has to run this five times."""
    missing = []
    if distro not in DISTROS:
        missing.append(
            "ROS_DISTRO is %r, but wheels exist for %s only. Unset it (or set ROS_DISTRO=%s) to use"
            " the wheels; on a ROS installation build with colcon instead, see README.md."
            % (distro, " and ".join(DISTROS), DISTROS[0])
        )
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        others = [name for name in ("python3.%d" % m for m in range(13, 9, -1)) if works(name)]
        missing.append(
            "Python 3.10 to 3.13 is needed; %s is %s. %s"
            % (
                sys.executable,
                sys.version.split()[0],
                "Run: make env PYTHON=%s" % others[0] if others else "Install one of them.",
            )
        )
    if sys.platform != "linux":
        missing.append("The ROS wheels are built for Linux only; this is %s." % sys.platform)
    elif platform.machine() != "x86_64":
        missing.append(
            "The ROS wheels are built for x86_64 only; this is %s. Use a ROS installation (apt or a"
            " container) and colcon, see docs/dependencies.md." % platform.machine()
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        missing.append(
            "This Python has no venv module. Debian and Ubuntu: sudo apt install python3-venv"
        )
    if not shutil.which("g++") and not os.environ.get("CXX"):
        missing.append(
            "No C++ compiler (g++), needed for the messages. Debian, Ubuntu: sudo apt install g++"
        )
    if not (pathlib.Path(sysconfig.get_paths()["include"]) / "Python.h").is_file():
        missing.append(
            "The C headers of %s are missing. Debian and Ubuntu: sudo apt install python3-dev"
            % sys.executable
        )
    if missing:
        raise BootstrapError("\n".join("- " + text for text in missing))


def works(python):
    """Whether a Python of this name starts (a version manager's shim may exist and not)."""
    try:
        return subprocess.run([python, "-c", ""], capture_output=True, timeout=20).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False
