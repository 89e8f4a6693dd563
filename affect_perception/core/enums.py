"""The closed vocabularies of the package: states, reasons and levels.

The numbers of the `IntEnum` classes are those of the message constants, with UNKNOWN = 0
throughout; the strings of the `str` enums are what the messages carry.
"""

from __future__ import annotations

from enum import Enum, IntEnum


class Availability(IntEnum):
    """Whether an output can be used."""

    UNKNOWN = 0
    UNAVAILABLE = 1
    DEGRADED = 2
    AVAILABLE = 3


class Reason(str, Enum):
    """Why an output is degraded or unavailable; the value is what the messages carry."""

    NO_FRAME = "no_frame"
    UNDEREXPOSED = "underexposed"
    OVEREXPOSED = "overexposed"
    LOW_CONTRAST = "low_contrast"
    BLURRED = "blurred"
    CAMERA_COVERED = "camera_covered"
    FROZEN_PICTURE = "frozen_picture"
    NO_FACE = "no_face"
    FACE_SMALL = "face_small"
    FACE_AT_EDGE = "face_at_edge"
    FACE_OCCLUDED = "face_occluded"
    HEAD_TURNED_AWAY = "head_turned_away"
    GLARE = "glare"
    POSE_UNCERTAIN = "pose_uncertain"
    LEFT_EYE_UNUSABLE = "left_eye_unusable"
    RIGHT_EYE_UNUSABLE = "right_eye_unusable"
    EYES_UNUSABLE = "eyes_unusable"
    EYES_CLOSED = "eyes_closed"
    GAZE_FROM_HEAD = "gaze_from_head"
    ROAD_AHEAD_IMPLAUSIBLE = "road_ahead_implausible"
    INTRINSICS_ASSUMED = "intrinsics_assumed"
    STAMP_BACKWARDS = "stamp_backwards"
    STAMP_JUMP = "stamp_jump"
    LOW_FRAME_RATE = "low_frame_rate"


class ExpressionReason(str, Enum):
    """Why a face is not read; the value is what messages carry."""

    OFF = "off"
    NO_NETWORK = "no_expression_network"
    NO_FACE = "no_face"
    POSE_UNCERTAIN = "pose_uncertain"
    TURNED_AWAY = "head_turned_away"
    AT_EDGE = "face_at_edge"
    SMALL = "face_small"
    OCCLUDED = "face_occluded"
    DARK = "underexposed"
    FLAT = "low_contrast"
    BLURRED = "blurred"


class VoiceReason(str, Enum):
    """Why the voice is not judged, or only in part; the value is what messages carry."""

    NO_SOUND = "no_sound"
    SILENT = "silent"
    CLIPPED = "clipped"
    FROZEN_SOUND = "frozen_sound"
    LOW_RATE = "low_rate"
    SOUND_GAP = "sound_gap"
    SOUND_OVERLAP = "sound_overlap"
    STAMP_JUMP = "stamp_jump"
    RATE_MISMATCH = "rate_mismatch"
    NO_SPEECH_DETECTOR = "no_speech_detector"
    NO_EMOTION_NETWORK = "no_emotion_network"
    NEW_SPEAKER = "new_speaker"


class BiosignalChannel(IntEnum):
    """What a body sensor measures."""

    UNKNOWN = 0
    ECG = 1
    PPG = 2
    EDA = 3
    RESPIRATION = 4
    SKIN_TEMPERATURE = 5
    ACCELERATION = 6


class PhysioReason(str, Enum):
    """Why a body signal is not judged, or only in part; the value is what messages carry."""

    NO_SIGNAL = "no_signal"
    LEAD_OFF = "lead_off"
    FLAT = "flat"
    SATURATED = "saturated"
    NOT_A_NUMBER = "not_a_number"
    SIGNAL_GAP = "signal_gap"
    SIGNAL_OVERLAP = "signal_overlap"
    STAMP_JUMP = "stamp_jump"
    RATE_WRONG = "rate_wrong"
    UNIT_MISSING = "unit_missing"
    LOW_RATE = "low_rate"
    NOISY = "noisy"
    IRREGULAR = "irregular"
    WARMING_UP = "warming_up"


