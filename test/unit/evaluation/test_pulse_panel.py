"""The panel of the pulse from the face: from observations to columns to the page.

Leaves: the page around it (test/unit/replay).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from affect_perception.core.enums import Availability
from affect_perception.core.types import PulseObservation
from affect_perception.evaluation.report.pulse_panel import pulse_panel
from affect_perception.io.message_fields import face_fields
from affect_perception.io.message_types import FACE_OBSERVATION
from affect_perception.io.table import columns_of
from affect_perception.sim.observed.observations import nobody

pytestmark = pytest.mark.unit


def faces(*pulses: PulseObservation):
    seen = [replace(nobody(float(at)), pulse=pulse) for at, pulse in enumerate(pulses)]
    return columns_of([face_fields(face) for face in seen], FACE_OBSERVATION)


def test_a_told_rate_is_drawn_with_its_sigma() -> None:
    told = PulseObservation(Availability.AVAILABLE, (), 72.0, 3.0, 0.9, 10.0)
    columns = faces(PulseObservation(), told, told)
    assert np.isnan(columns["pulse.heart_rate"][0])
    assert columns["pulse.heart_rate_std"][1] == 3.0
    page = pulse_panel(columns, 0, 3.0)
    assert "Pulse from the face" in page
    assert 'class="band-a"' in page
    assert 'class="a"' in page


def test_nothing_is_drawn_where_no_rate_was_told() -> None:
    assert pulse_panel(faces(PulseObservation(), PulseObservation()), 0, 3.0) == ""
