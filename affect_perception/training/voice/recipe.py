"""How the speech-emotion network is trained; config/training/voice.yaml is the shipped recipe."""

from __future__ import annotations

from dataclasses import dataclass, field

from affect_perception.core.errors import ConfigError
from affect_perception.training.learner import LoopConfig
from affect_perception.training.voice.augment import AugmentConfig

_LOOP = LoopConfig(
    epochs=70.0, batch=64, optimiser="adamw", rate=3e-3, decay=0.05, averaging=0.99
)  # fmt: skip


@dataclass(frozen=True)
class VoiceRecipe:
    """The recipe.

    Attributes:
        widths: Channels of the stages; the stem and each stage but the first halve the map.
        dropout: Share of features left out of the pooled vector and of the head.
        sentences: Sentences of one speaker in a batch: the longest past that is seen in training.
        frames: Longest piece of a sentence, frames of 16 ms.
        smoothing: Share of each label that is spread over all classes.
        forget: Share of batches whose sentences have no past, so that strangers are judged well.
        more: Further folders of emotional speech below the root of the data, in any form that
            `evaluate voice` reads. They are learned from in every fold and never scored; all
            folds leave out speakers of ravdess_speech.
        augment: Changes of the sounds.
        loop: Schedule; `batch` is a multiple of `sentences`.
    """

    widths: tuple[int, ...] = (32, 64, 128, 160)
    dropout: float = 0.3
    sentences: int = 16
    frames: int = 176
    smoothing: float = 0.1
    forget: float = 0.2
    more: tuple[str, ...] = ()
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    loop: LoopConfig = _LOOP

    def __post_init__(self) -> None:
        if self.sentences < 2 or self.loop.batch % self.sentences:
            raise ConfigError(
                f"loop.batch ({self.loop.batch}) must be a multiple of sentences "
                f"({self.sentences}), and that above 1"
            )
        if self.frames < 32 or not self.widths or min(self.widths) < 1:
            raise ConfigError("frames must be at least 32 and widths above 0")
        for name in ("dropout", "smoothing", "forget"):
            if not 0.0 <= getattr(self, name) < 1.0:
                raise ConfigError(f"{name} must be at least 0 and below 1")
