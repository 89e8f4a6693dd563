"""Finding, following and losing the face, with fake networks that count their runs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from face_fakes import NS, square_networks, squares

from affect_perception.core.config import CameraConfig, FaceTrackingConfig
from affect_perception.core.vision.face_tracker import FaceTracker
from affect_perception.core.vision.picture import driver_region

pytestmark = pytest.mark.unit

EMPTY = squares()
DRIVER = squares((320, 240, 130))


class Drive:
    """A tracker fed with pictures at a fixed rate."""

    def __init__(self, rate: float = 30.0, **changes: float) -> None:
        self.networks = square_networks()
        self.config = replace(FaceTrackingConfig(), **changes)
        self.tracker = FaceTracker(self.config, CameraConfig(), self.networks)
        self.step_ns = round(NS / rate)
        self.stamp = 0

    def show(self, image, seconds: float | None = None):
        """Shows a picture once, or for some seconds; returns all results."""
        count = 1 if seconds is None else max(1, round(seconds * NS / self.step_ns))
        results = []
        for _ in range(count):
            region = driver_region(image, CameraConfig())
            results.append(self.tracker.step(image, region, self.stamp))
            self.stamp += self.step_ns
        return results


def test_a_face_is_found_in_the_first_picture_and_followed_without_detector():
    drive = Drive(verify_interval=60.0)
    results = drive.show(DRIVER, 2.0)
    assert [r.new_track for r in results[:2]] == [True, False]
    assert {r.track_id for r in results} == {1}
    assert [r.detected for r in results].count(True) == 1
    assert drive.networks.detector_short_range.runs == 1
    assert drive.networks.detector_full_range.runs == 0
    assert drive.networks.mesh.runs == len(results) + 1


def test_a_moving_face_is_followed():
    drive = Drive()
    for step in range(60):
        (result,) = drive.show(squares((200 + 4 * step, 240, 130)))
        assert result.mesh is not None
        assert result.mesh.points[:, 0].mean() == pytest.approx(200 + 4 * step, abs=4)
    assert result.track_id == 1


def test_loss_shows_in_the_very_picture_and_a_return_within_a_fifth_of_a_second():
    drive = Drive(reacquire_time=0.0)
    drive.show(DRIVER, 1.0)
    gone = drive.show(EMPTY, 3.0)
    assert all(r.mesh is None and r.track_id == 0 and not r.new_track for r in gone)
    back = drive.show(DRIVER, 0.2)
    first = next(i for i, r in enumerate(back) if r.mesh is not None)
    assert first / 30.0 <= 0.2
    assert back[first].track_id == 2
    assert back[first].new_track


@pytest.mark.parametrize("rate", [1.0, 30.0, 120.0])
def test_searching_costs_no_more_at_high_rates(rate):
    drive = Drive(rate)
    drive.show(EMPTY, 4.0)
    assert drive.networks.detector_short_range.runs <= 4.0 / drive.config.search_interval + 1
    assert drive.networks.detector_full_range.runs <= 4.0 / drive.config.full_range_interval + 1
    assert drive.networks.mesh.runs == 0


def test_the_full_range_finds_a_small_face():
    drive = Drive()
    (result,) = drive.show(squares((320, 240, 50)))
    assert result.mesh is not None
    assert drive.networks.detector_full_range.runs == 1


def test_a_face_hidden_for_a_moment_keeps_its_number():
    drive = Drive()
    drive.show(DRIVER, 1.0)
    drive.show(EMPTY, 0.5)
    back = [r for r in drive.show(DRIVER, 0.3) if r.mesh is not None]
    assert {r.track_id for r in back} == {1}
    assert not any(r.new_track for r in back)


def test_a_gap_between_pictures_starts_with_a_detection():
    drive = Drive(rate=1.0)
    results = drive.show(DRIVER, 5.0)
    assert all(r.detected and r.mesh is not None for r in results)


def test_the_passenger_does_not_take_over():
    drive = Drive(10.0)
    both = squares((230, 240, 130), (440, 240, 110))
    drive.show(both, 5.0)
    left_alone = drive.show(squares((440, 240, 110)), 20.0)
    assert all(r.mesh is None for r in left_alone)
    back = drive.show(both, 0.3)
    assert back[-1].mesh is not None
    assert back[-1].mesh.points[:, 0].mean() == pytest.approx(230, abs=5)


def test_three_faces_are_counted_and_the_middle_one_drives():
    drive = Drive()
    results = drive.show(squares((140, 240, 90), (320, 240, 110), (500, 240, 90)), 1.2)
    assert results[-1].faces == 3
    assert results[-1].mesh.points[:, 0].mean() == pytest.approx(320, abs=5)


def test_the_driver_arriving_later_takes_over_from_a_face_behind():
    drive = Drive()
    drive.show(squares((480, 240, 80)), 3.0)
    results = drive.show(squares((480, 240, 80), (300, 240, 170)), 5.0)
    assert results[-1].mesh.points[:, 0].mean() == pytest.approx(300, abs=5)
    assert results[-1].track_id == 2


def test_reset_drops_the_track_and_numbers_go_on():
    drive = Drive()
    drive.show(DRIVER, 1.0)
    drive.tracker.reset()
    (result,) = drive.show(DRIVER)
    assert result.new_track
    assert result.track_id == 2


def test_a_change_of_picture_size_is_survived():
    drive = Drive()
    drive.show(DRIVER, 0.5)
    results = drive.show(squares((100, 60, 60), size=(160, 120)), 0.5)
    assert results[-1].mesh is not None
    assert results[-1].mesh.points[:, 0].max() < 160
