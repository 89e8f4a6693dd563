"""Comparison with stored outputs, and `affect-perception models` with its exit codes."""

from __future__ import annotations

import argparse
import dataclasses

import numpy as np
import pytest
from tiny_models import write_manifest

from affect_perception.cli import models, models_commands
from affect_perception.core.errors import ModelAlteredError, ModelError, ModelMissingError
from affect_perception.inference.cache import model_path, sha256_of
from affect_perception.inference.loader import load_network
from affect_perception.inference.manifest import EightBitFile, load_manifest
from affect_perception.inference.pictures import PICTURES
from affect_perception.inference.prepare import Preparation
from affect_perception.inference.verify import compare, digest_key, key, rows_key, verify_model

pytestmark = pytest.mark.unit


@pytest.fixture
def manifest(tmp_path):
    """A manifest whose tiny network is prepared and has a reference of its own outputs."""
    manifest = load_manifest(write_manifest(tmp_path))
    Preparation(manifest, tmp_path / "cache", from_dir=tmp_path / "published").prepare()
    write_reference(manifest, tmp_path)
    return manifest


def write_reference(manifest, tmp_path, shift=0.0):
    network = load_network("tiny", manifest=manifest, cache_dir=tmp_path / "cache")
    arrays = {rows_key("numbers"): np.array([0, 3, 7])}
    for name, draw in PICTURES.items():
        picture = draw(4)
        arrays[digest_key(name)] = np.frombuffer(
            bytes.fromhex(sha256_of(picture.tobytes())), np.uint8
        )
        arrays[key(name, "numbers")] = network.run(picture[None])[0][[0, 3, 7]] + shift
    (tmp_path / "reference").mkdir(exist_ok=True)
    np.savez(tmp_path / "reference" / "tiny.npz", **arrays)
    return arrays


def test_pictures_are_the_same_bytes_everywhere():
    digests = {name: sha256_of(draw(192).tobytes())[:16] for name, draw in PICTURES.items()}
    assert digests == {
        "noise": "8942889d4f360106",
        "blocks": "21e29456b6716169",
        "drawn_face": "b1e760720d8acb20",
    }


def test_equal_outputs_pass(manifest, tmp_path):
    (item,) = verify_model(manifest, manifest.model("tiny"), tmp_path / "cache")
    assert (item.output, item.largest, item.passed) == ("numbers", 0.0, True)


def test_other_outputs_fail_with_the_difference(manifest, tmp_path):
    write_reference(manifest, tmp_path, shift=0.5)
    (item,) = verify_model(manifest, manifest.model("tiny"), tmp_path / "cache")
    assert item.largest == pytest.approx(0.5, rel=1e-5)
    assert not item.passed


def test_nan_never_passes(manifest, tmp_path):
    arrays = write_reference(manifest, tmp_path)
    arrays[key("noise", "numbers")] = np.full(3, np.nan)
    network = load_network("tiny", manifest=manifest, cache_dir=tmp_path / "cache")
    (item,) = compare(manifest.model("tiny"), network, arrays)
    assert not item.passed


def test_reference_of_other_pictures_is_refused(manifest, tmp_path):
    arrays = write_reference(manifest, tmp_path)
    arrays[digest_key("blocks")] = arrays[digest_key("noise")]
    network = load_network("tiny", manifest=manifest, cache_dir=tmp_path / "cache")
    with pytest.raises(ModelError, match="another picture 'blocks'"):
        compare(manifest.model("tiny"), network, arrays)


def test_missing_and_damaged_references_are_named(manifest, tmp_path):
    path = tmp_path / "reference" / "tiny.npz"
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(ModelAlteredError, match=r"tiny\.npz cannot be read"):
        verify_model(manifest, manifest.model("tiny"), tmp_path / "cache")
    path.unlink()
    with pytest.raises(ModelMissingError, match="is not installed"):
        verify_model(manifest, manifest.model("tiny"), tmp_path / "cache")
    without = dataclasses.replace(manifest.model("tiny"), reference=None)
    with pytest.raises(ModelMissingError, match="no stored reference"):
        verify_model(manifest, without, tmp_path / "cache")


