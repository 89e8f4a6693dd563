"""Every blink of one public clip, marked frame by frame.

The marks that come with the clips were set on frames 0.2 to 1 s apart, between which most blinks
fall. For the clip below all 2,880 frames were looked at as aligned strips of both eyes, and every
lowering of both lids over the iris that ends within 0.5 s was noted, first to last lowered frame,
to a frame (0.04 s). The long look down from 9.2 to 11.2 s is none. Whoever marked them had seen
what the detector found.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

BLINKS: Mapping[str, tuple[tuple[float, float], ...]] = MappingProxyType(
    {
        "clm_franck_talking_face_120s": (
            (6.83, 6.96), (24.62, 24.71), (30.29, 30.50), (36.75, 36.92), (44.33, 44.50),
            (45.00, 45.25), (47.04, 47.17), (48.04, 48.17), (49.71, 50.00), (51.46, 51.58),
            (57.87, 58.17), (59.50, 59.67), (64.17, 64.25), (66.50, 66.58), (69.04, 69.13),
            (71.50, 71.58), (72.46, 72.63), (73.33, 73.58), (77.75, 77.88), (78.42, 78.71),
            (80.21, 80.29), (80.67, 80.75), (84.83, 84.96), (91.00, 91.17), (94.13, 94.21),
            (98.75, 98.88), (99.83, 99.92), (100.46, 100.67), (101.04, 101.25), (105.13, 105.25),
            (107.96, 108.13), (110.29, 110.42), (115.46, 115.67),
        )
    }
)  # fmt: skip
"""By clip (file name without its ending): first and last lowered frame, s from the first frame."""