class PulseReason(str, Enum):
    """Why the pulse is not read from the skin; the value is what messages carry."""

    NO_COLOUR = "no_colour"
    NO_SKIN = "no_skin"
    LOW_FRAME_RATE = "low_frame_rate"
    FRAME_GAP = "frame_gap"
    MOTION = "motion"
    LIGHT_CHANGE = "light_change"
    NOT_CLEAR = "not_clear"
    WARMING_UP = "warming_up"


class LoadReason(str, Enum):
    """Why load and stress are unknown or less certain; the value is what messages carry."""

    NO_SIGNAL = "no_signal"
    NO_LOAD_NETWORK = "no_load_network"
    NO_HEART_RATE = "no_heart_rate"
    NO_HRV = "no_hrv"
    NO_SKIN = "no_skin"
    BASELINE_SHORT = "baseline_short"
    WARMING_UP = "warming_up"


class Modality(IntEnum):
    """Which of the driver's sides is observed."""

    UNKNOWN = 0
    FACE = 1
    VOICE = 2
    PHYSIO = 3

    @property
    def word(self) -> str:
        """Its name in lists of words."""
        return self.name.lower()


class ModalityReason(str, Enum):
    """Why a modality brings less into the state, or nothing; the value is what messages carry."""

    OFF = "off"
    NO_DATA = "no_data"
    STOPPED = "stopped"
    LATE = "late"
    STUCK = "stuck"
    STAMP_JUMP = "stamp_jump"
    NOT_USABLE = "not_usable"
    LOW_QUALITY = "low_quality"
    HELD = "held"
    NOT_TALKING = "not_talking"


class FusionReason(str, Enum):
    """Why an affect state is degraded or unavailable; the value is what messages carry."""

    NO_MODALITY = "no_modality"
    FACE_MISSING = "face_missing"
    VOICE_MISSING = "voice_missing"
    PHYSIO_MISSING = "physio_missing"
    FACE_DEGRADED = "face_degraded"
    VOICE_DEGRADED = "voice_degraded"
    PHYSIO_DEGRADED = "physio_degraded"
    STAMP_JUMP = "stamp_jump"


class TriState(IntEnum):
    """A yes/no answer that may be unknown."""

    UNKNOWN = 0
    NO = 1
    YES = 2


class EyesState(IntEnum):
    """Both eyes together; "not seen" is UNKNOWN, never CLOSED."""

    UNKNOWN = 0
    OPEN = 1
    CLOSED = 2


class GazeSource(IntEnum):
    """What the gaze direction was computed from."""

    UNKNOWN = 0
    EYES = 1
    HEAD = 2


class AlertLevel(IntEnum):
    """How loudly the HMI should speak."""

    UNKNOWN = 0
    NONE = 1
    INFO = 2
    WARNING = 3
    CRITICAL = 4


class AlertReason(str, Enum):
    """What an alert is about; the value is what the messages carry."""

    LONG_DISTRACTION = "long_distraction"
    CUMULATIVE_DISTRACTION = "cumulative_distraction"
    MICROSLEEP = "microsleep"
    SLEEP = "sleep"
    DROWSINESS = "drowsiness"
    PHONE_USE = "phone_use"
    ATTENTION_BUFFER_EMPTY = "attention_buffer_empty"
    TOTAL_GLANCE_TIME = "total_glance_time"
    UNRESPONSIVE = "unresponsive"
    LOCKOUT = "lockout"
    HIGH_LOAD = "high_load"
    STRESS = "stress"
    NO_DRIVER = "no_driver"
    DEGRADED = "degraded"


class Distraction(IntEnum):
    """Type of visual distraction in the terms of Euro NCAP."""

    UNKNOWN = 0
    NONE = 1
    LONG = 2
    CUMULATIVE = 3
    PHONE_USE = 4


class Drowsiness(IntEnum):
    """Level of drowsiness."""

    UNKNOWN = 0
    ALERT = 1
    LOW_VIGILANCE = 2
    DROWSY = 3
    MICROSLEEP = 4
    SLEEP = 5


class BlinkKind(IntEnum):
    """What kind of closure ended; the limits stand in `core/drowsiness`."""

    UNKNOWN = 0
    NORMAL = 1
    PARTIAL = 2
    SLOW = 3
    LONG = 4


class AddwArea(IntEnum):
    """Area of (EU) 2023/2590 that the gaze falls in; only area 3 starts its timer."""

    UNKNOWN = 0
    AREA_1 = 1
    AREA_2 = 2
    AREA_3 = 3
