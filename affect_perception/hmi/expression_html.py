"""A judgement as a piece of HTML: bars, valence and arousal, the aligned face, what is wrong.

Everything is in the text itself, the face as a data URI: nothing is loaded and no file is written.
"""

from __future__ import annotations

import base64
import html
import math

import cv2

from affect_perception.core.affect_classes import AFFECT_CLASSES, VALENCE_AROUSAL
from affect_perception.core.enums import Availability, ExpressionReason
from affect_perception.core.types import ByteArray, ExpressionObservation
from affect_perception.hmi.expression_judge import Judgement

COLOURS = (
    "#8b98a3", "#e0a92e", "#e07b2a", "#3f74b8", "#c13c32", "#628d42", "#7550a0", "#80694f",
)  # fmt: skip
"""Of the classes, in their order."""

STYLE = """
.ap { font: 15px/1.4 system-ui, sans-serif; color: var(--body-text-color, #1b2127);
  display: grid; grid-template-columns: minmax(260px, 1.5fr) minmax(170px, 1fr); gap: 20px 28px; }
.ap h3 { margin: 0 0 8px; font-size: 14px; font-weight: 650; }
.ap .state { grid-column: 1 / -1; padding: 9px 14px; border-radius: 8px; border-left: 5px solid; }
.ap .available { background: #2b8a6b1c; border-color: #2b8a6b; }
.ap .degraded { background: #d9a40022; border-color: #d9a400; }
.ap .unavailable, .ap .unknown { background: #8b98a322; border-color: #8b98a3; }
.ap .bar { display: grid; grid-template-columns: 84px 1fr 46px; gap: 10px; align-items: center;
  height: 24px; font-variant-numeric: tabular-nums; }
.ap .bar i { display: block; height: 12px; background: #8b98a326; border-radius: 6px;
  overflow: hidden; }
.ap .bar i b { display: block; height: 100%; border-radius: 6px; }
.ap .bar span:last-child { text-align: right; }
.ap img { width: 160px; height: 160px; image-rendering: pixelated; border-radius: 6px;
  display: block; }
.ap .none { width: 160px; height: 160px; border: 1px dashed #8b98a3; border-radius: 6px;
  display: grid; place-items: center; color: #6a7782; }
.ap small { color: #6a7782; font-size: 12.5px; }
.ap svg { width: 210px; max-width: 100%; display: block; }
@media (max-width: 560px) { .ap { grid-template-columns: 1fr; } }
"""

WORDS: dict[ExpressionReason, str] = {
    ExpressionReason.OFF: "reading expressions is switched off",
    ExpressionReason.NO_NETWORK: "the expression network is not there",
    ExpressionReason.NO_FACE: "no face was found",
    ExpressionReason.POSE_UNCERTAIN: "how the head is turned is not known",
    ExpressionReason.TURNED_AWAY: "the head is turned too far away",
    ExpressionReason.AT_EDGE: "part of the face is outside the picture",
    ExpressionReason.SMALL: "the face is too small",
    ExpressionReason.OCCLUDED: "something covers an eye or the mouth",
    ExpressionReason.DARK: "the face is too dark",
    ExpressionReason.FLAT: "the face has too little contrast",
    ExpressionReason.BLURRED: "the face is blurred",
}


def judgement_html(judgement: Judgement) -> str:
    """The whole piece."""
    found = judgement.expression
    return (
        f'<div class="ap">{_state(judgement)}'
        f"<section><h3>Expression</h3>{_bars(found)}</section>"
        f"<section><h3>Face as the network gets it</h3>{_face(judgement.face)}</section>"
        f"<section><h3>Valence and arousal</h3>{_plane(found)}</section>"
        f"<section><h3>Figures</h3>{_figures(found)}</section></div>"
    )


def message_html(text: str) -> str:
    """A sentence in place of a judgement."""
    return f'<div class="ap"><div class="state unavailable">{html.escape(text)}</div></div>'


def _state(judgement: Judgement) -> str:
    found = judgement.expression
    reasons = "; ".join(WORDS[reason] for reason in found.reasons)
    if found.availability is Availability.AVAILABLE:
        place = max(range(len(AFFECT_CLASSES)), key=lambda i: found.probabilities[i])
        text = f"Looks most like <b>{AFFECT_CLASSES[place]}</b>."
        if judgement.faces > 1:
            text += f" {judgement.faces} faces were found; the nearest to the middle is judged."
    elif found.availability is Availability.DEGRADED:
        text = f"Held from {found.age_s:.1f} s ago: {reasons}."
    elif found.availability is Availability.UNAVAILABLE:
        text = f"Not judged: {reasons}."
    else:
        text = "Drop a picture or use the webcam."
    level = found.availability.name.lower()
    return f'<div class="state {level}">{text}</div>'


def _bars(found: ExpressionObservation) -> str:
    rows = []
    for name, share, colour in zip(AFFECT_CLASSES, found.probabilities, COLOURS, strict=True):
        known = math.isfinite(share)
        width, text = (100.0 * share, f"{100.0 * share:.0f} %") if known else (0.0, "–")
        rows.append(
            f'<div class="bar"><span>{name}</span><i><b style="width:{width:.1f}%;'
            f'background:{colour}"></b></i><span>{text}</span></div>'
        )
    return "".join(rows)


def _face(face: ByteArray | None) -> str:
    if face is None:
        return '<div class="none">none</div>'
    _, data = cv2.imencode(".png", face)
    coded = base64.b64encode(data.tobytes()).decode("ascii")
    return f'<img alt="the aligned face" src="data:image/png;base64,{coded}">'


def _plane(found: ExpressionObservation) -> str:
    """Pleasure to the right, excitement upwards, the classes as small dots."""
    marks = "".join(
        f'<circle cx="{100 * x:.0f}" cy="{-100 * y:.0f}" r="3.5" fill="{colour}">'
        f"<title>{name}</title></circle>"
        for name, colour in zip(AFFECT_CLASSES, COLOURS, strict=True)
        for x, y in (VALENCE_AROUSAL[name],)
    )
    if math.isfinite(found.valence):
        x, y = 100 * found.valence, -100 * found.arousal
        marks += (
            f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{100 * found.valence_std:.1f}" '
            f'ry="{100 * found.arousal_std:.1f}" fill="#1d5fbf22" stroke="#1d5fbf"/>'
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" fill="#1d5fbf"/>'
        )
    return (
        '<svg viewBox="-112 -112 224 224" role="img" aria-label="valence and arousal">'
        '<rect x="-100" y="-100" width="200" height="200" rx="6" fill="none" stroke="#8b98a3"/>'
        '<path d="M-100 0H100M0-100V100" stroke="#8b98a366"/>'
        f"{marks}"
        '<g font-size="10" fill="#6a7782" text-anchor="middle"><text x="72" y="-4">pleasant</text>'
        '<text x="-68" y="-4">unpleasant</text><text y="-90">excited</text>'
        '<text y="96">calm</text></g></svg>'
    )


def _figures(found: ExpressionObservation) -> str:
    if not math.isfinite(found.valence):
        return "<small>nothing known</small>"
    return (
        f"valence {found.valence:+.2f} ± {found.valence_std:.2f}<br>"
        f"arousal {found.arousal:+.2f} ± {found.arousal_std:.2f}<br>"
        f"entropy {found.entropy:.2f}<br><small>0 sure, 1 no idea</small><br>"
        f"usual look {100 * found.usual_progress:.0f} %<br><small>of it is known, and taken off"
        "</small>"
    )
