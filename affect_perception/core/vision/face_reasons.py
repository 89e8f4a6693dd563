"""Why what was seen of a face is not all that could be seen: reasons from mesh and eyes."""

from __future__ import annotations

from affect_perception.core.enums import GazeSource, Reason
from affect_perception.core.types import EyeObservation
from affect_perception.core.vision.face_mesh import CROP_MARGIN, MeshResult

# Share of the face that may lie outside the picture before the face counts as cut.
EDGE_SHARE = 0.1


def face_reasons(mesh: MeshResult, size: tuple[int, int], small_face: float) -> list[Reason]:
    """Whether the face is cut by the edge of the picture, or too small to be read well.

    Args:
        mesh: Landmarks.
        size: Width and height of the picture, px.
        small_face: Side of a face that counts as small, px.
    """
    face = mesh.square.side / CROP_MARGIN
    reasons = []
    if face < small_face:
        reasons.append(Reason.FACE_SMALL)
    margin = (0.5 - EDGE_SHARE) * face
    x, y = mesh.square.x, mesh.square.y
    if not (margin < x < size[0] - margin and margin < y < size[1] - margin):
        reasons.append(Reason.FACE_AT_EDGE)
    return reasons


def eye_reasons(
    left: EyeObservation, right: EyeObservation, source: GazeSource, closed_below: float
) -> list[Reason]:
    """Which eyes cannot be used and why, and whether those that can are shut."""
    reasons = []
    usable = [eye for eye in (left, right) if eye.usable]
    if not usable:
        reasons.append(Reason.EYES_UNUSABLE)
    elif not left.usable:
        reasons.append(Reason.LEFT_EYE_UNUSABLE)
    elif not right.usable:
        reasons.append(Reason.RIGHT_EYE_UNUSABLE)
    causes = (left.reason, right.reason)
    if "covered" in causes:
        reasons.append(Reason.FACE_OCCLUDED)
    if "glare" in causes:
        reasons.append(Reason.GLARE)
    if source is GazeSource.HEAD:
        reasons.append(Reason.GAZE_FROM_HEAD)
    if usable and all(eye.openness < closed_below for eye in usable):
        reasons.append(Reason.EYES_CLOSED)
    return reasons
