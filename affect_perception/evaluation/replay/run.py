"""One replay from arguments to files: what `affect-perception replay` and the demo share."""

from __future__ import annotations

import itertools
import logging
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from affect_perception.core.attention.profile import Profile
from affect_perception.core.cabin import CabinGeometry
from affect_perception.core.config import (
    FusionPipelineConfig,
    NodeConfig,
    PhysioPipelineConfig,
    PipelineConfig,
    VoiceNodeConfig,
    VoicePipelineConfig,
)
from affect_perception.core.enums import Modality
from affect_perception.core.errors import InputError
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.fusion.pipeline import FusedPipeline, only
from affect_perception.core.network import FaceNetworks, PhysioNetworks, VoiceNetworks
from affect_perception.core.parameters import flatten
from affect_perception.core.pipeline import Event, Pipeline
from affect_perception.core.types import AudioChunk, VoiceObservation
from affect_perception.core.types.physio import BiosignalChunk, PhysioObservation
from affect_perception.evaluation.replay.physio import BODY_TRUTH_TABLE
from affect_perception.evaluation.replay.replay import (
    Replay,
    Steps,
    replay,
    summarize,
    write_summary,
)
from affect_perception.evaluation.replay.scripted import compare_with_script
from affect_perception.evaluation.report.gaze_picture import write_gaze_picture
from affect_perception.evaluation.report.page import write_report
from affect_perception.evaluation.report.physio_panels import BodyData
from affect_perception.evaluation.report.picture import write_picture
from affect_perception.evaluation.report.streams_page import write_streams_report
from affect_perception.evaluation.synthetic.bag_truth import truth_of_bag
from affect_perception.evaluation.synthetic.body import (
    BodySource,
    body_columns,
    body_truth_columns,
)
from affect_perception.evaluation.synthetic.scenario import (
    ScenarioSource,
    load_driver,
    load_scenario,
    shipped_scenarios,
)
from affect_perception.evaluation.synthetic.truth import truth_columns
from affect_perception.inference.fusion import load_fusion_network
from affect_perception.inference.huge_pages import use_huge_pages
from affect_perception.inference.physio import load_physio_networks
from affect_perception.io.audio_messages import SoundFormat
from affect_perception.io.bag_reader import BagSource
from affect_perception.io.baseline_file import start_baseline
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.events import Source
from affect_perception.io.params_file import (
    FUSION_NODE_NAME,
    PHYSIO_NODE_NAME,
    VOICE_NODE_NAME,
    load_params,
    split_fusion_params,
    split_params,
    split_physio_params,
    split_voice_params,
)
from affect_perception.io.profile_file import load_profile
from affect_perception.io.signal_file import SignalFileSource
from affect_perception.io.sources import (
    SCENARIO_SUFFIXES,
    Topics,
    hears,
    measures,
    open_source,
    sees,
)
from affect_perception.io.table import Columns, write_parquet

if TYPE_CHECKING:
    from affect_perception.core.physio.pipeline import PhysioPipeline
    from affect_perception.core.voice.pipeline import VoicePipeline

_LOG = logging.getLogger(__name__)

REPORT = "report.html"
PICTURE = "report.png"
GAZE_PICTURE = "gaze_map.png"
SUMMARY = "summary.json"
TRUTH_TABLE = "truth.parquet"

# Huge pages cost a third of a second once and give a tenth of the time of each picture back.
_LONG, _SETTLED = 1500, 100


@dataclass(frozen=True)
class Setting:
    """What a replay runs with.

    Attributes:
        pipeline: Parameters of the pipeline.
        node: Parameters of the node; of them the cabin, its frame and `landmarks` count.
        cabin: Geometry of the cabin.
        profile: The policy profile.
        voice: Parameters of the voice's pipeline.
        voice_node: Parameters of voice_perception; of them the format of unmarked sound counts.
        physio: Parameters of the pipeline of the body signals.
        fusion: Parameters of the fusion.
    """

    pipeline: PipelineConfig
    node: NodeConfig
    cabin: CabinGeometry
    profile: Profile
    voice: VoicePipelineConfig = field(default_factory=VoicePipelineConfig)
    voice_node: VoiceNodeConfig = field(default_factory=VoiceNodeConfig)
    physio: PhysioPipelineConfig = field(default_factory=PhysioPipelineConfig)
    fusion: FusionPipelineConfig = field(default_factory=FusionPipelineConfig)

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
        values = load_params(params, VOICE_NODE_NAME, optional=True) if params else {}
        voice, voice_node = split_voice_params(values, params)
        values = load_params(params, PHYSIO_NODE_NAME, optional=True) if params else {}
        physio, _ = split_physio_params(values, params)
        values = load_params(params, FUSION_NODE_NAME, optional=True) if params else {}
        fusion, _ = split_fusion_params(values, params)
        place = load_cabin(cabin or node.cabin)
        return cls(pipeline, node, place, profile, voice, voice_node, physio, fusion)

    @property
    def sound_format(self) -> SoundFormat:
        """What sound is whose messages do not tell it."""
        node = self.voice_node
        return SoundFormat(node.audio_rate, node.audio_channels, node.audio_sample_format)

    def described(self) -> dict[str, Any]:
        """Cabin and the parameters that differ from the defaults, for summary and report."""
        described: dict[str, Any] = {"cabin": self.cabin.name}
        for config in (self.pipeline, self.node, self.voice, self.physio, self.fusion):
            defaults = flatten(type(config)())
            changed = {k: v for k, v in flatten(config).items() if v != defaults[k]}
            described.update((k, v) for k, v in changed.items() if k != "cabin")
        return described


