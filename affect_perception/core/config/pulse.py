"""The pulse from the colour of the skin."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.parameters import parameter


@dataclass(frozen=True)
class PulseConfig:
    """The pulse from the colour of the skin: when it is looked for and given (docs/pulse.md)."""

    enabled: bool = parameter(
        False,
        """Read the heart rate from the colour of the face. Off by default: a heart rate is health
        data of the driver, whom no sensor on the body tells that it is taken (docs/privacy.md), and
        the rates have been checked on the synthetic driver only.""",
    )
    window: float = parameter(
        10.0,
        """Length of skin colour that a rate rests on. Longer windows stand more noise and follow a
        changing rate later: the rate is that of the middle of the window.""",
        unit="s",
        minimum=6.0,
        maximum=30.0,
    )
    min_window: float = parameter(
        6.0,
        """Length of skin colour from which a rate may be given after a start.""",
        unit="s",
        minimum=4.0,
        maximum=30.0,
    )
    interval: float = parameter(
        1.0,
        "Time between two estimates; each costs about a millisecond of one core.",
        unit="s",
        minimum=0.2,
        maximum=10.0,
    )
    max_gap: float = parameter(
        0.4,
        """Longest time without a usable picture that is bridged: half of a quick heartbeat. After a
        longer one what was seen before is dropped.""",
        unit="s",
        minimum=0.1,
        maximum=2.0,
    )
    min_frame_rate: float = parameter(
        12.0,
        """Pictures per second below which no rate is given: three to a beat at 240 beats a minute,
        with nothing to average.""",
        unit="Hz",
        minimum=8.0,
        maximum=60.0,
    )
    min_quality: float = parameter(
        0.8,
        """Quality below which no rate is given. The quality is the probability, learned on made
        colours, that the rate is right within 5 beats per minute; from 0.8 on 3 % of the rates
        were wrong there, and 2 % of the seconds without any pulse got one.""",
        minimum=0.05,
        maximum=0.99,
    )
    good_quality: float = parameter(
        0.95,
        "Quality from which a rate is fully available; below it is degraded.",
        minimum=0.05,
        maximum=0.999,
    )
    max_turn_speed: float = parameter(
        0.7,
        """Speed of the head's turning from which a moment counts as moving: 40 degrees a second.
        Looking at a mirror takes some 100, sway and talking stay below 20.""",
        unit="rad/s",
        minimum=0.1,
        maximum=10.0,
    )
    max_shift_speed: float = parameter(
        0.6,
        """Speed of the face across the picture, in distances of the outer eye corners per second,
        from which a moment counts as moving.""",
        unit="1/s",
        minimum=0.05,
        maximum=20.0,
    )
    max_moving: float = parameter(
        0.5,
        "Share of the window in motion from which no rate is given.",
        minimum=0.05,
        maximum=1.0,
    )
    max_light_speed: float = parameter(
        0.5,
        """Relative change of the skin's brightness per second from which a moment counts as a
        change of light.""",
        unit="1/s",
        minimum=0.05,
        maximum=20.0,
    )
    max_light_changing: float = parameter(
        0.5,
        "Share of the window in changing light from which no rate is given.",
        minimum=0.05,
        maximum=1.0,
    )
    drift: float = parameter(
        2.0,
        """How fast heart rates wander: one sigma of the change in a second, growing with the
        square root of time. At 2 a rate may rise by 30 beats in half a minute.""",
        unit="1/min",
        minimum=0.2,
        maximum=20.0,
    )
