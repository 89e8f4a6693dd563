"""Makes the pictures of the page of the node hmi anew, in a real browser, from scripted drivers.

    .venv/bin/python docs/img/make_hmi_pictures.py [--all FOLDER]

Needs the extra `hmi`, Chromium and the face models (`affect-perception models prepare`): the mesh
is that of the synthetic driver's portrait. Writes hmi_warning.png, hmi_night.png and hmi_phone.png
beside this file; --all writes every state, for looking at. Nothing of a real drive is in them.
"""

from __future__ import annotations

import argparse
import io
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1] / "test" / "support"))

from browser import Browser  # noqa: E402
from page_messages import as_message  # noqa: E402

from affect_perception.core.config import HmiNodeConfig  # noqa: E402
from affect_perception.core.enums import Modality, Reason  # noqa: E402
from affect_perception.core.pipeline import Pipeline  # noqa: E402
from affect_perception.core.types import MODALITIES, FaceObservation  # noqa: E402
from affect_perception.evaluation.replay.run import Setting  # noqa: E402
from affect_perception.evaluation.state_story import Arrival, drive  # noqa: E402
from affect_perception.evaluation.synthetic.scenario import load_driver  # noqa: E402
from affect_perception.hmi.live_page import LivePage  # noqa: E402
from affect_perception.hmi.page_drawing import cabin_drawing, face_lines  # noqa: E402
from affect_perception.hmi.page_server import PageServer, page_version  # noqa: E402
from affect_perception.hmi.page_words import page_words  # noqa: E402
from affect_perception.inference import load_face_networks  # noqa: E402
from affect_perception.io.cabin_file import load_cabin  # noqa: E402
from affect_perception.io.profile_file import load_profile  # noqa: E402
from affect_perception.sim.observed.act import UNKNOWN, Act, repeat  # noqa: E402

LARGE, SEVEN, SMALL, PHONE = (1280, 800), (1024, 600), (800, 480), (390, 844)
ROUND = [
    Act(6.0),
    Act(0.7, look="mirror_interior"),
    Act(5.0),
    Act(0.15, lids=0.05),
    Act(0.6, look="cluster"),
    Act(3.0),
    Act(0.7, look="mirror_driver_side"),
]
CALM = [*repeat(ROUND, 3), Act(6.0)]
NODDING = [Act(2.2, lids=0.6), Act(0.8, look=UNKNOWN, lids=0.03), Act(1.2, lids=0.5)]
DROWSY = [*ROUND, *repeat(NODDING, 40), Act(1.0, lids=0.6)]


@dataclass(frozen=True)
class Scene:
    """A state of the page.

    Attributes:
        acts: What the driver did up to then.
        ends: What the page must say before the picture is taken.
        modalities: What sends anything.
        silent_s: For how long nothing has come.
        connected: False: the server has ended.
    """

    acts: Sequence[Act]
    ends: str
    modalities: Sequence[Modality] = MODALITIES
    silent_s: float = 0.0
    connected: bool = True
    calibration: float = 1.0


