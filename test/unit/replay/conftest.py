"""What the tests of the replay share."""

from __future__ import annotations

import pytest

from affect_perception.evaluation.replay import run


@pytest.fixture
def without_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leaves the pictures of the report out: drawing them takes longer than a short replay."""
    for name in ("write_picture", "write_gaze_picture"):
        monkeypatch.setattr(run, name, lambda *given: None)
