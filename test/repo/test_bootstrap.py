"""What `make env` says and does around pip and colcon: messages, stamps, rewritten paths.

Left to others: that the environment builds, which every run of `make test` and `.ci/run` shows.
"""

from __future__ import annotations

import ast
import importlib
import pathlib
import subprocess
import sys
import types
from collections.abc import Iterator

import pytest

pytestmark = pytest.mark.unit

SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture
def bootstrap(monkeypatch: pytest.MonkeyPatch) -> Iterator[types.ModuleType]:
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield importlib.import_module("bootstrap")
    for name in ("bootstrap", "host_check"):
        sys.modules.pop(name, None)


@pytest.fixture
def host_check(bootstrap: types.ModuleType) -> types.ModuleType:
    return sys.modules["host_check"]


def complaint(host_check: types.ModuleType, distro: str = "kilted") -> str:
    with pytest.raises(host_check.BootstrapError) as caught:
        host_check.check_machine(distro)
    return str(caught.value)


def test_missing_compiler_is_named(
    host_check: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(host_check.shutil, "which", lambda name: None)
    assert "No C++ compiler (g++)" in complaint(host_check)


def test_missing_headers_are_named(
    host_check: types.ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    real = host_check.sysconfig.get_paths

    # The module is that of the whole process: whoever else asks meanwhile needs the other paths.
    def without_headers(*args: object, **options: object) -> dict[str, str]:
        return {**real(*args, **options), "include": str(tmp_path)}

    monkeypatch.setattr(host_check.sysconfig, "get_paths", without_headers)
    assert "python3-dev" in complaint(host_check)


def test_a_sourced_distribution_without_wheels_is_explained(host_check: types.ModuleType) -> None:
    text = complaint(host_check, "humble")
    assert "'humble'" in text
    assert "colcon" in text


def test_another_processor_is_explained(
    host_check: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_check.platform, "machine", lambda: "aarch64")
    assert "x86_64 only; this is aarch64" in complaint(host_check)


def test_an_unsuitable_python_names_a_suitable_one(
    host_check: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host_check, "NEWEST", (3, 9))
    monkeypatch.setattr(host_check, "works", lambda name: name == "python3.11")
    assert "make env PYTHON=python3.11" in complaint(host_check)


def test_everything_missing_is_said_at_once(
    host_check: types.ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CXX", raising=False)
    monkeypatch.setattr(host_check.shutil, "which", lambda name: None)
    monkeypatch.setattr(host_check.platform, "machine", lambda: "riscv64")
    assert complaint(host_check, "foxy").count("\n- ") == 2


@pytest.mark.parametrize("name", ["bootstrap.py", "host_check.py"])
def test_an_old_python_can_still_say_what_is_needed(name: str) -> None:
    ast.parse((SCRIPTS / name).read_text(), feature_version=(3, 7))


def test_a_dead_network_is_told_apart(bootstrap: types.ModuleType, tmp_path: pathlib.Path) -> None:
    log = tmp_path / "pip.log"
    log.write_text(
        "... Temporary failure in name resolution ...\nERROR: No matching distribution\n"
    )
    assert bootstrap.pip_failure(log).startswith("No network")
    log.write_text("ERROR: No matching distribution found for numpy==99\n")
    assert not bootstrap.pip_failure(log).startswith("No network")
    assert "numpy==99" in bootstrap.pip_failure(log)


def test_stamps_hold_until_their_input_changes(
    bootstrap: types.ModuleType, tmp_path: pathlib.Path
) -> None:
    stamps = bootstrap.Stamps(tmp_path / "stamps")
    assert not stamps.current("wheels", "one")
    stamps.write("wheels", "one")
    assert stamps.current("wheels", "one")
    assert not stamps.current("wheels", "two")
    stamps.clear("wheels")
    assert not stamps.current("wheels", "one")


def test_a_build_of_other_wheels_is_removed(
    bootstrap: types.ModuleType, tmp_path: pathlib.Path
) -> None:
    base = tmp_path / "ros-kilted"
    bootstrap.start_anew_if_foreign(base, "first")
    (base / "built").touch()
    bootstrap.start_anew_if_foreign(base, "first")
    assert (base / "built").exists()
    bootstrap.start_anew_if_foreign(base, "second")
    assert not (base / "built").exists()


def test_paths_of_the_build_machine_are_rewritten(
    bootstrap: types.ModuleType, tmp_path: pathlib.Path
) -> None:
    here = f"{sys.version_info[0]}.{sys.version_info[1]}"
    there = f"/opt/python/cp{here.replace('.', '')}-cp{here.replace('.', '')}/include/python{here}"
    exported = tmp_path / "share" / "std_msgs" / "cmake" / "export.cmake"
    exported.parent.mkdir(parents=True)
    exported.write_text(f'INTERFACE_INCLUDE_DIRECTORIES "{there};${{_IMPORT_PREFIX}}/include"\n')
    bootstrap.rewrite_exported_paths(tmp_path)
    text = exported.read_text()
    assert "/opt/python" not in text
    assert bootstrap.sysconfig.get_paths()["include"] in text
    assert text.endswith('${_IMPORT_PREFIX}/include"\n')


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("numpy==2.4.6", True),
        ("# a comment", False),
        ("numpy==2.2.6 ; python_full_version < '3.9'", False),
        ("numpy==2.2.6 ; python_full_version >= '3.10'", True),
    ],
)
def test_lines_of_a_lock_file(bootstrap: types.ModuleType, line: str, expected: bool) -> None:
    assert bootstrap.applies(line) is expected


def test_another_ros_does_not_leak_in(
    bootstrap: types.ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    for name in bootstrap.FOREIGN_VARIABLES:
        monkeypatch.setenv(name, "elsewhere")
    environment = bootstrap.clean_environment(tmp_path)
    assert not set(environment) & set(bootstrap.FOREIGN_VARIABLES)
    assert environment["PATH"].startswith(str(tmp_path / "bin"))


def test_make_help_lists_the_commands() -> None:
    shown = subprocess.run(
        ["make", "help"], cwd=SCRIPTS.parent, capture_output=True, text=True, check=True
    ).stdout
    for target in ("env", "demo", "test", "lint", "bench", "clean"):
        assert f"make {target}" in shown
