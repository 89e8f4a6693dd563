"""Keeps the driver's face from picture to picture, running the detector only when it must.

While the face flag of the mesh network holds, each picture's landmarks say where to look in the
next one. The detector runs when there is no track, when the pictures had a gap, and now and then to
count faces. The loss of the face shows in the very picture in which it happens.
"""

from __future__ import annotations

from dataclasses import dataclass

from affect_perception.core.buffers import to_s
from affect_perception.core.config import CameraConfig, FaceTrackingConfig
from affect_perception.core.network import FaceNetworks
from affect_perception.core.types import NAN, ByteArray
from affect_perception.core.vision.driver_choice import DriverChoice, FacePlace
from affect_perception.core.vision.face_detector import FaceDetection, FaceDetector
from affect_perception.core.vision.face_mesh import (
    CROP_MARGIN,
    FaceMesh,
    MeshResult,
    square_from_detection,
)
from affect_perception.core.vision.picture import Rectangle, RotatedSquare

# A tracked square smaller than this holds no usable face: landmarks have collapsed to a spot.
MIN_SQUARE = 16.0


@dataclass(frozen=True)
class TrackedFace:
    """What the tracker knows after one picture.

    Attributes:
        mesh: Landmarks and crop, or None without a face.
        track_id: Number of the face, 0 without one.
        new_track: True in the first picture of a new face.
        faces: Faces seen when the detector last ran.
        detected: Whether the detector ran in this picture.
    """

    mesh: MeshResult | None
    track_id: int
    new_track: bool
    faces: int
    detected: bool

    @property
    def presence(self) -> float:
        """Probability of the face, NaN without one."""
        return NAN if self.mesh is None else self.mesh.presence


def place_of(square: RotatedSquare) -> FacePlace:
    """Where the face in a mesh crop is."""
    return FacePlace(square.x, square.y, square.side / CROP_MARGIN)


class FaceTracker:
    """Finds the driver's face and follows it."""

    def __init__(
        self, config: FaceTrackingConfig, camera: CameraConfig, networks: FaceNetworks
    ) -> None:
        self._config = config
        self._camera = camera
        self._short = FaceDetector.short_range(
            networks.detector_short_range, config.detection_threshold
        )
        self._full = FaceDetector.full_range(
            networks.detector_full_range, config.full_range_threshold
        )
        self._mesh = FaceMesh(networks.mesh)
        self._choice = DriverChoice(config)
        self._last_id = 0
        self.reset()

    def reset(self) -> None:
        """Drops the track and all memory of places; track numbers go on rising."""
        self._choice.reset()
        self._square: RotatedSquare | None = None
        self._lost: tuple[FacePlace, int] | None = None
        self._stamp_ns: int | None = None
        self._searched_ns: int | None = None
        self._searched_full_ns: int | None = None
        self._verified_ns: int | None = None
        self._faces = 0

    def step(self, image: ByteArray, region: Rectangle, stamp_ns: int) -> TrackedFace:
        """Follows the face into the next picture.

        Args:
            image: The picture.
            region: Driver region in it.
            stamp_ns: Acquisition time, not before that of the last picture.
        """
        last_ns, self._stamp_ns = self._stamp_ns, stamp_ns
        gap = 0.0 if last_ns is None else to_s(stamp_ns - last_ns)
        if last_ns is not None and self._square is not None and gap > self._config.max_gap:
            self._lose(last_ns)
        mesh = self._follow(image, stamp_ns)
        if mesh is None:
            return self._search(image, region, stamp_ns)
        detected = False
        if self._due(self._verified_ns, stamp_ns, self._config.verify_interval):
            detected = True
            self._verified_ns = stamp_ns
            faces = self._short.detect(image, region)
            self._faces = max(1, len(faces))
            better = self._choice.note_others(place_of(mesh.square), faces, region, stamp_ns)
            if better is not None:
                self._square = None
                return self._acquire(image, better, stamp_ns)
        self._keep(mesh, stamp_ns)
        return TrackedFace(mesh, self._last_id, False, self._faces, detected)

    def _follow(self, image: ByteArray, stamp_ns: int) -> MeshResult | None:
        if self._square is None:
            return None
        mesh = self._mesh.run(image, self._square)
        if mesh.presence >= self._config.presence_hold and self._plausible(image, mesh.square):
            return mesh
        self._lose(stamp_ns)
        return None

    def _search(self, image: ByteArray, region: Rectangle, stamp_ns: int) -> TrackedFace:
        if not self._due(self._searched_ns, stamp_ns, self._config.search_interval):
            return TrackedFace(None, 0, False, self._faces, False)
        self._searched_ns = stamp_ns
        faces = self._short.detect(image, region)
        chosen = self._choice.choose(faces, region, stamp_ns)
        if chosen is None and self._due(
            self._searched_full_ns, stamp_ns, self._config.full_range_interval
        ):
            self._searched_full_ns = stamp_ns
            wide = self._wide_region(image, region)
            faces = self._full.detect(image, wide) or faces
            chosen = self._choice.choose(faces, region, stamp_ns)
        self._faces = len(faces)
        if chosen is None:
            return TrackedFace(None, 0, False, self._faces, True)
        return self._acquire(image, chosen, stamp_ns)

    def _acquire(self, image: ByteArray, face: FaceDetection, stamp_ns: int) -> TrackedFace:
        mesh = self._mesh.run(image, square_from_detection(face))
        if mesh.presence >= self._config.presence_acquire:
            # The detector's box is coarse: landmarks from a square fitted to the first landmarks
            # are better, and a new face is rare enough to afford a second run.
            mesh = self._mesh.run(image, mesh.square)
        if mesh.presence < self._config.presence_acquire or not self._plausible(image, mesh.square):
            return TrackedFace(None, 0, False, self._faces, True)
        new_track = not self._returned(place_of(mesh.square), stamp_ns)
        if new_track:
            self._last_id += 1
        self._verified_ns = stamp_ns
        self._searched_ns = self._searched_full_ns = None
        self._keep(mesh, stamp_ns)
        return TrackedFace(mesh, self._last_id, new_track, self._faces, True)

    def _keep(self, mesh: MeshResult, stamp_ns: int) -> None:
        self._square = mesh.square
        self._lost = None
        self._choice.note_driver(place_of(self._square), stamp_ns)

    def _lose(self, stamp_ns: int) -> None:
        assert self._square is not None
        self._lost = (place_of(self._square), stamp_ns)
        self._square = None

    def _returned(self, place: FacePlace, stamp_ns: int) -> bool:
        if self._lost is None:
            return False
        lost_place, lost_ns = self._lost
        recent = to_s(stamp_ns - lost_ns) <= self._config.reacquire_time
        return recent and place.same_as(lost_place)

    def _wide_region(self, image: ByteArray, region: Rectangle) -> Rectangle:
        reach = self._config.max_offset * region.width / 2.0
        centre = region.centre[0]
        x0, x1 = max(0, int(centre - reach)), min(int(image.shape[1]), int(centre + reach) + 1)
        return Rectangle(min(x0, region.x0), 0, max(x1, region.x1), int(image.shape[0]))

    @staticmethod
    def _plausible(image: ByteArray, square: RotatedSquare) -> bool:
        height, width = image.shape[:2]
        inside = 0.0 <= square.x < width and 0.0 <= square.y < height
        return inside and square.side >= MIN_SQUARE

    @staticmethod
    def _due(last_ns: int | None, stamp_ns: int, interval: float) -> bool:
        return last_ns is None or to_s(stamp_ns - last_ns) >= interval
