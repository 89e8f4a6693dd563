"""What the speech-emotion network learns: batches of speakers with a past, and their losses."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from affect_perception.core.affect_classes import RAVDESS_CLASSES
from affect_perception.core.voice.log_mel import FLOOR
from affect_perception.core.voice.speaker_normal import HIGHEST, LOWEST, SPREAD, START_FRAMES
from affect_perception.training.devices import Machine
from affect_perception.training.losses import class_weights
from affect_perception.training.voice.augment import Augmenter
from affect_perception.training.voice.network import VoiceNet
from affect_perception.training.voice.recipe import VoiceRecipe
from affect_perception.training.voice.speech_set import Batches, SpeechSet, earlier_of


class VoiceTask:
    """Draws batches and gives losses.

    Args:
        speech: Sentences to learn from.
        noises: Mel powers of noise.
        recipe: How.
        machine: Where the network runs; sounds are changed on the processor.
    """

    def __init__(
        self, speech: SpeechSet, noises: list[Tensor], recipe: VoiceRecipe, machine: Machine
    ) -> None:
        self._speech, self._recipe, self._machine = speech, recipe, machine
        generator = torch.Generator().manual_seed(recipe.loop.seed + 7919 * machine.number)
        self._augmenter = Augmenter(recipe.augment, noises, generator)
        speakers = recipe.loop.batch // recipe.sentences
        self._batches = Batches(speech, speakers, recipe.sentences, generator)
        self._spectrum = usual_spectrum(speech)
        counts = torch.bincount(speech.labels, minlength=len(RAVDESS_CLASSES))
        self._weights = class_weights(counts, 1.0).to(machine.device)

    def losses(self, network: nn.Module, progress: float) -> Mapping[str, Tensor]:
        """The loss of the next batch; it does not depend on the progress."""
        del progress
        device = self._machine.device
        # Sums over frames and sentences lose too much in bfloat16.
        with torch.autocast(device.type, enabled=False):
            features, frames, earlier, labels, partner, share = self._batch()
        sound = features[:, None].to(device).contiguous(memory_format=torch.channels_last)
        vectors = network(sound, frames.to(device))
        bare = self._machine.bare(network)
        with torch.autocast(device.type, enabled=False):
            past = earlier.to(device)
            vectors = vectors.float()
            logits = bare.judge(vectors, past @ vectors, past.sum(1, keepdim=True))
            first = self._cross_entropy(logits, labels.to(device))
            second = self._cross_entropy(logits, labels[partner].to(device))
            weight = share.to(device)
            return {"class": (weight * first + (1.0 - weight) * second).mean()}

    def state(self) -> dict[str, Any]:
        """The state of the one source of chance."""
        return {"random": self._augmenter.generator.get_state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Goes on from such a state."""
        self._augmenter.generator.set_state(state["random"])

    def _batch(self) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
        draw = self._batches.draw()
        speech, augmenter = self._speech, self._augmenter
        powers, frames = augmenter.sounds(
            speech.powers[draw.rows], speech.frames[draw.rows], draw.groups, self._recipe.frames
        )
        earlier = earlier_of(draw.groups)
        if float(augmenter.uniform(1)) < self._recipe.forget:
            earlier = torch.zeros_like(earlier)
        features = normalised(powers, frames, earlier, self._spectrum)
        partner, share = augmenter.partners(draw.groups)
        weight = share[:, None, None]
        features = weight * features + (1.0 - weight) * features[partner]
        frames = torch.where(share < 1.0, torch.maximum(frames, frames[partner]), frames)
        labels = speech.labels[draw.rows]
        return augmenter.hidden(features), frames, earlier, labels, partner, share

    def _cross_entropy(self, logits: Tensor, labels: Tensor) -> Tensor:
        return functional.cross_entropy(
            logits,
            labels,
            weight=self._weights,
            label_smoothing=self._recipe.smoothing,
            reduction="none",
        )


def usual_spectrum(speech: SpeechSet) -> Tensor:
    """(BANDS,) mean log-mel of all frames: where the running mean of a speaker starts."""
    inside = torch.arange(speech.powers.shape[2])[None] < speech.frames[:, None]
    logs = torch.log(speech.powers + FLOOR) * inside[:, None]
    return logs.sum((0, 2)) / inside.sum()


def normalised(powers: Tensor, frames: Tensor, earlier: Tensor, spectrum: Tensor) -> Tensor:
    """Log-mel minus the speaker's running mean, as the network computes it when it is used.

    Args:
        powers: (n, BANDS, m) powers.
        frames: (n,) valid frames.
        earlier: (n, n) 1 where the column is an earlier sentence of the row's speaker.
        spectrum: (BANDS,) where the mean starts.

    Returns:
        (n, BANDS, m), zero after the end.
    """
    inside = torch.arange(powers.shape[2])[None] < frames[:, None]
    logs = torch.log(powers + FLOOR) * inside[:, None]
    counted = earlier + torch.eye(len(powers))
    total = counted @ logs.sum(2) + START_FRAMES * spectrum
    count = counted @ frames.float()[:, None] + START_FRAMES
    features = (logs - (total / count)[:, :, None]) / SPREAD
    return features.clamp(LOWEST, HIGHEST) * inside[:, None]


def network_of(speech: SpeechSet, recipe: VoiceRecipe) -> VoiceNet:
    """A new network that knows the usual spectrum of these speakers."""
    torch.manual_seed(recipe.loop.seed)
    network = VoiceNet(recipe.widths, recipe.dropout)
    network.spectrum.copy_(usual_spectrum(speech))
    return network
