"""Gets the published package that carries the model files, and the files out of it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

from affect_perception.core.errors import ModelAlteredError, ModelError
from affect_perception.inference.cache import sha256_of
from affect_perception.inference.manifest import Container, Conversion

_MEGABYTE = 1_000_000
_ERROR_LINES = 4

Run = Callable[[Sequence[str]], "subprocess.CompletedProcess[str]"]
"""Runs a command and returns its exit code and output; tests put a fake here."""


class FetchError(ModelError):
    """The package that carries the models cannot be had (network, pip, or a wrong folder)."""


def run_command(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and capture what it prints."""
    return subprocess.run(command, capture_output=True, text=True, check=False)


def download(container: Container, folder: Path, run: Run = run_command) -> Path:
    """Download a package file through pip, which knows the user's mirrors and proxies.

    Args:
        container: The package.
        folder: Where to put it.
        run: Runs the command.

    Returns:
        Path of the file.

    Raises:
        FetchError: If pip is missing or fails; the message has pip's last lines and the way
            around.
    """
    command = [
        *(sys.executable, "-m", "pip", "download", container.requirement),
        *("--no-deps", "--only-binary=:all:", "--platform", container.platform),
        *("--python-version", container.python_version, "--implementation", "cp"),
        *("--dest", str(folder), "--disable-pip-version-check", "--no-input"),
    ]
    way_around = (
        f"On a machine with network get {container.filename}, copy it here and run: "
        "affect-perception models prepare --from-dir FOLDER"
    )
    try:
        result = run(command)
    except OSError as error:
        raise FetchError(f"cannot run pip: {error.strerror or error}. {way_around}") from error
    path = folder / container.filename
    if result.returncode == 0 and path.is_file():
        return path
    if "No module named pip" in result.stderr:
        raise FetchError(
            f"pip is not installed for {sys.executable} (on Debian: apt install python3-pip). "
            f"{way_around}"
        )
    lines = [line for line in result.stderr.splitlines() if line.strip()][-_ERROR_LINES:]
    raise FetchError(
        f"pip could not download {container.requirement} "
        f"({container.size_bytes / _MEGABYTE:.0f} MB). {way_around}\npip said:\n  "
        + "\n  ".join(lines or ["nothing"])
    )


def check_sha256(content: bytes, wanted: str, what: str) -> bytes:
    """Give the content back if its checksum is right.

    Raises:
        ModelAlteredError: If not; the message has both checksums.
    """
    found = sha256_of(content)
    if found != wanted:
        raise ModelAlteredError(f"{what} has SHA-256 {found}, expected {wanted}; it is not used")
    return content


def read_member(package: Path, container: Container, conversion: Conversion) -> bytes:
    """Read one model file out of a package file that was checked before.

    Raises:
        ModelAlteredError: If the package is damaged, lacks the file, or it is another one.
    """
    try:
        with zipfile.ZipFile(package) as archive:
            content = archive.read(conversion.member)
    except (zipfile.BadZipFile, zlib.error, KeyError, OSError) as error:
        raise ModelAlteredError(
            f"cannot read {conversion.member} in {container.filename}: {error}"
        ) from error
    return check_sha256(content, conversion.sha256, conversion.member)


def read_loose(folder: Path, container: Container, conversion: Conversion) -> bytes:
    """Read a model file from a folder that holds the package or the files out of it.

    Raises:
        FetchError: If the folder has neither.
        ModelAlteredError: If a file is there but is not the right one.
    """
    loose = folder / PurePosixPath(conversion.member).name
    if loose.is_file():
        return check_sha256(loose.read_bytes(), conversion.sha256, str(loose))
    package = folder / container.filename
    if package.is_file():
        check_sha256(package.read_bytes(), container.sha256, str(package))
        return read_member(package, container, conversion)
    raise FetchError(f"{folder} has neither {container.filename} nor {loose.name}")
