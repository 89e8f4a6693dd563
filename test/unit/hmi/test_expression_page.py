"""Covers the page of `demo expression` over HTTP, as a process: answers, headers, what is left.

Needs the extra `demo`; skipped where Gradio is not installed. Leaves to others: what a judgement
looks like (test_expression_demo). The page in a browser was looked at by hand (docs/expression.md).
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

pytestmark = pytest.mark.unit

with_gradio = pytest.mark.skipif(
    importlib.util.find_spec("gradio") is None,
    reason="Gradio is not installed (pip install 'affect_perception[demo]')",
)
PATIENCE_S = 120.0
# Where the page has put pictures.
FOLDERS: set[Path] = set()
COMMAND = [sys.executable, "-m", "affect_perception.cli.main", "demo", "expression"]


def test_without_gradio_one_line_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "gradio.py").write_text("raise ModuleNotFoundError('no gradio', name='gradio')\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        COMMAND, capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 2
    assert done.stderr == (
        "affect-perception: error: 'demo' needs the demo extra "
        "(pip install 'affect_perception[demo]')\n"
    )


@pytest.fixture(scope="module")
def address(face_models: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [*COMMAND, "--port", str(port)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # Nothing is to be written but into a folder of its own.
        cwd=tmp_path_factory.mktemp("cwd"),
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("open http://127.0.0.1:"), line + process.stdout.read()
        yield line.split()[1].rstrip("/")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert FOLDERS
        assert [folder for folder in FOLDERS if folder.exists()] == []
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@with_gradio
def test_the_page_comes_from_here_and_forbids_anything_else(address: str) -> None:
    with urllib.request.urlopen(address, timeout=PATIENCE_S) as answer:
        policy = answer.headers["content-security-policy"]
        page = answer.read().decode()
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "What a face shows" in page
    # What a browser would load on its own: scripts, styles, fonts.
    loaded = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(https?:[^"]*)"', page)
    assert [url for url in loaded if not url.startswith(address)] == []


@with_gradio
def test_it_listens_on_this_machine_only(address: str) -> None:
    port = int(address.rsplit(":", 1)[1])
    other = socket.gethostbyname(socket.gethostname())
    if other.startswith("127."):
        other = "::1"
    family = socket.AF_INET6 if ":" in other else socket.AF_INET
    with socket.socket(family) as probe:
        probe.settimeout(2.0)
        with pytest.raises(OSError, match=r"."):
            probe.connect((other, port))


@with_gradio
def test_a_picture_that_is_sent_comes_back_judged(address: str) -> None:
    found = judged(address, skimage.data.astronaut())
    assert "Looks most like <b>happiness</b>" in found
    assert 'src="data:image/png;base64,' in found


@with_gradio
def test_a_picture_without_a_face_is_not_guessed_at(address: str) -> None:
    found = judged(address, np.full((300, 400, 3), 90, np.uint8))
    assert "Not judged: no face was found." in found


def judged(address: str, picture: np.ndarray) -> str:
    """Uploads a picture as the page does and reads what comes back."""
    _, data = cv2.imencode(".png", picture[:, :, ::-1])
    edge = "edge-of-the-part"
    head = (
        f'--{edge}\r\nContent-Disposition: form-data; name="files"; filename="face.png"\r\n'
        "Content-Type: image/png\r\n\r\n"
    )
    body = head.encode() + data.tobytes() + f"\r\n--{edge}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={edge}"}
    [path] = json.loads(ask(f"{address}/gradio_api/upload", body, kind))
    call = {"data": [{"path": path, "meta": {"_type": "gradio.FileData"}}]}
    event = json.loads(
        ask(
            f"{address}/gradio_api/call/judge",
            json.dumps(call).encode(),
            {"Content-Type": "application/json"},
        )
    )["event_id"]
    stream = ask(f"{address}/gradio_api/call/judge/{event}", None, {})
    line = next(line for line in stream.splitlines() if line.startswith("data: "))
    [text] = json.loads(line.removeprefix("data: "))
    FOLDERS.add(Path(path).parents[1])
    end = time.monotonic() + 30.0
    # The file that it went through is deleted within seconds.
    while Path(path).exists():
        assert time.monotonic() < end, f"{path} is still there"
        time.sleep(0.5)
    return str(text)


def ask(url: str, body: bytes | None, headers: dict[str, str]) -> str:
    request = urllib.request.Request(url, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        raise AssertionError(f"{url}: {error}: {error.read()[:500]!r}") from error
