"""Scenes of the synthetic driver with a scripted pulse, each with one difficulty.

The picture is the middle of the default camera's, so that the face has as many pixels as there and
the rest costs no time.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from affect_perception.sim.body.script import BodyScript
from affect_perception.sim.portrait import Portrait
from affect_perception.sim.scenario import Scenario
from affect_perception.sim.synthetic_driver import SyntheticDriver

Array = npt.NDArray[np.float64]
Entries = list[tuple[float, str]]

SECONDS = 36.0
SIDE_PX = 320
FOV_DEG = 2.0 * math.degrees(math.atan(math.tan(math.radians(30.0)) * SIDE_PX / 640.0))
LIGHT = 0.85
"""Light of the scenes: in full light the default portrait's cheeks are almost white."""
RMSSD_MS = 35.0
"""Variability of the beats at 60 a minute; it falls with the square of the rate (by eye: quick
hearts beat evenly)."""
DARK_SKIN = (0.55, 0.45, 0.40)
"""Factors on red, green and blue that make the default portrait's face dark brown (by eye)."""


@dataclass(frozen=True)
class PulseScene:
    """One scene.

    Attributes:
        name: Short name.
        about: What is hard about it.
        rates: (time s, beats per minute) of the course of the heart rate; linear between.
        entries: Timeline of the scenario, (time, YAML of the entry).
        sway: Head sway, as in the scenario file.
        amplitude: Pulse in green, trough to peak, share.
        noise: One sigma of the sensor's noise, grey levels.
        rate_hz: Pictures per second.
        skin: Factors on the portrait's colours.
        seed: Seed.
        rate_expected: Whether a rate is to be given: not from grey pictures, without a pulse, or
            where head or light move too much.
    """

    name: str
    about: str
    rates: tuple[tuple[float, float], ...]
    entries: Sequence[tuple[float, str]] = ()
    sway: float = 0.5
    amplitude: float = 0.006
    noise: float = 1.5
    rate_hz: float = 30.0
    skin: tuple[float, float, float] = (1.0, 1.0, 1.0)
    seed: int = 5
    rate_expected: bool = True
    seconds: float = SECONDS

    def scenario(self) -> Scenario:
        """The script."""
        return Scenario.parse(self._text(), self.name)

    def driver(self, portrait: Portrait) -> SyntheticDriver:
        """The driver of the scene."""
        image = np.clip(portrait.image * np.array(self.skin), 0.0, 255.0).astype(np.uint8)
        return SyntheticDriver(self.scenario(), replace(portrait, image=image))

    def _text(self) -> str:
        bpm = self.rates[0][1]
        rmssd = RMSSD_MS * (60.0 / bpm) ** 2
        lines = [
            f"name: {self.name}",
            f"duration_s: {self.seconds:g}",
            f"seed: {self.seed}",
            f"camera: {{rate_hz: {self.rate_hz:g}, width_px: {SIDE_PX}, height_px: {SIDE_PX}, "
            f"horizontal_fov_deg: {FOV_DEG:.4f}, jitter_s: 0.001}}",
            f"behaviour: {{sway: {self.sway:g}, blink_rate_per_min: 14}}",
            f"body: {{heart_rate_bpm: {bpm:g}, rmssd_ms: {rmssd:.1f}, "
            f"skin_pulse: {self.amplitude:g}}}",
            "timeline:",
            f"  - at_s: 0\n    sensor: {{noise: {self.noise:g}, over_s: 0}}\n"
            f"    light: {{level: {LIGHT:g}, over_s: 0}}",
        ]
        steps = zip(self.rates[:-1], self.rates[1:], strict=True)
        heart = [
            (a[0], f"body: {{heart_rate_bpm: {b[1]:g}, over_s: {b[0] - a[0]:g}}}") for a, b in steps
        ]
        for at, text in sorted([*heart, *self.entries], key=lambda entry: entry[0]):
            lines.append(f"  - at_s: {max(at, 0.01):g}\n    {text}")
        return "\n".join(lines) + "\n"


