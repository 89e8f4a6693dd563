"""What is seen of the driver: face, head, picture quality."""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.parameters import parameter


@dataclass(frozen=True)
class FaceTrackingConfig:
    """Finding the driver's face and keeping it."""

    detection_threshold: float = parameter(
        0.5,
        """Smallest score of the short-range detector that counts as a face (published default of
        the detector). Lower finds more turned and covered faces, and more that are none.""",
        minimum=0.05,
        maximum=0.99,
    )
    full_range_threshold: float = parameter(
        0.6,
        "The same for the full-range detector, which searches when the short range finds nothing.",
        minimum=0.05,
        maximum=0.99,
    )
    presence_acquire: float = parameter(
        0.8,
        "Presence from which a newly found face is taken as one.",
        minimum=0.05,
        maximum=0.99,
    )
    presence_hold: float = parameter(
        0.5,
        """Presence below which a tracked face is given up at once. Keep it under presence_acquire,
        so that a face at the limit does not flicker.""",
        minimum=0.01,
        maximum=0.99,
    )
    search_interval: float = parameter(
        0.065,
        """While no face is tracked, the short-range detector runs this often. The sum with
        full_range_interval bounds how late a returning driver is found.""",
        unit="s",
        minimum=0.0,
        maximum=1.0,
    )
    full_range_interval: float = parameter(
        0.13,
        "While no face is tracked and the short range finds none, the full range runs this often.",
        unit="s",
        minimum=0.0,
        maximum=5.0,
    )
    verify_interval: float = parameter(
        1.0,
        """While a face is tracked, the detector runs this often to count the faces in the driver
        region, so that passengers are known before the driver leaves.""",
        unit="s",
        minimum=0.1,
        maximum=60.0,
    )
    small_face: float = parameter(
        48.0,
        """Width of the face below which it is reported as small: the irises are then under three
        pixels wide.""",
        unit="px",
        minimum=8.0,
        maximum=1000.0,
    )
    max_gap: float = parameter(
        0.4,
        """A gap between pictures longer than this starts with a new detection, because the face
        may have moved out of the tracked square.""",
        unit="s",
        minimum=0.05,
        maximum=5.0,
    )
    reacquire_time: float = parameter(
        1.0,
        "A face found again within this time at the same place keeps its track number.",
        unit="s",
        minimum=0.0,
        maximum=10.0,
    )
    max_offset: float = parameter(
        1.35,
        """How far from the centre of the driver region a face may be and still be the driver's,
        in half widths of the region. Lower it where a passenger sits beside the region.""",
        minimum=0.2,
        maximum=10.0,
    )
    seat_time: float = parameter(
        2.0,
        "Time of tracking after which the driver's place in the picture counts as known.",
        unit="s",
        minimum=0.1,
        maximum=60.0,
    )
    seat_radius: float = parameter(
        2.0,
        """Once the driver's place is known, only a face within this many face widths of it can
        become the driver: a passenger does not take over because the driver left.""",
        minimum=0.5,
        maximum=20.0,
    )
    seat_memory: float = parameter(
        60.0,
        "The driver's place is forgotten after this time without a driver.",
        unit="s",
        minimum=0.0,
        maximum=3600.0,
    )
    bystander_memory: float = parameter(
        3.0,
        """A face seen beside the driver is never taken as the driver until it has been out of
        sight for this time.""",
        unit="s",
        minimum=0.0,
        maximum=600.0,
    )
    switch_ratio: float = parameter(
        1.5,
        """Another face takes over from the tracked one if its suitability (size, weighted by the
        distance to the centre of the driver region) is this many times higher for switch_time.""",
        minimum=1.0,
        maximum=100.0,
    )
    switch_time: float = parameter(1.5, "See switch_ratio.", unit="s", minimum=0.0, maximum=60.0)


@dataclass(frozen=True)
class ImageQualityConfig:
    """When a picture is too poor to be trusted."""

    min_brightness: float = parameter(
        0.06,
        """Mean grey level of the face (of the driver region without a face) below which the
        picture is underexposed, 0..1.""",
        minimum=0.0,
        maximum=0.5,
    )
    max_saturated: float = parameter(
        0.35,
        "Share of white pixels above which the picture is overexposed.",
        minimum=0.01,
        maximum=1.0,
    )
    min_contrast: float = parameter(
        0.03,
        "Standard deviation of the grey level below which the picture has low contrast, 0..1.",
        minimum=0.0,
        maximum=0.5,
    )
    min_sharpness: float = parameter(
        60.0,
        """Variance of the Laplacian of the face, scaled to 192 px and divided by its contrast,
        below which it is blurred: reached with a blur of 4 to 8 px in clips of 480 lines, where
        landmarks shift by 2 to 4 % of the eye distance.""",
        minimum=0.0,
        maximum=10000.0,
    )
    interval: float = parameter(
        0.1,
        "The picture is judged this often; light changes slowly, and the result holds in between.",
        unit="s",
        minimum=0.0,
        maximum=1.0,
    )
    covered_contrast: float = parameter(
        0.02,
        """Without a face, a driver region with a contrast below this is one even surface: the
        camera is covered, or it is pitch dark.""",
        minimum=0.0,
        maximum=0.5,
    )
    frozen: float = parameter(
        1.0,
        """For how long pictures with new stamps, at least five, may be the same to the last bit
        before the camera counts as frozen (frozen_picture). Those of a living camera carry noise.
        0 turns it off, for a source that shows still pictures on purpose.""",
        unit="s",
        minimum=0.0,
        maximum=60.0,
    )


@dataclass(frozen=True)
class HeadPoseConfig:
    """From landmarks to the pose of the head."""

    depth_gain: float = parameter(
        1.15,
        """Factor on the mesh network's depth, which is a little flat: above 1 lets the head turn
        further. Measured on marked head angles and on the synthetic driver (docs/vision.md).""",
        minimum=0.5,
        maximum=2.0,
    )
    min_cutoff: float = parameter(
        1.0,
        """Cut-off of the smoothing for a head at rest (One Euro filter). Lower is steadier and
        later.""",
        unit="Hz",
        minimum=0.05,
        maximum=100.0,
    )
    beta: float = parameter(
        20.0,
        """Rise of the cut-off with the speed of the head. Higher follows fast turns with less
        delay.""",
        unit="1/rad",
        minimum=0.0,
        maximum=1000.0,
    )
    yaw_std_deg: float = parameter(
        3.0,
        "Floor of the yaw's one sigma: faces differ.",
        unit="deg",
        minimum=0.1,
        maximum=30.0,
    )
    pitch_std_deg: float = parameter(
        5.0, "The same for the pitch.", unit="deg", minimum=0.1, maximum=30.0
    )
    roll_std_deg: float = parameter(
        1.5, "The same for the roll.", unit="deg", minimum=0.1, maximum=30.0
    )
    turned_std: float = parameter(
        0.1,
        "Standard deviation added per angle between face and line of sight (rad per rad).",
        minimum=0.0,
        maximum=1.0,
    )
    max_error: float = parameter(
        0.15,
        """Misfit of the mean face (share of the eye distance) above which the pose is reported as
        uncertain (pose_uncertain). In clips of real faces it stays below 0.11.""",
        minimum=0.01,
        maximum=10.0,
    )
    max_turned_deg: float = parameter(
        75.0,
        "Angle between face and line of sight beyond which head_turned_away is reported.",
        unit="deg",
        minimum=20.0,
        maximum=120.0,
    )
