"""Opens the networks of the voice.

The speech detector is third-party and is not in this repository: it is the ONNX file inside the
package silero-vad (MIT), found where that is installed, without importing it (its code needs
torch), and checked against the checksums below.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import numpy as np

from affect_perception.core.config import ProviderConfig
from affect_perception.core.errors import ModelAlteredError, ModelMissingError
from affect_perception.core.network import Network, VoiceNetworks
from affect_perception.core.voice.speech_activity import STEP
from affect_perception.inference.cache import sha256_of
from affect_perception.inference.loader import Builds, load_network
from affect_perception.inference.manifest import (
    FP32,
    InputSpec,
    Manifest,
    ModelEntry,
    OutputSpec,
)
from affect_perception.inference.onnx_session import OnnxSession
from affect_perception.inference.session import NATIVE

EMOTION = "voice_emotion"
SPEECH = "silero_vad"
PACKAGE = "silero_vad"
SPEECH_FILE = "data/silero_vad_16k_op15.onnx"
INSTALL_COMMAND = "pip install --no-deps 'silero-vad>=6.2.3,<6.3'"
"""`--no-deps`: the package's own code, which is not used, asks for torch."""

KNOWN_FILES: Mapping[str, str] = MappingProxyType(
    {"7ed98ddbad84ccac4cd0aeb3099049280713df825c610a8ed34543318f1b2c49": "6.2.3"}
)
"""SHA-256 of the files that were tested, and the package version that carries each."""


def speech_file() -> Path | None:
    """Where the speech detector's file lies, or None if the package is not installed."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / SPEECH_FILE
    return path if path.is_file() else None


def load_speech_detector(config: ProviderConfig | None = None) -> OnnxSession:
    """Opens the speech detector.

    Its inputs have free sizes beyond the first, for which TensorRT has no engine, and it takes a
    tenth of a millisecond: where tensorrt_native is asked for, it stays on the processor.

    Raises:
        ModelMissingError: If the package is not installed; the message names the command.
        ModelAlteredError: If the file is not one that was tested.
        ModelError: If it cannot be run.
    """
    path = speech_file()
    if path is None:
        raise ModelMissingError(
            f"no speech detector: the package silero-vad is not installed; run: {INSTALL_COMMAND}"
        )
    content = path.read_bytes()
    found = sha256_of(content)
    if found not in KNOWN_FILES:
        raise ModelAlteredError(
            f"{path} has SHA-256 {found}, tested were {', '.join(KNOWN_FILES)} "
            f"(silero-vad {', '.join(KNOWN_FILES.values())}); run: {INSTALL_COMMAND}"
        )
    if config is not None and config.provider == NATIVE:
        config = replace(config, provider="cpu", precision=FP32)
    return OnnxSession(_speech_entry(found, len(content)), content, config)


def load_voice_networks(
    config: ProviderConfig | None = None,
    *,
    emotion: bool = True,
    manifest: Manifest | None = None,
    cache_dir: Path | None = None,
    builds: Builds | None = None,
) -> VoiceNetworks:
    """Opens what there is: without silero-vad the speech detector is None.

    Args:
        config: How networks are run.
        emotion: False leaves the speech-emotion network out (parameter `voice.emotion_network`).
        manifest: Not the shipped one.
        cache_dir: Not the user's.
        builds: What to do while an engine is built.

    Raises:
        ModelError: If a file is there but cannot be used.
    """
    speech: Network | None = None
    if speech_file() is not None:
        speech = load_speech_detector(config)
    judge: Network | None = None
    if emotion:
        judge = load_network(EMOTION, config, manifest=manifest, cache_dir=cache_dir, builds=builds)
    return VoiceNetworks(speech=speech, emotion=judge)


def _speech_entry(sha256: str, size: int) -> ModelEntry:
    """What the manifest would say if the file were made by `models prepare`."""
    state = np.dtype(np.float32)
    return ModelEntry(
        name=SPEECH,
        version=KNOWN_FILES[sha256],
        sha256=sha256,
        size_bytes=size,
        conversion=None,
        file=None,
        reference=None,
        licence="MIT",
        source="Silero Team, https://github.com/snakers4/silero-vad",
        training_data="not published",
        training_terms="not stated by the authors; the weights are published under MIT",
        accuracy="`affect-perception evaluate speech_activity`",
        intended_use="Whether there is speech. Not for identifying people.",
        notes=f"Each step takes {STEP} samples with the 64 before them, and the state.",
        inputs=(
            InputSpec("input", (-1, -1), state, "flat", "none", (-1.0, 1.0)),
            InputSpec("state", (2, -1, 128), state, "flat", "none", (-100.0, 100.0)),
            InputSpec("sr", (), np.dtype(np.int64), "flat", "none", (16000.0, 16000.0)),
        ),
        outputs=(
            OutputSpec("output", (-1, 1), "probability", "Speech in these samples.", None),
            OutputSpec("stateN", (-1, -1, -1), "", "State for the next step.", None),
        ),
    )
