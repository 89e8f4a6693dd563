"""Changes of sounds while training, made on whole batches of mel powers.

A sound is held as power per band and frame. Speed, the speaker's vocal tract, room, microphone,
distance and noise are all changes of these powers, thousands of times cheaper than on samples;
evaluation mixes real samples. What belongs to a person or a cabin (tract, room, microphone, kind of
noise) is drawn once for all the sentences of a speaker in the batch, as in a drive.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from affect_perception.core.voice.log_mel import (
    BANDS,
    HOP,
    RATE,
    band_edges_hz,
    hz_of_mel,
    mel_of_hz,
)

_DECIBEL = float(np.log(10.0) / 10.0)


@dataclass(frozen=True)
class AugmentConfig:
    """How much is changed; shares are probabilities.

    Attributes:
        speed: Largest change of speed, share, either way.
        tract: Largest shift of all frequencies of a speaker, share, either way (Jaitly and Hinton,
            "Vocal tract length perturbation", ICML workshop 2013).
        pitch: The same for a single sentence.
        level_db: Spread (one sigma) of the level of a speaker.
        own_level_db: Spread of the level of a single sentence.
        tilt_db: Spread of the microphone's gain at eight points over the bands.
        room: Share of speakers heard in a room.
        noise: Share of speakers heard in noise.
        snr_db: Lowest and highest signal-to-noise ratio.
        bands: Largest number of bands hidden at one place, two places (SpecAugment: Park et al.,
            Interspeech 2019).
        frames: The same for frames.
        mix: Parameter of the beta distribution of mixing two sentences of a speaker (mixup: Zhang
            et al., ICLR 2018); 0 mixes none.
    """

    speed: float = 0.15
    tract: float = 0.12
    pitch: float = 0.03
    level_db: float = 10.0
    own_level_db: float = 4.0
    tilt_db: float = 4.0
    room: float = 0.5
    noise: float = 0.7
    snr_db: tuple[float, float] = (-2.0, 25.0)
    bands: int = 8
    frames: int = 20
    mix: float = 0.3


class Augmenter:
    """Changes batches of mel powers.

    Args:
        config: How much.
        noises: Mel powers (frames, BANDS) of recordings of noise.
        generator: Source of everything drawn.
    """

    def __init__(
        self, config: AugmentConfig, noises: list[Tensor], generator: torch.Generator
    ) -> None:
        self.config = config
        self.generator = generator
        self._noises = noises
        mel = mel_of_hz(band_edges_hz())
        self._mel = torch.from_numpy(mel[1:-1]).float()
        self._first, self._step = float(mel[1]), float(mel[1] - mel[0])
        self._hz = torch.from_numpy(hz_of_mel(mel[1:-1])).float()

    def sounds(
        self, powers: Tensor, frames: Tensor, groups: Tensor, out: int
    ) -> tuple[Tensor, Tensor]:
        """Cuts and changes sounds.

        Args:
            powers: (n, BANDS, m) powers, zero after the end.
            frames: (n,) valid frames.
            groups: (n,) number of the speaker within the batch, 0..k-1.
            out: Frames of the result.

        Returns:
            Powers (n, BANDS, out) and valid frames (n,).
        """
        x, valid = self._warped(powers, frames, groups, out)
        count = int(groups.max()) + 1
        x = self._in_room(x, groups, count)
        x = x * self._gains(groups, count, len(x))
        return self._in_noise(x, valid, groups, count), valid

    def hidden(self, features: Tensor) -> Tensor:
        """Features (n, BANDS, m) with bands and frames hidden."""
        n, bands, frames = features.shape
        shown = torch.ones_like(features)
        for _ in range(2):
            shown *= self._stripes(n, bands, self.config.bands)[:, :, None]
            shown *= self._stripes(n, frames, self.config.frames)[:, None]
        return features * shown

    def uniform(self, *shape: int) -> Tensor:
        """Numbers in 0..1."""
        return torch.rand(*shape, generator=self.generator)

    def normal(self, *shape: int) -> Tensor:
        """Numbers of mean 0 and sigma 1."""
        return torch.randn(*shape, generator=self.generator)

    def partners(self, groups: Tensor) -> tuple[Tensor, Tensor]:
        """With which sentence of the same speaker each is mixed, and its own share.

        Half of the sentences stay as they are: their share is 1.
        """
        n = len(groups)
        shuffled = torch.argsort(groups + self.uniform(n))
        partner = torch.empty_like(shuffled)
        # The places of a speaker take the speaker's sentences in a random order.
        partner[torch.argsort(groups, stable=True)] = shuffled
        if self.config.mix <= 0.0:
            return partner, torch.ones(n)
        seed = int(torch.randint(2**31, (1,), generator=self.generator))
        drawn = np.random.default_rng(seed).beta(self.config.mix, self.config.mix, n)
        share = torch.from_numpy(np.maximum(drawn, 1.0 - drawn)).float()
        return partner, torch.where(self.uniform(n) < 0.5, share, torch.ones(()))

    def _stripes(self, n: int, size: int, widest: int) -> Tensor:
        start = self.uniform(n, 1) * size
        width = self.uniform(n, 1) * widest
        place = torch.arange(size)[None]
        return 1.0 - ((place >= start) & (place < start + width)).float()

    def _warped(
        self, powers: Tensor, frames: Tensor, groups: Tensor, out: int
    ) -> tuple[Tensor, Tensor]:
        """Another speed and other frequencies, and a random cut of `out` frames."""
        n, _, length = powers.shape
        config = self.config
        speed = 1.0 + config.speed * (2.0 * self.uniform(n) - 1.0)
        tract = config.tract * (2.0 * self.uniform(int(groups.max()) + 1)[groups] - 1.0)
        factor = 1.0 + tract + config.pitch * (2.0 * self.uniform(n) - 1.0)
        whole = frames / speed
        start = self.uniform(n) * (whole - out).clamp(min=0.0)
        times = (torch.arange(out)[None] + start[:, None]) * speed[:, None]
        hz = self._hz[None] * factor[:, None]
        rows = (2595.0 * torch.log10(1.0 + hz / 700.0) - self._first) / self._step
        grid = torch.stack(
            torch.broadcast_tensors(
                times[:, None] / max(1, length - 1) * 2.0 - 1.0,
                rows[:, :, None] / (BANDS - 1) * 2.0 - 1.0,
            ),
            3,
        )
        # Beyond the highest band nothing is known: the last one stands in.
        warped = functional.grid_sample(
            powers[:, None], grid, padding_mode="border", align_corners=True
        )[:, 0]
        valid = torch.minimum(whole - start, torch.tensor(float(out))).floor().clamp(min=1.0)
        inside = torch.arange(out)[None, None] < valid[:, None, None]
        return warped * inside, valid

    def _in_room(self, x: Tensor, groups: Tensor, count: int) -> Tensor:
        """Adds a tail of echoes that fades by 60 dB in 0.05 to 0.5 s."""
        fade = 0.05 + 0.45 * self.uniform(count) ** 2
        level = 10.0 ** (-(3.0 + 15.0 * self.uniform(count)) / 10.0)
        level = level * (self.uniform(count) < self.config.room)
        taps = 24
        seconds = torch.arange(1, taps + 1) * (HOP / RATE)
        tail = torch.exp(-13.8 * seconds[None] / fade[:, None])
        tail = level[:, None] * tail / tail.sum(1, keepdim=True)
        kernel = torch.cat([torch.ones(count, 1), tail], 1)[groups].flip(1)
        n, frames = x.shape[0], x.shape[2]
        padded = functional.pad(x.transpose(0, 1), (taps, 0))
        return functional.conv1d(padded, kernel[:, None], groups=n).transpose(0, 1)[..., :frames]

    def _gains(self, groups: Tensor, count: int, n: int) -> Tensor:
        """(n, BANDS, 1) gains of microphone, distance and effort."""
        config = self.config
        tilt = functional.interpolate(
            config.tilt_db * self.normal(count, 1, 8), BANDS, mode="linear", align_corners=True
        )[:, 0]
        level = config.level_db * self.normal(count, 1)
        decibel = (tilt + level)[groups] + config.own_level_db * self.normal(n, 1)
        return torch.exp(_DECIBEL * decibel)[:, :, None]

    def _in_noise(self, x: Tensor, valid: Tensor, groups: Tensor, count: int) -> Tensor:
        low, high = self.config.snr_db
        noisy = self.uniform(count) < self.config.noise
        snr = low + (high - low) * self.uniform(count)
        which = torch.randint(len(self._noises), (count,), generator=self.generator)
        result = x.clone()
        for index in range(len(x)):
            group = int(groups[index])
            if not noisy[group]:
                continue
            noise = self._piece(self._noises[int(which[group])], x.shape[2])
            length = int(valid[index])
            ratio = x[index, :, :length].sum() / noise[:, :length].sum().clamp(min=1e-12)
            scaled = noise * ratio * torch.exp(-_DECIBEL * snr[group])
            scaled[:, length:] = 0.0
            result[index] += scaled
        return result

    def _piece(self, noise: Tensor, frames: int) -> Tensor:
        start = int(torch.randint(len(noise), (1,), generator=self.generator))
        places = (torch.arange(frames) + start) % len(noise)
        return noise[places].T
