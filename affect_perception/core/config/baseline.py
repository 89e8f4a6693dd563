"""What is learnt of the driver while driving."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.parameters import parameter


@dataclass(frozen=True)
class BaselineConfig:
    """The driver's own baseline: open eyes, road-ahead direction, rest pose of the head."""

    file: str = parameter(
        "",
        """Where road-ahead direction and rest pose are kept from drive to drive; empty keeps
        nothing. The file holds five angles and two durations, nothing of the face
        (docs/calibration.md). Read at configure, written at deactivate and shutdown.""",
    )
    file_weight: float = parameter(
        30.0,
        """What is read from the file counts as much as this long an observation: seat or driver may
        have changed since.""",
        unit="s",
        minimum=1.0,
        maximum=600.0,
    )
    longest_step: float = parameter(
        0.2,
        """A picture counts by the time since the one before, but for no more than this: a gap says
        nothing about the driver.""",
        unit="s",
        minimum=0.02,
        maximum=2.0,
    )
    open_gap: float = parameter(
        0.62,
        """Lid gap over iris diameter that counts as open before the driver's own is known: median
        of 1,196 adult portraits (docs/vision.md).""",
        minimum=0.2,
        maximum=1.5,
    )
    min_open_gap: float = parameter(
        0.35,
        """The driver's open eye is never taken to be narrower than this (5th percentile of the same
        portraits), so that sleep at the start is not learned as open.""",
        minimum=0.05,
        maximum=1.0,
    )
    eyes_time: float = parameter(
        20.0,
        "Usable time after which the driver's open eyes count as known (progress 1).",
        unit="s",
        minimum=1.0,
        maximum=600.0,
    )
    eyes_memory: float = parameter(
        300.0,
        "Time constant with which the driver's open eyes follow eyes that open wider.",
        unit="s",
        minimum=10.0,
        maximum=36000.0,
    )
    eyes_settle_time: float = parameter(
        120.0,
        """Usable time after which the open eyes follow narrower ones only slowly
        (eyes_fall_per_hour). Before it they follow both ways: the first guess may be wrong.""",
        unit="s",
        minimum=1.0,
        maximum=3600.0,
    )
    eyes_fall_per_hour: float = parameter(
        0.1,
        """Share by which the open eyes may become narrower in an hour of usable time once settled.
        Lids that sink with tiredness do so within tens of minutes and must go on showing as
        narrower; a wrong first guess must be forgotten within a drive.""",
        unit="1/h",
        minimum=0.0,
        maximum=2.0,
    )
    eyes_learn_above: float = parameter(
        0.35,
        "Opening (of the known open eye) below which an eye is shutting and teaches nothing.",
        minimum=0.0,
        maximum=0.8,
    )
    looking_down_deg: float = parameter(
        15.0,
        """Gaze or head this far below the road: the lids follow the look down and teach
        nothing about the open eye.""",
        unit="deg",
        minimum=5.0,
        maximum=60.0,
    )
    road_ahead: str = parameter(
        "learned",
        """learned: the gaze's most frequent direction while driving is taken for the road ahead,
        and what it is off by is taken from every gaze. fixed: the road is seen at
        road_ahead_yaw_deg, road_ahead_pitch_deg.""",
        choices=("learned", "fixed"),
    )
    road_ahead_yaw_deg: float = parameter(
        0.0,
        """With road_ahead fixed: gaze yaw that is measured while the driver looks at the road
        ahead, positive to the left.""",
        unit="deg",
        minimum=-40.0,
        maximum=40.0,
    )
    road_ahead_pitch_deg: float = parameter(
        -1.0,
        "The same for the pitch, positive upwards.",
        unit="deg",
        minimum=-40.0,
        maximum=40.0,
    )
    true_ahead_yaw_deg: float = parameter(
        0.0,
        "Where the road ahead really is in the cabin frame.",
        unit="deg",
        minimum=-40.0,
        maximum=40.0,
    )
    true_ahead_pitch_deg: float = parameter(
        -1.0,
        """The same for the pitch: drivers rest their eyes a little below the horizon, about where
        they will be in two seconds or more.""",
        unit="deg",
        minimum=-40.0,
        maximum=40.0,
    )
    ahead_time: float = parameter(
        60.0,
        """Time near the most frequent direction from which that is fully believed (progress 1).
        openpilot's driver monitoring takes 60 s for its pose.""",
        unit="s",
        minimum=5.0,
        maximum=3600.0,
    )
    ahead_start: float = parameter(
        10.0,
        "Time near it from which it is believed at all; from here to ahead_time ever more.",
        unit="s",
        minimum=0.0,
        maximum=3600.0,
    )
    ahead_memory: float = parameter(
        360.0,
        "Time constant with which old directions fade (openpilot: 6 min).",
        unit="s",
        minimum=30.0,
        maximum=36000.0,
    )
    ahead_share: float = parameter(
        0.25,
        """Share of the gaze that must lie within ahead_radius_deg of its most frequent direction;
        below it there is no such direction to believe in.""",
        minimum=0.05,
        maximum=0.9,
    )
    ahead_radius_deg: float = parameter(
        8.0,
        """What counts as looking at the road centre, around the most frequent direction (Victor et
        al. 2005 take a circle of 8 degrees radius around the mode of the gaze).""",
        unit="deg",
        minimum=2.0,
        maximum=20.0,
    )
    ahead_limit_deg: float = parameter(
        12.0,
        """A most frequent gaze further than this from true_ahead is not believed to be the road
        (reason road_ahead_implausible while driving): instruments begin at about 14 degrees. The
        camera has moved, the cabin file is wrong, or the driver looks elsewhere.""",
        unit="deg",
        minimum=2.0,
        maximum=40.0,
    )
    head_limit_deg: float = parameter(
        25.0,
        "The same for the direction of the head at rest.",
        unit="deg",
        minimum=2.0,
        maximum=60.0,
    )
    ahead_rate_deg: float = parameter(
        0.5,
        "Largest change of the offset in one second, so that no zone jumps.",
        unit="deg",
        minimum=0.01,
        maximum=10.0,
    )
    mount_std_deg: float = parameter(
        4.0,
        """How far cameras are usually turned against their cabin file, one sigma. As far as what is
        off is the camera's rather than the person's, the eyes are moved too (docs/calibration.md);
        0 says that the camera stands as in the file, and leaves the eyes where they are seen.""",
        unit="deg",
        minimum=0.0,
        maximum=20.0,
    )
    gaze_std_max_deg: float = parameter(
        12.0,
        "A gaze less certain than this (yaw or pitch) teaches nothing.",
        unit="deg",
        minimum=1.0,
        maximum=60.0,
    )
    learn_above_speed: float = parameter(
        8.0,
        """Speed above which a driver mostly looks ahead, so that the most frequent direction is the
        road. openpilot takes 13 m/s.""",
        unit="m/s",
        minimum=0.0,
        maximum=60.0,
    )
    learn_without_speed: bool = parameter(
        True,
        """Learn road ahead and rest pose also while the speed is not known. Then what the driver
        looks at most within ahead_limit_deg is taken for the road, also in a parked vehicle;
        switch it off where that may happen.""",
    )
    change_absence: float = parameter(
        5.0,
        """No face for longer than this while the vehicle stands or its speed is unknown: whoever is
        seen next is taken for another driver, and everything is learnt afresh.""",
        unit="s",
        minimum=0.5,
        maximum=3600.0,
    )
    change_seat_empty: float = parameter(
        2.0,
        """As short as this suffices if the next face has a new track number: it is not where the
        last one was lost.""",
        unit="s",
        minimum=0.0,
        maximum=3600.0,
    )
    change_below_speed: float = parameter(
        1.5,
        "Nobody changes seats above this speed.",
        unit="m/s",
        minimum=0.0,
        maximum=20.0,
    )
