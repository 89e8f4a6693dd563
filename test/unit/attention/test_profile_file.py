"""Profile files: the shipped ones, the example of the documentation, and every mistake in them.

Leaves what the profiles do to test_profiles.py.
"""

from __future__ import annotations

import math
import re

import pytest
import yaml

from affect_perception.core.attention.measures import MEASURES
from affect_perception.core.cabin import ZoneRole
from affect_perception.core.enums import AlertLevel, AlertReason
from affect_perception.core.errors import ConfigError
from affect_perception.io.profile_file import load_profile, parse_profile, shipped_profiles
from affect_perception.share import share_path

pytestmark = pytest.mark.unit


def content(name="euro_ncap_2026"):
    return yaml.safe_load(shipped_profiles()[name].read_text(encoding="utf-8"))


def test_five_profiles_are_shipped_and_named_like_their_files():
    expected = ["attend", "eu_addw", "euro_ncap_2026", "nhtsa_2013", "un_r171"]
    assert sorted(shipped_profiles()) == expected
    for name in expected:
        assert load_profile(name).name == name


@pytest.mark.parametrize("name", sorted(shipped_profiles()))
def test_nothing_claims_to_be_verified_and_everything_has_a_source(name):
    profile = load_profile(name)
    for rule in profile.rules:
        for value in (rule.limit, rule.recovery):
            assert not value.verified
            assert value.source
    told = [r for r in profile.rules if r.reason is AlertReason.DEGRADED]
    assert told[0].limit.value <= 10.0
    assert not told[0].while_driving


def test_numbers_of_the_norms():
    ncap = load_profile("euro_ncap_2026")
    assert ncap.limit(AlertReason.LONG_DISTRACTION) == 3.0
    assert ncap.limit(AlertReason.CUMULATIVE_DISTRACTION) == 10.0
    assert ncap.limit(AlertReason.MICROSLEEP) == 1.0
    assert ncap.limit(AlertReason.SLEEP) == 3.0
    assert ncap.speed_on.value == pytest.approx(20 / 3.6)
    addw = load_profile("eu_addw").rules[0]
    assert [addw.limit_at(kmh / 3.6) for kmh in (20, 49.9, 50.1, 130)] == [6.0, 6.0, 3.5, 3.5]
    assert addw.limit_at(math.nan) == 3.5
    assert load_profile("nhtsa_2013").exempt_roles[ZoneRole.DRIVING_TASK].value == math.inf
    with pytest.raises(ConfigError, match="no rule for sleep"):
        load_profile("attend").limit(AlertReason.SLEEP)


def test_a_profile_can_be_a_path(tmp_path):
    path = tmp_path / "own.yaml"
    path.write_text(yaml.safe_dump({**content(), "name": "own"}), encoding="utf-8")
    assert load_profile(path).name == "own"


def test_the_example_in_the_documentation_is_a_profile():
    page = share_path("docs/attention.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml\n(name: .*?)```", page, flags=re.DOTALL)
    assert len(examples) == 1
    own = parse_profile(yaml.safe_load(examples[0]))
    assert own.loudest[AlertReason.LONG_DISTRACTION] is AlertLevel.WARNING


@pytest.mark.parametrize(
    ("text", "complaint"),
    [("name: [", "not a YAML file"), ("- 1", "expected keys"), ("name: x", "is missing")],
)
def test_broken_files_are_named(tmp_path, text, complaint):
    path = tmp_path / "own.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=complaint) as error:
        load_profile(path)
    assert str(path) in str(error.value)


@pytest.mark.parametrize("name", ["sporty", "absent.yaml"])
def test_what_does_not_exist_is_told_with_what_does(name):
    with pytest.raises(ConfigError, match=f"no profile '{name}'.*euro_ncap_2026"):
        load_profile(name)


SECOND = {"value": 1.0, "unit": "s", "source": "own", "verified": False}
KMH = {**SECOND, "unit": "km/h"}


def rule(**changes):
    """The first rule with changes; None takes a key away."""

    def change(top):
        first = {**top["rules"][0], **changes}
        top["rules"][0] = {key: value for key, value in first.items() if value is not None}

    return change


def number(key, **changes):
    def change(top):
        top[key] = {**top[key], **changes}

    return change


def top_level(**changes):
    return lambda top: top.update(changes)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (top_level(volume=3), "file: unknown key 'volume'"),
        (top_level(name=""), "name: expected text"),
        (top_level(rules=[]), "rules: expected a list"),
        (top_level(standstill_level="loud"), "standstill_level: 'loud' is not one of"),
        (top_level(exempt_roles={"radio": SECOND}), "exempt_roles: unknown key 'radio'"),
        (top_level(exempt_roles={"road": SECOND}), "exempt_roles: the road needs no exemption"),
        (
            top_level(sums_exempt_roles={"glass": {**SECOND, "value": 0.0}}),
            "sums_exempt_roles.glass: expected a time above 0 s",
        ),
        (lambda top: top.pop("speed_on"), "key 'speed_on' is missing"),
        (number("speed_on", unit="s"), "speed_on: unit 's', expected 'm/s'"),
        (number("speed_on", value=5), "speed_off must not be above speed_on"),
        (number("speed_on", value="fast"), "speed_on.value: expected a number"),
        (number("speed_on", value=True), "speed_on.value: expected a number"),
        (number("speed_on", unit=1), "speed_on.unit: expected text"),
        (number("speed_on", verified="no"), "speed_on.verified: expected true or false"),
        (number("speed_on", source=""), "speed_on.source: expected text"),
        (number("cumulative_window", value=math.inf), "cumulative_window: inf is not finite"),
        (number("cumulative_window", value=-30), "cumulative_window: -30 is negative"),
        (number("sleep", value=0.5), "sleep must be longer than microsleep"),
        (number("sleep", value=4.0), "rule sleep: limit 3 s differs from sleep 4 s"),
        (rule(reason="boredom"), r"rules\[0\].reason: 'boredom' is not one of"),
        (rule(level="none"), r"rules\[0\].level: 'none' is not one of info, warning, critical"),
        (rule(applies="sometimes"), r"rules\[0\].applies"),
        (rule(measure="mood"), "no measure 'mood'; known: off_road"),
        (rule(measure="kss"), "unit 's', expected ''"),
        (rule(recovery_measure="mood"), "recovery_measure: no measure 'mood'"),
        (rule(recovery=None), r"rules\[0\]: key 'recovery' is missing"),
        (rule(recovery_measure=None), r"rules\[0\]: key 'recovery_measure' is missing"),
        (rule(limit={**SECOND, "value": 0.0}), "off_road: 0 must be above 0"),
        (rule(limit={**SECOND, "value": -3.0}), "-3 is negative"),
        (rule(limit=3.0), r"rules\[0\].limit: expected keys and values"),
        (rule(bands=3), r"rules\[0\].bands: expected a list"),
        (rule(bands=[{"limit": SECOND}]), r"bands\[0\]: key 'from_speed' is missing"),
        (
            rule(bands=[{"from_speed": KMH, "limit": SECOND}] * 2),
            "bands must be in order of rising speed",
        ),
        (rule(applies="always", from_speed=KMH), "speeds are for rules that apply while driving"),
    ],
)
def test_every_mistake_is_named(change, complaint):
    top = content()
    change(top)
    with pytest.raises(ConfigError, match=complaint):
        parse_profile(top)


def test_units_are_those_of_the_core():
    profile = load_profile("euro_ncap_2026")
    assert profile.phone_pitch.value == pytest.approx(math.radians(-30))
    assert {measure.unit for measure in MEASURES.values()} == {"s", ""}
