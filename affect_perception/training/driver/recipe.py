"""How the driver network is trained; config/training/driver.yaml is the recipe of the page."""

from __future__ import annotations

from dataclasses import dataclass, field

from affect_perception.core.errors import ConfigError
from affect_perception.training.learner import LoopConfig


@dataclass(frozen=True)
class DriverNetConfig:
    """Sizes of the network.

    Attributes:
        width: Length of a token.
        layers: Of the Transformer that both parts share.
        heads: Of its attention.
        hidden: Numbers between the two maps of a layer.
        eye_widths: Channels of the convolutions before the tokens of an eye.
        face_widths: The same for the face.
        rank: Of what the map has beside one peak.
        dropout: Share of numbers left out while learning.
    """

    width: int = 96
    layers: int = 3
    heads: int = 4
    hidden: int = 192
    eye_widths: tuple[int, ...] = (16, 32, 64, 96)
    face_widths: tuple[int, ...] = (12, 24, 48, 64)
    rank: int = 8
    dropout: float = 0.1

    def __post_init__(self) -> None:
        sizes = (self.width, self.layers, self.heads, self.hidden, self.rank)
        if min(*sizes, *self.eye_widths, *self.face_widths) < 1 or self.width % self.heads:
            raise ConfigError("network: sizes must be above 0, width a multiple of heads")
        if len(self.eye_widths) < 2 or len(self.face_widths) < 2:
            raise ConfigError("network: eye_widths and face_widths need two stages at least")
        if not 0.0 <= self.dropout < 1.0:
            raise ConfigError("network.dropout must be 0 to below 1")


@dataclass(frozen=True)
class DataConfig:
    """What is drawn and scripted, beside the sets that are read.

    Attributes:
        cabin: Cabin file of the drawn and scripted drivers.
        faces: Faces drawn to learn from.
        faces_checked: Faces drawn to check.
        pictures: Of each face.
        drives: Scripted drives to learn from, eight minutes each.
        drives_checked: Drives to check.
        load_folds: Every so many-th person of the load sets is left out and scored; 0 leaves
            nobody out, for weights that are to learn from everybody.
        joined_weight: Weight of body courses in another order, as for the separate model.
    """

    cabin: str = "sedan_lhd"
    faces: int = 240
    faces_checked: int = 24
    pictures: int = 20
    drives: int = 16
    drives_checked: int = 6
    load_folds: int = 4
    joined_weight: float = 0.25

    def __post_init__(self) -> None:
        counts = (self.faces, self.faces_checked, self.pictures, self.drives, self.drives_checked)
        if min(counts) < 1 or self.joined_weight < 0.0:
            raise ConfigError("data: counts must be above 0, joined_weight not below")
        if self.load_folds != 0 and self.load_folds < 2:
            raise ConfigError("data.load_folds must be above 1, or 0 for nobody left out")


@dataclass(frozen=True)
class BatchShares:
    """How often a task has its turn, relative to the others, and how large its batches are.

    Attributes:
        gaze: Both eyes of people with gaze labels.
        states: Single eyes with lids and states.
        drawn: Drawn drivers.
        slow: Windows of the slow part: scripted drives and body tokens.
        pairs: Pictures in a batch of `gaze` and `drawn`.
        eyes: Patches in a batch of `states`.
        windows: Windows in a batch of `slow`.
    """

    gaze: float = 3.5
    states: float = 4.0
    drawn: float = 2.5
    slow: float = 1.0
    pairs: int = 48
    eyes: int = 80
    windows: int = 128

    def __post_init__(self) -> None:
        shares = (self.gaze, self.states, self.drawn, self.slow)
        if min(shares) < 0.0 or self.gaze <= 0.0 or min(self.pairs, self.eyes, self.windows) < 2:
            raise ConfigError("batches: gaze must be above 0, no share below, sizes above 1")


@dataclass(frozen=True)
class TokenDropout:
    """Probabilities that tokens are taken away from an example while learning.

    Attributes:
        own: The eye in whose frame the map stands, of two.
        other: The other eye.
        face: The face crop.
        head: The head pose.
        window: Everything of one sense in a window of the slow part, and each body channel.
        moment: Each single token of a window.
    """

    own: float = 0.18
    other: float = 0.35
    face: float = 0.4
    head: float = 0.3
    window: float = 0.25
    moment: float = 0.05

    def __post_init__(self) -> None:
        values = (self.own, self.other, self.face, self.head, self.window, self.moment)
        if not (min(values) >= 0.0 and max(values) < 1.0):
            raise ConfigError("tokens: probabilities must be 0 to below 1")


def _loop() -> LoopConfig:
    return LoopConfig(
        epochs=1.0, optimiser="adamw", rate=2e-3, rise=0.15, decay=0.02, averaging=0.998
    )  # fmt: skip


@dataclass(frozen=True)
class DriverRecipe:
    """The recipe.

    Attributes:
        steps: Batches of all tasks together, at one `epochs` of the loop.
        network: Sizes.
        data: What is drawn and scripted.
        batches: Turns and sizes.
        tokens: What is taken away.
        loop: How the weights move; its `batch` is not used.
    """

    steps: int = 14000
    network: DriverNetConfig = field(default_factory=DriverNetConfig)
    data: DataConfig = field(default_factory=DataConfig)
    batches: BatchShares = field(default_factory=BatchShares)
    tokens: TokenDropout = field(default_factory=TokenDropout)
    loop: LoopConfig = field(default_factory=_loop)

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ConfigError("steps must be above 0")
