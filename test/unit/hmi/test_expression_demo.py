"""Covers the judge of `demo expression` and what it shows, without a browser and without Gradio.

Leaves to others: the page over HTTP (test_expression_page).
"""

from __future__ import annotations

import dataclasses
import html.parser

import numpy as np
import pytest
from face_fakes import NS, square_networks, squares
from observations import CABIN

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.core.config import ExpressionConfig, PipelineConfig
from affect_perception.core.enums import Availability, ExpressionReason
from affect_perception.core.errors import InputError
from affect_perception.core.types import ExpressionObservation
from affect_perception.hmi.expression_html import WORDS, judgement_html, message_html
from affect_perception.hmi.expression_judge import ExpressionJudge, Judgement, nothing_judged
from affect_perception.hmi.expression_page import Answers

pytestmark = pytest.mark.unit

DRIVER, NOBODY = squares((320, 240, 130)), squares()
CONFIG = dataclasses.replace(
    PipelineConfig(), expression=ExpressionConfig(min_contrast=0.0, min_sharpness=0.0)
)


class Says:
    name = "expression_network"

    def __init__(self, place: int = 3) -> None:
        self.place = place

    def run(self, faces):  # type: ignore[no-untyped-def]
        eight = np.full((len(faces), 8), 0.05, np.float32)
        eight[:, self.place] = 0.65
        return np.full((len(faces), 7), 1 / 7, np.float32), eight


def judge(network: Says | None = None) -> ExpressionJudge:
    networks = dataclasses.replace(square_networks(), expression=network or Says())
    return ExpressionJudge(CONFIG, CABIN, networks)


def test_a_picture_is_judged_by_itself() -> None:
    network = Says()
    one = judge(network)
    first = one.picture(DRIVER)
    assert first.expression.availability is Availability.AVAILABLE
    assert int(np.argmax(first.expression.probabilities)) == 3
    assert first.face is not None
    assert first.face.shape == (40, 40)
    network.place = 1
    # No smoothing with the picture before.
    assert one.picture(DRIVER).expression.probabilities[1] == pytest.approx(0.65)
    nobody = one.picture(NOBODY)
    assert nobody.face is None
    assert nobody.expression.reasons == (ExpressionReason.NO_FACE,)


def test_a_webcam_is_smoothed_and_learned_from_until_a_pause() -> None:
    network = Says()
    one = judge(network)
    for k in range(20):
        seen = one.live(DRIVER + np.uint8(k % 2), k * NS // 5)
    assert seen.expression.usual_progress > 0.1
    network.place = 1
    changed = one.live(DRIVER, 20 * NS // 5)
    assert changed.expression.probabilities[1] < 0.5
    after = one.live(DRIVER, 60 * NS)
    assert after.expression.usual_progress == 0.0


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((10, 10), np.float32),
        np.zeros((10, 10, 2), np.uint8),
        np.zeros(10, np.uint8),
        np.zeros((0, 10, 3), np.uint8),
        np.zeros((1, 9000), np.uint8),
    ],
)
def test_what_is_no_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(InputError, match="picture"):
        judge().picture(image)
    assert "picture" in Answers(judge()).picture(image)
    assert "picture" in Answers(judge()).live(image)


def test_grey_and_transparent_pictures_are_taken() -> None:
    grey = np.ascontiguousarray(DRIVER[:, :, 0])
    clear = np.dstack([DRIVER, np.full(DRIVER.shape[:2], 255, np.uint8)])
    for image in (grey, clear):
        assert judge().picture(image).face is not None


def test_the_page_shows_every_class_and_the_face() -> None:
    page = judgement_html(judge().picture(DRIVER))
    check(page)
    for name in AFFECT_CLASSES:
        assert f"<span>{name}</span>" in page
    assert "Looks most like <b>sadness</b>" in page
    assert page.count("65 %") == 1
    assert 'src="data:image/png;base64,' in page
    assert "http" not in page


def test_what_is_not_known_is_not_shown_as_zero() -> None:
    for text in (judgement_html(nothing_judged()), Answers(judge()).picture(None)):
        check(text)
        assert "0 %" not in text
        assert "nan" not in text
        assert "Drop a picture" in text


def test_every_reason_has_its_words_and_is_told() -> None:
    assert set(WORDS) == set(ExpressionReason)
    for reason in ExpressionReason:
        found = ExpressionObservation(Availability.UNAVAILABLE, (reason,))
        assert f"Not judged: {WORDS[reason]}." in judgement_html(Judgement(found, None, 0))
    held = dataclasses.replace(
        judge().picture(DRIVER).expression,
        availability=Availability.DEGRADED,
        reasons=(ExpressionReason.BLURRED,),
        age_s=0.7,
    )
    assert "Held from 0.7 s ago: the face is blurred." in judgement_html(Judgement(held, None, 1))


def test_a_message_cannot_become_markup() -> None:
    assert "<script>" not in message_html("<script>")


class Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in ("img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def check(text: str) -> None:
    """Every element is closed where it should be."""
    tags = Tags()
    tags.feed(text)
    assert not tags.open
