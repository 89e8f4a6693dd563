"""The node hmi on real topics: states on the page, lifecycle, a taken port, a restart, diagnostics.

Leaves to others: what is sent (unit: test_page_states), the server itself (test_page_server), the
page (test_page_in_browser).
"""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("rclpy")
pytest.importorskip(
    "aiohttp", reason="aiohttp is not installed (pip install 'affect_perception[hmi]')"
)

import aiohttp
from diagnostic_msgs.msg import DiagnosticStatus
from lifecycle_msgs.msg import State
from node_harness import NodeHarness, values_of
from node_process import NodeProcess
from rclpy.lifecycle import TransitionCallbackReturn
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy

from affect_perception.core.enums import AlertLevel
from affect_perception.evaluation.state_story import drive
from affect_perception.hmi.plain_states import TOPICS
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.profile_file import load_profile
from affect_perception.ros import qos
from affect_perception.ros.hmi_input import SHOWN
from affect_perception.ros.nodes.hmi import HmiNode
from affect_perception.ros.state_feed import message_of
from affect_perception.sim.observed.act import Act

pytestmark = pytest.mark.ros

OK = TransitionCallbackReturn.SUCCESS
PUBLISHED = {
    "attention": qos.STATE_OUT,
    "affect": qos.AFFECT_OUT,
    "face": qos.FACE_OUT,
    "voice": qos.VOICE_OUT,
    "physio": qos.PHYSIO_OUT,
}


class HmiHarness(NodeHarness):
    """The node, publishers of what it shows, and a page that reads in a thread of its own."""

    owned = ("publishers",)

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**({"port": 0} | parameters))
        self.publishers = {
            name: self.probe.create_publisher(shown.kind, shown.topic, PUBLISHED[name])
            for name, shown in SHOWN.items()
        }

    def make_node(self, **options: Any) -> HmiNode:
        return HmiNode(**options)

    def met(self) -> bool:
        return all(one.get_subscription_count() for one in self.publishers.values())

    def tell(self, messages: dict[str, Any]) -> None:
        for topic, message in messages.items():
            self.publishers[topic].publish(message)


class Page:
    """Reads what a browser would."""

    def __init__(self, link: str) -> None:
        self.link = link
        self.told: list[dict[str, Any]] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._read()), daemon=True)
        self._thread.start()

    async def _read(self) -> None:
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(self.link + "states") as stream,
        ):
            async for message in stream:
                await stream.send_str("k")
                self.told.append(json.loads(message.data))

    def newest(self, topic: str) -> Any:
        """The newest state of a topic that was told, None before."""
        for one in reversed(self.told):
            if one["kind"] == "now" and topic in one:
                return one[topic]["state"]
        return None


@pytest.fixture(scope="module")
def warned() -> dict[str, Any]:
    """Messages at the end of a long look at the radio."""
    acts = [Act(3.0), Act(3.3, look="infotainment")]
    story = drive(acts, load_cabin("sedan_lhd"), load_profile("euro_ncap_2026"))
    return {topic: message_of(topic, fields) for _, topic, fields in story}


@pytest.fixture
def taken() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other


def test_states_of_all_topics_reach_the_page(warned: dict[str, Any]) -> None:
    with HmiHarness() as h:
        h.start()
        page = Page(h.node.link)
        h.spin_until(lambda: len(page.told) >= 3)
        assert [one["kind"] for one in page.told[:3]] == ["setup", "past", "now"]
        h.tell(warned)
        h.spin_until(lambda: all(page.newest(topic) for topic in TOPICS))
        state = page.newest("attention")
        assert state["alert_level"] == AlertLevel.WARNING
        assert state["alert_reasons"] == ["long_distraction"]
        assert page.newest("affect")["heart_rate"] == pytest.approx(70.0, abs=8.0)
        values = values_of(h.status())
        assert values["pages open"] == "1"
        assert values["page"] == h.node.link
        h.spin_until(lambda: values_of(h.status())["messages of attention"] == "1")


def test_publishers_with_other_qos_are_heard(warned: dict[str, Any]) -> None:
    with HmiHarness() as h:
        loose = QoSProfile(
            depth=1,
            reliability=ReliabilityPolicy.BEST_EFFORT,
            durability=DurabilityPolicy.VOLATILE,
        )
        h.publishers["affect"] = h.probe.create_publisher(
            SHOWN["affect"].kind, "affect_state", loose
        )
        h.start()
        page = Page(h.node.link)
        h.spin_until(lambda: page.newest("affect") is not None or h.tell(warned) is not None)


def test_what_was_published_before_the_page_came_is_not_shown(warned: dict[str, Any]) -> None:
    with HmiHarness() as h:
        h.tell(warned)  # attention_state is kept for whoever comes late
        h.start()
        page = Page(h.node.link)
        h.spin_until(lambda: len(page.told) >= 3)
        h.spin_for(0.5)
        assert page.newest("attention") is None


def test_without_any_state_diagnostics_are_stale(warned: dict[str, Any]) -> None:
    with HmiHarness(no_data_after=1.2) as h:
        h.start()
        h.spin_until(lambda: h.status().level == DiagnosticStatus.STALE)
        assert "attention_state" in h.statuses[-1].message
        h.tell(warned)
        h.spin_until(lambda: h.status().level == DiagnosticStatus.OK)


def test_a_taken_port_ends_nothing_and_is_got_when_it_is_free(taken: socket.socket) -> None:
    port = taken.getsockname()[1]
    with HmiHarness(port=port) as h:
        h.start()
        assert h.node.state_id == State.PRIMARY_STATE_ACTIVE
        assert h.node.link == ""
        status = h.status()
        assert status.level == DiagnosticStatus.ERROR
        assert f"port {port} of 127.0.0.1 is taken" in status.message
        taken.close()
        h.spin_until(lambda: h.node.link != "")
        page = Page(h.node.link)
        h.spin_until(lambda: len(page.told) >= 3)
        h.spin_until(lambda: "taken" not in h.status().message)


def test_lifecycle_goes_through_all_states_and_back(warned: dict[str, Any]) -> None:
    with HmiHarness() as h:
        for _ in range(2):
            h.start()
            page = Page(h.node.link)
            h.spin_until(lambda p=page: len(p.told) >= 3)
            assert h.node.trigger_deactivate() == OK
            assert h.node.link == ""
            assert h.node.trigger_cleanup() == OK
        h.start()
        assert h.node.trigger_shutdown() == OK
        assert h.node.state_id == State.PRIMARY_STATE_FINALIZED


def test_an_address_of_the_network_is_warned_of() -> None:
    with HmiHarness(address="0.0.0.0") as h:
        h.start()
        status = h.status()
        assert "open to the network" in status.message
        assert status.level >= DiagnosticStatus.WARN


def test_a_cabin_that_is_not_there_stops_configure() -> None:
    with HmiHarness(cabin="spaceship") as h:
        assert h.node.trigger_configure() == TransitionCallbackReturn.FAILURE
        assert "spaceship" in h.node.problem


def test_a_page_finds_the_node_again_after_it_was_killed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}/"
    for _ in range(2):
        with NodeProcess.node("hmi", "-p", f"port:={port}") as process:
            process.wait_for(f"the page is at {address}")
            page = Page(address)
            end = time.monotonic() + 20.0
            while len(page.told) < 3:
                assert time.monotonic() < end
                time.sleep(0.05)
            assert page.told[0]["kind"] == "setup"
        # Killed by the end of the block: the port must be there again at once.
