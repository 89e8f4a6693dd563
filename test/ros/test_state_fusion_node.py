"""The node state_fusion on real topics: rate, stamps, lifecycle, sensors that stop, bad input, QoS.

Which state follows from which observations is tested in test/unit/fusion; here, that observations
arrive, that states go out at an even rate whatever comes, and what diagnostics say.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticStatus
from fusion_harness import FusionHarness
from lifecycle_msgs.msg import State
from node_harness import values_of
from rclpy.duration import Duration
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.qos import QoSProfile

from affect_perception.core.buffers import to_ns
from affect_perception.core.config import FusionConfig
from affect_perception.core.enums import Availability, FusionReason, Modality, ModalityReason
from affect_perception.core.fusion.fusion import AffectFusion
from affect_perception.core.types import MODALITIES
from affect_perception.msg import AffectState as AffectStateMessage
from affect_perception.msg import VoiceObservation as VoiceObservationMessage
from affect_perception.ros.affect_convert import affect_from_message
from affect_perception.ros.passed_time import PassedTime
from affect_perception.ros.stamps import stamp_to_ns
from affect_perception.sim.observed.affect_streams import AffectDriver

pytestmark = pytest.mark.ros

OK = TransitionCallbackReturn.SUCCESS


def test_states_come_ten_times_a_second_with_the_stamp_of_the_newest_observation() -> None:
    with FusionHarness() as h:
        h.start()
        h.play(2.5)
        stamps = [stamp_to_ns(m.header.stamp) for m in h.states]
        begun = next(i for i, m in enumerate(h.states) if m.availability >= Availability.DEGRADED)
        gaps = np.diff(np.array(stamps[begun:])) / 1e9
        assert len(gaps) >= 15
        assert np.median(gaps) == pytest.approx(0.1, abs=0.02)
        state = h.last()
        assert state.availability == Availability.AVAILABLE
        assert {part.availability for part in state.modalities} == {Availability.AVAILABLE}
        assert math.isfinite(state.valence)
        assert state.heart_rate == pytest.approx(70.0, abs=6.0)
        assert h.states[-1].latency < 5.0
        status = h.status()
        values = values_of(status)
        assert int(values["observations of face"]) > 30
        assert values["dropped"] == "none"
        assert values["synchronisation"] in {"builtin", "message_filters"}


def test_the_node_says_what_the_fusion_says_of_the_same_observations() -> None:
    events = AffectDriver().events(MODALITIES, 3.0)
    fusion = AffectFusion(FusionConfig())
    expected = [state for state in map(fusion.step, events) if state is not None]
    with FusionHarness() as h:
        h.start()
        for event in events:
            h.hand(event)
        last = expected[-1].stamp_ns
        h.spin_until(lambda: any(stamp_to_ns(m.header.stamp) >= last for m in h.states))
        found = {stamp_to_ns(m.header.stamp): affect_from_message(m) for m in h.states}
        both = [(found[e.stamp_ns], e) for e in expected if e.stamp_ns in found]
        # All but what a timer said while the machine stood still.
        assert len(both) > 0.8 * len(expected)
        for one, other in both:
            assert one.valence == pytest.approx(other.valence, abs=1e-5, nan_ok=True)
            assert one.arousal_std == pytest.approx(other.arousal_std, abs=1e-5, nan_ok=True)
            assert one.probabilities == pytest.approx(other.probabilities, abs=1e-5, nan_ok=True)


def test_a_sensor_that_stops_is_named_and_states_go_on() -> None:
    with FusionHarness(fusion__voice__age_limit=0.5, fusion__physio__use=False) as h:
        h.publishers.pop(Modality.PHYSIO)
        h.start()
        h.play(0.6, (Modality.FACE, Modality.VOICE))
        h.play(1.0, (Modality.FACE,))
        state = h.last()
        assert state.of(Modality.VOICE).reasons == (ModalityReason.STOPPED,)
        assert state.of(Modality.PHYSIO).reasons == (ModalityReason.OFF,)
        assert FusionReason.VOICE_MISSING in state.degradation_reasons
        assert state.availability == Availability.DEGRADED
        # Then nothing comes at all: the timer goes on.
        count = len(h.states)
        h.advance(h.now_ns() + to_ns(FusionConfig().face.age_limit + 1.0))
        h.spin_until(
            lambda: len(h.states) > count and h.states[-1].availability == Availability.UNAVAILABLE
        )
        assert "no_modality" in h.states[-1].degradation_reasons
        assert math.isnan(h.states[-1].valence)


def test_a_face_that_is_behind_makes_no_other_late() -> None:
    with FusionHarness() as h:
        h.start()
        fresh = dict.fromkeys(MODALITIES, 0.0)

        def full(*names: Modality) -> bool:
            parts = [h.last().of(name) for name in names] if h.states else []
            return all(part.availability == Availability.AVAILABLE for part in parts)

        begun = h.now_ns()

        def only_face_late() -> bool:
            # Late enough that caches of the voice have been full several times.
            return (
                bool(h.states)
                and stamp_to_ns(h.states[-1].header.stamp) - begun > to_ns(3.0)
                and h.last().of(Modality.FACE).reasons == (ModalityReason.LATE,)
                and full(Modality.VOICE, Modality.PHYSIO)
            )

        h.play_late({**fresh, Modality.FACE: 1.5}, only_face_late)
        h.play_late(fresh, lambda: full(*MODALITIES))


def test_a_burst_that_no_cache_could_hold_reaches_the_fusion() -> None:
    with FusionHarness() as h:
        h.start()
        h.publish(next(iter(AffectDriver(start_ns=h.now_ns()).observations(Modality.FACE, 1.0))))
        burst = list(AffectDriver(start_ns=h.now_ns()).observations(Modality.VOICE, 2.5))
        taken: list[int] = []
        h.node._input._deliver = lambda modality, message: (
            taken.append(stamp_to_ns(message.header.stamp)) if modality is Modality.VOICE else None
        )
        for event in burst:
            h.hand(event)
        h.advance(h.now_ns() + 10**9)  # what has not filled a cache waits for a face, and no longer
        h.spin_until(lambda: len(taken) >= len(burst))
        assert taken == [event.stamp_ns for event in burst]


def test_before_anything_comes_states_say_so() -> None:
    with FusionHarness(simulated=False) as h:
        h.start()
        h.spin_until(lambda: len(h.states) >= 3)
        assert {m.availability for m in h.states} == {int(Availability.UNAVAILABLE)}
        assert next(iter(h.states[0].degradation_reasons)) == "no_modality"
        assert abs(stamp_to_ns(h.states[-1].header.stamp) - h.now_ns()) < 5 * 10**9
        h.spin_until(lambda: h.status().level == DiagnosticStatus.STALE)


def test_lifecycle_goes_through_all_states_and_back() -> None:
    with FusionHarness() as h:
        for _ in range(2):
            h.start()
            count = len(h.states)
            h.play(0.3, (Modality.FACE,))
            h.spin_until(lambda n=count: len(h.states) > n)
            assert h.node.trigger_deactivate() == OK
            h.spin_until(lambda: not any(p.get_subscription_count() for p in h.publishers.values()))
            assert h.node.trigger_cleanup() == OK
        assert h.node.trigger_shutdown() == OK
        assert h.node.state_id == State.PRIMARY_STATE_FINALIZED


def test_a_message_with_an_unknown_word_is_counted_and_the_next_is_used() -> None:
    with FusionHarness() as h:
        h.start()
        bad = VoiceObservationMessage()
        bad.degradation_reasons = ["sleepy"]
        h.publishers[Modality.VOICE].publish(bad)
        h.play(0.5)
        status = h.status()
        assert "sleepy" in values_of(status)["last error"]
        assert h.last().of(Modality.VOICE).availability >= Availability.DEGRADED


def test_an_old_and_a_repeated_observation_are_dropped_and_counted() -> None:
    with FusionHarness() as h:
        h.start()
        h.play(0.3)
        driver = AffectDriver(start_ns=h.now_ns())
        voice = next(iter(driver.observations(Modality.VOICE, 1.0)))
        face = next(iter(driver.observations(Modality.FACE, 1.0)))
        for event in (face, voice, voice, replace(voice, stamp_ns=voice.stamp_ns - 100 * 10**9)):
            h.hand(event)
        h.advance(h.now_ns() + 10**9)
        h.spin_until(lambda: "voice repeated" in values_of(h.status())["dropped"])
        assert "1 voice stamp_jump" in values_of(h.status())["dropped"]


def test_a_subscriber_that_can_receive_nothing_is_named() -> None:
    with FusionHarness() as h:
        h.start()
        # Best effort and reliable, volatile and kept: all of these fit. A deadline does not.
        asking = QoSProfile(depth=1, deadline=Duration(seconds=0.01))
        h.probe.create_subscription(AffectStateMessage, "affect_state", h.states.append, asking)
        h.spin_until(lambda: "incompatible QoS" in h.status().message)


def test_simulated_time_moves_the_states_and_stops_them() -> None:
    with FusionHarness() as h:
        h.start()
        second = 10**9
        begin = h.now_ns()
        h.advance(begin + second)
        h.spin_until(lambda: len(h.states) > 3)
        assert begin <= stamp_to_ns(h.states[-1].header.stamp) < begin + 20 * second
        for event in AffectDriver(start_ns=h.now_ns()).events((Modality.FACE,), 0.3):
            h.publish(event)
        h.spin_until(lambda: h.states[-1].availability == Availability.DEGRADED)
        # Simulated time goes on without observations: the face is gone after its limit.
        for _ in range(400):
            if h.states[-1].availability == Availability.UNAVAILABLE:
                break
            h.advance(h.now_ns() + second // 20)
        assert h.states[-1].availability == Availability.UNAVAILABLE
        h.status()  # by then all that was said has arrived
        count = len(h.states)
        h.spin_for(0.5)
        assert len(h.states) == count


def test_time_passes_by_the_clock_but_does_not_jump_with_it() -> None:
    passed = PassedTime(2.0)
    assert passed.stamp_at(5) == 5
    passed.observe(1_000_000_000, 50_000_000_000)
    assert passed.stamp_at(50_100_000_000) == 1_100_000_000
    assert passed.stamp_at(90_000_000_000) == 1_100_000_000
    assert passed.stamp_at(90_100_000_000) == 1_200_000_000
    assert passed.stamp_at(10_000_000_000) == 1_200_000_000
    passed.observe(1_300_000_000, 10_000_000_000)
    assert passed.stamp_at(10_050_000_000) == 1_350_000_000
