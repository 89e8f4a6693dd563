#!/usr/bin/env python3
"""Build the environment of `make env`: ROS 2 from wheels, and this package's messages.

Needs only the Python standard library. Every step leaves a stamp (a hash of what went into it)
when it is complete, so a second run takes a second and an interrupted one goes on where it was.

The result is a virtual environment whose programs run without sourcing anything:
- the ROS wheels bring ros_wheels_bootstrapper.pth, which sets LD_LIBRARY_PATH to the folders
  `lib` and `site-packages/ros_*.libs` of the environment and re-executes Python once;
- our message libraries are linked there as `ros_affect_perception.libs`, and their Python modules
  are found through a .pth file after the sources, which extend their package path.
"""

import argparse
import fcntl
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import sysconfig
import threading
import time

from host_check import DISTROS, BootstrapError, check_machine, works

ROOT = pathlib.Path(__file__).resolve().parent.parent
# What a sourced ROS setup leaves behind would mix two ROS installations.
FOREIGN_VARIABLES = (
    "AMENT_PREFIX_PATH",
    "CMAKE_PREFIX_PATH",
    "COLCON_PREFIX_PATH",
    "LD_LIBRARY_PATH",
    "PYTHONHOME",
    "PYTHONPATH",
    "MAKEFLAGS",
    "MFLAGS",
    "_ROS_WHEELS_BOOTSTRAP_COMPLETE",
)
STARTED = ("Collecting ", "Processing ")  # pip's lines for a package from an index, a local file
NETWORK_SIGNS = (
    "Temporary failure in name resolution",
    "Name or service not known",
    "Failed to establish a new connection",
    "Network is unreachable",
    "Max retries exceeded",
    "ConnectTimeoutError",
    "ReadTimeoutError",
)


def say(text):
    print(text, flush=True)


def digest(*parts):
    """SHA-256 over strings and the contents of files, in order."""
    total = hashlib.sha256()
    for part in parts:
        data = part.read_bytes() if isinstance(part, pathlib.Path) else str(part).encode()
        total.update(len(data).to_bytes(8, "little"))
        total.update(data)
    return total.hexdigest()


class Stamps:
    """Marks of finished steps, kept inside the environment so that they vanish with it."""

    def __init__(self, folder):
        self.folder = folder

    def current(self, step, key):
        path = self.folder / step
        return path.is_file() and path.read_text() == key

    def clear(self, step):
        if (self.folder / step).exists():
            (self.folder / step).unlink()

    def write(self, step, key):
        self.folder.mkdir(parents=True, exist_ok=True)
        partial = self.folder / (step + ".part")
        partial.write_text(key)
        partial.replace(self.folder / step)


def clean_environment(venv):
    """The caller's environment without traces of another ROS, and with the tools of `venv`."""
    environment = {k: v for k, v in os.environ.items() if k not in FOREIGN_VARIABLES}
    environment["PATH"] = os.pathsep.join([str(venv / "bin"), environment.get("PATH", "")])
    environment["VIRTUAL_ENV"] = str(venv)
    return environment


def run_logged(command, log, label, environment, count=None, total=0):
    """Run `command` into the file `log`, showing progress; return its exit status.

    Args:
        count: starts of the output lines that are counted as progress, out of `total`.
    """
    terminal = sys.stdout.isatty()
    started = time.monotonic()
    progress = {"done": 0, "last": ""}

    def line():
        steps = "%d/%d " % (min(progress["done"], total), total) if total else ""
        return "  %s: %s%s(%.0f s)" % (label, steps, progress["last"], time.monotonic() - started)

    def tick(stop):
        while not stop.wait(0.5 if terminal else 10.0):
            sys.stdout.write("\r\033[K" + line()[:100] if terminal else line() + "\n")
            sys.stdout.flush()

    stop = threading.Event()
    ticker = threading.Thread(target=tick, args=(stop,), daemon=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as record:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=str(ROOT),
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
        )
        ticker.start()
        try:
            for text in process.stdout:
                record.write(text)
                note(progress, text, count)
        except BaseException:
            process.terminate()
            raise
        finally:
            status = process.wait()
            stop.set()
            ticker.join()
    if terminal:
        sys.stdout.write("\r\033[K")
    progress["last"] = ""
    progress["done"] = total
    if status == 0:
        say(line())
    return status


def note(progress, text, count):
    """Take what a line of output says about how far a command is."""
    if count and text.startswith(count):
        progress["done"] += 1
        progress["last"] = re.split(r"==|-(?=\d)", text.split()[1].split("/")[-1])[0] + " "
    elif text.startswith("Installing collected packages"):
        progress["last"] = "downloaded, installing "


def tail(log, lines=15):
    return "\n".join("    " + text for text in log.read_text().splitlines()[-lines:])