SCENES = {
    "attentive": Scene(CALM, "Eyes on the road"),
    "warning": Scene([*CALM, Act(3.3, look="infotainment")], "Look at the road"),
    "microsleep": Scene([*CALM, Act(1.3, look=UNKNOWN, lids=0.02)], "Microsleep"),
    "asleep": Scene([*CALM, Act(3.4, look=UNKNOWN, lids=0.02)], "Asleep"),
    "drowsy": Scene(DROWSY, ""),
    "no_face": Scene([*CALM, Act(5.0, face=False)], "Nobody in the seat"),
    "eyes_hidden": Scene(
        [*CALM, Act(10.0, eyes=False, gaze_from_head=True, reasons=(Reason.GLARE,))], ""
    ),
    "no_body": Scene(CALM, "Eyes on the road", (Modality.FACE, Modality.VOICE), calibration=0.35),
    "silent": Scene(CALM, "No data since", silent_s=4.0),
    "disconnected": Scene(CALM, "Not connected", connected=False),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Makes them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every state and size")
    parser.add_argument("--only", default="", help="with --all: scenes whose name has this in it")
    args = parser.parse_args(argv)
    mesh = portrait_mesh()
    with Browser() as browser:
        if args.all:
            args.all.mkdir(parents=True, exist_ok=True)
            for name, scene in SCENES.items():
                if args.only in name:
                    every_size(browser, name, scene, mesh, args.all)
        else:
            kept(browser, mesh)
        for error in browser.errors:
            print(f"the browser says: {error}", file=sys.stderr)
        foreign = [url for url in browser.requests if not url.startswith("http://127.0.0.1:")]
        print(f"{len(browser.requests)} requests, elsewhere: {foreign or 'none'}")
    return 0


def kept(browser: Browser, mesh: np.ndarray) -> None:
    """The three of the documentation."""
    for name, scene, theme, size in (
        ("hmi_warning", "warning", "light", LARGE),
        ("hmi_night", "microsleep", "dark", SEVEN),
        ("hmi_phone", "attentive", "light", PHONE),
    ):
        with shown(browser, SCENES[scene], mesh):
            take(browser, HERE / f"{name}.png", theme, size)


def every_size(browser: Browser, name: str, scene: Scene, mesh: np.ndarray, folder: Path) -> None:
    """One scene on all screens."""
    with shown(browser, scene, mesh):
        take(browser, folder / f"{name}_large.png", "light", LARGE)
        take(browser, folder / f"{name}_night.png", "dark", LARGE)
        if name in ("attentive", "warning", "no_body"):
            for tab in ("attention", "state", "minute", "senses"):
                browser.value(f"document.querySelector('[data-shows={tab}]').click()")
                take(browser, folder / f"{name}_seven_{tab}.png", "dark", SEVEN)
                take(browser, folder / f"{name}_small_{tab}.png", "light", SMALL)
            browser.value("document.querySelector('[data-shows=attention]').click()")
            browser.size(390, 844)
            whole = int(browser.value("document.body.scrollHeight"))
            take(browser, folder / f"{name}_phone.png", "light", PHONE)
            take(browser, folder / f"{name}_phone_whole.png", "light", (390, whole))
            take(browser, folder / f"{name}_hd.png", "light", (1920, 1080))


def take(browser: Browser, path: Path, theme: str, size: tuple[int, int]) -> None:
    """One picture, in 256 colours: it compresses to half."""
    browser.prefer(theme)
    browser.size(*size)
    time.sleep(0.5)
    picture = Image.open(io.BytesIO(browser.picture())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1024} kB")


@contextmanager
def shown(browser: Browser, scene: Scene, mesh: np.ndarray) -> Iterator[None]:
    """Serves a page of a scene and waits until the browser shows it."""
    cabin = load_cabin("sedan_lhd")
    arrivals = list(
        drive(
            scene.acts, cabin, load_profile("euro_ncap_2026"),
            modalities=scene.modalities, mesh=mesh, calibration=scene.calibration,
        )
    )  # fmt: skip
    setup = {
        "version": page_version(),
        "cabin": cabin_drawing(cabin),
        "face_lines": face_lines(),
        "words": page_words(),
    }
    page = LivePage(setup, HmiNodeConfig().no_data_after)
    newest: dict[str, Arrival] = {}
    end = arrivals[-1][0]
    begin = time.monotonic() - end - scene.silent_s
    due = 0.0
    for arrival in arrivals:
        page.take(arrival[1], as_message(arrival[2]), begin + arrival[0])
        newest[arrival[1]] = arrival
        if arrival[0] >= due:
            page.news(begin + arrival[0])
            due += 0.1
    # What was taken up to here took some time itself; the line goes on through it.
    while not scene.silent_s and begin + end < time.monotonic():
        end += 0.1
        for _, topic, fields in newest.values():
            page.take(topic, as_message(fields), begin + end)
        page.news(begin + end)
    server = PageServer(
        "127.0.0.1", 0, lambda: page.first(time.monotonic()), lambda s: print(s, file=sys.stderr)
    )
    server.start()
    over = threading.Event()

    def keep_on() -> None:
        # Goes on with the last state, as if the driver kept still.
        while not over.wait(0.1):
            if not scene.silent_s:
                for _, topic, fields in newest.values():
                    page.take(topic, as_message(fields), time.monotonic())
            if text := page.news(time.monotonic()):
                server.offer(text)

    feeder = threading.Thread(target=keep_on)
    feeder.start()
    try:
        browser.open(server.link)
        browser.wait_for("document.getElementById('link')?.dataset.state === 'on'")
        if not scene.connected:
            server.stop()
        browser.wait_for(
            f"document.getElementById('headline').textContent.includes({scene.ends!r})"
        )
        time.sleep(0.5)
        yield
    finally:
        over.set()
        feeder.join()
        server.stop()


def portrait_mesh() -> np.ndarray:
    """The mesh of the synthetic driver looking ahead, (478, 3) px."""
    setting = Setting.load()
    networks = load_face_networks()
    driver = load_driver("demo", setting.cabin, networks)
    pipeline = Pipeline(setting.pipeline, setting.cabin, networks, setting.profile)
    for number, (frame, _) in enumerate(driver.frames()):
        face = next(o for o in pipeline.step(frame) if isinstance(o, FaceObservation))
        if number > 15 and face.landmarks is not None:
            return np.asarray(face.landmarks, float)
    raise RuntimeError("no face was found in the synthetic driver's pictures")


if __name__ == "__main__":
    sys.exit(main())
