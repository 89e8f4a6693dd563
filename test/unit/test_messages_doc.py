"""docs/messages.md and the profiles in docs/attention.md: complete, and as generated."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from affect_perception.cli.messages_doc import (
    ATTENTION_PAGE,
    PAGE,
    REGION,
    main,
    parse_message,
    render_message,
    render_page,
    render_profiles,
    shipped_messages,
)
from affect_perception.core import enums
from affect_perception.core.enums import (
    AlertReason,
    ExpressionReason,
    FusionReason,
    ModalityReason,
    PhysioReason,
    PulseReason,
    Reason,
    VoiceReason,
)
from affect_perception.core.errors import InputError
from affect_perception.io.markdown import fill_regions
from affect_perception.io.message_words import (
    ALERT_MEANINGS,
    EXPRESSION_MEANINGS,
    EYE_MEANINGS,
    FUSION_MEANINGS,
    MODALITY_MEANINGS,
    PHYSIO_MEANINGS,
    PULSE_MEANINGS,
    REASON_MEANINGS,
    VOICE_MEANINGS,
)
from affect_perception.share import share_path

pytestmark = pytest.mark.unit

SAMPLE = """# What it is.
#
# header.stamp  When.
std_msgs/Header header

# --- Part -----
uint8 KIND_UNKNOWN=0  # not known
uint8 KIND_A=1
uint8 kind  # one of KIND_*

# Two that belong together.
float32[] values  # m | NaN
string<=8 name
"""


def test_a_message_is_cut_into_its_blocks():
    blocks = parse_message(SAMPLE)
    assert [b.title for b in blocks] == [None, "Part", None]
    assert [(i.name, i.value) for i in blocks[1].items] == [
        ("KIND_UNKNOWN", "0"),
        ("KIND_A", "1"),
        ("kind", None),
    ]
    assert blocks[2].items[0].type == "float32[]"
    assert blocks[2].items[1].type == "string<=8"


def test_a_message_becomes_tables():
    page = render_message("Sample", SAMPLE)
    assert "| `KIND_A` | 1 |  |" in page
    assert "| `values` | `float32[]` | m / NaN |" in page
    assert "`header.stamp`: When." in page
    assert "### Part" in page


def test_a_line_that_is_no_definition_is_refused():
    with pytest.raises(InputError, match="float32"):
        parse_message("float32\n")


def test_every_word_is_explained():
    assert set(REASON_MEANINGS) == set(Reason)
    assert set(EXPRESSION_MEANINGS) == set(ExpressionReason)
    assert set(VOICE_MEANINGS) == set(VoiceReason)
    assert set(PHYSIO_MEANINGS) == set(PhysioReason)
    assert set(PULSE_MEANINGS) == set(PulseReason)
    assert set(ALERT_MEANINGS) == set(AlertReason)
    assert set(MODALITY_MEANINGS) == set(ModalityReason)
    assert set(FUSION_MEANINGS) == set(FusionReason)


def test_every_word_for_an_eye_that_the_core_can_say_is_explained():
    core = Path(enums.__file__).parent
    sources = [path.read_text(encoding="utf-8") for path in core.rglob("*.py")]
    said = {word for text in sources for word in re.findall(r'unusable\("(\w+)"\)', text)}
    assert said <= set(EYE_MEANINGS), "explain them in cli/messages_doc.py"
    assert said


def test_every_field_of_every_message_is_explained():
    for name, text in shipped_messages().items():
        for block in parse_message(text):
            for item in block.items:
                explained = item.comment or block.text or item.value is not None
                neighbour = any(i.value is not None for i in block.items)
                assert explained or neighbour or item.name == "header", f"{name}.{item.name}"


def test_the_page_is_up_to_date():
    page = share_path("msg").parent / PAGE
    if not page.is_file():
        pytest.skip("docs/ is not installed here")
    fresh = render_page(shipped_messages())
    command = "python -m affect_perception.cli.messages_doc --write"
    assert page.read_text(encoding="utf-8") == fresh, f"run `{command}`"


def test_the_profiles_in_the_page_are_up_to_date():
    page = share_path("msg").parent / ATTENTION_PAGE
    if not page.is_file():
        pytest.skip("docs/ is not installed here")
    text = page.read_text(encoding="utf-8")
    command = "python -m affect_perception.cli.messages_doc --write"
    assert text == fill_regions(text, {REGION: render_profiles()}, ATTENTION_PAGE), (
        f"run `{command}`"
    )


def test_the_module_prints_the_page(capsys):
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("# Messages")
