"""Models: what they are (manifest), how they are made (prepare) and how they run (session)."""

from __future__ import annotations

from affect_perception.inference.cache import models_folder
from affect_perception.inference.loader import Builds, load_face_networks, load_network
from affect_perception.inference.manifest import Manifest, load_manifest
from affect_perception.inference.onnx_session import OnnxSession, available_providers
from affect_perception.inference.session import Session

__all__ = [
    "Builds",
    "Manifest",
    "OnnxSession",
    "Session",
    "available_providers",
    "load_face_networks",
    "load_manifest",
    "load_network",
    "models_folder",
]