def turns(seed: int, every: float, yaw: float, pitch: float, over: float) -> Entries:
    """The head turns to a new random place every few seconds; angles in degrees, one sigma."""
    rng = np.random.default_rng(seed)
    found: Entries = []
    at = 1.0
    while at < SECONDS - over:
        a, b = np.clip(rng.standard_normal(2), -2.0, 2.0) * (yaw, pitch)
        shift = rng.normal(0.0, 0.006, 3)
        place = ", ".join(f"{v:.4f}" for v in shift)
        move = f"head: {{yaw_deg: {a:.1f}, pitch_deg: {b:.1f}, position_m: [{place}]"
        found.append((round(at, 2), f"{move}, over_s: {over:g}}}"))
        at += every * float(rng.uniform(0.6, 1.4))
    return found


def shadows(seed: int, every: float, depth: float, over: float) -> Entries:
    """Shadows pass: the light falls and comes back, with a sun from the side between them."""
    rng = np.random.default_rng(seed)
    found: Entries = []
    at = 2.0
    while at < SECONDS - 2.0:
        low = LIGHT - depth * float(rng.uniform(0.5, 1.0))
        found.append((round(at, 2), f"light: {{level: {low:.2f}, side: 0, over_s: {over:g}}}"))
        back = at + over + float(rng.uniform(0.3, 1.2))
        side = float(rng.uniform(0.0, 0.35))
        found.append(
            (round(back, 2), f"light: {{level: {LIGHT:g}, side: {side:.2f}, over_s: {over:g}}}")
        )
        at = back + every * float(rng.uniform(0.6, 1.4))
    return found


def talk() -> Entries:
    """Talks all the time but for short pauses."""
    return [(float(at), "talk: {duration_s: 3.4}") for at in range(1, int(SECONDS) - 4, 4)]


def scenes() -> tuple[PulseScene, ...]:
    """All scenes."""
    moderate: Callable[[int], Entries] = lambda seed: turns(seed, 3.5, 7.0, 3.5, 0.8)  # noqa: E731
    slow_light = [
        (3.0, "light: {level: 0.7, over_s: 12}"),
        (18.0, "light: {level: 1.1, over_s: 14}"),
    ]
    return (
        PulseScene("still_52", "sits still", ((0, 52),), seed=1),
        PulseScene("still_rising", "sits still, rate rises", ((0, 68), (8, 68), (34, 96)), seed=2),
        PulseScene("motion_75", "moderate motion", ((0, 75),), moderate(3), sway=1.0, seed=3),
        PulseScene("motion_118", "moderate motion", ((0, 118),), moderate(4), sway=1.0, seed=4),
        PulseScene(
            "motion_falling", "moderate motion, rate falls", ((0, 98), (8, 98), (34, 80)),
            moderate(5), sway=1.0, seed=5,
        ),
        PulseScene("talking_84", "talks", ((0, 84),), talk(), sway=1.0, seed=6),
        PulseScene("slow_light_66", "light changes slowly", ((0, 66),), slow_light, seed=7),
        PulseScene("shadows_72", "shadows pass", ((0, 72),), shadows(8, 5.0, 0.25, 0.4), seed=8),
        PulseScene(
            "dark_skin_78", "dark skin, half the pulse, more noise", ((0, 78),), sway=0.5, seed=9,
            amplitude=0.003, noise=3.0, skin=DARK_SKIN,
        ),
        PulseScene("frames_15_90", "15 pictures a second", ((0, 90),), rate_hz=15.0, seed=10),
        PulseScene(
            "looks_around", "looks around all the time", ((0, 80),),
            turns(11, 1.2, 22.0, 8.0, 0.5), sway=1.5, seed=11, rate_expected=False,
        ),
        PulseScene(
            "no_pulse", "moderate motion, skin without a pulse", ((0, 70),), moderate(12),
            sway=1.0, seed=12, amplitude=0.0, rate_expected=False,
        ),
        PulseScene(
            "no_pulse_still", "sits still, skin without a pulse", ((0, 70),), seed=13,
            amplitude=0.0, rate_expected=False,
        ),
        PulseScene(
            "infrared", "grey infrared pictures", ((0, 70),),
            [(0.5, "sensor: {infrared: true}")], seed=14, rate_expected=False, seconds=12.0,
        ),
    )  # fmt: skip


def counted_rate(body: BodyScript, start_s: float, end_s: float) -> float:
    """Beats per minute of a body between two times, with the shares of the beats at both ends."""
    first, last = body.beat_phase((start_s, end_s))
    return float(60.0 * (last - first) / (end_s - start_s))
