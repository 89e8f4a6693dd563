"""Serves the page to browsers on this machine: files over HTTP, states over a websocket.

The server runs in a thread of its own. A page acknowledges what it has got; until then it is sent
nothing more, and then the newest: a slow one skips, and nothing piles up. Needs the extra `hmi`.
"""

from __future__ import annotations

import asyncio
import errno
import hashlib
import ipaddress
import socket
import threading
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from affect_perception.core.errors import ConfigError, InputError

PAGE_FOLDER = Path(__file__).parent / "page"
SOCKET_PATH = "/states"
IN_FLIGHT = 2
"""Messages that a page may not have acknowledged yet."""
MOST_PAGES = 16
PING_S = 5.0
"""How often a page is asked whether it is still there."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Content-Security-Policy of every answer: the browser loads nothing from elsewhere."""

_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-cache",
}
_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def page_files() -> dict[str, tuple[bytes, str]]:
    """Contents and kind of each file of the page, by its path on the server."""
    files = {
        f"/{path.name}": (path.read_bytes(), _KINDS[path.suffix])
        for path in sorted(PAGE_FOLDER.iterdir())
        if path.suffix in _KINDS
    }
    return {"/": files["/index.html"], **files}


def page_version() -> str:
    """Changes with the files of the page, so that an open page can tell that it is old."""
    together = hashlib.sha256()
    for content, _ in page_files().values():
        together.update(content)
    return together.hexdigest()[:12]


def is_own(address: str) -> bool:
    """Whether only this machine can reach an address."""
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


