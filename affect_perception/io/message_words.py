"""What the words in the messages mean: the tables of docs/messages.md.

The tests fail while a word of `core.enums` has no meaning here.
"""

from __future__ import annotations

from affect_perception.core.enums import (
    AlertReason,
    ExpressionReason,
    FusionReason,
    LoadReason,
    ModalityReason,
    PhysioReason,
    PulseReason,
    Reason,
    VoiceReason,
)

REASON_MEANINGS: dict[Reason, str] = {
    Reason.NO_FRAME: "No picture has arrived for a while.",
    Reason.UNDEREXPOSED: "The driver region is too dark.",
    Reason.OVEREXPOSED: "Much of the driver region is white.",
    Reason.LOW_CONTRAST: "The driver region is nearly of one brightness.",
    Reason.BLURRED: "The picture is out of focus or smeared by motion.",
    Reason.CAMERA_COVERED: "Something covers the lens.",
    Reason.FROZEN_PICTURE: "The camera gives the same picture again and again: nothing is seen.",
    Reason.NO_FACE: "No face is where the driver should be.",
    Reason.FACE_SMALL: "The face has too few pixels for eyes or gaze.",
    Reason.FACE_AT_EDGE: "Part of the face is outside the picture.",
    Reason.FACE_OCCLUDED: "Something covers part of the face.",
    Reason.HEAD_TURNED_AWAY: "The head is turned so far that eyes or face cannot be read.",
    Reason.GLARE: "Light or its reflection on glasses hides the eyes.",
    Reason.POSE_UNCERTAIN: "The head pose fits the face badly.",
    Reason.LEFT_EYE_UNUSABLE: "The driver's left eye cannot be read.",
    Reason.RIGHT_EYE_UNUSABLE: "The driver's right eye cannot be read.",
    Reason.EYES_UNUSABLE: "Neither eye can be read.",
    Reason.EYES_CLOSED: "The lids are down, so there is no gaze.",
    Reason.GAZE_FROM_HEAD: "The head direction stands in for the gaze.",
    Reason.ROAD_AHEAD_IMPLAUSIBLE: "The driver's usual gaze is too far from the road ahead.",
    Reason.INTRINSICS_ASSUMED: "No camera calibration; the field of view parameter stands in.",
    Reason.STAMP_BACKWARDS: "A picture came with a stamp older than the last one and was dropped.",
    Reason.STAMP_JUMP: "The stamps jumped; everything has started afresh.",
    Reason.LOW_FRAME_RATE: "The gap since the last picture was too long to be bridged.",
}

ALERT_MEANINGS: dict[AlertReason, str] = {
    AlertReason.LONG_DISTRACTION: "One glance away from the road, too long.",
    AlertReason.CUMULATIVE_DISTRACTION: "Several glances away, together too long.",
    AlertReason.MICROSLEEP: "Eyes closed for longer than any blink.",
    AlertReason.SLEEP: "Eyes closed for so long that the driver sleeps.",
    AlertReason.DROWSINESS: "Blinks and closures of a drowsy driver.",
    AlertReason.PHONE_USE: "Glances as at a phone in the hand or lap.",
    AlertReason.ATTENTION_BUFFER_EMPTY: "The attention buffer (AttenD) is empty.",
    AlertReason.TOTAL_GLANCE_TIME: "Glances at one task are together too long.",
    AlertReason.UNRESPONSIVE: "The driver has not answered the warnings.",
    AlertReason.LOCKOUT: "Too many or too long alerts: assisted driving should not be offered.",
    AlertReason.HIGH_LOAD: "Cognitive load is high; only by rules of own profiles.",
    AlertReason.STRESS: "Stress is high; only by rules of own profiles.",
    AlertReason.NO_DRIVER: "Nobody is seen in the seat.",
    AlertReason.DEGRADED: "Eyes or gaze have not been known for a while: monitoring is limited.",
}

EYE_MEANINGS: dict[str, str] = {
    "no_face": "There is no face, or the face is not usable.",
    "too_small": "The eye has too few pixels.",
    "turned_away": "The head is turned so far that this eye is hidden or a sliver.",
    "glare": "A reflection covers the eye.",
    "covered": "Something hides the eye: a hand, a dark lens.",
    "seen_from_above": "The lids are low and the head is bent down: closed or looking down.",
    "lowered": "The lids meet low, as in a look down: not the way an eye closes.",
}

EXPRESSION_MEANINGS: dict[ExpressionReason, str] = {
    ExpressionReason.OFF: "Switched off by the parameter expression.enabled.",
    ExpressionReason.NO_NETWORK: "The expression network is not there.",
    ExpressionReason.NO_FACE: "No face is tracked.",
    ExpressionReason.POSE_UNCERTAIN: "How the head is turned is not known.",
    ExpressionReason.TURNED_AWAY: "The head is turned too far from the camera.",
    ExpressionReason.AT_EDGE: "Part of the face is outside the picture.",
    ExpressionReason.SMALL: "The face has fewer pixels than those learned from.",
    ExpressionReason.OCCLUDED: "Something covers an eye or the mouth: a hand, a dark lens, a mask.",
    ExpressionReason.DARK: "The face is too dark.",
    ExpressionReason.FLAT: "The face is nearly of one brightness.",
    ExpressionReason.BLURRED: "The face is out of focus or smeared by motion.",
}

