"""A real browser without a window, driven over its DevTools protocol: Chromium, where there is one.

Needs aiohttp (the extra `hmi`). Everything it writes lies in a folder that is deleted at the end.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import aiohttp

START_DEADLINE = 60.0
ANSWER_DEADLINE = 30.0
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def browser_path() -> str | None:
    """The browser of this machine ($AFFECT_BROWSER, else the first of `NAMES`), if any."""
    found = (shutil.which(name) for name in (os.environ.get("AFFECT_BROWSER", ""), *NAMES) if name)
    return next((path for path in found if path), None)


class Browser:
    """One page; a context manager.

    Attributes:
        errors: What the page has thrown or logged as an error, and what the browser refused.
    """

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self._loop = asyncio.new_event_loop()
        self._number = 0

    def __enter__(self) -> Browser:
        path = browser_path()
        assert path is not None
        self._folder = tempfile.mkdtemp(prefix="affect-browser-")
        self._process = subprocess.Popen(
            [
                *(path, "--headless=new", "--remote-debugging-port=0", "--no-sandbox"),
                *(
                    "--disable-gpu",
                    "--disable-dev-shm-usage",
                    "--no-first-run",
                    "--hide-scrollbars",
                ),
                *(
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                ),
                *("--disable-extensions", f"--user-data-dir={self._folder}", "about:blank"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self._loop.run_until_complete(self._connect())
        except BaseException:
            self._end()
            raise
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._loop.run_until_complete(self._disconnect())
        finally:
            self._end()

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        """One command of the protocol; what it answers."""
        return self._loop.run_until_complete(
            asyncio.wait_for(self._call(method, params), ANSWER_DEADLINE)
        )

    def open(self, address: str) -> None:
        """Opens a page."""
        self.call("Page.navigate", url=address)

    def size(self, width: int, height: int, scale: float = 1.0) -> None:
        """Sets the size of the screen."""
        mobile = width < 640
        self.call(
            "Emulation.setDeviceMetricsOverride",
            **{"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile},
        )

    def prefer(self, scheme: str) -> None:
        """Whether the system is `light` or `dark`."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.call("Emulation.setEmulatedMedia", features=[feature])

    def value(self, expression: str) -> Any:
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def text(self, selector: str) -> str:
        """The text of an element; empty if there is none."""
        return str(self.value(f"document.querySelector({selector!r})?.innerText ?? ''"))

    def wait_for(self, expression: str, deadline: float = ANSWER_DEADLINE) -> None:
        """Waits until an expression in the page is true."""
        end = time.monotonic() + deadline
        while not self.value(expression):
            body = self.value("document.body.innerText")
            assert time.monotonic() < end, f"not {expression} within {deadline} s:\n{body}"
            time.sleep(0.05)

    def picture(self) -> bytes:
        """What is seen, as PNG."""
        return base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])

    async def _connect(self) -> None:
        ends = time.monotonic() + START_DEADLINE
        note = Path(self._folder) / "DevToolsActivePort"
        while not (note.exists() and note.read_text().count("\n")):
            assert time.monotonic() < ends, "the browser did not start"
            await asyncio.sleep(0.05)
        port = note.read_text().split()[0]
        self._session = aiohttp.ClientSession()
        async with self._session.get(f"http://127.0.0.1:{port}/json/list") as answer:
            tabs = [tab for tab in await answer.json() if tab["type"] == "page"]
        self._socket = await self._session.ws_connect(
            tabs[0]["webSocketDebuggerUrl"], max_msg_size=0
        )

    async def _call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._number += 1
        number = self._number
        await self._socket.send_json({"id": number, "method": method, "params": params})
        while True:
            message = json.loads((await self._socket.receive()).data)
            if message.get("id") == number:
                assert "error" not in message, message["error"]
                return dict(message["result"])
            self._note(message)

    def _note(self, event: dict[str, Any]) -> None:
        params = event.get("params", {})
        if event["method"] == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(params["exceptionDetails"])[:600])
        elif event["method"] == "Log.entryAdded" and params["entry"]["level"] == "error":
            self.errors.append(params["entry"]["text"])
        elif event["method"] == "Network.requestWillBeSent":
            self.requests.append(params["request"]["url"])

    async def _disconnect(self) -> None:
        await self._socket.close()
        await self._session.close()

    def _end(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(10.0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._loop.close()
        shutil.rmtree(self._folder, ignore_errors=True)
