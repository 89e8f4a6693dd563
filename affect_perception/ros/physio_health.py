"""What the node physio_perception knows about the body signals it gets. No ROS here."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping

from affect_perception.core.enums import BiosignalChannel, LoadReason, PhysioReason
from affect_perception.core.physio.signal_row import RowFacts
from affect_perception.core.types import PhysioObservation
from affect_perception.ros.health import InputHealth, Level, Report

FAULTS = {
    "gaps": "holes in the stamps",
    "reordered": "pieces that came after the next one (put back in place)",
    "repeated": "pieces that were known or too late (dropped)",
    "overlapping": "pieces that were partly known",
    "jumps": "steps back of the stamps",
    "unmeasured": "pieces with samples that are no numbers",
}
"""Counts of `RowFacts` and what they mean."""

STANDING = {
    PhysioReason.LEAD_OFF: "the electrode is off",
    PhysioReason.FLAT: "the signal keeps one value",
    PhysioReason.SATURATED: "cut off at the edge of its range: turn the gain down",
    PhysioReason.RATE_WRONG: "the sampling rate is more than 1 % off the stated one",
    PhysioReason.UNIT_MISSING: "the unit is not told, so there is no level",
    PhysioReason.LOW_RATE: "sampled too slowly to find beats",
}

_NUMBERS = re.compile(r"[-+]?\d[\d.e+-]*|'[^']*'")


class PhysioHealth(InputHealth):
    """Counts what happens to pieces of body signals, and says each kind of fault once."""

    item, items, counted = "piece of a body signal", "pieces of body signals", "pieces"

    def __init__(self, topic: str, timeout: float, clock: float) -> None:
        """Arguments as for `InputHealth`."""
        super().__init__(topic, timeout, clock)
        self._facts_before: Mapping[BiosignalChannel, RowFacts] = {}
        self._faults: Counter[str] = Counter()
        self._faults_before: Counter[str] = Counter()
        self._told: set[str] = set()

    def first_of_its_kind(self, message: str) -> bool:
        """Whether nothing like this message (but for numbers and words in quotes) came before."""
        kind = _NUMBERS.sub("#", message)
        known = kind in self._told
        self._told.add(kind)
        return not known

    def observed(
        self, physio: PhysioObservation, facts: Mapping[BiosignalChannel, RowFacts]
    ) -> list[str]:
        """Takes an observation that went out.

        Args:
            physio: The observation.
            facts: What has become of the pieces of each channel.

        Returns:
            One sentence for each kind of fault of a channel that has not been told before.
        """
        news = [*self._new_faults(facts), *self._standing(physio, facts)]
        self._facts_before = facts
        for channel, state in physio.channels.items():
            row = facts.get(channel, RowFacts())
            told = ", ".join(reason.value for reason in state.reasons) or "none"
            self.state(
                **{
                    channel.name.lower(): f"{state.availability.name}; reasons: {told}",
                    f"{channel.name.lower()} quality": f"{state.quality:.2f}",
                    f"{channel.name.lower()} rate [Hz]": _rate(row),
                    f"{channel.name.lower()} jitter [ms]": f"{1e3 * row.jitter:.1f}",
                    f"{channel.name.lower()} faults": _faults(row),
                }
            )
        self._judged(physio)
        return news

    def _judged(self, physio: PhysioObservation) -> None:
        reasons = ", ".join(reason.value for reason in physio.reasons) or "none"
        missing = ", ".join(reason.value for reason in physio.load.reasons) or "none"
        self.state(
            availability=f"{physio.availability.name}; reasons: {reasons}",
            load=f"{physio.load.availability.name}; reasons: {missing}",
            **{"heart_rate_[1/min]": f"{physio.heart.rate_bpm:.1f}"},
        )
        network = "the network of load and stress is missing: load and stress stay unknown"
        self.stand({LoadReason.NO_LOAD_NETWORK: network}, physio.load.reasons)

    def _new_faults(self, facts: Mapping[BiosignalChannel, RowFacts]) -> Iterator[str]:
        for channel, row in facts.items():
            before = self._facts_before.get(channel, RowFacts())
            for name, words in FAULTS.items():
                new = getattr(row, name) - getattr(before, name)
                if new <= 0:
                    continue
                with self._lock:
                    self._faults[f"{channel.name.lower()}: {words}"] += new
                if self.first_of_its_kind(f"{channel.name} {name}"):
                    length = row.missing - before.missing
                    how = f" ({length:.2f} s missing)" if name == "gaps" else ""
                    yield f"{channel.name.lower()}: {words}{how}; told once, counted from here on"

    def _standing(
        self, physio: PhysioObservation, facts: Mapping[BiosignalChannel, RowFacts]
    ) -> Iterator[str]:
        for channel, state in physio.channels.items():
            name = channel.name.lower()
            for reason, words in STANDING.items():
                there = reason in state.reasons
                text = f"{name}: {words}" if there else ""
                if there and reason == PhysioReason.RATE_WRONG:
                    text += f" ({_rate(facts.get(channel, RowFacts()))})"
                self.warn(f"{name} {reason.value}", text)
                if there and self.first_of_its_kind(f"{channel.name} {reason.value}"):
                    yield text

    def _shown(self) -> dict[str, str]:
        return {"received": "received", "dropped": "dropped for newer"}

    def _judge(self, report: Report, new: Counter[str], silent: float) -> None:
        super()._judge(report, new, silent)
        faults = self._faults - self._faults_before
        self._faults_before = self._faults.copy()
        for words, count in faults.items():
            report.raise_to(Level.WARN, f"{words}: {count}")
        if new["dropped"]:
            report.raise_to(Level.WARN, f"too slow: {new['dropped']} pieces were lost")


def _rate(row: RowFacts) -> str:
    off = row.rate / row.rate_stated - 1.0 if row.rate_stated else math.nan
    return f"{row.rate:.2f}, stated {row.rate_stated:g} ({100 * off:+.2f} %)"


def _faults(row: RowFacts) -> str:
    found = [f"{name} {getattr(row, name)}" for name in FAULTS if getattr(row, name)]
    if row.gaps:
        found.append(f"missing {row.missing:.2f} s")
    return ", ".join(found) or "none"
