"""Training of valence and arousal on pictures drawn in AffectNet's layout. Needs torch.

Leaves the classes to test_train_expression.py, and how good the output gets on real faces to
whoever holds AffectNet: it was not at hand.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch", reason="the training extra is not installed")

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
import drawn_faces  # noqa: E402

from affect_perception.core.errors import ConfigError, InputError  # noqa: E402
from affect_perception.core.vision import expression_face  # noqa: E402
from affect_perception.core.vision.expression_network import ExpressionNetwork  # noqa: E402
from affect_perception.evaluation.affect_scores import affect_scores  # noqa: E402
from affect_perception.evaluation.datasets.expressions import read_expressions  # noqa: E402
from affect_perception.evaluation.metrics import concordance  # noqa: E402
from affect_perception.inference.manifest import load_manifest  # noqa: E402
from affect_perception.inference.onnx_session import OnnxSession  # noqa: E402
from affect_perception.training.devices import Machine  # noqa: E402
from affect_perception.training.expression.augment import AugmentConfig  # noqa: E402
from affect_perception.training.expression.network import (  # noqa: E402
    ExpressionNet,
    NetworkConfig,
)
from affect_perception.training.expression.recipe import (  # noqa: E402
    ExpressionRecipe,
    TargetConfig,
)
from affect_perception.training.expression.run import (  # noqa: E402
    Order,
    learner_of,
    read_faces,
    train,
)
from affect_perception.training.expression.task import (  # noqa: E402
    ExpressionTask,
    held_out_rows,
)
from affect_perception.training.learner import LoopConfig  # noqa: E402
from affect_perception.training.losses import concordance_loss  # noqa: E402

pytestmark = pytest.mark.train

QUICK = ExpressionRecipe(
    held_out=0.15,
    network=NetworkConfig(stem=8, widths=(16, 32), blocks=(1, 1), excite_from=1, dropout=0.0),
    augment=AugmentConfig(cover=0.0, mix=0.2, noise=2.0, shift=1.0, roll_deg=4.0),
    loop=LoopConfig(epochs=12, batch=32, rate=0.1, averaging=0.9, bfloat16=False),
)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both sets below one root."""
    path = tmp_path_factory.mktemp("data")
    drawn_faces.write_sheet(path / "vision" / "fer2013", each=16)
    labels = {"train_set": [*range(8)] * 40, "val_set": [*range(8)] * 6}
    drawn_faces.write_affectnet(path / "vision" / "affectnet", labels)
    return path


@pytest.fixture(scope="module")
def trained(root: Path, tmp_path_factory: pytest.TempPathFactory):  # type: ignore[no-untyped-def]
    torch.set_num_threads(1)
    out = tmp_path_factory.mktemp("out")
    lines: list[str] = []
    return out, train(Order(root, out, QUICK), lines.append), lines


def test_it_learns_the_labels_and_reports_both_ways(trained) -> None:  # type: ignore[no-untyped-def]
    out, report, lines = trained
    both = report["valence_and_arousal"]
    assert list(both) == ["held out", "validation"]
    assert list(both["validation"]) == ["output of its own", "from the classes"]
    own = both["validation"]["output of its own"]
    assert own["ccc_valence"] > 0.7
    assert own["ccc_arousal"] > 0.7
    assert own["rmse_valence"] < 0.35
    assert own["sign_agreement_valence"] > 0.6
    assert report["affect_std"] == [
        both["held out"]["output of its own"][f"rmse_{name}"] for name in ("valence", "arousal")
    ]
    assert report == json.loads((out / "expression_network_training.json").read_text())
    assert "valence CCC" in lines[-2]
    card = (out / "expression_network.md").read_text()
    assert "## Valence and arousal" in card
    assert "| validation, from the classes | " in card
    assert "learned from AffectNet's labels" in card
    assert "AffectNet, train_set" in card
    assert "FER2013, split Training" in card


def test_the_third_output_is_exported_with_its_error(trained, root: Path) -> None:  # type: ignore[no-untyped-def]
    out, report, _ = trained
    entry = (out / "manifest_entry.yaml").read_text()
    (out / "manifest.yaml").write_text(f"format: 1\ncontainers: {{}}\nmodels:\n{entry}")
    model = load_manifest(out / "manifest.yaml").model("expression_network")
    assert [output.name for output in model.outputs] == ["fer2013", "ferplus", "affect"]
    assert "one sigma" in model.outputs[2].meaning
    assert "used in place of" in model.notes
    data = read_expressions(root / "vision" / "affectnet").of_split("validation")
    faces = np.stack([expression_face.face_of_tile(p) for p in data.pictures])
    for one in (model, model.in_eight_bits()):
        session = OnnxSession(one, (out / str(one.file)).read_bytes())
        affect = ExpressionNetwork(session).read(faces).affect
        assert affect is not None
        assert affect[:, 2:] == pytest.approx(np.tile(report["affect_std"], (len(data), 1)))
        scores = affect_scores(affect[:, :2], data.valence_arousal())
        wanted = report["valence_and_arousal"]["validation"]["output of its own"]
        # Its own cut and mirror images make the difference.
        assert scores["rmse_valence"] == pytest.approx(wanted["rmse_valence"], abs=0.08)
    assert "root mean square error of valence" in model.eight_bit.measured  # type: ignore[union-attr]


