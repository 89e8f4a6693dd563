"""Scenarios as recordings: the synthetic driver by name of a shipped scenario, or by file."""

from __future__ import annotations

import heapq
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.errors import ConfigError
from affect_perception.core.network import FaceNetworks
from affect_perception.core.types import CameraFrame
from affect_perception.core.types.event_time import complete_ns
from affect_perception.evaluation.synthetic.portrait import load_portrait
from affect_perception.io.events import BadFrame, Event
from affect_perception.io.sources import SCENARIO_SUFFIXES
from affect_perception.share import share_folders
from affect_perception.sim.body.script import BodyScript
from affect_perception.sim.body.sensors import BodySensors
from affect_perception.sim.geometry import Camera
from affect_perception.sim.scenario import Scenario

if TYPE_CHECKING:
    from affect_perception.sim.synthetic_driver import SyntheticDriver

_FOLDER = Path("config", "scenarios")


def shipped_scenarios() -> dict[str, Path]:
    """Name and path of every scenario that comes with the package."""
    found: dict[str, Path] = {}
    for folder in share_folders():
        for path in sorted((folder / _FOLDER).glob("*.yaml")):
            found.setdefault(path.stem, path)
    return found


def scenario_path(name_or_path: str | Path) -> Path:
    """The file of a scenario.

    Args:
        name_or_path: Name of a shipped scenario ("demo"), or path of a YAML file.

    Raises:
        ConfigError: If there is none.
    """
    text = str(name_or_path)
    is_path = text.endswith(SCENARIO_SUFFIXES) or os.sep in text
    path = Path(text) if is_path else shipped_scenarios().get(text)
    if path is None or not path.is_file():
        known = ", ".join(sorted(shipped_scenarios())) or "none found"
        raise ConfigError(f"no scenario '{text}': give the path of a YAML file, or one of: {known}")
    return path


def load_scenario(name_or_path: str | Path) -> Scenario:
    """The scenario of a name or path; see `scenario_path`.

    Raises:
        ConfigError: If there is none, or it is wrong.
    """
    return Scenario.load(scenario_path(name_or_path))


def load_driver(
    scenario: str | Path,
    cabin: CabinGeometry,
    networks: FaceNetworks,
    *,
    portrait: Path | None = None,
    seed: int | None = None,
    start_ns: int = 0,
) -> SyntheticDriver:
    """The synthetic driver of a scenario in a cabin.

    Args:
        scenario: Name of a shipped scenario, or path of a YAML file.
        cabin: Its zones are what the script can name as gaze targets; its camera takes the
            pictures, with the scenario's lens and size.
        networks: The face networks; run only for a portrait that is not in the cache.
        portrait: Picture of another face than the default one.
        seed: Another seed than the scenario's.
        start_ns: Stamp of time 0.

    Raises:
        ConfigError: If the scenario is wrong or the default portrait is not installed.
        InputError: If the portrait cannot be used.
    """
    targets = {zone.name: zone.centre for zone in cabin.zones}
    # Seat and camera are where the cabin says that they are.
    script = replace(load_scenario(scenario), driver_side=cabin.driver_side)
    camera = Camera(script.camera.camera().intrinsics, cabin.camera.inverse())
    # Here, as it brings much of scipy, and a replay of a recording draws nothing.
    from affect_perception.sim.synthetic_driver import SyntheticDriver

    return SyntheticDriver(
        script,
        load_portrait(networks, portrait),
        camera=camera,
        seed=seed,
        targets=targets,
        start_ns=start_ns,
    )


class ScenarioSource:
    """A scenario as a recording; keeps the truth of every picture that was read.

    Attributes:
        truth: `DriverTruth.plain()` of the pictures so far.
        body: The body, where the scenario has one.
    """

    def __init__(self, driver: SyntheticDriver) -> None:
        """Takes a driver made by `load_driver`."""
        self._driver = driver
        self.truth: list[dict[str, Any]] = []
        script = driver.scenario
        self.body = BodyScript(script, driver.seed) if script.body is not None else None

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self._driver.scenario.name

    @property
    def frames(self) -> int | None:
        """Pictures of the whole scenario."""
        return len(self._driver.stamps())

    @property
    def start_ns(self) -> int:
        """Stamp of time 0."""
        return self._driver.start_ns

    def events(self, on_bad_frame: BadFrame | None = None) -> Iterator[Event]:
        """All pictures, and the chunks of body signals where somebody wears sensors."""
        del on_bad_frame  # rendered pictures are never bad
        self.truth.clear()
        if self.body is None:
            yield from self._pictures()
            return
        streams: tuple[Iterator[Event], ...] = (
            BodySensors(self.body).chunks(self.start_ns),
            self._pictures(),
        )
        yield from heapq.merge(*streams, key=complete_ns)

    def _pictures(self) -> Iterator[CameraFrame]:
        for frame, truth in self._driver.frames():
            self.truth.append(truth.plain())
            yield frame
