"""Whether a cabin can be right: mistakes of measuring and typing that make no sense in any vehicle.

What a geometry cannot be at all (a bent quad, a rotation that is none) is refused when it is
made, in core/cabin.py. Here is what is possible on paper and wrong in a car; only cabin files are
held to it, so that a robot or a test can be built otherwise.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from affect_perception.core.cabin import Box, CabinGeometry, Quad, Zone, ZoneKind
from affect_perception.core.errors import ConfigError
from affect_perception.core.vision.zone_rays import zone_indices

Float64Array = npt.NDArray[np.float64]

# Own choices: wider than any cabin, narrower than a slip of the decimal point.
NEAREST_CAMERA_M, FARTHEST_CAMERA_M = 0.15, 3.0
# Half of a very wide lens; eyes further off the axis are never in the picture.
FARTHEST_OFF_AXIS_DEG = 60.0
# A plane that passes this close to the eyes is seen edge-on: it covers no directions.
EDGE_ON_M = 0.01
_SAMPLES = 7


def check_plausible(cabin: CabinGeometry) -> None:
    """Raises ConfigError, naming the key, at the first thing that cannot be right.

    Checked: the camera stands before the driver, within reach, and has the eyes in front of its
    lens; a road zone lies ahead; the passenger sits on the other side; every zone can be seen from
    the ocular reference point.
    """
    _check_camera(cabin)
    if not any(zone.on_road and zone.centre[0] > 0.0 for zone in cabin.zones):
        raise ConfigError("zones: no on_road zone lies ahead of the driver (x > 0 is forward)")
    side = 1.0 if cabin.driver_side == "left" else -1.0
    for zone in cabin.zones:
        if zone.kind is ZoneKind.PASSENGER and zone.centre[1] * side > 0.0:
            raise ConfigError(
                f"zones.{zone.name}: the driver sits on the {cabin.driver_side}, and so does the "
                "passenger (y is positive to the left)"
            )
        _check_shape(zone)
    _check_visible(cabin)


def _check_camera(cabin: CabinGeometry) -> None:
    x, y, z = (float(v) for v in cabin.camera.translation)
    distance = math.sqrt(x * x + y * y + z * z)
    if not NEAREST_CAMERA_M <= distance <= FARTHEST_CAMERA_M:
        raise ConfigError(
            f"camera.position: {distance:.2f} m from the driver's eyes; expected "
            f"{NEAREST_CAMERA_M:g} to {FARTHEST_CAMERA_M:g} m (metres from between the eyes)"
        )
    if x <= 0.0:
        raise ConfigError(
            f"camera.position: x = {x:g} m lies behind the driver's eyes; x is positive forward"
        )
    eyes = cabin.camera.inverse().translation
    off_axis = math.degrees(math.acos(max(-1.0, min(1.0, float(eyes[2]) / distance))))
    if off_axis > FARTHEST_OFF_AXIS_DEG:
        raise ConfigError(
            f"camera: the driver's eyes lie {off_axis:.0f} degrees off its axis, out of the "
            "picture of any lens; is the rotation that of the optical frame (z forward, x right, "
            "y down) into the cabin, and not its inverse?"
        )


def _check_shape(zone: Zone) -> None:
    if isinstance(zone.geometry, Box):
        bounds = zip(zone.geometry.minimum, zone.geometry.maximum, strict=True)
        if all(low <= 0.0 <= high for low, high in bounds):
            raise ConfigError(f"zones.{zone.name}: the box holds the driver's eyes (0, 0, 0)")
        return
    corners = np.array(zone.geometry.corners)
    normal = np.cross(corners[2] - corners[0], corners[3] - corners[1])
    distance = abs(float(corners.mean(axis=0) @ normal)) / float(np.linalg.norm(normal))
    if distance < EDGE_ON_M:
        raise ConfigError(
            f"zones.{zone.name}: its plane passes {1000 * distance:.0f} mm from the driver's eyes, "
            "so it is seen edge-on and covers nothing"
        )


def _check_visible(cabin: CabinGeometry) -> None:
    for index, zone in enumerate(cabin.zones):
        hits = zone_indices(cabin, (0.0, 0.0, 0.0), _samples(zone.geometry))
        if index in hits:
            continue
        values, counts = np.unique(hits, return_counts=True)
        before = cabin.zones[int(values[counts.argmax()])].name
        raise ConfigError(
            f"zones.{zone.name}: nothing of it is seen from the driver's eyes, '{before}' hides it"
        )


def _samples(geometry: Quad | Box) -> Float64Array:
    """(N, 3) points spread over a quad, or over the inside of a box."""
    steps = (np.arange(_SAMPLES) + 0.5) / _SAMPLES
    if isinstance(geometry, Quad):
        a, b, c, d = (np.array(corner) for corner in geometry.corners)
        u, v = (grid.reshape(-1, 1) for grid in np.meshgrid(steps, steps))
        return (1 - v) * ((1 - u) * a + u * b) + v * ((1 - u) * d + u * c)
    low, high = np.array(geometry.minimum), np.array(geometry.maximum)
    grid = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    return low + grid * (high - low)
