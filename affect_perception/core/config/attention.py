"""Glances, closures, drowsiness and alerts."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.parameters import parameter


@dataclass(frozen=True)
class AttentionConfig:
    """How observations of face and gaze become glances, closures and alerts.

    The limits of the alerts themselves (3 s, 10 s in 30 s, ...) belong to the policy profile
    (config/profiles), because they come from a norm and not from taste.
    """

    profile: str = parameter(
        "euro_ncap_2026",
        """Policy profile: the limits, the recovery and the speeds that decide about alerts. Name
        of a shipped one (euro_ncap_2026, eu_addw, nhtsa_2013, attend, un_r171) or path of a file
        (docs/attention.md).""",
    )
    hold: float = parameter(
        0.25,
        """Longest time without a usable picture that is bridged with the last state. Longer gaps
        end glances and closures, and their time counts nowhere. Below 4 pictures/s nothing is
        bridged and the state carries low_frame_rate.""",
        unit="s",
        minimum=0.05,
        maximum=1.0,
    )
    stamp_jump: float = parameter(
        5.0,
        """A step of the stamps larger than this, in either direction, starts everything afresh
        (reason stamp_jump); a smaller step backwards only drops the picture.""",
        unit="s",
        minimum=1.0,
        maximum=3600.0,
    )
    on_road_enter: float = parameter(
        0.5,
        """Probability of the road zones from which the gaze counts as back on the road. Higher
        values ask for more certainty, and leave a driver with a biased gaze off the road.""",
        minimum=0.5,
        maximum=0.99,
    )
    on_road_leave: float = parameter(
        0.35,
        """Probability of the road zones below which the gaze counts as off the road. The distance
        to on_road_enter is the hysteresis: here 0.4 standard deviations of the gaze.""",
        minimum=0.01,
        maximum=0.5,
    )
    gaze_std_max: float = parameter(
        0.35,
        """Standard deviation of the gaze (yaw or pitch) from which it says nothing about zones.
        Lower values give fewer wrong glances and more time without a statement.""",
        unit="rad",
        minimum=0.05,
        maximum=1.0,
    )
    glance_min: float = parameter(
        0.12,
        """Shortest glance: a new zone must last this long, then counts from its first picture (ISO
        15007 practice: gaps up to 120 ms are filtered).""",
        unit="s",
        minimum=0.0,
        maximum=1.0,
    )
    glance_return_min: float = parameter(
        0.2,
        """A return to the road must last this long to end a glance away, so that a flick does not
        restart the count (UN R171 takes 200 ms for re-engagement).""",
        unit="s",
        minimum=0.0,
        maximum=2.0,
    )
    closed_below: float = parameter(
        0.2,
        """Openness below which the eyes count as closed (P80: lids at least 80 % closed, relative
        to the driver's own open eye).""",
        minimum=0.05,
        maximum=0.5,
    )
    open_above: float = parameter(
        0.35,
        "Openness from which closed eyes count as open again.",
        minimum=0.1,
        maximum=0.9,
    )
    reopening_min: float = parameter(
        0.1,
        """Eyes that open only in part (below blink_above) must do so this long to end a closure:
        lids flutter, and landmarks on closed eyes jump for single pictures.""",
        unit="s",
        minimum=0.0,
        maximum=0.5,
    )
    openness_std_max: float = parameter(
        0.3,
        "Standard deviation of the openness of an eye from which that eye is not believed.",
        minimum=0.05,
        maximum=1.0,
    )
    look_down_start_deg: float = parameter(
        12.0,
        """Downward pitch of the head from which the closed threshold falls, because lids follow a
        downward look; at twice this pitch a lowered lid is unknown instead of closed, and the
        direction of the head decides about the road.""",
        unit="deg",
        minimum=5.0,
        maximum=40.0,
    )
    blink_above: float = parameter(
        0.6,
        """Openness from which eyes that were shut are open without a doubt, and need not be so for
        reopening_min.""",
        minimum=0.3,
        maximum=0.95,
    )
    blink_max: float = parameter(
        0.5,
        """Longest blink. Longer closures are slow closures and enter PERCLOS; shorter ones do not
        interrupt a glance.""",
        unit="s",
        minimum=0.2,
        maximum=1.0,
    )
    speed_timeout: float = parameter(
        2.0,
        """Age of the last speed from which it is unknown. With unknown speed the driver is
        monitored as if driving.""",
        unit="s",
        minimum=0.1,
        maximum=60.0,
    )
