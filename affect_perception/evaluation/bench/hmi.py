"""What the page costs: processor time of the node hmi while pages are open, and how old states are.

States come from a scripted driver at the usual rates (30 + 30 + 10 + 10 + 2 messages a second), a
page is a program that reads and acknowledges like a browser. What a browser itself costs is not in
it: that depends on the browser.
"""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

import numpy as np

from affect_perception.core.errors import InputError
from affect_perception.evaluation.bench.nodes import Child, node_environment
from affect_perception.evaluation.bench.processes import cpu_seconds, load_in_words, memory_mib

NODE = "affect_perception.ros.nodes.hmi"
FEED = "affect_perception.ros.state_feed"
START_S = 40.0
SETTLE_S = 3.0
WINDOW_S = 1.0


@dataclass(frozen=True)
class HmiFigures:
    """What was measured.

    Attributes:
        pages: Pages open.
        cores: (median, 95th percentile) over windows of one second, processor time of the node.
        rate: Messages per second that one page got.
        kilobytes: Size of a message, median.
        age_ms: (median, 99th percentile) age of attention states when a page gets them, ms: from
            the node's taking them to the page.
        memory_mib: Resident memory of the node at the end.
        load: The machine's other work, in words.
    """

    pages: int
    cores: tuple[float, float]
    rate: float
    kilobytes: float
    age_ms: tuple[float, float]
    memory_mib: float
    load: str


def measure_hmi(seconds: float, pages: int, port: int = 18377) -> HmiFigures:
    """Starts feed and node, opens pages, watches, and ends them.

    Args:
        seconds: How long to watch.
        pages: How many pages are open; 0 watches the node while nobody looks.
        port: Of the page.

    Raises:
        BenchError: If a process ends.
        InputError: If the page cannot be opened.
    """
    env = node_environment()
    arguments = [NODE, "--ros-args", "-p", f"port:={port}"]
    with Child("state_feed", [FEED], env) as feed, Child("hmi", arguments, env) as node:
        return asyncio.run(_watch(seconds, pages, port, node, feed))


async def _watch(seconds: float, pages: int, port: int, node: Child, feed: Child) -> HmiFigures:
    import aiohttp

    async with aiohttp.ClientSession() as session:
        await _wait_for_page(session, port, node)
        readers = [_Reader() for _ in range(pages)]
        tasks = [asyncio.ensure_future(reader.read(session, port)) for reader in readers]
        await asyncio.sleep(SETTLE_S)
        for reader in readers:
            reader.forget()
        begin, used = time.monotonic(), cpu_seconds(node.pid)
        last, shares = (begin, used), []
        while time.monotonic() - begin < seconds:
            await asyncio.sleep(WINDOW_S)
            node.check()
            feed.check()
            now = (time.monotonic(), cpu_seconds(node.pid))
            shares.append((now[1] - last[1]) / (now[0] - last[0]))
            last = now
        span = time.monotonic() - begin
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    ages = np.concatenate([np.array(r.ages) for r in readers]) if readers else np.full(1, np.nan)
    sizes = np.concatenate([np.array(r.sizes) for r in readers]) if readers else np.full(1, np.nan)
    median, high = np.percentile(shares, (50, 95))
    return HmiFigures(
        pages=pages,
        cores=(float(median), float(high)),
        rate=len(readers[0].sizes) / span if readers else 0.0,
        kilobytes=float(np.median(sizes)) / 1000.0,
        age_ms=(float(np.median(ages)), float(np.percentile(ages, 99))),
        memory_mib=memory_mib(node.pid).resident,
        load=load_in_words(),
    )


class _Reader:
    """A page."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.sizes: list[int] = []
        self.ages: list[float] = []

    async def read(self, session: object, port: int) -> None:
        """Reads and acknowledges until cancelled; the clock is that of this machine."""
        async with session.ws_connect(f"http://127.0.0.1:{port}/states") as stream:  # type: ignore[attr-defined]
            async for message in stream:
                await stream.send_str("k")
                told = json.loads(message.data)
                if told["kind"] == "now" and "attention" in told:
                    self.sizes.append(len(message.data))
                    taken = told["clock"] - told["attention"]["age"]
                    self.ages.append(1000.0 * (time.monotonic() - taken))


async def _wait_for_page(session: object, port: int, node: Child) -> None:
    import aiohttp

    end = time.monotonic() + START_S
    while time.monotonic() < end:
        node.check()
        try:
            async with session.get(f"http://127.0.0.1:{port}/") as answer:  # type: ignore[attr-defined]
                if answer.status == 200:
                    return
        except aiohttp.ClientError:
            await asyncio.sleep(0.2)
    raise InputError(f"the page did not open on port {port} within {START_S:.0f} s")
