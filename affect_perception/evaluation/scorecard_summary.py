"""The lines at the head of the scorecard: which figure, and what is wanted of it."""

from __future__ import annotations

from dataclasses import dataclass

BUILT_IN = "built-in scenarios"


@dataclass(frozen=True)
class Line:
    """One line of the summary: where the figure is found, and what is wanted of it."""

    task: str
    data: str
    what: str
    metric: str
    target: str = ""
    baseline: tuple[str, str] | None = None


_POINTING, _DRIVFACE = "vision/pointing04", "vision/drivface"
_HELEN, _CLIPS = "vision/helen_afw_landmarks", "vision/videos"
_SIX = "pnp_6_points"
_SHAPE = "mean_shape_in_true_box"

SUMMARY = (
    Line("synthetic", BUILT_IN, "synthetic driver: yaw, mean absolute error",
         "mae_deg_yaw_head_sweep", "at most 3", ("always_ahead", "mae_deg_yaw_head_sweep")),
    Line("synthetic", BUILT_IN, "synthetic driver: pitch",
         "mae_deg_pitch_head_sweep", "at most 3", ("always_ahead", "mae_deg_pitch_head_sweep")),
    Line("synthetic", BUILT_IN, "synthetic driver: lid opening, correlation",
         "corr_lid_lid_ramps", "at least 0.95"),
    Line("synthetic", BUILT_IN, "synthetic driver: gaze yaw, correlation",
         "corr_yaw_gaze_steps", "at least 0.9"),
    Line("synthetic", BUILT_IN, "synthetic driver: gaze pitch, correlation",
         "corr_pitch_gaze_steps", "at least 0.9"),
    Line("synthetic", BUILT_IN, "synthetic driver: gaze zone of 20, balanced accuracy",
         "balanced_accuracy_zones", "reported", ("ray_share", "balanced_accuracy_zones")),
    Line("synthetic", BUILT_IN, "synthetic driver: role of the gaze zone, balanced accuracy",
         "balanced_accuracy_role_zones", "reported",
         ("nearest_centre", "balanced_accuracy_role_zones")),
    Line("synthetic", BUILT_IN, "synthetic driver: looks said to be on the road, precision",
         "precision_on_road_zones", "reported", ("ray_share", "precision_on_road_zones")),
    Line("synthetic", BUILT_IN, "synthetic driver: looks at the road found",
         "recall_on_road_zones", "reported", ("ray_share", "recall_on_road_zones")),
    Line("synthetic", BUILT_IN, "camera turned by 6 to 8 degrees: gaze on the road off by, degrees",
         "gaze_bias_deg_calibration_camera", "at most 2",
         ("no_learning", "gaze_bias_deg_calibration_camera")),
    Line("synthetic", BUILT_IN, "gaze read off by 6 to 7 degrees: gaze on the road off by, degrees",
         "gaze_bias_deg_calibration_person", "at most 2",
         ("no_learning", "gaze_bias_deg_calibration_person")),
    Line("synthetic", BUILT_IN, "the same: gaze zone, balanced accuracy",
         "balanced_accuracy_calibration_person", "reported",
         ("no_learning", "balanced_accuracy_calibration_person")),
    Line("synthetic", BUILT_IN, "synthetic driver: delay of closed eyes, s",
         "delay_s_eyes_closed_closure_and_nobody"),
    Line("synthetic", BUILT_IN, "synthetic driver: delay of no face, s",
         "delay_s_no_face_closure_and_nobody", "at most 0.3"),
    Line("head_pose", _POINTING, "yaw within +-45/+-30, mean absolute error",
         "mae_deg_yaw", "reported; 4 to 6 published", (_SIX, "mae_deg_yaw")),
    Line("head_pose", _POINTING, "pitch within +-45/+-30",
         "mae_deg_pitch", "reported; 4 to 6 published", (_SIX, "mae_deg_pitch")),
    Line("head_pose", _POINTING, "pitch, one constant per person removed",
         "mae_deg_pitch_offset_removed", "", (_SIX, "mae_deg_pitch_offset_removed")),
    Line("head_pose", _POINTING, "yaw with glasses",
         "mae_deg_yaw_glasses"),
    Line("head_pose", _POINTING, "yaw without glasses",
         "mae_deg_yaw_no_glasses"),
    Line("head_pose", _POINTING, "pitch with glasses",
         "mae_deg_pitch_glasses"),
    Line("head_pose", _POINTING, "pitch without glasses",
         "mae_deg_pitch_no_glasses"),
    Line("head_pose", _POINTING, "face found beyond +-45 of yaw",
         "found_rate_beyond_45_yaw", "reported"),
    Line("head_pose", _DRIVFACE, "drivers in a car: face found",
         "found_rate", "reported"),
    Line("head_pose", _DRIVFACE, "5-point error over the eye distance",
         "nme", "reported", (_SHAPE, "nme")),
    Line("head_pose", _DRIVFACE, "looking right, ahead, left: unweighted recall",
         "uar_looking", "reported"),
    Line("head_pose", _DRIVFACE, "7 yaw classes: unweighted recall",
         "uar", "reported", ("most_common_class", "uar")),
    Line("landmarks", _HELEN, "68 points, NME by outer eye corners",
         "nme", "reported", (_SHAPE, "nme")),
    Line("landmarks", _HELEN, "51 inner points",
         "nme_51", "reported", ("mesh_without_refinement", "nme_51")),
    Line("gaze", "vision/webcam_gaze_faces", "gaze yaw, correlation within +-5.4",
         "corr_yaw", "reported", ("iris_between_eye_corners", "corr_yaw")),
    Line("gaze", "vision/webcam_gaze_faces", "gaze pitch, correlation within +-4",
         "corr_pitch", "reported", ("iris_between_eye_corners", "corr_pitch")),
    Line("eyes", "vision/cew_closed_faces", "closed eyes recognised, uncalibrated",
         "recall_closed", "reported"),
    Line("eyes", "vision/utkface_adults", "open eyes taken for closed, uncalibrated",
         "false_closed_rate", "reported"),
    Line("videos", _CLIPS, "clips: face followed, all clips",
         "tracked_share"),
    Line("videos", _CLIPS, "clips: worst of the required ones",
         "tracked_share_required", "at least 0.99"),
    Line("videos", _CLIPS, "clips: delay of no face, s",
         "delay_s_no_face_pyfeat_man_face_then_none", "at most 0.3"),
    Line("videos", _CLIPS, "clips: closed-eye frames while nobody is there",
         "closed_frames_while_no_face_pyfeat_man_face_then_none", "0"),
    Line("videos", _CLIPS, "clips: head turn in the look-away (right way > 0)",
         "look_away_head_change_deg_yawdd_03_man_yawn_lookaway", "above 0"),
    Line("events", _CLIPS, "clips: blinks, F1 in the clip with every blink marked",
         "f1_blink_frame_by_frame", "at least 0.85",
         ("fixed_thresholds", "f1_blink_frame_by_frame")),
    Line("events", _CLIPS, "clips: blinks, F1 as marked (most are not)",
         "f1_blink", "reported", ("fixed_thresholds", "f1_blink")),
    Line("events", _CLIPS, "clips: closures over 0.5 s, recall",
         "recall_closure", "1", ("fixed_thresholds", "recall_closure")),
    Line("events", _CLIPS, "clips: closures over 0.5 s, precision",
         "precision_closure", "at least 0.9", ("fixed_thresholds", "precision_closure")),
    Line("events", _CLIPS, "clips: yawns, recall",
         "recall_yawn", "1", ("fixed_thresholds", "recall_yawn")),
    Line("events", _CLIPS, "clips: yawns, precision",
         "precision_yawn", "at least 0.9", ("fixed_thresholds", "precision_yawn")),
    Line("events", _CLIPS, "clips: looks away, recall",
         "recall_look_away", "at least 0.9", ("fixed_thresholds", "recall_look_away")),
    Line("events", _CLIPS, "clips: looks down, recall",
         "recall_look_down", "at least 0.9", ("fixed_thresholds", "recall_look_down")),
    Line("events", _CLIPS, "clips: warnings in clips of attentive people",
         "alerts_on_attentive_clips", "0"),
    Line("events", "vision/driver_clips", "driver clips: looks down, recall",
         "recall_look_down", "at least 0.9", ("fixed_thresholds", "recall_look_down")),
    Line("events", "vision/driver_clips", "driver clips: false alerts per hour (15 s)",
         "false_alerts_per_hour", "0"),
    Line("fairness", "vision/utkface_adults", "largest gap between groups: faces found",
         "worst_group_gap_detection", "reported", ("shuffled_labels", "worst_group_gap_detection")),
    Line("fairness", "vision/utkface_adults",
         "largest gap: open eyes taken for closed", "worst_group_gap_false_closed",
         "reported", ("shuffled_labels", "worst_group_gap_false_closed")),
    Line("fairness", "vision/utkface_adults", "largest gap: landmarks, share of the eye distance",
         "worst_group_gap_landmarks", "reported", ("shuffled_labels", "worst_group_gap_landmarks")),
    Line("false_alerts", BUILT_IN, "attentive driving, observed: false alerts per hour",
         "false_alerts_per_hour", "at most 0.125", ("naive_policy", "false_alerts_per_hour")),
    Line("false_alerts", BUILT_IN, "the same: told that it cannot see, per hour",
         "false_alerts_per_hour_info", "reported", ("naive_policy", "false_alerts_per_hour_info")),
    Line("false_alerts", BUILT_IN, "scripted lapses found in time, share",
         "scripted_found", "1", ("naive_policy", "scripted_found")),
    Line("false_alerts", BUILT_IN, "attentive driving, rendered: false alerts per hour",
         "false_alerts_per_hour_rendered", "0"),
)  # fmt: skip
