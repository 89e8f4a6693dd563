"""An electrocardiogram or a photoplethysmogram: beats, heart rate, variability, breathing."""

from __future__ import annotations

import numpy as np

from affect_perception.core.config.physio import PhysioConfig
from affect_perception.core.enums import BiosignalChannel, PhysioReason
from affect_perception.core.physio.beat_quality import WINDOW, beat_quality
from affect_perception.core.physio.beat_series import BeatSeries, HeartRate, heart_rate
from affect_perception.core.physio.channel import Array, Channel
from affect_perception.core.physio.pulse_peaks import LOWEST_RATE as LOWEST_PPG
from affect_perception.core.physio.pulse_peaks import PulseFinder
from affect_perception.core.physio.r_peaks import LOWEST_RATE as LOWEST_ECG
from affect_perception.core.physio.r_peaks import RPeakFinder
from affect_perception.core.physio.respiration import (
    GRID,
    BeltSignal,
    Breathing,
    breathing_of_beats,
    moving_mean,
)
from affect_perception.core.physio.variability import Spectrum, Variability, spectrum, variability
from affect_perception.core.types.physio import HeartState

# Share of intervals that are odd from which the rhythm counts as irregular.
_IRREGULAR = 0.2
# Beats are decided so long after they were, s.
_DELAY = 0.6
# How long a peak may be flat, s: that of a QRS complex, that of a pulse.
_CUT_TIME = {BiosignalChannel.ECG: 0.04, BiosignalChannel.PPG: 0.12}
# Less of the power of the beats' signals at one rate is no clear breathing.
_CLEAR = 0.5
# How often the spectrum is renewed, s: it hardly changes in between.
_SPECTRUM_EVERY = 10


class BeatChannel(Channel):
    """Beats of one channel.

    Args:
        config: Settings.
        channel: ECG or PPG.
    """

    def __init__(self, config: PhysioConfig, channel: BiosignalChannel) -> None:
        super().__init__(config, dead_after=1.0, cut_time=_CUT_TIME[channel])
        self._channel = channel
        self._rate = 0.0
        self._finder: RPeakFinder | PulseFinder | None = None
        self._series = BeatSeries(config.spectrum_window)
        self._new: list[int] = []
        self._quality = 0.0
        self._heart = HeartRate()
        self._variability = Variability()
        self._spectrum = Spectrum()
        self._breathing = Breathing()
        self._slow: BeltSignal | None = None

    @property
    def breathing(self) -> Breathing:
        """Respiration as derived from the beats."""
        return self._breathing

    def quality(self) -> float:
        """Probability that the beats of the last seconds are right."""
        return self._quality

    def new_beats(self) -> tuple[int, ...]:
        """Stamps of the beats since the last call."""
        found, self._new = tuple(self._new), []
        return found

    def heart(self) -> HeartState:
        """Heart rate and variability."""
        v = self._variability
        return HeartState(
            source=self._channel,
            rate_bpm=self._heart.bpm,
            rate_std_bpm=self._heart.std_bpm,
            beats=len(self._beats(self._config.variability_window)),
            rejected=v.rejected,
            rmssd=v.rmssd,
            sdnn=v.sdnn,
            pnn50=v.pnn50,
            lf=self._spectrum.lf,
            hf=self._spectrum.hf,
            quality=v.quality,
        )

    def begin(self, rate: float) -> None:
        """A new row; what was learned of the beats stays if the rate is the same."""
        self._series.clear()
        self._quality = 0.0
        self._slow = BeltSignal(rate, self._config.respiration_window)
        if rate == self._rate:
            return
        self._rate = rate
        self._finder = None
        if self._channel == BiosignalChannel.ECG and rate >= LOWEST_ECG:
            self._finder = RPeakFinder(rate)
        elif self._channel == BiosignalChannel.PPG and rate >= LOWEST_PPG:
            self._finder = PulseFinder(rate)

    def take(self, start: int, samples: Array, unit: str) -> None:
        """Finds beats; the unit does not matter to them."""
        del unit
        if self._finder is None:
            self.tell(PhysioReason.LOW_RATE)
            return
        assert self._slow is not None
        self._slow.push(start, samples)
        clock = self._row.clock
        for beat in self._finder.push(start, samples):
            self._series.add(clock.time_of(beat.index), beat, clock.period)
            self._new.append(clock.stamp_of(beat.index))

    def interrupt(self) -> None:
        """No interval spans a flat piece, and a beat after it is not asked for the less."""
        if self._finder is not None:
            self._finder.interrupt()

    def each_second(self) -> None:
        """Renews the figures, and leaves them unknown while the beats cannot be trusted."""
        config, now = self._config, self.now
        self._series.expire(now)
        begin = now - WINDOW - _DELAY
        self._quality = beat_quality(
            self._channel, self._series.beats(begin, now), self._series.intervals(begin, now)
        )
        self._heart, self._variability = HeartRate(), Variability()
        self._breathing = Breathing()
        if self._quality < config.min_quality:
            self.tell(PhysioReason.NOISY)
            self._spectrum = Spectrum()
            return
        ecg = self._channel == BiosignalChannel.ECG
        self._heart = heart_rate(self._series.intervals(now - config.rate_window, now), odd=ecg)
        window = config.variability_window
        self._variability = variability(self._series.intervals(now - window, now), window)
        if self._variability.rejected > _IRREGULAR:
            self.tell(PhysioReason.IRREGULAR)
        if self._second % _SPECTRUM_EVERY == 0:
            window = config.spectrum_window
            self._spectrum = spectrum(self._series.intervals(now - window, now), window)
        self._breathing = self._breathe()

    def _beats(self, window: float) -> list[float]:
        return [b.time for b in self._series.beats(self.now - window, self.now)]

    def _breathe(self) -> Breathing:
        """Breathing from intervals and heights of beats and from the level of the signal.

        Unknown where beats are missing, and where nothing repeats itself clearly.
        """
        window = self._config.respiration_window
        begin = self.now - window - _DELAY
        beats = self._series.beats(begin - 2.0, self.now)
        joined = [i for i in self._series.intervals(begin, self.now) if i.normal]
        covered = sum(i.length for i in joined)
        if len(beats) < 8 or covered < 0.9 * window:
            return Breathing()
        times = np.array([b.time for b in beats])
        grid = begin + np.arange(round(window * GRID)) / GRID
        heights = np.interp(grid, times, [abs(b.beat.swing) for b in beats])
        lengths = np.interp(grid, [i.end for i in joined], [i.length for i in joined])
        signals = [heights, lengths]
        if self._slow is not None and self._slow.full:
            # Twice over about a beat leaves nothing of the beats themselves.
            beat = round(covered / len(joined) * GRID)
            signals.append(moving_mean(moving_mean(self._slow.kept, beat), beat))
        found = breathing_of_beats(signals)
        return found if found.quality >= _CLEAR else Breathing(quality=found.quality)