def open_input(
    path: Path,
    setting: Setting,
    load: Callable[[], FaceNetworks],
    topics: Topics | None = None,
    *,
    body_only: bool = False,
) -> Source:
    """Opens a recording or a scenario (file, or name of a shipped one).

    Args:
        path: The recording or scenario.
        setting: What it will be replayed with.
        load: Loads the networks of the face, which a scenario needs for its driver.
        topics: What to read of a bag.
        body_only: Of a scenario only the body signals; nothing is drawn.

    Raises:
        ConfigError: If a scenario is wrong.
        InputError: If a recording is missing or broken.
    """
    is_name = not path.exists() and str(path) in shipped_scenarios()
    if is_name or (path.suffix in SCENARIO_SUFFIXES and not path.is_dir()):
        if body_only:
            return BodySource(load_scenario(path))
        return ScenarioSource(load_driver(path, setting.cabin, load()))
    if body_only:
        raise InputError(f"{path} is no scenario: only of these can the body alone be played")
    return open_source(path, topics)


class StreamsPipeline:
    """The pipeline of a recording without pictures: voice, body signals, or both.

    Args:
        voice: What hears, if there is sound.
        physio: What reads body signals, if there are any.
    """

    def __init__(self, voice: VoicePipeline | None, physio: PhysioPipeline | None) -> None:
        self._voice = voice
        self._physio = physio

    def step(self, event: Event) -> tuple[VoiceObservation, ...] | tuple[PhysioObservation, ...]:
        """One event in, what was observed out; speeds say nothing here."""
        if isinstance(event, AudioChunk) and self._voice is not None:
            return self._voice.step(event)
        if isinstance(event, BiosignalChunk) and self._physio is not None:
            return self._physio.step(event)
        return ()


def run_replay(
    source: Source,
    setting: Setting,
    load: Callable[[], FaceNetworks],
    out: Path,
    *,
    limit_s: float = math.inf,
    on_frame: Callable[[], None] | None = None,
    voice_networks: VoiceNetworks | None = None,
    physio_networks: PhysioNetworks | None = None,
) -> dict[str, Any]:
    """Replays a source and writes states, tables, summary and report.

    Args:
        source: The recording.
        setting: What it runs with.
        load: Loads the networks of the face; called only where there are pictures.
        out: Folder for the files.
        limit_s: Stops after this many seconds of recording.
        on_frame: Called after every picture.
        voice_networks: Networks of the voice; those that are installed if None.
        physio_networks: Networks of the body signals; those that are installed if None.

    Returns:
        The summary.

    Raises:
        InputError: If the recording is broken.
    """
    more: dict[str, Any] = {"limit_s": limit_s, "on_frame": on_frame, "node": setting.node}
    streams_networks = voice_networks, physio_networks
    if (hears(source) or _measures(source)) and not sees(source):
        streams = _fused(
            StreamsPipeline(*_streams_of(source, setting, *streams_networks)), source, setting
        )
        result = replay(source, streams, out, **more)
        left_out = source.left_out if isinstance(source, SignalFileSource) else {}
        return _write_streams(result, setting, out, _body_truth(source), left_out)
    pipeline, fused = seeing_pipeline(source, setting, load(), *streams_networks)
    if setting.pipeline.inference.huge_pages and (source.frames or 0) >= _LONG:
        more["on_frame"] = _with_huge_pages(on_frame)
    kept = start_baseline(setting.pipeline.baseline.file, setting.cabin, pipeline, _LOG.warning)
    result = replay(source, fused, out, **more)
    if kept is not None:
        _LOG.warning("%s", kept.save(pipeline))
    truth, body_truth = _truths(source, setting.cabin)
    return write_results(result, setting, out, truth, body_truth)


def _with_huge_pages(on_frame: Callable[[], None] | None) -> Callable[[], None]:
    """Moves the memory into huge pages when all is loaded and has run, as the node does."""
    pictures = itertools.count(1)

    def after_frame() -> None:
        if next(pictures) == _SETTLED:
            use_huge_pages()
        if on_frame is not None:
            on_frame()

    return after_frame


def seeing_pipeline(
    source: Source,
    setting: Setting,
    networks: FaceNetworks,
    voice_networks: VoiceNetworks | None = None,
    physio_networks: PhysioNetworks | None = None,
) -> tuple[Pipeline, Steps]:
    """The pipeline of a recording with pictures, without and with the fusion behind it.

    Args:
        source: The recording; what it holds decides which parts there are.
        setting: What it runs with.
        networks: Networks of the face.
        voice_networks: Networks of the voice; those that are installed if None.
        physio_networks: Networks of the body signals; those that are installed if None.
    """
    voice, physio = _streams_of(source, setting, voice_networks, physio_networks)
    pipeline = Pipeline(
        setting.pipeline, setting.cabin, networks, setting.profile, voice=voice, physio=physio
    )
    return pipeline, _fused(pipeline, source, setting)


