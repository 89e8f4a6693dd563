"""What the driver's face shows."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.parameters import parameter


@dataclass(frozen=True)
class ExpressionConfig:
    """What the face shows: rate, smoothing, which faces are suited (docs/expression.md)."""

    enabled: bool = parameter(
        True,
        """Read expressions. Off, nothing of the face is judged but what attention needs. Where law
        forbids reading emotions, as the EU does at work but for safety, switch it off.""",
    )
    rate: float = parameter(
        10.0,
        """How often the face is read at most. Expressions change within tenths of a second; with a
        camera of 30 pictures a second every third is read, and each reading costs half a
        millisecond of one core and more (docs/benchmarks.md). 5 halves that and shows the same
        after smoothing.""",
        unit="Hz",
        minimum=1.0,
        maximum=30.0,
    )
    smoothing: float = parameter(
        0.5,
        "Time constant of the probabilities: after this time two thirds of a change are through.",
        unit="s",
        minimum=0.0,
        maximum=10.0,
    )
    max_gap: float = parameter(
        1.5,
        "Time without a suited face after which what was seen before counts no more.",
        unit="s",
        minimum=0.1,
        maximum=10.0,
    )
    max_turned_deg: float = parameter(
        35.0,
        """Turn of the head against the camera beyond which the face is not read: FER2013, cut by
        a detector of frontal faces, has few beyond.""",
        unit="deg",
        minimum=10.0,
        maximum=90.0,
    )
    min_scale: float = parameter(
        0.8,
        """Picture px per px of a 48 px face below which the face is too coarse: what was learned
        from has 1.""",
        minimum=0.2,
        maximum=4.0,
    )
    min_brightness: float = parameter(
        30.0,
        """Mean grey level of the cut face below which it is too dark; 0.1 % of 6,000 faces of
        FER2013 have less than 37.""",
        minimum=0.0,
        maximum=255.0,
    )
    min_contrast: float = parameter(
        18.0,
        """Spread of the grey levels of the cut face below which it is not read; 0.2 % of 6,000
        faces of FER2013 have less.""",
        minimum=0.0,
        maximum=100.0,
    )
    min_sharpness: float = parameter(
        0.25,
        """Spread of the Laplacian of the cut face over that of its grey levels, below which it is
        too blurred. None of 6,000 faces of FER2013 has less than 0.31, nearly half of them when
        blurred by 1 px (one sigma).""",
        minimum=0.0,
        maximum=1.0,
    )
    min_inside: float = parameter(
        0.9,
        "Share of the cut face that must lie inside the picture.",
        minimum=0.0,
        maximum=1.0,
    )
    max_mouth_cover: float = parameter(
        0.5,
        """Cover of the mouth (core/vision/mouth_cover.py) beyond which the face is not read; at 0.5
        1.3 % of uncovered faces have more (docs/expression.md). 1 never asks.""",
        minimum=0.0,
        maximum=1.0,
    )
    usual_time: float = parameter(
        30.0,
        """Time of suited faces over which the driver's usual look is learned, and that the mean
        goes back afterwards.""",
        unit="s",
        minimum=1.0,
        maximum=3600.0,
    )
    usual_strength: float = parameter(
        0.7,
        """How far the usual look is taken off: 0 not at all, 1 so that it reads as resting. Not
        yet measured on people.""",
        minimum=0.0,
        maximum=1.0,
    )
