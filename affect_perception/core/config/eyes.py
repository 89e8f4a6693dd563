"""Eyes and gaze."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.parameters import parameter


@dataclass(frozen=True)
class EyeConfig:
    """Lids: opening of each eye, relative to the driver's own open eye (part `baseline`)."""

    max_turned_deg: float = parameter(
        65.0,
        """An eye whose plane is turned further than this from the line of sight is not used: its
        far lid hides behind the nose or the cheek.""",
        unit="deg",
        minimum=20.0,
        maximum=85.0,
    )
    max_from_above_deg: float = parameter(
        32.0,
        """When the camera looks down on the head by more than this, lids that seem nearly shut
        (hidden_below) may as well be lowered: the eye is then not used, neither as closed nor as
        open.""",
        unit="deg",
        minimum=0.0,
        maximum=90.0,
    )
    hidden_below: float = parameter(
        0.5,
        "Opening below which max_from_above_deg and lowered_line apply.",
        minimum=0.0,
        maximum=1.0,
    )
    lowered_line: float = parameter(
        0.55,
        """Lids that seem nearly shut and meet lower than this, as a share of the depth at which the
        lower lid of the open eye rests, are those of a look down rather than of a closed eye, which
        lifts its lower lid; the eye is then not used. In clips closures meet at 0.1 to 0.5, looks
        down at 0.55 to 0.7 (docs/vision.md). 2 turns this off.""",
        minimum=0.0,
        maximum=2.0,
    )
    min_iris_px: float = parameter(
        4.0,
        "Smallest iris diameter that counts; below it the lids are closer than a pixel or two.",
        unit="px",
        minimum=1.0,
        maximum=50.0,
    )
    max_glare: float = parameter(
        0.06,
        """Share of white pixels between the lids above which glare hides the eye. Behind lamps
        mirrored in glasses (ir_night_driver_frames) 0.06 to 0.16; without, below 0.01 in 99.9 % of
        the eyes of portraits and clips (docs/vision.md).""",
        minimum=0.01,
        maximum=1.0,
    )
    min_contrast: float = parameter(
        0.08,
        """Spread of the grey levels around an eye, as a share of the face's brightness, below which
        an eye that seems open is covered: by a hand, a dark lens. Portraits: 99 % of open eyes are
        above 0.076, 93 % of eyes behind a painted dark lens and half of those behind painted skin
        below 0.08 (docs/vision.md).""",
        minimum=0.0,
        maximum=1.0,
    )
    min_readable: float = parameter(
        0.3,
        """Probability, by the eye network, that an eye can be read at all, below which it is
        covered.""",
        minimum=0.0,
        maximum=1.0,
    )
    sure: float = parameter(
        0.9,
        """Probability of shut eyes, by the eye network, from which they count as closed whatever
        the landmarks of the lids say; between 0 and this it bounds the openness from above.""",
        minimum=0.05,
        maximum=0.99,
    )
    sure_at_first: float = parameter(
        0.75,
        """The same in the first picture of a face, which tells nothing of the driver's own lids:
        there the network for single pictures decides (docs/vision.md).""",
        minimum=0.05,
        maximum=0.99,
    )
    closed_below: float = parameter(
        0.25,
        """Opening (relative to the driver's open eye) below which no gaze is read from the eye: the
        iris is behind the lid.""",
        minimum=0.0,
        maximum=1.0,
    )


@dataclass(frozen=True)
class GazeConfig:
    """From irises and head to the direction of gaze."""

    horizontal_gain: float = parameter(
        1.1,
        """Factor on the sideways turn of the eye in the head, from portraits whose owners look at
        the camera with turned heads (docs/vision.md).""",
        minimum=0.5,
        maximum=3.0,
    )
    vertical_gain: float = parameter(
        1.5,
        """Factor on the vertical turn of the eye in the head: the lids hide part of the iris and
        the network places its centre too near to the middle of what is seen (docs/vision.md).""",
        minimum=0.5,
        maximum=3.0,
    )
    vertical_zero_deg: float = parameter(
        -3.5,
        "Measured vertical turn of an eye that looks straight ahead of the head.",
        unit="deg",
        minimum=-20.0,
        maximum=20.0,
    )
    min_cutoff: float = parameter(
        1.0,
        """Cut-off of the smoothing of the eyes' turn in the head at rest (One Euro filter). Lower
        is steadier and later.""",
        unit="Hz",
        minimum=0.05,
        maximum=100.0,
    )
    beta: float = parameter(
        8.0,
        "Rise of the cut-off with the speed of the eyes; higher follows saccades with less delay.",
        unit="1/rad",
        minimum=0.0,
        maximum=1000.0,
    )
    yaw_std_deg: float = parameter(
        3.5,
        "Floor of the standard deviation of the gaze yaw, common to both eyes.",
        unit="deg",
        minimum=0.1,
        maximum=30.0,
    )
    pitch_std_deg: float = parameter(
        5.0, "The same for the pitch.", unit="deg", minimum=0.1, maximum=30.0
    )
    eye_std_deg: float = parameter(
        4.0, "One sigma of a single eye on top of that.", unit="deg", minimum=0.1, maximum=30.0
    )
    network_yaw_std_deg: float = parameter(
        4.0,
        """Standard deviation of the yaw of one eye by the eye network, on top of what the network
        says itself.""",
        unit="deg",
        minimum=0.1,
        maximum=30.0,
    )
    network_pitch_std_deg: float = parameter(
        4.0, "The same for the pitch.", unit="deg", minimum=0.1, maximum=30.0
    )
    network_vertical_gain: float = parameter(
        1.5,
        """Factor on the vertical turn of the eye in the head by the eye network: it gives 0.44 to
        0.52 of the movement on webcam_gaze_faces and 0.5 on the synthetic driver
        (docs/vision.md).""",
        minimum=0.5,
        maximum=3.0,
    )
    hold_time: float = parameter(
        0.3,
        """For how long the last direction of the eyes stands while both are shut or blink, before
        the direction of the head stands in. Blinks last 0.1 to 0.3 s.""",
        unit="s",
        minimum=0.0,
        maximum=2.0,
    )
    head_yaw_std_deg: float = parameter(
        12.0,
        """Standard deviation of the gaze yaw when the head direction stands in: how far the eyes
        usually stray from the head.""",
        unit="deg",
        minimum=1.0,
        maximum=60.0,
    )
    head_pitch_std_deg: float = parameter(
        10.0, "The same for the pitch.", unit="deg", minimum=1.0, maximum=60.0
    )
