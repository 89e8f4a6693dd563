"""What the demo and a replay say at the end of a drive whose script is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_LATENCIES = {
    "latency_ms": "picture to attention state",
    "voice_latency_ms": "newest sound to voice observation",
    "physio_latency_ms": "newest sample to body observation",
    "affect_latency_ms": "newest input to affect state",
}
SIMULATORS = ("sim_camera", "audio_file", "sim_body")


def script_lines(script: Mapping[str, Any] | None) -> Iterator[str]:
    """The table of what was found of the script."""
    if not script:
        return
    yield ""
    yield f"{'in the script':38s} {'from':>7s} {'to':>7s}   found after"
    for one in script["states"]:
        delay = "not found" if one["delay_s"] is None else f"{one['delay_s']:.2f} s"
        yield f"{one['what']:38s} {one['start_s']:7.2f} {one['end_s']:7.2f}   {delay}"
    for one in script["false"]:
        yield f"{one['what']:38s} {one['start_s']:7.2f} {one['end_s']:7.2f}   not in the script"
    found = len(script["states"]) - script["missed"]
    yield f"{found} of {len(script['states'])} found, {len(script['false'])} false"
    heart = script.get("heart")
    if heart and heart["mean_error_bpm"] is not None:
        yield (
            f"heart rate: mean error {heart['mean_error_bpm']:.1f}, largest "
            f"{heart['largest_error_bpm']:.1f} per minute, known in "
            f"{100 * heart['known_share']:.0f} % of the observations"
        )


def times_lines(times: Mapping[str, Any]) -> Iterator[str]:
    """Latencies and processor shares of a live drive."""
    for name, words in _LATENCIES.items():
        if name in times:
            latency = times[name]
            yield (
                f"latency, {words}: {latency['median']:.1f} ms (median), "
                f"{latency['p99']:.1f} ms (p99)"
            )
    if times.get("pictures_left_out"):
        yield f"pictures that came while the node was busy: {times['pictures_left_out']}"
    shares = times.get("processes")
    if not shares:
        return
    parts = {"nodes": [n for n in shares if n not in SIMULATORS], "simulators": list(SIMULATORS)}
    for title, names in parts.items():
        known = {name: shares[name]["cores"] for name in names if name in shares}
        if known:
            each = ", ".join(f"{name} {share:.2f}" for name, share in known.items())
            yield f"processor, {title}: {sum(known.values()):.2f} cores ({each})"
