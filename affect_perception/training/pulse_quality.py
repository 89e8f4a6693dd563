"""Fits the weights of `core/vision/pulse_quality.py`; prints them and how well they do.

    python -m affect_perception.training.pulse_quality

No data: made colours of random pulse, motion, light and noise (`evaluation/pulse/traces.py`), half
of them to fit, half to score. What is printed is shipped. Takes about two minutes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from affect_perception.core.config.pulse import PulseConfig
from affect_perception.core.vision.pulse_quality import NAMES, clues
from affect_perception.core.vision.pulse_rate import RateEstimate
from affect_perception.evaluation.metrics import area_under_roc
from affect_perception.evaluation.pulse.play import play_trace
from affect_perception.evaluation.pulse.traces import make_trace, random_setup
from affect_perception.training.logistic import fit_logistic

Array = npt.NDArray[np.float64]

TRACES = 600
WITHIN_BPM = 5.0
_LEVELS = (0.5, 0.6, 0.7, 0.8, 0.9)


@dataclass(frozen=True)
class Second:
    """One estimate.

    Attributes:
        numbers: Of its clues.
        error: Of its rate, beats per minute.
        spread: Of the tracker, beats per minute.
        pulse: Whether there was one.
    """

    numbers: tuple[float, ...]
    error: float
    spread: float
    pulse: bool

    @property
    def right(self) -> bool:
        """Whether the rate is one to give."""
        return self.pulse and abs(self.error) < WITHIN_BPM


def seconds_of(seeds: Iterable[int]) -> list[Second]:
    """All estimates of the traces of these seeds."""
    found = []
    for seed in seeds:
        setup = random_setup(seed)
        trace = make_trace(setup)

        def take(rate: RateEstimate, start: float, end: float) -> None:
            error = rate.bpm - trace.bpm(start, end)  # noqa: B023 called before the next trace
            found.append(Second(clues(rate), error, rate.std, setup.amplitude > 0.0))  # noqa: B023

        play_trace(trace, PulseConfig(enabled=True), take)
    return found


def main() -> None:
    """Fits, scores and prints."""
    fitted, scored = seconds_of(range(TRACES // 2)), seconds_of(range(TRACES // 2, TRACES))
    rows = np.array([s.numbers for s in fitted])
    right = np.array([s.right for s in fitted], dtype=np.float64)
    weights, bias = fit_logistic(rows, np.column_stack([1.0 - right, right]), np.ones(len(rows)))
    slope, start = weights[:, 1] - weights[:, 0], float(bias[1] - bias[0])
    print(f"bias {start:.2f}", *(f"{n} {w:.2f}" for n, w in zip(NAMES, slope, strict=True)))
    quality = 1.0 / (1.0 + np.exp(-(start + np.array([s.numbers for s in scored]) @ slope)))
    good, pulse = (np.array([getattr(s, name) for s in scored]) for name in ("right", "pulse"))
    errors = np.abs([s.error for s in scored])
    print(f"{len(scored)} seconds scored, AUROC {area_under_roc(quality, good):.3f}")
    spread = np.array([s.spread for s in scored])
    wrong = pulse & ~good
    print(
        f"root mean square error of right rates {_rms(errors[good]):.2f} bpm, "
        f"over the tracker's spread {_rms(errors[good] / spread[good]):.2f}; "
        f"of wrong ones {_rms(errors[wrong]):.0f} bpm"
    )
    for level in _LEVELS:
        told = quality >= level
        print(
            f"from {level:g}: {(told & good).sum() / good.sum():.3f} of the right ones told, "
            f"{1.0 - good[told].mean():.3f} of those told wrong, "
            f"{told[~pulse].mean():.3f} of the seconds without a pulse told, "
            f"mean error {errors[told & pulse].mean():.2f} bpm"
        )


def _rms(values: Array) -> float:
    return float(np.sqrt(np.mean(values**2)))


if __name__ == "__main__":
    main()
