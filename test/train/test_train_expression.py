"""Training of the expression network on drawn faces: it learns, resumes, exports. Needs torch.

Leaves: how good the shipped weights are (models/cards/expression_network.md).
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import drawn_faces  # noqa: E402

from affect_perception.core.errors import ConfigError, InputError  # noqa: E402
from affect_perception.core.vision import expression_face  # noqa: E402
from affect_perception.core.vision.expression_network import ExpressionNetwork  # noqa: E402
from affect_perception.evaluation.datasets.expressions import read_expressions  # noqa: E402
from affect_perception.inference.manifest import load_manifest  # noqa: E402
from affect_perception.inference.onnx_session import OnnxSession  # noqa: E402
from affect_perception.training.devices import Machine  # noqa: E402
from affect_perception.training.expression.augment import (  # noqa: E402
    AugmentConfig,
    Augmenter,
    cut,
)
from affect_perception.training.expression.balance import AFTER, WAYS, compare_balance  # noqa: E402
from affect_perception.training.expression.network import (  # noqa: E402
    ExpressionNet,
    NetworkConfig,
    parameters_of,
)
from affect_perception.training.expression.recipe import (  # noqa: E402
    ExpressionRecipe,
    TargetConfig,
)
from affect_perception.training.expression.run import Order, learner_of, train  # noqa: E402
from affect_perception.training.expression.task import (  # noqa: E402
    ExpressionTask,
    held_out_rows,
    picture_size,
    seven_targets,
)
from affect_perception.training.learner import LoopConfig  # noqa: E402
from affect_perception.training.recipe import load_recipe  # noqa: E402

pytestmark = pytest.mark.train

QUICK = ExpressionRecipe(
    held_out=0.15,
    network=NetworkConfig(stem=8, widths=(16, 32), blocks=(1, 1), excite_from=1, dropout=0.0),
    augment=AugmentConfig(cover=0.0, mix=0.2, noise=2.0, shift=1.0, roll_deg=4.0),
    loop=LoopConfig(epochs=18, batch=32, rate=0.1, averaging=0.9, bfloat16=False),
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "vision" / "fer2013"
    drawn_faces.write_sheet(path, each=48)
    return path.parents[1]


@pytest.fixture(scope="module")
def trained(folder: Path, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("out")
    lines: list[str] = []
    return out, train(Order(folder, out, QUICK), lines.append), lines


def test_it_learns_drawn_faces_and_reports(trained) -> None:  # type: ignore[no-untyped-def]
    out, report, lines = trained
    figures = report["figures"]
    assert list(figures) == ["held out", "PublicTest", "PublicTest without copies"]
    assert figures["PublicTest"]["seven"]["accuracy"] > 0.8
    assert figures["PublicTest"]["eight"]["accuracy"] > 0.8
    assert report == json.loads((out / "expression_network_training.json").read_text())
    assert "held out: seven accuracy" in lines[-2]
    assert (out / "confusion_seven.png").stat().st_size > 10_000
    text = (out / "expression_network.md").read_text()
    assert f"{report['parameters']} parameters, {report['batches']} of" in text
    assert "| PublicTest | " in text
    assert "| disgust | " in text


def test_what_is_shipped_reads_like_the_network(trained, folder: Path) -> None:  # type: ignore[no-untyped-def]
    """Through manifest, session and the cut of the core: another way to the same probabilities."""
    out, report, _ = trained
    entry = (out / "manifest_entry.yaml").read_text()
    (out / "manifest.yaml").write_text(f"format: 1\ncontainers: {{}}\nmodels:\n{entry}")
    model = load_manifest(out / "manifest.yaml").model("expression_network")
    session = OnnxSession(model, (out / "expression_network.onnx").read_bytes())
    network = ExpressionNet(QUICK.network)
    network.load_state_dict(torch.load(out / "checkpoint.pt", weights_only=True)["averaged"])
    data = read_expressions(folder / "vision" / "fer2013").part(np.arange(0, 300, 7))
    faces = np.stack([expression_face.face_of_tile(p) for p in data.pictures])
    seven, eight, affect = ExpressionNetwork(session).read(faces)
    assert affect is None
    with torch.no_grad():
        views = [torch.from_numpy(faces)[:, None], torch.from_numpy(faces).flip(2)[:, None]]
        logits = [network.eval()(view) for view in views]
    for found, head, name in ((seven, 0, "seven"), (eight, 1, "eight")):
        offsets = torch.tensor(report["offsets"].get(name, 0.0))
        shares = [
            torch.softmax(z[head] / report["temperatures"][name] + offsets, 1) for z in logits
        ]
        wanted = torch.stack(shares).mean(0).numpy()
        assert np.abs(found - wanted).max() < 5e-3
        assert found.sum(axis=1) == pytest.approx(np.ones(len(data)), abs=1e-5)


def test_a_network_for_smaller_faces_is_written_too(folder: Path, tmp_path: Path) -> None:
    small = replace(QUICK, size=24, early_size=24, loop=replace(QUICK.loop, epochs=0.3))
    report = train(Order(folder, tmp_path, small), lambda _: None)
    assert "in 32 bits" in report["in_8_bits"]
    assert "shape: [-1, 1, 24, 24]" in (tmp_path / "manifest_entry.yaml").read_text()


def test_training_and_core_cut_the_same(folder: Path) -> None:
    pictures = read_expressions(folder / "vision" / "fer2013").pictures[:5]
    here = cut(torch.from_numpy(pictures), expression_face.SIZE, expression_face.REGION)[:, 0]
    there = np.stack([expression_face.face_of_tile(p) for p in pictures])
    assert np.abs(here.numpy() - there).max() < 4.0
    assert np.abs(here.numpy() - there).mean() < 0.6


def test_an_interrupted_training_goes_on_to_the_same_weights(folder: Path, tmp_path: Path) -> None:
    data = read_expressions(folder / "vision" / "fer2013")
    machine = Machine.of("cpu")
    recipe = replace(QUICK, loop=replace(QUICK.loop, epochs=2))
    whole, first, second = (learner_of(data, recipe, machine) for _ in range(3))
    torch.manual_seed(recipe.loop.seed)
    assert whole.run()
    torch.manual_seed(recipe.loop.seed)
    assert not first.run(stop_after=13, checkpoint=tmp_path / "c.pt")  # within a round
    second.load(tmp_path / "c.pt")
    assert second.run()
    for name, value in whole.averaged.state_dict().items():
        assert torch.equal(value, second.averaged.state_dict()[name]), name


def test_the_checkpoint_alone_is_exported_the_same(trained, folder: Path) -> None:  # type: ignore[no-untyped-def]
    out, report, _ = trained
    again = train(Order(folder, out, QUICK, export_only=True), lambda _: None)
    assert again["figures"] == report["figures"]
    with pytest.raises(InputError, match="another recipe"):
        train(Order(folder, out, replace(QUICK, size=44), export_only=True), lambda _: None)


@pytest.mark.parametrize("balance", ["weights", "sampler", "softmax"])
def test_balancing_helps_a_rare_class(folder: Path, balance: str) -> None:
    """Disgust is made rare: each way of balancing must draw or weigh it up."""
    data = read_expressions(folder / "vision" / "fer2013")
    rare = np.flatnonzero(data.emotion == 1)[3:]
    data = data.part(np.setdiff1d(np.arange(len(data)), rare))
    recipe = replace(QUICK, target=TargetConfig(balance=balance, balance_power=1.0))
    task = ExpressionTask(data, recipe, Machine.of("cpu"))
    if balance == "weights":
        assert task._weights is not None
        assert task._weights.argmax() == 1
    elif balance == "softmax":
        assert task._prior is not None
        assert task._prior.argmin() == 1
    else:
        rows = task._round().numpy()
        assert (data.emotion[rows] == 1).mean() == pytest.approx(1 / 7, abs=0.05)
    losses = task.losses(ExpressionNet(QUICK.network), 0.5)
    assert all(torch.isfinite(loss) for loss in losses.values())


def test_ways_to_balance_are_compared_and_written_into_a_page(folder: Path, tmp_path: Path) -> None:
    quick = replace(QUICK, loop=replace(QUICK.loop, epochs=0.3))
    page = tmp_path / "page.md"
    page.write_text(
        "before\n<!-- generated: train expression --compare-balance -->\nold\n<!-- end -->"
    )
    said: list[str] = []
    order = Order(folder, tmp_path, quick)
    report = compare_balance(order, said.append, page)
    assert set(report["rows"]) == {name for name, _, _ in WAYS} | {AFTER}
    assert report["rows"]["none"] != report["rows"]["sampler"]
    text = page.read_text()
    assert text.startswith("before")
    assert "old" not in text
    assert "balanced softmax, halfway" in text
    said.clear()
    assert compare_balance(replace(order, resume=True), said.append) == report
    assert said == []  # nothing is trained again
    other = replace(order, resume=True, recipe=replace(quick, held_out=0.2))
    with pytest.raises(InputError, match="another recipe"):
        compare_balance(other, said.append)
    page.write_text("no markers")
    with pytest.raises(InputError, match="regions and tables differ: train expression"):
        compare_balance(replace(order, resume=True), said.append, page)


def test_copies_are_held_out_together(folder: Path) -> None:
    data = read_expressions(folder / "vision" / "fer2013")
    twice = data.part(np.concatenate([np.arange(len(data)), np.arange(len(data))]))
    rows = held_out_rows(twice, 0.2)
    assert np.array_equal(rows[: len(data)], rows[len(data) :])
    assert 0.1 < rows.mean() < 0.3
    assert (held_out_rows(data, 0.1) <= rows[: len(data)]).all()


def test_targets_mix_label_and_votes(folder: Path) -> None:
    data = read_expressions(folder / "vision" / "fer2013").part(np.arange(3))
    data.emotion[1] = -1
    data.votes[2] = 0.0
    target = seven_targets(data, TargetConfig(voted=0.5, smoothing=0.0))
    # Seven votes for anger, two for disgust, the single one for fear does not count.
    assert target[0].tolist() == pytest.approx([0.5 + 0.5 * 7 / 9, 0.5 * 2 / 9, 0, 0, 0, 0, 0])
    assert target[1].tolist() == [0.0] * 7
    assert target[2].tolist() == [1.0, 0, 0, 0, 0, 0, 0]


def test_the_picture_grows_while_learning() -> None:
    recipe = ExpressionRecipe(early_size=28, size=40, full_size_from=0.6)
    sizes = [picture_size(recipe, p) for p in np.linspace(0.0, 1.0, 11)]
    assert sizes[0] == 28
    assert sizes == sorted(sizes)
    assert set(sizes) == {28, 32, 36, 40}
    assert sizes[6:] == [40] * 5


def test_an_augmentation_of_nothing_changes_nothing(folder: Path) -> None:
    pictures = torch.from_numpy(read_expressions(folder / "vision" / "fer2013").pictures[:4])
    still = AugmentConfig(roll_deg=0, scale=0, stretch=0, shift=0, mirror=0, contrast=0,
                          brightness=0, gamma=0, gradient=0, noise=0, cover=0, mix=0)  # fmt: skip
    augmenter = Augmenter(still, torch.Generator().manual_seed(0))
    found = augmenter.faces(pictures, 40)
    assert torch.allclose(found, cut(pictures, 40, still.region), atol=0.1)
    assert augmenter.mixture(4)[1] == 1.0
    mirrored = Augmenter(replace(still, mirror=1.0), torch.Generator().manual_seed(0))
    assert torch.allclose(mirrored.faces(pictures, 40), found.flip(3), atol=0.1)
    always = Augmenter(replace(still, mix=1.0), torch.Generator().manual_seed(0))
    shares = [always.mixture(4)[1] for _ in range(200)]
    assert min(shares) >= 0.5
    assert max(shares) <= 1.0
    assert np.mean(shares) < 0.95


def test_a_shifted_face_is_followed() -> None:
    """What the augmentation says it does: the spot stays within the largest shift."""
    face = np.full((64, 48, 48), 200, np.uint8)
    for one in face:
        cv2.circle(one, (24, 24), 3, 0, -1)
    config = AugmentConfig(shift=6.0, roll_deg=0.0, scale=0.0, cover=0.0, noise=0.0, gradient=0.0)
    augmenter = Augmenter(config, torch.Generator().manual_seed(1))
    places = []
    for picture in augmenter.faces(torch.from_numpy(face), 44)[:, 0].numpy():
        y, x = np.nonzero(picture < picture.mean() - 40)
        places.append((x.mean() - 21.5, y.mean() - 21.5))
    far = np.abs(places).max(axis=0)
    assert (far > 4.0).all()
    assert (far < 7.5).all()


@pytest.mark.parametrize("name", ["expression_light", "expression_resnet18"])
def test_the_shipped_recipes_are_good(name: str) -> None:
    recipe = load_recipe(ExpressionRecipe, name)
    network = ExpressionNet(recipe.network)
    assert (recipe.size, recipe.augment.region) == (expression_face.SIZE, expression_face.REGION)
    if name == "expression_light":
        assert parameters_of(network) <= 2_500_000
    else:
        assert 11e6 < parameters_of(network) < 11.5e6
    seven, eight = network.eval()(torch.zeros(2, 1, recipe.size, recipe.size, dtype=torch.uint8))
    assert (seven.shape, eight.shape) == ((2, 7), (2, 8))


def test_impossible_recipes_and_data_are_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"target\.balance"):
        TargetConfig(balance="much")
    with pytest.raises(ConfigError, match="equal length"):
        NetworkConfig(widths=(8,), blocks=(1, 1))
    with pytest.raises(ConfigError, match="sizes must rise"):
        ExpressionRecipe(size=20, early_size=24)
    with pytest.raises(InputError, match="no such folder"):
        train(Order(tmp_path / "none", tmp_path, QUICK), lambda _: None)
    with pytest.raises(InputError, match="no checkpoint to go on from"):
        train(Order(folder, tmp_path, QUICK, resume=True), lambda _: None)
