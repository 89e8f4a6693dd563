"""The generated parameter files: no drift from core/config/, and fit for what reads them.

Whether ROS applies the YAML to nodes is tested in test/ros/test_processes.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from affect_perception.cli.config_files import (
    SCHEMA_PATH,
    YAML_PATH,
    generated_files,
    make_page,
    make_schema,
    make_yaml,
)
from affect_perception.cli.main import main
from affect_perception.core.config import NODE_CONFIGS, NodeConfig, PipelineConfig
from affect_perception.core.parameters import describe, flatten
from affect_perception.io.params_file import load_params, split_params

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[3]
NODES = sorted(NODE_CONFIGS)


@pytest.mark.parametrize("relative", sorted(generated_files()))
def test_files_are_up_to_date(relative: str) -> None:
    found = (ROOT / relative).read_text(encoding="utf-8")
    assert found == generated_files()[relative], "run: affect-perception config write"


def test_shipped_yaml_says_the_defaults_of_all_parameters() -> None:
    pipeline, node = split_params(load_params(ROOT / YAML_PATH))
    assert flatten(pipeline) == flatten(PipelineConfig())
    assert flatten(node) == flatten(NodeConfig())
    assert set(load_params(ROOT / YAML_PATH)) == {*flatten(pipeline), *flatten(node)}


@pytest.mark.parametrize("node", NODES)
def test_yaml_keeps_the_types(node: str) -> None:
    """rcl tells a double from an integer by the point, and takes no integer for a double."""
    values = load_params(ROOT / YAML_PATH, node)
    for config_type in NODE_CONFIGS[node]:
        for parameter in describe(config_type):
            assert type(values[parameter.name]) is type(parameter.default), parameter.name


def section(schema: dict[str, Any], node: str) -> dict[str, Any]:
    patterns = [key for key in schema["patternProperties"] if key.endswith(f"{node}$")]
    own = min(patterns, key=len)
    found: dict[str, Any] = schema["patternProperties"][own]["properties"]["ros__parameters"]
    return found


@pytest.mark.parametrize("node", NODES)
def test_schema_knows_every_parameter_and_forbids_others(node: str) -> None:
    root = section(json.loads(make_schema()), node)
    for config_type in NODE_CONFIGS[node]:
        for parameter in describe(config_type):
            entry = root
            for name in parameter.name.split("."):
                assert entry["additionalProperties"] is False
                entry = entry["properties"][name]
            assert entry["default"] == parameter.default
            assert entry.get("minimum") == parameter.minimum
            assert entry.get("maximum") == parameter.maximum
            assert tuple(entry.get("enum", ())) == parameter.choices


def test_every_parameter_is_explained_and_bounded_by_its_default() -> None:
    for config_types in NODE_CONFIGS.values():
        for config_type in config_types:
            for parameter in describe(config_type):
                assert parameter.doc.endswith("."), parameter.name
                assert parameter.check(parameter.default) == parameter.default
                if parameter.name.endswith("_deg"):
                    assert parameter.unit == "deg"


def test_page_has_a_row_for_every_parameter() -> None:
    page = make_page()
    for config_types in NODE_CONFIGS.values():
        for config_type in config_types:
            for parameter in describe(config_type):
                assert f"| `{parameter.name}` |" in page


def test_yaml_names_its_schema() -> None:
    first = make_yaml().splitlines()[0]
    assert first.endswith(f"$schema={Path(SCHEMA_PATH).name}")
    assert set(yaml.safe_load(make_yaml())) == {f"/**/{node}" for node in NODE_CONFIGS}


def test_command_checks_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["config", "check"]) == 0
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("face_perception: {ros__parameters: {overlay: true}}")
    bad.write_text("face_perception: {ros__parameters: {overlai: true}}")
    assert main(["config", "check", str(good)]) == 0
    assert main(["config", "check", str(bad)]) == 2
    assert "did you mean 'overlay'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("node", "wrong", "meant"),
    [
        ("voice_perception", "no_sound_timeot", "no_sound_timeout"),
        ("physio_perception", "no_signal_timeot", "no_signal_timeout"),
        ("state_fusion", "slopp", "slop"),
        ("hmi", "adress", "address"),
    ],
)
def test_command_checks_the_other_nodes_too(
    node: str, wrong: str, meant: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "bad.yaml"
    entries = (
        "face_perception: {ros__parameters: {}}",
        f"{node}: {{ros__parameters: {{{wrong}: 1}}}}",
    )
    file.write_text("\n".join(entries))
    assert main(["config", "check", str(file)]) == 2
    assert f"did you mean '{meant}'" in capsys.readouterr().err
