"""One replay from arguments to files: what `affect-perception replay` and the demo share."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from affect_perception.core.attention.profile import Profile
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import NodeConfig, PipelineConfig
from affect_perception.core.network import FaceNetworks
from affect_perception.core.parameters import flatten
from affect_perception.core.pipeline import Pipeline
from affect_perception.evaluation.replay.replay import Replay, replay, summarize, write_summary
from affect_perception.evaluation.report.gaze_picture import write_gaze_picture
from affect_perception.evaluation.report.page import write_report
from affect_perception.evaluation.report.picture import write_picture
from affect_perception.evaluation.synthetic.scenario import (
    ScenarioSource,
    load_driver,
    shipped_scenarios,
)
from affect_perception.evaluation.synthetic.truth import truth_columns
from affect_perception.io.baseline_file import start_baseline
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.events import Source
from affect_perception.io.params_file import load_params, split_params
from affect_perception.io.profile_file import load_profile
from affect_perception.io.sources import SCENARIO_SUFFIXES, open_source
from affect_perception.io.table import Columns, write_parquet

_LOG = logging.getLogger(__name__)

REPORT = "report.html"
PICTURE = "report.png"
GAZE_PICTURE = "gaze_map.png"
SUMMARY = "summary.json"
TRUTH_TABLE = "truth.parquet"


@dataclass(frozen=True)
class Setting:
    """What a replay runs with.

    Attributes:
        pipeline: Parameters of the pipeline.
        node: Parameters of the node; of them the cabin, its frame and `landmarks` count.
        cabin: Geometry of the cabin.
        profile: The policy profile.
    """

    pipeline: PipelineConfig
    node: NodeConfig
    cabin: CabinGeometry
    profile: Profile

    @classmethod
    def load(cls, params: Path | None = None, cabin: str | None = None) -> Setting:
        """Reads a parameter file (or takes the defaults), the cabin and the policy profile.

        Args:
            params: YAML as launch uses it.
            cabin: Name or path that goes before the one in the parameters.

        Raises:
            ConfigError: If a file, a name or a value is wrong.
        """
        pipeline, node = split_params(load_params(params) if params else {}, params)
        profile = load_profile(pipeline.attention.profile)
        return cls(pipeline, node, load_cabin(cabin or node.cabin), profile)

    def described(self) -> dict[str, Any]:
        """Cabin and the parameters that differ from the defaults, for summary and report."""
        described: dict[str, Any] = {"cabin": self.cabin.name}
        for config, default in ((self.pipeline, PipelineConfig()), (self.node, NodeConfig())):
            defaults = flatten(default)
            changed = {k: v for k, v in flatten(config).items() if v != defaults[k]}
            described.update((k, v) for k, v in changed.items() if k != "cabin")
        return described


def open_input(
    path: Path,
    setting: Setting,
    networks: FaceNetworks,
    *,
    image_topic: str = "",
    twist_topic: str = "",
) -> Source:
    """Opens a bag, a video or a scenario (file, or name of a shipped one).

    Raises:
        ConfigError: If a scenario is wrong.
        InputError: If a recording is missing or broken.
    """
    is_name = not path.exists() and str(path) in shipped_scenarios()
    if is_name or (path.suffix in SCENARIO_SUFFIXES and not path.is_dir()):
        return ScenarioSource(load_driver(path, setting.cabin, networks))
    return open_source(path, image_topic=image_topic, twist_topic=twist_topic)


def run_replay(
    source: Source,
    setting: Setting,
    networks: FaceNetworks,
    out: Path,
    *,
    limit_s: float = math.inf,
    on_frame: Callable[[], None] | None = None,
) -> dict[str, Any]:
    """Replays a source and writes states, table, summary and report.

    Returns:
        The summary.

    Raises:
        InputError: If the recording is broken.
    """
    pipeline = Pipeline(setting.pipeline, setting.cabin, networks, setting.profile)
    kept = start_baseline(setting.pipeline.baseline.file, setting.cabin, pipeline, _LOG.warning)
    result = replay(source, pipeline, out, limit_s=limit_s, on_frame=on_frame, node=setting.node)
    if kept is not None:
        _LOG.warning("%s", kept.save(pipeline))
    truth = (
        truth_columns(source.truth, setting.cabin) if isinstance(source, ScenarioSource) else None
    )
    return write_results(result, setting, out, truth)


def write_results(
    result: Replay, setting: Setting, out: Path, truth: Columns | None
) -> dict[str, Any]:
    """Writes what follows from the states: summary, truth, report and its pictures."""
    summary = summarize(result, setting.described(), sorted(setting.cabin.on_road_names))
    write_summary(out / SUMMARY, summary)
    states = result.columns()
    if truth is not None:
        write_parquet(out / TRUTH_TABLE, truth)
    write_report(out / REPORT, states, summary, truth, setting.cabin)
    write_picture(out / PICTURE, states, summary, truth)
    write_gaze_picture(out / GAZE_PICTURE, setting.cabin, states)
    return summary