@pytest.fixture
def command(manifest, tmp_path, monkeypatch):
    """Runs `models ...` on the tiny manifest and its cache; gives the exit code."""
    monkeypatch.setattr(models_commands, "load_manifest", lambda: manifest)
    parser = argparse.ArgumentParser()
    models.add_parser(parser.add_subparsers())

    def run(*arguments):
        args = parser.parse_args(["models", *arguments, "--cache-dir", str(tmp_path / "cache")])
        return args.run(args)

    return run


def test_list_says_what_is_prepared(command, capsys):
    assert command("list") == models.OK
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["doubling", "prepared", "fp32", "0.0", "MB", "Apache-2.0"]
    assert lines[1].split()[:2] == ["tiny", "prepared"]


def test_an_eight_bit_file_has_a_line_of_its_own(command, capsys, manifest, tmp_path, monkeypatch):
    content = (tmp_path / "doubling.onnx").read_bytes()
    small = EightBitFile("small.onnx", sha256_of(content), len(content), "nothing lost")
    entry = dataclasses.replace(manifest.model("doubling"), eight_bit=small)
    monkeypatch.setitem(manifest.models, "doubling", entry)

    assert command("list", "doubling") == models.MISSING
    assert command("verify", "doubling") == models.MISSING
    (tmp_path / "small.onnx").write_bytes(content)
    capsys.readouterr()
    assert command("list", "doubling") == models.OK
    assert [line.split()[2] for line in capsys.readouterr().out.splitlines()[:2]] == [
        "fp32",
        "int8",
    ]
    assert command("verify", "doubling") == models.OK


def test_verify_prints_each_output(command, capsys, manifest, tmp_path):
    assert command("verify", "tiny") == models.OK
    assert "numbers      ok     largest difference 0.0e+00" in capsys.readouterr().out
    write_reference(manifest, tmp_path, shift=1.0)
    assert command("verify", "tiny") == models.FAILED
    assert "FAILED" in capsys.readouterr().out


def test_missing_model(command, capsys, manifest, tmp_path):
    model_path(manifest, manifest.model("tiny"), tmp_path / "cache").unlink()
    assert command("list") == models.MISSING
    assert "affect-perception models prepare" in capsys.readouterr().out
    assert command("verify", "tiny") == models.MISSING
    assert "affect-perception models prepare" in capsys.readouterr().err


def test_altered_model(command, capsys, manifest, tmp_path):
    model_path(manifest, manifest.model("tiny"), tmp_path / "cache").write_bytes(b"altered")
    assert command("list") == models.ALTERED
    assert "altered" in capsys.readouterr().out
    assert command("verify", "tiny") == models.ALTERED


def test_prepare_from_a_folder_then_nothing_to_do(command, capsys, manifest, tmp_path):
    model_path(manifest, manifest.model("tiny"), tmp_path / "cache").unlink()
    assert command("prepare", "--from-dir", str(tmp_path / "published")) == models.OK
    assert "prepared tiny" in capsys.readouterr().err
    assert command("prepare") == models.OK
    assert "all models are ready" in capsys.readouterr().err


def test_prepare_failures_have_exit_codes(command, capsys, manifest, tmp_path):
    model_path(manifest, manifest.model("tiny"), tmp_path / "cache").unlink()
    assert command("prepare", "--from-dir", str(tmp_path / "nowhere")) == models.MISSING
    assert "has neither" in capsys.readouterr().err
    (tmp_path / "nowhere").mkdir()
    (tmp_path / "nowhere" / "tiny.tflite").write_bytes(b"TFL3")
    assert command("prepare", "--from-dir", str(tmp_path / "nowhere")) == models.ALTERED
    assert command("prepare", "no_such_model") == models.FAILED
