"""Memory and processor time of processes, from /proc; the machine in words, and heads of pages."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from pathlib import Path

from affect_perception.core.errors import AffectPerceptionError


class BenchError(AffectPerceptionError):
    """A measurement cannot be made on this machine, or a contender failed."""


@dataclass(frozen=True)
class Memory:
    """Resident memory of a process now and at its highest, MiB."""

    resident: float
    peak: float


def memory_mib(pid: int) -> Memory:
    """Memory of a process; BenchError if it is gone."""
    fields = _status(pid)
    return Memory(
        resident=int(fields["VmRSS"].split()[0]) / 1024.0,
        peak=int(fields["VmHWM"].split()[0]) / 1024.0,
    )


def cpu_seconds(pid: int) -> float:
    """User and system time of a process and its threads, s; BenchError if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError as error:
        raise BenchError(f"process {pid} cannot be read: {error.strerror}") from error
    # The second field is the command in parentheses and may hold blanks.
    fields = text.rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    return float(ticks / os.sysconf("SC_CLK_TCK"))


def machine_in_words() -> str:
    """Processor, cores, memory and system, without any name of the host."""
    model, flags = "unknown processor", ""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    for line in lines:
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            model = value.strip()
        if key.strip() == "flags":
            flags = value
    known = [f.upper() for f in ("avx2", "avx512f", "avx512_vnni") if f in flags.split()]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{model} ({platform.machine()}{', ' + ', '.join(known) if known else ''}), "
        f"{os.cpu_count()} logical cores, {memory:.0f} GiB of memory, no GPU used, "
        f"{platform.system()}, Python {platform.python_version()}"
    )


def load_in_words() -> str:
    """The load average of the last minute beside the number of cores."""
    one_minute, _, _ = os.getloadavg()
    return f"load average {one_minute:.1f} on {os.cpu_count()} cores at the start"


def page_head(title: str, command: str, machine: str, load: str) -> str:
    """The head of a page of figures, up to the end of the line about the machine.

    Args:
        title: Of the page.
        command: The command that repeats it.
        machine: See `machine_in_words`.
        load: See `load_in_words`.
    """
    return f"# {title}\n\nWritten by\n\n    {command}\n\nMachine: {machine}; {load}.\n"


def _status(pid: int) -> dict[str, str]:
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    except OSError as error:
        raise BenchError(f"process {pid} cannot be read: {error.strerror}") from error
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    if "VmRSS" not in fields:
        raise BenchError(f"process {pid} has ended")
    return fields
