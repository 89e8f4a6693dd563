"""Writes docs/messages.md from the comments in msg/*.msg, and the profiles into docs/attention.md.

`python -m affect_perception.cli.messages_doc` prints the page of the messages; with `--write` it
replaces docs/messages.md and the generated part of docs/attention.md in the checkout. A test fails
while they differ.
"""

from __future__ import annotations

import argparse
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from affect_perception.core.attention.alert_machine import TRANSITIONS
from affect_perception.core.attention.measures import MEASURES
from affect_perception.core.attention.profile import NUMBERS, NormValue, Profile, Rule
from affect_perception.core.errors import InputError
from affect_perception.io.markdown import fill_regions
from affect_perception.io.message_words import (
    ALERT_MEANINGS,
    EXPRESSION_MEANINGS,
    EYE_MEANINGS,
    FUSION_MEANINGS,
    LOAD_MEANINGS,
    MODALITY_MEANINGS,
    PHYSIO_MEANINGS,
    PULSE_MEANINGS,
    REASON_MEANINGS,
    VOICE_MEANINGS,
)
from affect_perception.io.profile_file import load_profile, shipped_profiles
from affect_perception.share import share_path

PAGE = "docs/messages.md"
ATTENTION_PAGE = "docs/attention.md"
REGION = "profiles"

_ITEM = re.compile(r"^(?P<type>[\w/\[\]<=]+)\s+(?P<name>\w+)\s*(?:=\s*(?P<value>[^#]*?))?\s*$")
_HEADING = re.compile(r"^# -+ (?P<title>.+?) -+$")

# Fields that hold words, and what the words mean.
WORDS: Mapping[str, Mapping[Any, str]] = {
    "degradation_reasons": REASON_MEANINGS,
    "alert_reasons": ALERT_MEANINGS,
    "EyeObservation.reason": EYE_MEANINGS,
    "ExpressionObservation.reasons": EXPRESSION_MEANINGS,
    "VoiceObservation.degradation_reasons": VOICE_MEANINGS,
    "PhysioObservation.degradation_reasons, SignalState.reasons": PHYSIO_MEANINGS,
    "PulseObservation.reasons": PULSE_MEANINGS,
    "LoadObservation.reasons": LOAD_MEANINGS,
    "AffectState.degradation_reasons": FUSION_MEANINGS,
    "ModalityState.reasons": MODALITY_MEANINGS,
}


@dataclass
class Item:
    """One line of a message: a field, or a constant if it has a value."""

    type: str
    name: str
    value: str | None
    comment: str


@dataclass
class Block:
    """What stands between two empty lines of a message file."""

    title: str | None = None
    text: list[str] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)


def parse_message(text: str) -> list[Block]:
    """Cuts a .msg file into blocks.

    Raises:
        InputError: If a line is neither comment, field nor constant.
    """
    blocks = [Block()]
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if not line.strip():
            blocks.append(Block())
        elif heading:
            blocks.append(Block(title=heading["title"]))
        elif line.startswith("#"):
            if blocks[-1].items:
                blocks.append(Block())
            blocks[-1].text.append(line[1:].removeprefix(" "))
        else:
            blocks[-1].items.append(_item(line))
    return [block for block in blocks if block.title or block.text or block.items]


def _item(line: str) -> Item:
    declaration, _, comment = line.partition("#")
    match = _ITEM.match(declaration)
    if match is None:
        raise InputError(f"not a line of a message definition: {line!r}")
    return Item(match["type"], match["name"], match["value"], comment.strip())


def render_message(name: str, text: str) -> str:
    """The section of the page about one message."""
    lines = [f"## {name}", ""]
    for block in parse_message(text):
        if block.title:
            lines += [f"### {block.title}", ""]
        if block.text:
            lines += [*_paragraphs(block.text), ""]
        constants = [item for item in block.items if item.value is not None]
        fields = [item for item in block.items if item.value is None]
        rows = [(f"`{c.name}`", str(c.value), c.comment) for c in constants]
        lines += _table(("constant", "value", "meaning"), rows)
        rows = [(f"`{f.name}`", f"`{f.type}`", f.comment) for f in fields]
        lines += _table(("field", "type", "meaning"), rows)
    return "\n".join(lines)


def _paragraphs(text: list[str]) -> list[str]:
    """Comment lines as paragraphs; a definition (`name    text`) begins a line of its own."""
    result: list[str] = []
    for line in text:
        definition = re.match(r"^([\w.]+) {2,}(\S.*)$", line)
        if not line.strip():
            result.append("")
        elif definition:
            result += ["", f"`{definition[1]}`: {definition[2]}"]
        else:
            result.append(line.strip())
    return result


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    if not rows:
        return []
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    lines += [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows]
    return [*lines, ""]


