"""Covers reading the parameter YAML of launch without ROS.

Leaves to others: names, defaults and ranges of single parameters (test/unit/core).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from affect_perception.core.errors import ConfigError
from affect_perception.io.params_file import (
    VOICE_NODE_NAME,
    load_params,
    split_params,
    split_voice_params,
)

pytestmark = pytest.mark.unit


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "params.yaml"
    path.write_text(text)
    return path


def test_nested_and_dotted_names_of_the_node_become_flat(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        face_perception:
          ros__parameters:
            cabin: sedan_rhd
            camera: {horizontal_fov_deg: 45.0}
            inference.threads: 2
        """,
    )
    assert load_params(path) == {
        "cabin": "sedan_rhd",
        "camera.horizontal_fov_deg": 45.0,
        "inference.threads": 2,
    }


@pytest.mark.parametrize(
    "key", ["/**", "/cabin/face_perception", "/**/face_perception", "/cabin/*"]
)
def test_wildcards_and_namespaces_match(tmp_path: Path, key: str) -> None:
    path = written(tmp_path, f"'{key}':\n  ros__parameters: {{cabin: a}}\n")
    assert load_params(path) == {"cabin": "a"}


def test_later_entry_wins_and_other_nodes_are_left_alone(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        /**: {ros__parameters: {cabin: a, overlay: true}}
        other_node: {ros__parameters: {cabin: b}}
        face_perception: {ros__parameters: {cabin: c}}
        """,
    )
    assert load_params(path) == {"cabin": "c", "overlay": True}


def test_parameters_of_every_ros_node_are_left_out(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "/**: {ros__parameters: {use_sim_time: true, qos_overrides: {/a: {depth: 1}}, cabin: a}}",
    )
    assert load_params(path) == {"cabin": "a"}


def test_split_builds_both_configurations() -> None:
    pipeline, node = split_params({"cabin": "sedan_rhd", "camera.horizontal_fov_deg": 45})
    assert node.cabin == "sedan_rhd"
    assert pipeline.camera.horizontal_fov_deg == 45.0


def test_parameters_of_a_neighbour_are_left_out() -> None:
    pipeline, _ = split_params({"scenario": "demo", "camera.horizontal_fov_deg": 45.0})
    assert pipeline.camera.horizontal_fov_deg == 45.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"camera.horizontal_fov": 45.0}, "did you mean 'camera.horizontal_fov_deg'"),
        ({"camera.horizontal_fov_deg": 4500.0}, "outside"),
        ({"cabin": 3}, "parameter 'cabin': expected str"),
    ],
)
def test_split_names_the_bad_parameter(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        split_params(values)
    with pytest.raises(ConfigError, match=f"^my.yaml: .*{message}"):
        split_params(values, "my.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no parameters"),
        ("- 1", "holds no parameters"),
        ("a: [", "not valid YAML"),
        ("cabin: sedan_lhd", "ros__parameters"),
        ("face_perception: {cabin: sedan_lhd}", "has no 'ros__parameters:'"),
        ("other: {ros__parameters: {cabin: a}}", "no entry for 'face_perception'"),
        ("/**: {ros__parameters: {1: a}}", "is not a string"),
    ],
)
def test_unfit_files_say_what_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        load_params(written(tmp_path, text))


def test_the_voice_reads_its_own_section(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "/**: {ros__parameters: {cabin: a, voice: {output_rate: 5.0}}}\n"
        "voice_perception: {ros__parameters: {audio_format: chunk}}",
    )
    pipeline, node = split_voice_params(load_params(path, VOICE_NODE_NAME))
    assert pipeline.voice.output_rate == 5.0
    assert node.audio_format == "chunk"
    # What is the voice's own comes to face_perception through /** and is left out there.
    assert split_params(load_params(path))[1].cabin == "a"
    with pytest.raises(ConfigError, match=r"voice\.output_rate"):
        split_voice_params({"voice.output_rat": 5.0})


def test_a_node_without_a_section_has_its_defaults_where_that_is_no_error(tmp_path: Path) -> None:
    path = written(tmp_path, "face_perception: {ros__parameters: {cabin: a}}")
    assert load_params(path, VOICE_NODE_NAME, optional=True) == {}
    with pytest.raises(ConfigError, match="no entry for 'voice_perception'"):
        load_params(path, VOICE_NODE_NAME)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml does not exist"):
        load_params(tmp_path / "nowhere.yaml")