def make_venv(venv, stamps):
    """Create the virtual environment, anew if it belongs to another Python or cannot start."""
    key = digest(os.path.realpath(sys.executable), sys.version, str(venv))
    python = venv / "bin" / "python"
    if stamps.current("venv", key) and works(str(python)):
        return
    if venv.exists():
        if not (venv / "pyvenv.cfg").is_file() and any(venv.iterdir()):
            raise BootstrapError("%s exists and is not a virtual environment; move it away." % venv)
        say("  %s is incomplete or of another Python: building it anew" % venv.name)
        shutil.rmtree(str(venv))
    say("  virtual environment %s with Python %s" % (venv.name, sys.version.split()[0]))
    made = subprocess.run(
        [sys.executable, "-m", "venv", str(venv)],
        env=clean_environment(venv),
        capture_output=True,
        text=True,
    )
    if made.returncode:
        raise BootstrapError("python -m venv failed:\n" + made.stdout + made.stderr)
    stamps.write("venv", key)


def pip_failure(log):
    text = log.read_text()
    unreachable = any(sign in text for sign in NETWORK_SIGNS)
    if unreachable:
        return (
            "No network: the package index does not answer. Connect this machine (or point pip at a"
            " mirror with PIP_INDEX_URL) and run the command again; it goes on where it stopped."
            "\n  pip said (%s):\n%s" % (log, tail(log, 4))
        )
    return "pip failed; the whole output is in %s\n%s" % (log, tail(log))


def install_wheels(venv, stamps, *locks):
    """Install the locked wheels, then mend what they carry of their build machine."""
    key = digest(*locks, "2")
    if stamps.current("wheels", key):
        return
    stamps.clear("wheels")
    lines = [text for lock in locks for text in lock.read_text().splitlines()]
    total = sum(1 for text in lines if applies(text))
    log = venv / "log" / "pip.log"
    # --no-deps: the locks are complete, and without resolving pip starts at once.
    command = [venv / "bin" / "python", "-m", "pip", "install", "--no-deps", "--no-input"]
    command += ["--disable-pip-version-check", "--no-warn-script-location", "--progress-bar", "off"]
    for lock in locks:
        command += ["-r", lock]
    if stamps.current("wheels.running", key):
        # pip was killed: packages may be there by half, which pip does not notice.
        command += ["--force-reinstall"]
    stamps.write("wheels.running", key)
    status = run_logged(command, log, "wheels", clean_environment(venv), STARTED, total)
    if status >= 0:  # pip ended by itself and left every package whole or absent
        stamps.clear("wheels.running")
    if status:
        raise BootstrapError(pip_failure(log))
    rewrite_exported_paths(venv)
    stamps.write("wheels", key)


def applies(line):
    """Whether a line of a lock file is for this Python; only the progress display relies on it."""
    requirement, _, marker = line.partition(";")
    if not requirement[:1].isalnum():
        return False
    here = sys.version_info[:2]
    for sign, major, minor in re.findall(r"python_full_version (\S+) '(\d+)\.(\d+)", marker):
        version = (int(major), int(minor))
        if not {"<": here < version, ">=": here >= version, "==": here == version}[sign]:
            return False
    return True


def rewrite_exported_paths(venv):
    """Point the wheels' CMake files at this machine's Python and numpy headers.

    Their exported targets name /opt/python/cpXY-cpXY/..., where they were built.
    """
    tag = "%d.%d" % sys.version_info[:2]
    short = "cp%d%d" % sys.version_info[:2]
    numpy = venv / "lib" / ("python" + tag) / "site-packages" / "numpy" / "_core" / "include"
    prefix = "/opt/python/%s-%s/" % (short, short)
    replacements = {
        prefix + "include/python" + tag: sysconfig.get_paths()["include"],
        prefix + "lib/python" + tag + "/site-packages/numpy/_core/include": str(numpy),
    }
    for path in (venv / "share").rglob("*.cmake"):
        text = original = path.read_text()
        for old, new in replacements.items():
            text = text.replace(old, new)
        if text != original:
            path.write_text(text)


def install_package(venv, stamps):
    """Install this checkout editable: the command affect-perception and the metadata."""
    key = digest(ROOT / "pyproject.toml", ROOT / "setup.py", ROOT / "affect_perception/__init__.py")
    if stamps.current("package", key):
        return
    log = venv / "log" / "package.log"
    command = [venv / "bin" / "python", "-m", "pip", "install", "--no-deps", "--no-build-isolation"]
    command += ["--disable-pip-version-check", "--config-settings", "editable_mode=compat"]
    command += ["-e", ROOT]
    if run_logged(command, log, "package", clean_environment(venv)):
        raise BootstrapError(pip_failure(log))
    stamps.write("package", key)