class PageServer:
    """The server. Made and used by one thread, it serves from another.

    Args:
        address: To listen on.
        port: Likewise; 0 takes a free one.
        first: Gives what a page is sent that has just opened; called from the server's thread.
        log: Told of errors that a request ran into.

    Attributes:
        sent: Messages sent to pages.
        skipped: Those that a page was spared because a newer one had come.
    """

    def __init__(
        self,
        address: str,
        port: int,
        first: Callable[[], Sequence[str]],
        log: Callable[[str], None],
    ) -> None:
        try:
            import aiohttp.web
        except ModuleNotFoundError as error:
            raise ConfigError(
                "the page needs the hmi extra (pip install 'affect_perception[hmi]')"
            ) from error
        self._web: Any = aiohttp.web
        self._address, self._port = address, port
        self._first, self._log = first, log
        self._files = page_files()
        self._pages: dict[Any, _Page] = {}
        self._newest, self._number = "", 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._runner: Any = None
        self.sent = self.skipped = 0

    @property
    def serving(self) -> bool:
        """Whether it runs."""
        return self._thread is not None

    @property
    def pages(self) -> int:
        """How many pages are open."""
        return len(self._pages)

    @property
    def link(self) -> str:
        """What to open in a browser."""
        shown = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(
            self._address, self._address
        )
        host = f"[{shown}]" if ":" in shown else shown
        return f"http://{host}:{self._port}/"

    def start(self) -> None:
        """Listens, and starts the thread.

        Raises:
            InputError: If the address is none of this machine's or the port is taken; it can be
                tried again.
        """
        listening = _listen(self._address, self._port)
        self._port = int(listening.getsockname()[1])
        loop = self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=loop.run_forever, name="hmi_page", daemon=True)
        self._thread.start()
        self._await(self._open(listening))

    def stop(self) -> None:
        """Closes pages and ends the thread; can be called twice."""
        loop, thread = self._loop, self._thread
        if loop is None or thread is None:
            return
        try:
            self._await(self._close())
        finally:
            loop.call_soon_threadsafe(loop.stop)
            thread.join()
            loop.close()
            self._loop = self._thread = None

    def offer(self, text: str) -> None:
        """Hands the newest message to all pages; never blocks."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._take, text)

    def _await(self, work: Coroutine[Any, Any, None]) -> None:
        assert self._loop is not None
        future: Future[None] = asyncio.run_coroutine_threadsafe(work, self._loop)
        future.result()

    async def _open(self, listening: socket.socket) -> None:
        web = self._web

        @web.middleware  # type: ignore[untyped-decorator]
        async def guard(request: Any, handler: Any) -> Any:
            return await self._guard(request, handler)

        app = web.Application(middlewares=[guard])
        app.router.add_get(SOCKET_PATH, self._stream)
        app.router.add_get("/{name:.*}", self._file)
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, shutdown_timeout=1.0
        )
        await self._runner.setup()
        await web.SockSite(self._runner, listening).start()

    async def _close(self) -> None:
        for page in list(self._pages):
            await page.close(code=1001, message=b"the node ends")
        await self._runner.cleanup()

    async def _guard(self, request: Any, handler: Any) -> Any:
        """Keeps other web sites out: they may call this machine through their visitor's browser."""
        if not _is_ours(request.headers.get("Host", ""), request.headers.get("Origin")):
            return self._web.Response(status=403, text="only pages of this server are answered")
        return await handler(request)

    async def _file(self, request: Any) -> Any:
        found = self._files.get(request.path)
        if found is None:
            return self._web.Response(status=404, text="no such page", headers=_HEADERS)
        content, kind = found
        headers = {**_HEADERS, "Content-Type": kind}
        return self._web.Response(body=content, headers=headers)

    async def _stream(self, request: Any) -> Any:
        if len(self._pages) >= MOST_PAGES:
            return self._web.Response(status=503, text=f"{MOST_PAGES} pages are open already")
        stream = self._web.WebSocketResponse(heartbeat=PING_S, max_msg_size=64, compress=False)
        await stream.prepare(request)
        page = self._pages[stream] = _Page(self._number)
        sender = asyncio.ensure_future(self._send(stream, page))
        try:
            async for _ in stream:
                page.waited_for = max(0, page.waited_for - 1)
                page.wake.set()
        finally:
            sender.cancel()
            del self._pages[stream]
        return stream

    async def _send(self, stream: Any, page: _Page) -> None:
        try:
            for text in self._first():
                await stream.send_str(text)
            while True:
                await page.wake.wait()
                page.wake.clear()
                if page.waited_for >= IN_FLIGHT or page.seen == self._number:
                    continue
                self.skipped += self._number - page.seen - 1
                page.seen = self._number
                page.waited_for += 1
                self.sent += 1
                await stream.send_str(self._newest)
        except (ConnectionError, asyncio.CancelledError):
            pass
        except Exception as error:  # noqa: BLE001
            # The edge of our code: one page must not take the others down.
            self._log(f"a page was not sent its states: {error!r}")
            await stream.close(code=1011)

    def _take(self, text: str) -> None:
        self._newest = text
        self._number += 1
        for page in self._pages.values():
            page.wake.set()


class _Page:
    """What the server knows of an open page."""

    def __init__(self, seen: int) -> None:
        self.seen = seen
        self.waited_for = 0
        self.wake = asyncio.Event()


def _listen(address: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        family, _, _, _, place = found
        listening = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise InputError(f"the page cannot be served on {address!r}: {error}") from error
    try:
        # Only skips the wait after an end; a port that somebody listens on stays taken.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(MOST_PAGES)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise InputError(
                f"port {port} of {address} is taken: the page is not served; it is tried again "
                "every second, or set another port (parameter 'port' of the node hmi)"
            ) from error
        raise InputError(f"the page cannot be served on {address} port {port}: {error}") from error
    listening.setblocking(False)
    return listening


def _is_ours(host: str, origin: str | None) -> bool:
    """Whether a request was made by a page of this server, or by no page at all.

    A page of another site has another origin; one whose name was bent to this machine (DNS
    rebinding) has a host that is neither an address nor a name of this machine.
    """
    if origin is not None and urlsplit(origin).netloc != host:
        return False
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    if name in ("localhost", socket.gethostname().lower()):
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