def render_page(messages: dict[str, str]) -> str:
    """The whole page.

    Args:
        messages: Content of each .msg file by message name, in order.
    """
    words = [
        "# Messages",
        "",
        "Generated from the comments in `msg/` by",
        "`python -m affect_perception.cli.messages_doc --write`; edit those, not this page.",
        "",
        "What is not known is NaN, an empty list or an UNKNOWN constant (always 0), never a number",
        "that could be mistaken for a measurement. How the states come about, and what each limit",
        "rests on, stands in [attention.md](attention.md).",
        "",
        "## Words",
        "",
    ]
    for title, meanings in WORDS.items():
        rows = [(f"`{_word(key)}`", text) for key, text in meanings.items()]
        words += [f"### {title}", "", *_table(("word", "meaning"), rows)]
    sections = [render_message(name, text) for name, text in messages.items()]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(["\n".join(words), *sections])).rstrip() + "\n"


def _word(key: Enum | str) -> str:
    return str(key.value) if isinstance(key, Enum) else key


def render_profiles() -> str:
    """Tables of every shipped profile, of the measures that rules may name, and of the levels."""
    lines: list[str] = []
    for name in shipped_profiles():
        lines += _render_profile(load_profile(name))
    rows = [(f"`{name}`", m.unit or "count", m.meaning) for name, m in MEASURES.items()]
    lines += ["### Measures", "", *_table(("measure", "unit", "meaning"), rows)]
    steps = [(a.name, ", ".join(b.name for b in sorted(after))) for a, after in TRANSITIONS.items()]
    lines += ["### Levels", "", *_table(("level", "may be followed by"), steps)]
    return "\n".join(lines).rstrip() + "\n"


def _render_profile(profile: Profile) -> list[str]:
    head = ("reason", "level", "from", "until", "applies", "source", "primary text verified")
    lines = [f"### {profile.name}", "", f"{profile.title}.", ""]
    lines += _table(head, [row for rule in profile.rules for row in _rule_rows(rule, profile)])
    numbers = [_number_row(f"`{name}`", getattr(profile, name)) for name in NUMBERS]
    for key in ("exempt_roles", "sums_exempt_roles"):
        for role, free in getattr(profile, key).items():
            numbers.append(_number_row(f"`{key}` {role.value}", free))
    return lines + _table(("number", "value", "source", "primary text verified"), numbers)


def _rule_rows(rule: Rule, profile: Profile) -> list[tuple[str, ...]]:
    """A row for the rule, and one for each of its limits at higher speeds."""
    start = rule.from_speed or profile.speed_on
    limits = [(start, rule.limit), *((band.from_speed, band.limit) for band in rule.bands)]
    until = f"`{rule.recovery_measure}` {_quantity(rule.recovery)}"
    return [
        (
            f"`{rule.reason.value}`",
            rule.level.name,
            f"`{rule.measure}` {_quantity(limit)}",
            until,
            f"from {_quantity(speed)}" if rule.while_driving else "always",
            limit.source,
            "yes" if limit.verified else "no",
        )
        for speed, limit in limits
    ]


def _number_row(name: str, number: NormValue) -> tuple[str, ...]:
    return name, _quantity(number), number.source, "yes" if number.verified else "no"


def _quantity(number: NormValue) -> str:
    """A number as people read it: speeds in km/h, angles in degrees."""
    if math.isinf(number.value):
        return "without end"
    if number.unit == "m/s":
        return f"{number.value * 3.6:.3g} km/h"
    if number.unit == "rad":
        return f"{math.degrees(number.value):.3g} deg"
    return f"{number.value:g} {number.unit}".strip()


def shipped_messages() -> dict[str, str]:
    """Content of the package's .msg files by name."""
    paths = sorted(share_path("msg").glob("*.msg"))
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def main(arguments: list[str] | None = None) -> int:
    """Entry point of the module."""
    parser = argparse.ArgumentParser(
        description="Generate docs/messages.md, and the profiles in docs/attention.md."
    )
    parser.add_argument("--write", action="store_true", help="replace the pages in the checkout")
    page = render_page(shipped_messages())
    if not parser.parse_args(arguments).write:
        sys.stdout.write(page)
        return 0
    checkout = Path(share_path("msg")).parent
    (checkout / PAGE).write_text(page, encoding="utf-8")
    attention = checkout / ATTENTION_PAGE
    text = attention.read_text(encoding="utf-8")
    filled = fill_regions(text, {REGION: render_profiles()}, ATTENTION_PAGE)
    attention.write_text(filled, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