def build_inputs():
    """What the message build depends on: interfaces, build files, the names of installed files."""
    files = [ROOT / "CMakeLists.txt", ROOT / "package.xml"]
    files += sorted((ROOT / "msg").glob("*.msg"))
    installed = []
    for folder in ("affect_perception", "config", "launch", "models", "scripts"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                installed.append(str(path.relative_to(ROOT)))
    return files, "\n".join(sorted(installed))


def build_messages(venv, stamps, distro):
    """Build the package with colcon and link its messages into the environment."""
    files, installed = build_inputs()
    key = digest(str(stamps.folder), installed, (stamps.folder / "wheels").read_text(), *files)
    base = ROOT / "build" / ("ros-" + distro)
    library = base / "install" / "lib"
    if not stamps.current("messages", key) or not library.is_dir():
        stamps.clear("messages")
        start_anew_if_foreign(base, digest(stamps.folder / "venv", stamps.folder / "wheels"))
        environment = clean_environment(venv)
        environment["AMENT_PREFIX_PATH"] = environment["CMAKE_PREFIX_PATH"] = str(venv)
        log = venv / "log" / "colcon.log"
        command = [venv / "bin" / "colcon", "--log-base", base / "log", "build"]
        command += ["--base-paths", ROOT, "--packages-select", "affect_perception"]
        command += ["--build-base", base / "build", "--install-base", base / "install"]
        command += ["--merge-install", "--symlink-install", "--event-handlers", "console_direct+"]
        command += ["--cmake-args", "-G", "Ninja", "-DBUILD_TESTING=OFF"]
        command += ["-DPython3_EXECUTABLE=%s" % (venv / "bin" / "python")]
        if run_logged(command, log, "messages (colcon)", environment):
            # A half-configured tree would fail again, less clearly; what was installed stays.
            cache = base / "build" / "affect_perception" / "CMakeCache.txt"
            if cache.exists():
                cache.unlink()
            raise BootstrapError(
                "colcon build failed; the whole output is in %s\n%s" % (log, tail(log, 25))
            )
    link_messages(venv, base / "install")
    if not stamps.current("messages", key):
        verify(venv)
        stamps.write("messages", key)


def start_anew_if_foreign(base, key):
    """Remove a build tree of other wheels or another Python: CMake remembers their paths."""
    mark = base / "environment"
    if mark.is_file() and mark.read_text() == key:
        return
    if base.exists():
        shutil.rmtree(str(base))
    base.mkdir(parents=True)
    mark.write_text(key)


def link_messages(venv, prefix):
    """Make the built messages importable and loadable; see the description of this module."""
    site = venv / "lib" / ("python%d.%d" % sys.version_info[:2]) / "site-packages"
    modules = prefix / site.relative_to(venv)
    # The name sorts after __editable__*.pth: the sources must come before the built copy.
    (site / "affect_perception_messages.pth").write_text("%s\n" % modules)
    link = site / "ros_affect_perception.libs"
    if link.is_symlink() and os.readlink(str(link)) == str(prefix / "lib"):
        return
    if link.is_symlink() or link.exists():
        link.unlink()
    link.symlink_to(prefix / "lib", target_is_directory=True)


def verify(venv):
    """Encode a message of ours, which loads every library that nodes will load."""
    code = (
        "from affect_perception.msg import AttentionState\n"
        "from rclpy.serialization import serialize_message\n"
        "assert serialize_message(AttentionState())"
    )
    checked = subprocess.run(
        [str(venv / "bin" / "python"), "-c", code],
        env=clean_environment(venv),
        cwd=str(venv),
        capture_output=True,
        text=True,
    )
    if checked.returncode:
        raise BootstrapError("The built messages cannot be used:\n" + checked.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--distro", default=os.environ.get("ROS_DISTRO") or DISTROS[0])
    parser.add_argument("--venv", type=pathlib.Path, help="default: .venv, or .venv-<distro>")
    options = parser.parse_args()
    distro = options.distro
    venv = options.venv or ROOT / (".venv" if distro == DISTROS[0] else ".venv-" + distro)
    venv = pathlib.Path(os.path.abspath(str(venv)))
    started = time.monotonic()
    try:
        check_machine(distro)
        (ROOT / "build").mkdir(exist_ok=True)
        with (ROOT / "build" / (".env-%s.lock" % distro)).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                say("  another run builds this environment; waiting for it")
                fcntl.flock(lock, fcntl.LOCK_EX)
            stamps = Stamps(venv / "stamps")
            make_venv(venv, stamps)
            folder = ROOT / "requirements"
            install_wheels(venv, stamps, folder / (distro + ".lock.txt"), folder / "voice.txt")
            install_package(venv, stamps)
            build_messages(venv, stamps, distro)
    except BootstrapError as error:
        say("make env: cannot build the environment.\n%s" % error)
        return 1
    except KeyboardInterrupt:
        say("\nmake env: interrupted; the next run goes on from here.")
        return 130
    say(
        "  environment ready: %s (ROS 2 %s, %.1f s)"
        % (venv.name, distro, time.monotonic() - started)
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
