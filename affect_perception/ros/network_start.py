"""The networks of a node at its start: run once, and told on which provider they run."""

from __future__ import annotations

from dataclasses import fields

from affect_perception.core.network import FaceNetworks
from affect_perception.inference import OnnxSession


def warm_up(networks: FaceNetworks) -> dict[str, str]:
    """Runs every network once, and says on which provider and in which precision."""
    facts = {}
    for session in _sessions(networks):
        session.warm_up()
        facts[f"model {session.name}"] = f"{session.provider}, {session.precision}"
    return facts


def fallback(networks: FaceNetworks) -> str:
    """Why networks run on another provider than the asked one; empty if they do not."""
    reasons = {s.fallback_reason: s.provider for s in _sessions(networks) if s.fallback_reason}
    return "; ".join(f"{why}, {used} is used" for why, used in reasons.items())


def _sessions(networks: FaceNetworks) -> list[OnnxSession]:
    """The networks that ONNX Runtime runs: all of them, outside of tests."""
    every = (getattr(networks, field.name) for field in fields(networks))
    return [network for network in every if isinstance(network, OnnxSession)]
