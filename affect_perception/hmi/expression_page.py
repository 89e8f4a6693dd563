"""The page of `affect-perception demo expression`, made with Gradio, for this machine alone.

Gradio puts each picture that is dropped, and each of a webcam, into a file before it is handed on.
These files lie in a folder of their own, in memory where the system has /dev/shm; they are deleted
within seconds, and the folder with them when the page ends. A policy in the header of every answer
forbids the browser to load anything from elsewhere.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from affect_perception.core.errors import InputError
from affect_perception.hmi.expression_html import STYLE, judgement_html, message_html
from affect_perception.hmi.expression_judge import ExpressionJudge, nothing_judged

HOST = "127.0.0.1"
# Age at which files of pictures are deleted, and how often that is looked after, s.
KEPT_S = 5
# Time between the pictures that are taken from a webcam, s.
STREAM_EVERY_S = 0.2
LARGEST_FILE = "16mb"
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "font-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; "
    "worker-src 'self' blob:; connect-src 'self'; frame-ancestors 'none'; form-action 'self'"
)

_INTRO = (
    "# What a face shows\n"
    "The expression part of the face path, on a picture or on your webcam. Pictures stay on this "
    "machine and are deleted after a few seconds. An expression is not a feeling, and the network "
    "was trained on pictures from the web: look at its card before you believe it."
)
_CSS = STYLE + "footer { display: none !important; }"


@contextmanager
def expression_page(judge: ExpressionJudge, port: int | None = None) -> Iterator[str]:
    """Serves the page while the context lasts.

    Args:
        judge: Judges the pictures.
        port: To listen on; None takes the first free one from 7860 on.

    Yields:
        Its address.

    Raises:
        InputError: If the port is taken.
        ModuleNotFoundError: If Gradio is not installed.
    """
    memory = Path("/dev/shm")
    place = str(memory) if os.access(memory, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="affect-demo-", dir=place) as folder:
        os.environ |= {
            "GRADIO_TEMP_DIR": folder,
            "GRADIO_ANALYTICS_ENABLED": "False",
            "HF_HUB_OFFLINE": "1",
            "HF_HUB_DISABLE_TELEMETRY": "1",
        }
        blocks = make_blocks(judge)
        try:
            _, address, _ = blocks.launch(**_options(port))
        except OSError as error:
            raise InputError(f"the page cannot be served: {error}") from error
        try:
            yield str(address)
        finally:
            blocks.close(verbose=False)


def make_blocks(judge: ExpressionJudge) -> Any:
    """The page itself, a `gradio.Blocks`."""
    import gradio

    answers = Answers(judge)
    with gradio.Blocks(
        analytics_enabled=False, title="What a face shows", delete_cache=(KEPT_S, KEPT_S)
    ) as blocks:
        gradio.Markdown(_INTRO)
        with gradio.Tab("Picture"), gradio.Row():
            picture = gradio.Image(
                sources=["upload", "clipboard", "webcam"],
                type="numpy",
                label="Drop a picture",
                buttons=[],
                height=380,
            )
            told = gradio.HTML(judgement_html(nothing_judged()))
            picture.change(answers.picture, picture, told, api_name="judge", show_progress="hidden")
        with gradio.Tab("Webcam"), gradio.Row():
            stream = gradio.Image(
                sources=["webcam"], type="numpy", streaming=True, label="Webcam", buttons=[],
                height=380,
            )  # fmt: skip
            seen = gradio.HTML(judgement_html(nothing_judged()))
            stream.stream(
                answers.live,
                stream,
                seen,
                api_name="live",
                stream_every=STREAM_EVERY_S,
                concurrency_limit=1,
                show_progress="hidden",
            )
    return blocks


class Answers:
    """What the page calls; networks are used by one thread at a time."""

    def __init__(self, judge: ExpressionJudge) -> None:
        self._judge = judge
        self._lock = threading.Lock()

    def picture(self, image: npt.NDArray[np.uint8] | None) -> str:
        """HTML for a picture that was dropped; None when it was taken away."""
        if image is None:
            return judgement_html(nothing_judged())
        try:
            with self._lock:
                return judgement_html(self._judge.picture(image))
        except InputError as error:
            return message_html(str(error))

    def live(self, image: npt.NDArray[np.uint8] | None) -> str:
        """HTML for the next picture of the webcam."""
        if image is None:
            return judgement_html(nothing_judged())
        try:
            with self._lock:
                return judgement_html(self._judge.live(image, time.monotonic_ns()))
        except InputError as error:
            return message_html(str(error))


def _options(port: int | None) -> dict[str, Any]:
    import gradio
    from starlette.middleware import Middleware

    return {
        "server_name": HOST,
        "server_port": port,
        "share": False,
        "quiet": True,
        "prevent_thread_lock": True,
        "ssr_mode": False,
        "run_history": False,
        "enable_monitoring": False,
        "mcp_server": False,
        "pwa": False,
        "footer_links": [],
        "max_file_size": LARGEST_FILE,
        "css": _CSS,
        "theme": gradio.themes.Base(
            font=["system-ui", "sans-serif"], font_mono=["ui-monospace", "monospace"]
        ),
        "app_kwargs": {"middleware": [Middleware(WithPolicy)]},
    }


class WithPolicy:
    """Puts `POLICY` into the header of every answer (an ASGI application around another)."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Hands everything on."""

        async def with_header(message: Any) -> None:
            if message["type"] == "http.response.start":
                header = (b"content-security-policy", POLICY.encode("ascii"))
                message = {**message, "headers": [*message.get("headers", []), header]}
            await send(message)

        await self._app(scope, receive, with_header)
