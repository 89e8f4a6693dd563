"""Covers the page in a real browser without a window: what it says of states, silence, a lost
server, themes, screens; that nothing is asked of anybody else and no script fails.

Needs the extra `hmi` and Chromium; skipped where one is missing. How it looks was judged by eye, on
the pictures of docs/img/make_hmi_pictures.py.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip(
    "aiohttp", reason="aiohttp is not installed (pip install 'affect_perception[hmi]')"
)

from browser import Browser, browser_path
from page_messages import as_message

from affect_perception.core.enums import Modality
from affect_perception.evaluation.state_story import drive
from affect_perception.hmi.live_page import LivePage
from affect_perception.hmi.page_drawing import cabin_drawing, face_lines
from affect_perception.hmi.page_server import PageServer
from affect_perception.hmi.page_words import page_words
from affect_perception.io.cabin_file import load_cabin
from affect_perception.io.profile_file import load_profile
from affect_perception.sim.observed.act import UNKNOWN, Act

pytestmark = [
    pytest.mark.unit,
    pytest.mark.skipif(
        browser_path() is None,
        reason="no Chromium was found ($AFFECT_BROWSER, chromium, google-chrome)",
    ),
]

SCREENS = {"7 inch": (1024, 600), "small": (800, 480), "desk": (1280, 800), "phone": (390, 844)}


class Show:
    """A page that is served, and tells the last state of a script again and again."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.cabin, self.profile = load_cabin("sedan_lhd"), load_profile("euro_ncap_2026")
        setup = {
            "version": "1",
            "cabin": cabin_drawing(self.cabin),
            "face_lines": face_lines(),
            "words": page_words(),
        }
        self.page = LivePage(setup, 1.5)
        self.server = self.make_server(0)
        self.newest: dict[str, Any] = {}
        self.over = threading.Event()
        self.feeder = threading.Thread(target=self.feed)
        self.feeder.start()

    def make_server(self, port: int) -> PageServer:
        server = PageServer("127.0.0.1", port, lambda: self.page.first(time.monotonic()), print)
        server.start()
        return server

    def feed(self) -> None:
        while not self.over.wait(0.05):
            for topic, message in self.newest.copy().items():
                self.page.take(topic, message, time.monotonic())
            if text := self.page.news(time.monotonic()):
                self.server.offer(text)

    def tell(self, *acts: Act, **more: Any) -> None:
        arrivals = drive(acts, self.cabin, self.profile, **more)
        self.newest = {topic: as_message(fields) for _, topic, fields in arrivals}

    def expect(self, text: str, selector: str = "#alert") -> None:
        self.browser.wait_for(
            f"(document.querySelector({selector!r})?.innerText ?? '').includes({text!r})", 20.0
        )

    def level(self) -> str:
        return str(self.browser.value("document.getElementById('alert').dataset.level"))


@pytest.fixture(scope="module")
def show() -> Iterator[Show]:
    with Browser() as browser:
        made = Show(browser)
        try:
            browser.size(1280, 800)
            browser.open(made.server.link)
            yield made
        finally:
            made.over.set()
            made.feeder.join()
            made.server.stop()
        # A refused connection is what a server that has ended gives; nothing else may be there.
        assert [error for error in browser.errors if "ERR_CONNECTION_REFUSED" not in error] == []
        own = made.server.link
        sockets = ("data:", "about:")
        asked = [url for url in browser.requests if not url.startswith((own, *sockets))]
        assert asked == []
        assert own + "main.js" in browser.requests


def test_each_level_has_its_word_its_reason_and_its_sign(show: Show) -> None:
    signs = set()
    for acts, level, word, headline in (
        ([Act(4.0)], "1", "No alert", "Eyes on the road"),
        ([Act(4.0), Act(4.0, face=False)], "2", "Notice", "Nobody in the seat"),
        ([Act(4.0), Act(3.3, look="infotainment")], "3", "Warning", "Look at the road"),
        ([Act(4.0), Act(3.5, look=UNKNOWN, lids=0.0)], "4", "Critical", "Asleep"),
    ):
        show.tell(*acts)
        show.expect(headline)
        show.expect(word)
        assert show.level() == level
        signs.add(show.browser.value("document.querySelector('#sign svg').innerHTML"))
    assert len(signs) == 4


def test_what_is_known_stands_there(show: Show) -> None:
    show.tell(Act(5.0), Act(0.5, look="cluster"))
    show.expect("cluster", "#cabin")
    assert "awake" in show.browser.text("#lids")
    assert float(show.browser.text("#rate")) == pytest.approx(70.0, abs=8.0)
    for title in ("Camera", "Microphone", "Body", "All together"):
        assert title in show.browser.text("#senses")
    show.expect("available", "#senses li[data-state='3']")
    assert "12 ms" in show.browser.text("#latency")


