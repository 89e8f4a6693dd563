"""A node whose engine is not there yet: it says so every second, and works meanwhile.

Native TensorRT is a double (test/support/tensorrt_double.py): this is about the node.
"""

from __future__ import annotations

import pytest

pytest.importorskip("rclpy")

from diagnostic_msgs.msg import DiagnosticStatus
from node_harness import values_of
from physio_harness import PhysioHarness, body
from tensorrt_double import Gpu

pytestmark = pytest.mark.ros

MODEL = "model load stress"


@pytest.fixture
def gpu(monkeypatch, tmp_path):
    monkeypatch.setenv("AFFECT_CACHE", str(tmp_path))
    return Gpu().install(monkeypatch)


def _harness(fallback):
    return PhysioHarness(
        load=None, inference__provider="tensorrt_native", inference__fallback=fallback
    )


def test_node_works_on_the_fallback_and_tells_how_far_the_engine_is(gpu) -> None:
    gpu.go.clear()
    with _harness("cpu") as h:
        h.start()
        status = h.status()
        assert status.level == DiagnosticStatus.WARN
        assert "building an engine for load_stress in fp32: Building Engine, 50 %" in status.message
        assert "cpu is used" in status.message
        assert values_of(status)[MODEL] == "cpu, fp32"
        h.play(body(2.0))
        assert h.seen
        gpu.go.set()
        h.spin_until(lambda: "building" not in h.status().message)
        # Nobody has asked the network since: the first who does gets the engine.
        h.node.networks.load.warm_up(1)
        assert values_of(h.status())[MODEL] == "tensorrt_native, fp32"
        h.node.trigger_deactivate()
        h.node.trigger_cleanup()
    assert gpu.used == 0


def test_configure_that_waits_is_not_silent(gpu, monkeypatch) -> None:
    monkeypatch.setattr("affect_perception.inference.swapping.REPORT_PERIOD", 0.05)
    gpu.go.clear()
    with _harness("none") as h:
        assert h.status().message == "unconfigured"
        publish = h.node.diagnostics.publish

        def published():
            publish()
            if "50 %" in h.node.busy:
                gpu.go.set()

        monkeypatch.setattr(h.node.diagnostics, "publish", published)
        h.start()
        told = "building an engine for load_stress"
        h.spin_until(lambda: any(told in status.message for status in h.statuses))
        # Statuses from before may still be on their way.
        h.spin_until(lambda: values_of(h.status()).get(MODEL) == "tensorrt_native, fp32")


def test_failed_build_stops_configure_with_the_reason(gpu) -> None:
    gpu.build_fails = True
    with _harness("none") as h:
        h.node.trigger_configure()
        assert "TensorRT built no engine" in h.node.problem
