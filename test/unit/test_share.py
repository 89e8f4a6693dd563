"""Shipped files are found in a checkout, in a ROS installation, and reported when missing.

Left to others: that CMake and pip install them (test/repo and the environment build).
"""

from __future__ import annotations

import pathlib

import pytest

from affect_perception import share
from affect_perception.core.errors import ConfigError

pytestmark = pytest.mark.unit


def install(prefix: pathlib.Path, relative: str) -> pathlib.Path:
    path = prefix / "share" / "affect_perception" / relative
    path.parent.mkdir(parents=True)
    path.write_text("content")
    return path


def test_the_checkout_comes_first(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    install(tmp_path, "config/fastdds.xml")
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    checkout = pathlib.Path(share.__file__).resolve().parents[1]
    if not (checkout / "package.xml").is_file():
        pytest.skip("this copy of the package is installed, not a checkout")
    assert share.share_path("config/fastdds.xml") == checkout / "config" / "fastdds.xml"


def test_a_ros_prefix_is_searched_in_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    overlay = install(tmp_path / "overlay", "config/only_installed.yaml")
    install(tmp_path / "underlay", "config/only_installed.yaml")
    paths = [str(tmp_path / name) for name in ("missing", "overlay", "underlay")]
    monkeypatch.setenv("AMENT_PREFIX_PATH", ":".join(paths))
    assert share.share_path("config/only_installed.yaml") == overlay


def test_a_missing_file_names_the_places(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    install(tmp_path, "config/other.yaml")
    monkeypatch.setenv("AMENT_PREFIX_PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"config/absent.yaml is not installed.*" + str(tmp_path)):
        share.share_path("config/absent.yaml")