def _streams_of(
    source: Source,
    setting: Setting,
    voice_networks: VoiceNetworks | None,
    physio_networks: PhysioNetworks | None,
) -> tuple[VoicePipeline | None, PhysioPipeline | None]:
    """What hears and what reads body signals, where the recording has any."""
    return (
        _voice_pipeline(setting, voice_networks) if hears(source) else None,
        _physio_pipeline(setting, physio_networks) if _measures(source) else None,
    )


def _truths(source: Source, cabin: CabinGeometry) -> tuple[Columns | None, Columns | None]:
    """What was true of driver and body, where the source knows it."""
    if isinstance(source, ScenarioSource):
        return truth_columns(source.truth, cabin), _body_truth(source)
    if isinstance(source, BagSource):
        driver, body = truth_of_bag(source.path)
        return (
            truth_columns(driver, cabin) if driver else None,
            body_truth_columns(body) if body else None,
        )
    return None, _body_truth(source)


def _fused(pipeline: Steps, source: Source, setting: Setting) -> Steps:
    """The pipeline with the fusion behind it, where there is more than one modality."""
    there = {
        Modality.FACE: sees(source),
        Modality.VOICE: hears(source),
        Modality.PHYSIO: _measures(source),
    }
    modalities = [name for name, is_there in there.items() if is_there]
    if len(modalities) < 2:
        return pipeline
    config = only(setting.fusion.fusion, modalities)
    return FusedPipeline(pipeline, AffectFusion(config, load_fusion_network(setting.fusion)))


def _measures(source: Source) -> bool:
    if isinstance(source, ScenarioSource):
        return source.body is not None
    return isinstance(source, BodySource) or measures(source)


def _body_truth(source: Source) -> Columns | None:
    """What was true of the body, where the source knows it."""
    if isinstance(source, SignalFileSource):
        return source.truth
    if isinstance(source, ScenarioSource) and source.body is not None:
        return body_columns(source.body, source.start_ns)
    return body_columns(source.body) if isinstance(source, BodySource) else None


def _voice_pipeline(setting: Setting, networks: VoiceNetworks | None) -> VoicePipeline:
    # Here, as they bring scipy.signal, which takes longer than all else before the first state.
    from affect_perception.core.voice.pipeline import VoicePipeline
    from affect_perception.inference.voice import load_voice_networks

    config = setting.voice
    if networks is None:
        networks = load_voice_networks(config.inference, emotion=config.voice.emotion_network)
    return VoicePipeline(config.voice, networks)


def _physio_pipeline(setting: Setting, networks: PhysioNetworks | None) -> PhysioPipeline:
    from affect_perception.core.physio.pipeline import PhysioPipeline

    config = setting.physio
    if networks is None:
        networks = load_physio_networks(config.inference, load=config.load.network)
    return PhysioPipeline(config, networks)


def _write_streams(
    result: Replay,
    setting: Setting,
    out: Path,
    body_truth: Columns | None,
    left_out: Mapping[str, str],
) -> dict[str, Any]:
    summary = summarize(result, setting.described())
    if left_out:
        summary["left_out"] = dict(left_out)
    write_summary(out / SUMMARY, summary)
    voice = result.voice.columns() if result.voice else None
    affect = result.affect.columns() if result.affect else None
    write_streams_report(out / REPORT, summary, voice, _body(result, out, body_truth), affect)
    return summary


def _body(result: Replay, out: Path, truth: Columns | None) -> BodyData | None:
    """What the report draws of the body; writes the table of its truth."""
    if not result.physio:
        return None
    if truth is not None:
        write_parquet(out / BODY_TRUTH_TABLE, truth)
    return result.physio.drawn(truth)


def write_results(
    result: Replay,
    setting: Setting,
    out: Path,
    truth: Columns | None,
    body_truth: Columns | None = None,
) -> dict[str, Any]:
    """Writes what follows from the states: summary, truth, report and its pictures."""
    summary = summarize(result, setting.described(), sorted(setting.cabin.on_road_names))
    voice = result.voice.columns() if result.voice else None
    if truth is not None:
        write_parquet(out / TRUTH_TABLE, truth)
        physio = result.physio.columns() if result.physio else None
        roads = summary["road_zones"]
        summary["script"] = compare_with_script(summary, truth, roads, voice, physio, body_truth)
    write_summary(out / SUMMARY, summary)
    states = result.columns()
    faces = result.faces.columns()
    body = _body(result, out, body_truth)
    affect = result.affect.columns() if result.affect else None
    write_report(out / REPORT, states, summary, truth, setting.cabin, voice, faces, body, affect)
    write_picture(out / PICTURE, states, summary, truth)
    write_gaze_picture(out / GAZE_PICTURE, setting.cabin, states)
    return summary
