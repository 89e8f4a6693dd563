"""The node hmi: shows both states on a page for a browser on this machine.

A timer takes what is new, writes it once, and hands it to the server's thread; a page that cannot
follow gets the newest less often.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Sequence
from typing import Any

from rclpy.clock import Clock, ClockType
from rclpy.lifecycle import LifecycleState, TransitionCallbackReturn

from affect_perception.core.config import HmiNodeConfig
from affect_perception.core.errors import AffectPerceptionError, InputError
from affect_perception.hmi.live_page import PAST_PERIOD_S, LivePage
from affect_perception.hmi.page_drawing import cabin_drawing, face_lines
from affect_perception.hmi.page_server import PageServer, is_own, page_version
from affect_perception.hmi.page_words import page_words
from affect_perception.io.cabin_file import load_cabin
from affect_perception.ros.health import Level, Report
from affect_perception.ros.hmi_health import HmiHealth
from affect_perception.ros.hmi_input import SHOWN, HmiInput
from affect_perception.ros.lifecycle import ManagedNode, run_node, transition

RETRY_PERIOD = 1.0
"""Seconds between two tries to get the port."""


class HmiNode(ManagedNode):
    """See docs/topics.md for topics, parameters and diagnostics, docs/hmi.md for the page."""

    def __init__(self, **options: Any) -> None:
        """`options` go to rclpy's node."""
        super().__init__("hmi", "hmi_page", **options)
        self._input: HmiInput | None = None
        self._server: PageServer | None = None

    @property
    def link(self) -> str:
        """Where the page is; empty while it is not served."""
        return self._server.link if self._server is not None and self._server.serving else ""

    @transition
    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Reads parameters and draws the cabin."""
        self._config = config = self.parameters.read(HmiNodeConfig)
        setup = {
            "version": page_version(),
            "cabin": cabin_drawing(load_cabin(config.cabin)),
            "face_lines": face_lines() if config.mesh else [],
            "words": page_words(),
        }
        self._page = LivePage(setup, config.no_data_after)
        self._server = PageServer(
            config.address,
            config.port,
            lambda: self._page.first(time.monotonic()),
            lambda sentence: self._log_error(sentence),
        )
        return super().on_configure(state)

    @transition
    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Subscribes and serves; a port that is taken does not end the node."""
        topics = ", ".join(self.resolve_topic_name(shown.topic) for shown in SHOWN.values())
        limit = self._config.no_data_after
        self._health = HmiHealth(topics, limit, time.monotonic())
        result = super().on_activate(state)
        self._input = HmiInput(self)
        self._problem = ""
        self._serve()
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._ticking = [
            self.create_timer(1.0 / self._config.rate, self._on_tick, clock=steady),
            self.create_timer(RETRY_PERIOD, self._serve, clock=steady),
        ]
        self._read_at = float("-inf")
        return result

    @transition
    def on_deactivate(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Ends page and subscriptions; the numbers of the last minute stay in memory."""
        self.close()
        return super().on_deactivate(state)

    @transition
    def on_cleanup(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Forgets everything."""
        self.close()
        result = super().on_cleanup(state)
        self._server = None
        del self._page
        return result

    @transition
    def on_shutdown(self, state: LifecycleState) -> TransitionCallbackReturn:
        """Ends page and subscriptions."""
        self.close()
        return super().on_shutdown(state)

    def close(self) -> None:
        """Ends server, subscriptions and timers; can be called in every state, also twice."""
        if self._input is not None:
            self._input.close()
            for timer in self._ticking:
                self.destroy_timer(timer)
            self._input = None
        if self._server is not None:
            self._server.stop()

    def report(self) -> Report:
        """The status on /diagnostics while active."""
        server = self._server
        if server is not None:
            self._health.state(
                page=self.link or "not served",
                pages_open=str(server.pages),
                messages_to_pages=str(server.sent),
                spared_slow_pages=str(server.skipped),
            )
        report = self._health.report(time.monotonic())
        if self._problem:
            report.raise_to(Level.ERROR, self._problem)
        return report

    def _serve(self) -> None:
        """Starts the server unless it runs; says in the log once why it does not."""
        server = self._server
        if server is None or server.serving:
            return
        try:
            server.start()
        except InputError as error:
            if str(error) != self._problem:
                self.get_logger().error(str(error))
            self._problem = str(error)
            return
        self._problem = ""
        self.get_logger().info(f"active: the page is at {server.link}")
        if not is_own(self._config.address):
            warning = (
                f"the page is open to the network ({self._config.address}): whoever reaches the "
                "port sees the driver's state"
            )
            self.get_logger().warning(warning)
            self._health.warn("network", warning)

    def _on_tick(self) -> None:
        clock = time.monotonic()
        server = self._server
        if self._input is None or server is None:
            return
        # While nobody looks, only the time lines are kept up.
        if not server.pages and clock - self._read_at < PAST_PERIOD_S:
            return
        self._read_at = clock
        try:
            for name, message in self._input.take(lambda name: self._health.arrived(name, clock)):
                self._page.take(name, message, clock)
            text = self._page.news(clock)
        except AffectPerceptionError as error:
            self._fail(str(error))
        except Exception:  # noqa: BLE001
            # The edge of our code: what trips over a bug must not end the page.
            self._fail(f"internal error: {traceback.format_exc()}")
        else:
            if text is not None:
                server.offer(text)

    def _fail(self, message: str) -> None:
        self._health.error(message)
        self._log_error(f"not shown: {message}")

    def _log_error(self, message: str) -> None:
        self.get_logger().error(message, throttle_duration_sec=5.0)


def main(argv: Sequence[str] | None = None) -> int:
    """Entry of the executable."""
    return run_node(HmiNode, argv)


if __name__ == "__main__":
    sys.exit(main())