PHYSIO_MEANINGS: dict[PhysioReason, str] = {
    PhysioReason.NO_SIGNAL: "Nothing has come from this channel for a while.",
    PhysioReason.LEAD_OFF: "The sender says that the electrode is off, or nothing conducts.",
    PhysioReason.FLAT: "The signal keeps one value.",
    PhysioReason.SATURATED: "The signal is cut off at the edge of its range.",
    PhysioReason.NOT_A_NUMBER: "Samples were not measured.",
    PhysioReason.SIGNAL_GAP: "A piece of the signal is missing; no interval spans it.",
    PhysioReason.SIGNAL_OVERLAP: "A piece came that was partly known; that part was dropped.",
    PhysioReason.STAMP_JUMP: "The stamps jumped back; the signal has started afresh.",
    PhysioReason.RATE_WRONG: "The sampling rate is more than 1 % off what the sender states.",
    PhysioReason.UNIT_MISSING: "The unit is not told, so there is no level.",
    PhysioReason.LOW_RATE: "Sampled too slowly to find beats.",
    PhysioReason.NOISY: "The beats, or the conductance, cannot be trusted.",
    PhysioReason.IRREGULAR: "Many intervals are ectopic or artefacts; variability says little.",
    PhysioReason.WARMING_UP: "The window of the figure is not full yet.",
}

PULSE_MEANINGS: dict[PulseReason, str] = {
    PulseReason.NO_COLOUR: "The pictures are grey or infrared: the skin shows no pulse in them.",
    PulseReason.NO_SKIN: "No face, or too little of its skin is seen.",
    PulseReason.LOW_FRAME_RATE: "Too few pictures a second for a pulse.",
    PulseReason.FRAME_GAP: "Pictures are missing; what was seen before them is not used.",
    PulseReason.MOTION: "The head moves too much.",
    PulseReason.LIGHT_CHANGE: "The light on the face changes too much.",
    PulseReason.NOT_CLEAR: "No one rhythm stands out of the noise.",
    PulseReason.WARMING_UP: "Too little skin has been seen yet.",
}

VOICE_MEANINGS: dict[VoiceReason, str] = {
    VoiceReason.NO_SOUND: "No piece of sound that can be used has arrived for a while.",
    VoiceReason.SILENT: "The microphone gives next to nothing: off, muted or broken.",
    VoiceReason.CLIPPED: "The sound is cut off at full scale; its emotion is not judged.",
    VoiceReason.FROZEN_SOUND: "The microphone gives the same piece of sound again and again.",
    VoiceReason.LOW_RATE: "Sampled below 16 kHz: the upper bands are empty.",
    VoiceReason.SOUND_GAP: "A piece of sound is missing; speech activity has started afresh.",
    VoiceReason.SOUND_OVERLAP: "A piece came that was partly heard before; that part was dropped.",
    VoiceReason.STAMP_JUMP: "The stamps jumped back; everything but the speaker's means is fresh.",
    VoiceReason.RATE_MISMATCH: "Stamps and samples disagree about the sampling rate.",
    VoiceReason.NO_SPEECH_DETECTOR: "silero-vad is not installed: talking is unknown.",
    VoiceReason.NO_EMOTION_NETWORK: "The speech-emotion network is not loaded.",
    VoiceReason.NEW_SPEAKER: "Nothing is known of this speaker's usual voice yet.",
}

LOAD_MEANINGS: dict[LoadReason, str] = {
    LoadReason.NO_SIGNAL: "No body signal could be used in the last minute.",
    LoadReason.NO_LOAD_NETWORK: "The network of load and stress is not loaded.",
    LoadReason.NO_HEART_RATE: "The heart rate is unknown: too few clean beats.",
    LoadReason.NO_HRV: "The variability of the heart rate is unknown.",
    LoadReason.NO_SKIN: "The skin conductance is unknown.",
    LoadReason.BASELINE_SHORT: "The driver's own baseline is still short.",
    LoadReason.WARMING_UP: "The first minute of this driver's signals is not over yet.",
}

MODALITY_MEANINGS: dict[ModalityReason, str] = {
    ModalityReason.OFF: "Not in use by the parameter `fusion.<modality>.use`.",
    ModalityReason.NO_DATA: "Nothing has come of it yet.",
    ModalityReason.STOPPED: "Nothing has come of it for longer than its age limit.",
    ModalityReason.LATE: "Its observations come late: they are older than they should be.",
    ModalityReason.STUCK: "It says exactly the same again and again, as a frozen sensor does.",
    ModalityReason.STAMP_JUMP: "Its stamps jumped away from those of the others.",
    ModalityReason.NOT_USABLE: "What comes has nothing in it that can be used; it says why itself.",
    ModalityReason.LOW_QUALITY: "What it says is of low quality by its own account.",
    ModalityReason.HELD: "Its newest values are some time old, and count less.",
    ModalityReason.NOT_TALKING: "Nobody talks, or has talked lately: the voice tells no emotion.",
}

FUSION_MEANINGS: dict[FusionReason, str] = {
    FusionReason.NO_MODALITY: "No modality tells anything: nothing is known of the driver.",
    FusionReason.FACE_MISSING: "The face is in use and brings nothing.",
    FusionReason.VOICE_MISSING: "The voice is in use and brings nothing.",
    FusionReason.PHYSIO_MISSING: "The body sensors are in use and bring nothing.",
    FusionReason.FACE_DEGRADED: "The face brings less than it could; see its reasons.",
    FusionReason.VOICE_DEGRADED: "The voice brings less than it could; see its reasons.",
    FusionReason.PHYSIO_DEGRADED: "The body sensors bring less than they could; see their reasons.",
    FusionReason.STAMP_JUMP: "The stamps of all modalities jumped; everything has started afresh.",
}