@pytest.mark.parametrize("canvas", ["heat", "eyes", "mesh", "plane", "lines"])
def test_something_is_drawn(show: Show, canvas: str) -> None:
    if canvas == "mesh":
        import numpy as np

        mesh = np.random.default_rng(0).uniform(200.0, 300.0, (478, 3))
        show.tell(Act(3.0), mesh=mesh)
    show.browser.wait_for(
        f"(() => {{ const c = document.getElementById('{canvas}');"
        " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
        " let n = 0; for (let i = 3; i < d.length; i += 4) n += d[i] > 40; return n > 100; })()"
    )


def test_a_missing_sensor_is_named_and_shows_no_number(show: Show) -> None:
    show.newest = {}
    show.tell(Act(3.0), modalities=(Modality.FACE,))
    show.expect("no data", "#senses li[data-state='0']")
    show.browser.wait_for("document.querySelector('#cognitive_load b').innerText === '–'")
    show.expect("No body sensors", "#load")


def test_an_old_state_is_not_shown_as_present(show: Show) -> None:
    show.tell(Act(4.0), Act(3.3, look="infotainment"))
    show.expect("Look at the road")
    show.newest = {}
    show.expect("No data since")
    assert show.level() == "0"
    assert "Look at the road" not in show.browser.value("document.body.innerText")
    assert "no data since" in show.browser.text("#cabin")
    hidden = "getComputedStyle(document.querySelector('#cabin .content')).visibility"
    assert show.browser.value(hidden) == "hidden"
    show.tell(Act(4.0))
    show.expect("Eyes on the road")


def test_a_server_that_ends_is_told_and_found_again(show: Show) -> None:
    show.tell(Act(4.0))
    show.expect("Eyes on the road")
    port = int(show.server.link.rsplit(":", 1)[1].rstrip("/"))
    show.server.stop()
    show.expect("Not connected")
    assert show.level() == "0"
    assert "Eyes on the road" not in show.browser.text("#alert")
    show.server = show.make_server(port)
    show.expect("Eyes on the road")
    assert show.browser.text("#link").endswith("connected")


def test_day_and_night_follow_the_system_and_the_button(show: Show) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    show.browser.prefer("dark")
    assert show.browser.value(ground) == "rgb(0, 0, 0)"
    show.browser.prefer("light")
    assert show.browser.value(ground) != "rgb(0, 0, 0)"
    grounds = []
    # As the first test of its page it may come before the script.
    show.browser.wait_for("document.getElementById('theme').onclick !== null", 20.0)
    for name in ("day", "night", "auto"):
        show.browser.value("document.getElementById('theme').click()")
        assert show.browser.text("#theme") == name
        grounds.append(show.browser.value(ground))
    assert grounds[1] == "rgb(0, 0, 0)"
    assert grounds[0] == grounds[2] != grounds[1]


@pytest.mark.parametrize("theme", ["day", "night"])
def test_the_alert_can_be_read_in_both_themes(show: Show, theme: str) -> None:
    set_theme(show, theme)
    ratios = {level: contrast(show.browser, level) for level in "01234"}
    set_theme(show, "auto")
    assert min(ratios.values()) >= 5.5, ratios


@pytest.mark.parametrize("screen", SCREENS)
def test_it_fits_on_every_screen(show: Show, screen: str) -> None:
    width, height = SCREENS[screen]
    show.tell(Act(4.0), Act(3.3, look="infotainment"))
    show.expect("Look at the road")
    browser = show.browser
    browser.size(width, height)
    try:
        assert browser.value("document.documentElement.scrollWidth") <= width
        scrolls = browser.value("document.documentElement.scrollHeight") > height
        assert scrolls == (screen == "phone")
        size = browser.value(
            "parseFloat(getComputedStyle(document.querySelector('#headline')).fontSize)"
        )
        assert size >= (32.0 if screen == "phone" else 45.0)
        seen = shown_sections(browser)
        if screen in ("7 inch", "small"):
            everything = set(seen)
            for tab in ("state", "minute", "senses", "attention"):
                browser.value(f"document.querySelector('[data-shows={tab}]').click()")
                everything |= set(shown_sections(browser))
            assert set(seen) == {"cabin", "lids"}
            seen = sorted(everything)
        assert len(seen) == 9
    finally:
        browser.size(1280, 800)


def shown_sections(browser: Browser) -> list[str]:
    found = browser.value(
        "[...document.querySelectorAll('main section')].filter((s) => s.clientHeight > 60)"
        ".map((s) => s.id)"
    )
    return list(found)


def set_theme(show: Show, name: str) -> None:
    while show.browser.text("#theme") != name:
        show.browser.value("document.querySelector('#theme').click()")


def contrast(browser: Browser, level: str) -> float:
    """The ratio of WCAG 2 between headline and ground at an alert level."""
    # In one go: the page sets its own level with each state that comes.
    values = browser.value(
        f"(() => {{ const a = document.querySelector('#alert'); a.dataset.level = '{level}';"
        " const h = document.querySelector('#headline');"
        " return [getComputedStyle(h).color, getComputedStyle(a).backgroundColor]; })()"
    )
    light, dark = sorted((luminance(value) for value in values), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(part) / 255.0 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