def test_affectnet_alone_trains_and_says_what_it_could_not_learn(
    root: Path, tmp_path: Path
) -> None:
    few = replace(QUICK, loop=replace(QUICK.loop, epochs=0.5))
    report = train(Order(root / "vision" / "affectnet", tmp_path, few), lambda _: None)
    assert list(report["figures"]["validation"]) == ["eight"]
    (entry,) = yaml.safe_load((tmp_path / "manifest_entry.yaml").read_text()).values()
    assert "not learned" in entry["outputs"][0]["meaning"]
    assert entry["training_data"].startswith("AffectNet")
    assert entry["int8"]["measured"].startswith("eight classes right on ")


def test_without_labels_there_is_no_third_output_and_older_checkpoints_still_fit(
    root: Path, tmp_path: Path
) -> None:
    few = replace(QUICK, loop=replace(QUICK.loop, epochs=0.5))
    order = Order(root / "vision" / "fer2013", tmp_path, few)
    report = train(order, lambda _: None)
    assert (report["valence_and_arousal"], report["affect_std"]) == ({}, None)
    (entry,) = yaml.safe_load((tmp_path / "manifest_entry.yaml").read_text()).values()
    assert [one["name"] for one in entry["outputs"]] == ["fer2013", "ferplus"]
    assert "computed from the eight classes" in entry["notes"]
    content = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert "affect" not in content["recipe"]["target"]
    assert not [name for name in content["averaged"] if name.startswith("affect")]
    with pytest.raises(InputError, match="another recipe"):
        train(replace(order, data=root, export_only=True), lambda _: None)


def test_the_other_weights_begin_as_they_do_without_it() -> None:
    begun = []
    for affect in (False, True):
        torch.manual_seed(3)
        begun.append(ExpressionNet(QUICK.network, affect=affect).state_dict())
    assert all(torch.equal(value, begun[1][name]) for name, value in begun[0].items())
    assert set(begun[1]) - set(begun[0]) == {"affect.weight", "affect.bias"}


def test_the_loss_is_one_less_the_concordance() -> None:
    rng = np.random.default_rng(0)
    target = rng.uniform(-1.0, 1.0, (20, 2)).astype(np.float32)
    found = (0.6 * target + rng.normal(0.1, 0.2, (20, 2))).astype(np.float32)
    wanted = 1.0 - np.mean([concordance(found[:, k], target[:, k]) for k in range(2)])
    unknown = np.concatenate([target, [[np.nan, 0.5]]]).astype(np.float32)
    more = np.concatenate([found, [[9.0, 9.0]]]).astype(np.float32)
    loss = concordance_loss(torch.from_numpy(more), torch.from_numpy(unknown))
    assert float(loss) == pytest.approx(wanted, abs=1e-5)
    assert float(concordance_loss(*(torch.from_numpy(target),) * 2)) == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize("labelled", [0, 1])
def test_a_batch_with_hardly_a_label_teaches_nothing(labelled: int) -> None:
    found = torch.full((4, 2), 0.3, requires_grad=True)
    target = torch.full((4, 2), torch.nan)
    target[:labelled] = 0.1
    loss = concordance_loss(found, target)
    loss.backward()
    assert float(loss.detach()) == 1.0
    assert found.grad is not None
    assert torch.equal(found.grad, torch.zeros(4, 2))


def test_a_mixture_with_a_face_without_labels_has_none(root: Path) -> None:
    """Else unknown would count as a number; the loss stays finite whatever is drawn."""
    data = read_faces(root)
    always = replace(QUICK, augment=replace(QUICK.augment, mix=1.0))
    task = ExpressionTask(data, always, Machine.of("cpu"))
    network = ExpressionNet(QUICK.network, affect=True)
    for _ in range(5):
        losses = task.losses(network, 0.5)
        assert set(losses) == {"seven", "eight", "affect"}
        assert all(torch.isfinite(loss) for loss in losses.values())


def test_impossible_recipes_and_data_are_refused(root: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"target\.affect must be above 0"):
        TargetConfig(affect=0.0)
    data = read_faces(root)
    sampler = replace(QUICK, target=TargetConfig(balance="sampler"))
    with pytest.raises(ConfigError, match="label of every face"):
        learner_of(data, sampler, Machine.of("cpu"))
    with pytest.raises(InputError, match="too few faces are labelled"):
        train(Order(_labelled_once(tmp_path), tmp_path, QUICK), lambda _: None)


def _labelled_once(folder: Path) -> Path:
    """AffectNet of which one picture is labelled, that no training holds out."""
    drawn_faces.write_affectnet(folder, {"train_set": [*range(8)] * 4})
    annotations = folder / "train_set" / "annotations"
    data = read_expressions(folder)
    kept = int(np.flatnonzero(~held_out_rows(data, QUICK.held_out))[0])
    names = sorted(path.stem for path in (folder / "train_set" / "images").iterdir())
    for row, name in enumerate(names):
        if row != kept:
            np.save(annotations / f"{name}_val.npy", np.array("-2"))
    return folder
