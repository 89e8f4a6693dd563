"""Every parameter of the package: default, unit, range, meaning. The only place with defaults.

The YAML under `config/`, its schema, the ROS parameters and docs/parameters.md are generated from
these classes. The flat name of a parameter is `part.field`, for instance
`attention.long_distraction`. Durations are seconds, angles radians unless the name ends in `_deg`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from affect_perception.core.parameters import parameter, part


@dataclass(frozen=True)
class CameraConfig:
    """The camera and where the driver sits in its picture."""

    horizontal_fov_deg: float = parameter(
        60.0,
        """Horizontal field of view assumed while no camera_info has arrived; the states then carry
        the reason intrinsics_assumed.""",
        unit="deg",
        minimum=10.0,
        maximum=150.0,
    )
    driver_region_x: float = parameter(
        0.5,
        """Centre of the square driver region, as a share of the image width (0 left, 1 right). The
        detector looks there first; a wide cabin camera that sees both front seats needs it off
        centre.""",
        minimum=0.0,
        maximum=1.0,
    )
    driver_region_size: float = parameter(
        1.0,
        """Side of the square driver region as a share of the image height. A smaller region finds
        smaller faces and is blind outside.""",
        minimum=0.2,
        maximum=1.0,
    )


@dataclass(frozen=True)
class InferenceConfig:
    """How networks are run."""

    provider: str = parameter(
        "cpu",
        "Execution provider of ONNX Runtime.",
        choices=("cpu", "cuda", "tensorrt"),
    )
    fallback: str = parameter(
        "none",
        """What serves when the provider is not available: none stops start-up with an error, the
        others are used and reported in diagnostics.""",
        choices=("none", "cuda", "cpu"),
    )
    threads: int = parameter(
        1,
        """Threads within one network. More than one gains little for these networks and collapses
        when the cores are shared.""",
        minimum=1,
        maximum=16,
    )


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
        """A face found again within this time at the same place keeps its track number and its
        eye baseline.""",
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
    switch_time: float = parameter(
        1.5,
        "See switch_ratio.",
        unit="s",
        minimum=0.0,
        maximum=60.0,
    )


@dataclass(frozen=True)
class AttentionConfig:
    """How observations of face and gaze become glances, closures and alerts.

    The limits of the alerts themselves (3 s, 10 s in 30 s, ...) belong to the policy profile in
    `core/attention/profile.py`, because they come from a norm and not from taste.
    """

    profile: str = parameter(
        "euro_ncap_2026",
        "Policy profile: the limits, the recovery and the speeds that decide about alerts.",
        choices=("euro_ncap_2026",),
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
    blink_below: float = parameter(
        0.5,
        "Openness below which a blink begins (half amplitude, the usual measure of its length).",
        minimum=0.2,
        maximum=0.8,
    )
    blink_above: float = parameter(
        0.6,
        "Openness from which a blink ends.",
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
    perclos_window: float = parameter(
        60.0,
        "Length of the window of PERCLOS and of the mean closure duration.",
        unit="s",
        minimum=10.0,
        maximum=600.0,
    )
    perclos_min_usable: float = parameter(
        20.0,
        "Usable time in the window from which PERCLOS is given.",
        unit="s",
        minimum=1.0,
        maximum=600.0,
    )
    yawn_opening: float = parameter(
        0.45,
        """Mouth opening (inner lip distance over mouth width) from which a yawn may begin; yawns of
        two people on clips reached 0.9 and 1.0, their speech 0.5.""",
        minimum=0.2,
        maximum=1.5,
    )
    yawn_min: float = parameter(
        2.0,
        """The mouth must stay that wide this long to count as a yawn. Speech opens it for a few
        tenths of a second, surprise and singing for up to 1.8 s on clips.""",
        unit="s",
        minimum=0.5,
        maximum=5.0,
    )
    yawn_grace: float = parameter(
        1.0,
        """Eyes shut while the mouth is wide open belong to the yawn and are no sleep; nor is a
        closure that began so, until this long after the mouth has closed.""",
        unit="s",
        minimum=0.0,
        maximum=5.0,
    )
    speed_timeout: float = parameter(
        2.0,
        """Age of the last speed from which it is unknown. With unknown speed the driver is
        monitored as if driving.""",
        unit="s",
        minimum=0.1,
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
        "Floor of the yaw's standard deviation: what differs between faces.",
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
    max_turned_deg: float = parameter(
        75.0,
        """Beyond this angle between face and line of sight the pose is reported as uncertain
        (head_turned_away).""",
        unit="deg",
        minimum=20.0,
        maximum=120.0,
    )


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


@dataclass(frozen=True)
class EyeConfig:
    """Lids: opening of each eye and the driver's own open eye."""

    max_turned_deg: float = parameter(
        65.0,
        """An eye whose plane is turned further than this from the line of sight is not used: its
        far lid hides behind the nose or the cheek.""",
        unit="deg",
        minimum=20.0,
        maximum=85.0,
    )
    max_from_above_deg: float = parameter(
        22.0,
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
        0.25,
        "Share of white pixels around an eye above which glare hides it.",
        minimum=0.01,
        maximum=1.0,
    )
    closed_below: float = parameter(
        0.25,
        """Opening (relative to the driver's open eye) below which no gaze is read from the eye: the
        iris is behind the lid.""",
        minimum=0.0,
        maximum=1.0,
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
    baseline_time: float = parameter(
        20.0,
        "Usable time after which the driver's open eye counts as known (progress 1).",
        unit="s",
        minimum=1.0,
        maximum=600.0,
    )
    baseline_memory: float = parameter(
        300.0,
        "Time constant with which the driver's open eye follows changes.",
        unit="s",
        minimum=10.0,
        maximum=36000.0,
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
        4.0,
        "Standard deviation of a single eye on top of that.",
        unit="deg",
        minimum=0.1,
        maximum=30.0,
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


@dataclass(frozen=True)
class PipelineConfig:
    """Everything that decides what the pipeline computes."""

    camera: CameraConfig = part(CameraConfig)
    inference: InferenceConfig = part(InferenceConfig)
    attention: AttentionConfig = part(AttentionConfig)
    face_tracking: FaceTrackingConfig = part(FaceTrackingConfig)
    image_quality: ImageQualityConfig = part(ImageQualityConfig)
    head_pose: HeadPoseConfig = part(HeadPoseConfig)
    eyes: EyeConfig = part(EyeConfig)
    gaze: GazeConfig = part(GazeConfig)


@dataclass(frozen=True)
class NodeConfig:
    """What the node face_perception adds around the pipeline."""

    autostart: bool = parameter(
        True,
        """Configure and activate at start; a failure then ends the process. With false the node
        waits in the state unconfigured for a lifecycle manager.""",
    )
    cabin: str = parameter(
        "sedan_lhd",
        "Cabin geometry: a name under config/cabins, or the path of a YAML file.",
    )
    cabin_frame: str = parameter(
        "cabin",
        "header.frame_id of AttentionState: the name of the cabin frame in your TF tree.",
    )
    image_transport: str = parameter(
        "raw",
        """Which pictures to subscribe to: raw (topic image_raw) or compressed (topic
        image_raw/compressed, JPEG or PNG).""",
        choices=("raw", "compressed"),
    )
    image_backend: str = parameter(
        "auto",
        "Who converts pictures: cv_bridge, our builtin code, or cv_bridge where installed (auto).",
        choices=("auto", "cv_bridge", "builtin"),
    )
    camera_info_wait: float = parameter(
        1.0,
        """How long pictures are held back for a camera_info at start and after its loss. After
        that they are used with the last calibration, or, if there was none, with
        camera.horizontal_fov_deg and the reason intrinsics_assumed.""",
        unit="s",
        minimum=0.0,
        maximum=60.0,
    )
    camera_info_slop: float = parameter(
        0.005,
        """Largest difference of stamps at which a picture and a camera_info belong together. Camera
        drivers publish both with one stamp; more than half a picture period pairs neighbours.""",
        unit="s",
        minimum=0.0001,
        maximum=1.0,
    )
    no_frame_timeout: float = parameter(
        1.0,
        """Time without a usable picture after which the state is published as UNAVAILABLE with the
        reason no_frame, once a second, with the stamp of the last picture. Without any picture for
        that long diagnostics turn STALE.""",
        unit="s",
        minimum=0.1,
        maximum=60.0,
    )
    landmarks: bool = parameter(
        True,
        """Put the 478 landmarks into FaceObservation (5.7 kB a picture). They describe the shape of
        the face; turn off what nobody reads.""",
    )
    overlay: bool = parameter(
        False,
        """Publish the picture with the face mesh drawn on it. This is a picture of the driver: off
        by default, and announced in the log and in diagnostics when on.""",
    )


@dataclass(frozen=True)
class CameraTopicsConfig:
    """How the nodes camera and sim_camera publish."""

    frame_id: str = parameter(
        "camera_optical",
        "header.frame_id of the pictures: optical frame, z forward, x right, y down (REP-103).",
    )
    raw: bool = parameter(True, "Publish image_raw.")
    compressed: bool = parameter(
        True, "Publish image_raw/compressed (JPEG), when somebody subscribes."
    )
    jpeg_quality: int = parameter(
        90, "Quality of the JPEG pictures, 100 is best.", minimum=1, maximum=100
    )


@dataclass(frozen=True)
class CameraNodeConfig:
    """The node camera: a webcam through OpenCV."""

    device: str = parameter(
        "0", "Number of the camera (0 is the first), or a path such as /dev/video2."
    )
    width: int = parameter(640, "Asked width.", unit="px", minimum=16, maximum=8192)
    height: int = parameter(480, "Asked height.", unit="px", minimum=16, maximum=8192)
    frame_rate: float = parameter(
        30.0, "Asked pictures per second.", unit="Hz", minimum=1.0, maximum=240.0
    )
    calibration: str = parameter(
        "",
        """Calibration file as written by camera_calibration (YAML). Without one camera_info says
        that the camera is not calibrated (K all zero).""",
    )
    topics: CameraTopicsConfig = part(CameraTopicsConfig)


@dataclass(frozen=True)
class SimCameraNodeConfig:
    """The node sim_camera: the synthetic driver as a camera, in real time."""

    scenario: str = parameter("demo", "Name of a shipped scenario, or the path of a YAML file.")
    cabin: str = parameter(
        "sedan_lhd",
        "Cabin whose zones the scenario can name: a name under config/cabins, or a path.",
    )
    loop: bool = parameter(
        True, "Start again at the end (stamps run on). With false the node ends."
    )
    start_delay: float = parameter(
        1.0,
        "Time before the first picture, in which subscribers find the topics.",
        unit="s",
        minimum=0.0,
        maximum=60.0,
    )
    truth: bool = parameter(
        True, "Publish what the synthetic driver really does on the topic driver_truth (JSON)."
    )
    topics: CameraTopicsConfig = part(CameraTopicsConfig)


NODE_CONFIGS: Mapping[str, tuple[type, ...]] = MappingProxyType(
    {
        "face_perception": (NodeConfig, PipelineConfig),
        "camera": (CameraNodeConfig,),
        "sim_camera": (SimCameraNodeConfig,),
    }
)
"""Which classes make up the parameters of each node."""
