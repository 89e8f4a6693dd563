"""The networks of a node at its start: run once, and told on which provider they run."""

from __future__ import annotations

from dataclasses import fields

from affect_perception.core.config import ExpressionConfig, VoiceConfig
from affect_perception.core.network import FaceNetworks, PhysioNetworks, VoiceNetworks
from affect_perception.inference import Session

AnyNetworks = FaceNetworks | VoiceNetworks | PhysioNetworks


def warm_up(networks: FaceNetworks | PhysioNetworks) -> dict[str, str]:
    """Runs every network once, and says on which provider and in which precision."""
    for session in _sessions(networks):
        session.warm_up()
    return providers(networks)


def expression_state(networks: FaceNetworks, config: ExpressionConfig) -> str:
    """Whether expressions are read, for diagnostics."""
    if not config.enabled:
        return "off"
    if networks.expression is None:
        return "UNAVAILABLE: the expression network is not there"
    return f"read at up to {config.rate:g} Hz"


def warm_up_voice(networks: VoiceNetworks) -> dict[str, str]:
    """As `warm_up`, by letting them hear a made sentence: their inputs have open sizes."""
    # Here, as the other nodes need neither.
    from affect_perception.core.voice.pipeline import VoicePipeline
    from affect_perception.sim.scenario_voice import sound_chunks
    from affect_perception.sim.voice import Phrase, speak

    pipeline = VoicePipeline(VoiceConfig(), networks)
    for chunk in sound_chunks(speak([Phrase(8, 0.6)]), 1):
        pipeline.step(chunk)
    return providers(networks)


def providers(networks: AnyNetworks) -> dict[str, str]:
    """What each network runs on now, and in which precision."""
    return {f"model {s.name}": f"{s.provider}, {s.precision}" for s in _sessions(networks)}


def fallback(networks: AnyNetworks) -> str:
    """Why networks run on another provider than the asked one; empty if they do not."""
    reasons = {s.fallback_reason: s.provider for s in _sessions(networks) if s.fallback_reason}
    return "; ".join(f"{why}, {used} is used" for why, used in reasons.items())


def unload(networks: AnyNetworks) -> None:
    """Closes every network; builds of engines are asked to stop."""
    for session in _sessions(networks):
        session.close()


def _sessions(networks: AnyNetworks) -> list[Session]:
    """The networks that run on a backend: all of them, outside of tests."""
    every = (getattr(networks, field.name) for field in fields(networks))
    return [network for network in every if isinstance(network, Session)]
