"""The files that describe the package agree with each other and with the tree.

Left to other tiers: that the package builds (make env does it) and what its parts do.
"""

from __future__ import annotations

import pathlib
import re
import subprocess
import xml.etree.ElementTree as ElementTree

import pytest

import affect_perception

pytestmark = pytest.mark.unit

ROOT = pathlib.Path(__file__).resolve().parents[2]
CMAKE = (ROOT / "CMakeLists.txt").read_text()
LOCKS = sorted((ROOT / "requirements").glob("*.lock.txt"))


def listed_in_cmake(pattern: str) -> set[str]:
    return set(re.findall(pattern, CMAKE))


def test_versions_are_equal() -> None:
    package = ElementTree.parse(ROOT / "package.xml").getroot()
    assert package.findtext("version") == affect_perception.__version__


def test_changelog_names_the_version() -> None:
    changelog = ROOT / "CHANGELOG.rst"
    assert affect_perception.__version__ in changelog.read_text()


def test_cmake_lists_every_message() -> None:
    present = {f"msg/{path.name}" for path in (ROOT / "msg").glob("*.msg")}
    assert listed_in_cmake(r'"(msg/\w+\.msg)"') == present


def test_cmake_installs_every_executable() -> None:
    shims = {
        f"scripts/{path.name}"
        for path in (ROOT / "scripts").iterdir()
        if path.is_file() and not path.suffix
    }
    assert listed_in_cmake(r"(scripts/[\w-]+)\b") == shims


def test_every_node_has_an_executable() -> None:
    nodes = {
        path.stem
        for path in (ROOT / "affect_perception" / "ros" / "nodes").glob("[a-z]*.py")
        if "\ndef main(" in path.read_text()
    }
    assert nodes
    missing = [name for name in sorted(nodes) if not (ROOT / "scripts" / name).is_file()]
    assert not missing


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_lock_pins_every_dependency(lock: pathlib.Path) -> None:
    text = (ROOT / "pyproject.toml").read_text()
    wanted = set()
    for block in ("dependencies", "sim", "dev"):
        entries = re.search(rf"^{block} = \[(.*?)\]", text, re.MULTILINE | re.DOTALL)
        assert entries is not None
        wanted |= {
            name.lower().replace("_", "-") for name in re.findall(r'"([\w-]+)', entries.group(1))
        }
    lines = [line for line in lock.read_text().splitlines() if not line.startswith("#")]
    assert wanted <= {line.partition("==")[0] for line in lines}
    assert not [line for line in lines if "==" not in line], "an entry without exact version"


def test_what_is_installed_beside_the_lock_is_pinned_and_not_in_it() -> None:
    lines = (ROOT / "requirements/voice.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert pins
    assert all(re.fullmatch(r"[a-z-]+==[\d.]+", pin) for pin in pins)
    for lock in LOCKS:
        locked = {line.partition("==")[0] for line in lock.read_text().splitlines()}
        assert not locked & {pin.partition("==")[0] for pin in pins}


def test_pip_ships_what_ros_ships() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    section = text.partition("[tool.setuptools.data-files]")[2].partition("\n[")[0]
    globs = re.findall(r'"([^"]+)"', " ".join(re.findall(r"= \[(.*)\]", section)))
    shipped = {path for glob in globs for path in ROOT.glob(glob)}
    wanted = [path for folder in ("config", "models", "msg") for path in (ROOT / folder).rglob("*")]
    missing = [
        str(path.relative_to(ROOT))
        for path in wanted
        if path.suffix in {".yaml", ".xml", ".json", ".npz", ".msg"} and path not in shipped
    ]
    assert not missing


def test_message_dependencies_are_declared_everywhere() -> None:
    used = set()
    for path in (ROOT / "msg").glob("*.msg"):
        used |= set(re.findall(r"^(\w+)/\w+", path.read_text(), re.MULTILINE))
    package = ElementTree.parse(ROOT / "package.xml").getroot()
    declared = {entry.text for entry in package.findall("depend")}
    assert used <= declared
    assert used <= listed_in_cmake(r"find_package\((\w+) REQUIRED\)")


def tracked_files() -> list[pathlib.Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_machine_path_is_committed() -> None:
    # Split, so that this file does not match itself.
    machine = re.compile(
        r"/(?:work|root|ho" + r"me)/\w|/tmp/(?:dev|team)|/opt/(?:pypi|wheels)\b|\.\./sha" + r"red/"
    )
    found = []
    for path in tracked_files():
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}: {hit.group()}" for hit in machine.finditer(text)]
    assert not found


def test_no_large_file_is_committed() -> None:
    limit = 8_000_000  # bytes; design rule for weights, and far above anything else
    large = [str(path.relative_to(ROOT)) for path in tracked_files() if path.stat().st_size > limit]
    assert not large
