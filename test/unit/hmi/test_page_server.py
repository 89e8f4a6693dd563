"""Covers the server of the page: files, policy, who is answered, websocket, slow pages, end.

Needs the extra `hmi`; skipped where aiohttp is not installed. Leaves to others: what is sent
(test_page_states), the page in a browser (test_page_in_browser), the node (test_hmi_node).
"""

from __future__ import annotations

import asyncio
import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest

pytest.importorskip(
    "aiohttp", reason="aiohttp is not installed (pip install 'affect_perception[hmi]')"
)

import aiohttp

from affect_perception.core.errors import InputError
from affect_perception.hmi import page_server
from affect_perception.hmi.page_server import IN_FLIGHT, PageServer, is_own, page_files

pytestmark = pytest.mark.unit

FIRST = ["setup", "past", "now 0"]


@pytest.fixture
def server() -> Iterator[PageServer]:
    problems: list[str] = []
    made = PageServer("127.0.0.1", 0, lambda: FIRST, problems.append)
    made.start()
    yield made
    made.stop()
    assert problems == []


def get(server: PageServer, path: str = "/", **headers: str) -> Any:
    request = urllib.request.Request(server.link.rstrip("/") + path, headers=headers)
    return urllib.request.urlopen(request, timeout=10.0)


def refused(server: PageServer, path: str = "/", **headers: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as caught, get(server, path, **headers):
        pass
    caught.value.close()
    return caught.value.code


def test_every_file_is_served_with_a_policy_that_forbids_anything_else(server: PageServer) -> None:
    for path, (content, kind) in page_files().items():
        with get(server, path) as answer:
            assert answer.read() == content
            assert answer.headers["Content-Type"] == kind
            policy = answer.headers["Content-Security-Policy"]
            assert policy.startswith("default-src 'none'")
            assert "http" not in policy
            assert answer.headers["Cache-Control"] == "no-cache"


def test_what_is_no_file_of_the_page_is_not_served(server: PageServer) -> None:
    for path in ("/nothing", "/../page_server.py", "/%2e%2e/page_server.py", "/page_server.py"):
        assert refused(server, path) == 404


@pytest.mark.parametrize(
    ("headers", "answered"),
    [
        ({}, True),
        ({"Host": "localhost:1"}, True),
        ({"Host": "evil.example"}, False),
        ({"Host": "127.0.0.1.evil.example"}, False),
        ({"Host": "[::1"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
    ],
)
def test_pages_of_other_sites_are_turned_away(
    server: PageServer, headers: dict[str, str], answered: bool
) -> None:
    if answered:
        with get(server, **headers) as answer:
            assert answer.status == 200
    else:
        assert refused(server, **headers) == 403


def test_it_listens_on_this_machine_only(server: PageServer) -> None:
    port = int(server.link.rsplit(":", 1)[1].rstrip("/"))
    with socket.socket(socket.AF_INET6) as probe, pytest.raises(OSError, match=r"."):
        probe.connect(("::1", port))


def test_a_port_that_is_taken_is_named_and_can_be_tried_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        server = PageServer("127.0.0.1", port, lambda: FIRST, print)
        with pytest.raises(InputError, match=rf"port {port} of 127\.0\.0\.1 is taken"):
            server.start()
        assert not server.serving
    server.start()
    try:
        with get(server) as answer:
            assert answer.status == 200
    finally:
        server.stop()


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(InputError, match=r"192\.0\.2\.1"):
        PageServer("192.0.2.1", 0, lambda: FIRST, print).start()
    with pytest.raises(InputError, match=r"no\.such\.name"):
        PageServer("no.such.name.invalid", 0, lambda: FIRST, print).start()


def test_it_stops_at_once_with_a_page_open_and_starts_again(server: PageServer) -> None:
    async def talk(stream: Any) -> None:
        assert (await stream.receive()).data == "setup"
        began = time.monotonic()
        await asyncio.get_running_loop().run_in_executor(None, server.stop)
        assert time.monotonic() - began < 5.0
        while (message := await stream.receive()).type is aiohttp.WSMsgType.TEXT:
            pass
        assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)

    with_page(server, talk)
    assert not server.serving
    assert [thread for thread in threading.enumerate() if thread.name == "hmi_page"] == []
    server.stop()
    server.start()
    with get(server) as answer:
        assert answer.status == 200


def test_a_page_gets_the_first_words_and_then_what_is_new(server: PageServer) -> None:
    async def talk(stream: Any) -> None:
        assert [(await stream.receive()).data for _ in FIRST] == FIRST
        for text in ("a", "b"):
            server.offer(text)
            assert (await stream.receive()).data == text
            await stream.send_str("k")
        assert server.pages == 1

    with_page(server, talk)
    assert server.sent == 2
    until(lambda: server.pages == 0)


def test_a_slow_page_gets_the_newest_and_nothing_piles_up(server: PageServer) -> None:
    async def talk(stream: Any) -> None:
        for _ in FIRST:
            await stream.receive()
        # Acknowledges nothing while a hundred come.
        for number in range(100):
            server.offer(str(number))
            await asyncio.sleep(0.002)
        got = [(await stream.receive()).data for _ in range(IN_FLIGHT)]
        assert all(int(one) < 90 for one in got)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(stream.receive(), 0.2)
        assert not stream.closed

    with_page(server, talk)
    assert server.sent == IN_FLIGHT


def test_after_its_word_a_slow_page_gets_the_newest(server: PageServer) -> None:
    async def talk(stream: Any) -> None:
        for _ in FIRST:
            await stream.receive()
        for number in range(50):
            server.offer(str(number))
            await asyncio.sleep(0.002)
        for _ in range(IN_FLIGHT):
            await stream.receive()
            await stream.send_str("k")
        assert (await stream.receive()).data == "49"

    with_page(server, talk)
    assert server.skipped >= 40


def test_a_websocket_of_another_site_is_turned_away(server: PageServer) -> None:
    async def run() -> int:
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await session.ws_connect(states(server), origin="http://evil.example")
            return int(caught.value.status)

    assert asyncio.run(run()) == 403


def test_no_more_pages_than_there_is_room_for(
    server: PageServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_server, "MOST_PAGES", 1)

    async def talk(stream: Any) -> None:
        await stream.receive()
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
                await session.ws_connect(states(server))
            assert caught.value.status == 503

    with_page(server, talk)


def test_a_page_that_sends_too_much_is_closed_and_others_go_on(server: PageServer) -> None:
    async def talk(stream: Any) -> None:
        async with aiohttp.ClientSession() as session:
            rude = await session.ws_connect(states(server))
            await rude.send_str("x" * 10_000)
            while (message := await rude.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
            assert message.type in (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED)
        for _ in FIRST:
            await stream.receive()
        server.offer("still here")
        assert (await stream.receive()).data == "still here"

    with_page(server, talk)


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("192.168.1.4", False),
        ("car.local", False),
    ],
)
def test_which_addresses_only_this_machine_reaches(address: str, own: bool) -> None:
    assert is_own(address) is own


def states(server: PageServer) -> str:
    return server.link + "states"


def with_page(server: PageServer, talk: Callable[[Any], Awaitable[None]]) -> None:
    """Opens a websocket as a page does."""

    async def run() -> None:
        origin = server.link.rstrip("/")
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(states(server), origin=origin) as stream,
        ):
            await asyncio.wait_for(talk(stream), 30.0)

    asyncio.run(run())


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 10.0
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)
