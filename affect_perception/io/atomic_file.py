"""Writes files so that at every moment the old or the new one is there, whole."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

PARTIAL_FILES = ".*.part"
"""Pattern of the files that are filled before they are renamed."""

FOR_ALL, FOR_OWNER = 0o644, 0o600


def write_atomically(path: Path, content: bytes, mode: int = FOR_ALL) -> None:
    """Writes a file in a folder that exists.

    Args:
        path: The file.
        content: All of it.
        mode: Who may read it; `FOR_ALL` or `FOR_OWNER`.

    Raises:
        OSError: If it cannot be written; an old file is then untouched.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
