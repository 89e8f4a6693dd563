"""Covers the generic parts of training: losses, the loop, devices, export, cards. Needs torch.

Leaves recipes (test/unit/training) and what single networks do with it to their own tests.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace
from importlib.machinery import ModuleSpec
from types import ModuleType

import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from affect_perception.core.errors import ConfigError, InputError, ModelError  # noqa: E402
from affect_perception.inference.manifest import load_manifest  # noqa: E402
from affect_perception.training.devices import Machine  # noqa: E402
from affect_perception.training.learner import Learner, LoopConfig, one_cycle  # noqa: E402
from affect_perception.training.losses import (  # noqa: E402
    chances,
    class_counts,
    class_weights,
    log_prior,
    smoothed,
    soft_cross_entropy,
)
from affect_perception.training.model_card import (  # noqa: E402
    ModelFacts,
    card,
    manifest_entry,
    table,
)
from affect_perception.training.onnx_export import export_onnx  # noqa: E402

pytestmark = pytest.mark.train

COUNTS = [800, 150, 50]


def test_weights_and_chances_make_classes_alike() -> None:
    weights = class_weights(COUNTS).double().numpy()
    assert weights * COUNTS == pytest.approx(np.full(3, 1000 / 3))
    assert (weights * COUNTS).sum() == pytest.approx(1000)
    assert class_weights(COUNTS, 0.0).tolist() == [1.0, 1.0, 1.0]
    labels = np.repeat([0, 1, 2], COUNTS)
    share = chances(labels)
    assert [share[labels == k].sum() for k in range(3)] == pytest.approx([1 / 3] * 3)
    assert chances(labels, 0.0) == pytest.approx(np.full(1000, 1e-3))
    with pytest.raises(ConfigError, match="every class needs an example"):
        class_counts([0, 0, 2, -1], 3)


def test_soft_cross_entropy_is_the_usual_one_and_leaves_out_unknown_rows() -> None:
    logits = torch.randn(5, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 2, 1, 1, 0])
    usual = torch.nn.functional.cross_entropy(logits, labels)
    assert torch.allclose(soft_cross_entropy(logits, smoothed(labels, 3, 0.0)), usual)
    usual = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=0.1)
    assert torch.allclose(soft_cross_entropy(logits, smoothed(labels, 3, 0.1)), usual)
    partly = torch.tensor([0, 2, -1, -1, 0])
    usual = torch.nn.functional.cross_entropy(logits, partly, ignore_index=-1)
    assert torch.allclose(soft_cross_entropy(logits, smoothed(partly, 3, 0.0)), usual)
    none = soft_cross_entropy(logits, smoothed(torch.full((5,), -1), 3, 0.1))
    assert none.item() == 0.0


def test_balanced_softmax_leaves_no_preference_for_frequent_classes() -> None:
    """With no feature but a constant, plain learning ends at the class shares, balanced at none."""
    target = smoothed(torch.from_numpy(np.repeat([0, 1, 2], COUNTS)), 3, 0.0)
    for prior, wanted in ((None, [0.8, 0.15, 0.05]), (log_prior(COUNTS), [1 / 3] * 3)):
        bias = torch.zeros(3, requires_grad=True)
        optimiser = torch.optim.LBFGS([bias], max_iter=100)

        def closure(bias=bias, prior=prior, optimiser=optimiser):  # type: ignore[no-untyped-def]
            optimiser.zero_grad()
            loss = soft_cross_entropy(bias.expand(1000, 3), target, prior=prior)
            loss.backward()
            return loss

        optimiser.step(closure)
        assert torch.softmax(bias, 0).tolist() == pytest.approx(wanted, abs=1e-3)


class Line:
    """A line through noisy points, drawn anew for each batch."""

    def __init__(self, seed: int = 3) -> None:
        self.chance = torch.Generator().manual_seed(seed)

    def losses(self, network, progress):  # type: ignore[no-untyped-def]
        x = torch.rand(32, 1, generator=self.chance)
        noise = torch.randn(32, 1, generator=self.chance)
        return {"fit": (network(x) - (3.0 * x - 1.0 + 0.1 * noise)).square().mean()}

    def state(self):  # type: ignore[no-untyped-def]
        return {"chance": self.chance.get_state()}

    def restore(self, state):  # type: ignore[no-untyped-def]
        self.chance.set_state(state["chance"])


LOOP = LoopConfig(rate=0.1, batch=32, averaging=0.9, bfloat16=False, epochs=1.0)


def learner(loop: LoopConfig = LOOP, steps: int = 400, **more):  # type: ignore[no-untyped-def]
    torch.manual_seed(loop.seed)
    recipe = {"loop": {"rate": loop.rate, "epochs": loop.epochs}}
    return Learner(torch.nn.Linear(1, 1), Line(), loop, steps=steps, recipe=recipe, **more)


@pytest.mark.parametrize("optimiser", ["sgd", "adamw"])
def test_it_learns_and_the_average_is_what_counts(optimiser: str) -> None:
    one = learner(replace(LOOP, optimiser=optimiser, decay=0.0))
    lines: list[str] = []
    assert one.run(say=lines.append, check=lambda network: "checked", reports=4)
    assert one.averaged.weight.item() == pytest.approx(3.0, abs=0.1)
    assert one.averaged.bias.item() == pytest.approx(-1.0, abs=0.1)
    assert len(lines) == 4
    assert all(line.endswith("| checked") for line in lines)


def test_an_interrupted_training_goes_on_to_the_same_weights(tmp_path) -> None:  # type: ignore[no-untyped-def]
    whole = learner(steps=40)
    assert whole.run()
    first = learner(steps=40)
    assert not first.run(stop_after=17, checkpoint=tmp_path / "c.pt")
    assert not (tmp_path / "c.part").exists()
    second = learner(steps=40)
    second.load(tmp_path / "c.pt")
    assert second.step == 17
    assert second.run()
    for name, value in whole.averaged.state_dict().items():
        assert torch.equal(value, second.averaged.state_dict()[name]), name


def test_only_the_same_recipe_goes_on_but_for_more_epochs(tmp_path) -> None:  # type: ignore[no-untyped-def]
    learner(steps=10).run(checkpoint=tmp_path / "c.pt")
    longer = learner(replace(LOOP, epochs=2.0), steps=20)
    with pytest.raises(InputError, match="another recipe"):
        longer.load(tmp_path / "c.pt")
    longer.load(tmp_path / "c.pt", longer=True)
    assert (longer.step, longer.progress()) == (10, 0.5)
    with pytest.raises(InputError, match="another recipe"):
        learner(replace(LOOP, rate=0.3)).load(tmp_path / "c.pt", longer=True)
    with pytest.raises(InputError, match="no checkpoint"):
        longer.load(tmp_path / "none.pt")
    (tmp_path / "c.pt").write_bytes(b"rubbish")
    with pytest.raises(InputError, match="not a readable checkpoint"):
        longer.load(tmp_path / "c.pt")


def test_the_time_limit_ends_the_schedule() -> None:
    limited = learner(steps=10_000_000)
    assert limited.run(max_minutes=0.01)
    assert 0 < limited.step < 10_000


def test_a_suspended_process_does_not_use_up_its_time() -> None:
    one = learner(steps=10)
    one._count(1.0)
    one._count(600.0)
    assert one.seconds == pytest.approx(21.0)


def test_the_rate_rises_and_falls() -> None:
    rates = [one_cycle(p, 0.25) for p in np.linspace(0, 1, 101)]
    assert rates[0] == pytest.approx(0.04)
    assert rates[25] == max(rates) == pytest.approx(1.0)
    assert rates == sorted(rates[:26]) + sorted(rates[26:], reverse=True)
    assert rates[100] <= 1e-4


@pytest.mark.parametrize("wrong", [{"optimiser": "lion"}, {"rate": 0.0}, {"rise": 1.0}])
def test_impossible_loops_are_refused(wrong: dict) -> None:  # type: ignore[type-arg]
    with pytest.raises(ConfigError, match="loop"):
        replace(LOOP, **wrong)


def test_machines_that_are_not_there_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert Machine.of("auto").device.type == "cpu"
    with pytest.raises(ConfigError, match="torch finds no card"):
        Machine.of("cuda")
    with pytest.raises(ConfigError, match="'tpu' is none of auto, cpu"):
        Machine.of("tpu")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="pip install accelerate"):
        Machine.of("accelerate")


def test_accelerate_is_asked_for_everything_it_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    """A double of accelerate on one processor: wrapped networks, its backward, one writer."""

    class Wrapped(torch.nn.Module):
        def __init__(self, module: torch.nn.Module) -> None:
            super().__init__()
            self.module = module

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.module(x)

    backwards = []

    class Accelerator:
        device = torch.device("cpu")
        is_main_process = False
        process_index, num_processes = 1, 2

        def prepare(self, network, optimiser):  # type: ignore[no-untyped-def]
            return Wrapped(network), optimiser

        def unwrap_model(self, network):  # type: ignore[no-untyped-def]
            return network.module

        def backward(self, loss):  # type: ignore[no-untyped-def]
            backwards.append(float(loss.detach()))
            loss.backward()

    module = ModuleType("accelerate")
    module.Accelerator = Accelerator  # type: ignore[attr-defined]
    module.__spec__ = ModuleSpec("accelerate", None)
    monkeypatch.setitem(sys.modules, "accelerate", module)
    machine = Machine.of("accelerate")
    assert (machine.number, machine.processes, machine.is_first) == (1, 2, False)
    draws = {int(torch.randint(10**9, (1,), generator=m.generator(1))) for m in
             (machine, Machine.of("cpu"))}  # fmt: skip
    assert len(draws) == 2  # each process has its own chance
    one = learner(steps=20, machine=machine)
    assert one.run()
    assert len(backwards) == 20
    assert one.averaged.weight.item() != 0.0


class TwoOutputs(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(40, 50)

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        y = self.layer(x)
        return y, y.mean(1)


@pytest.mark.parametrize("half", [False, True])
def test_export_gives_the_same_and_half_the_file(tmp_path, half: bool) -> None:  # type: ignore[no-untyped-def]
    torch.manual_seed(0)
    path = tmp_path / "n.onnx"
    example = torch.randn(7, 40)
    difference = export_onnx(TwoOutputs(), {"x": example}, ("y", "m"), path, tolerance=2e-3,
                             half=half)  # fmt: skip
    assert difference < (2e-3 if half else 1e-5)
    assert (difference > 1e-6) == half
    size = path.stat().st_size
    assert (4000 < size < 6000) if half else (8000 < size < 10000)


def test_an_export_that_differs_is_an_error(tmp_path) -> None:  # type: ignore[no-untyped-def]
    class Fixed(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            # Tracing freezes what Python computes: the file says 3 for any input.
            return x * len([v for v in x.flatten().tolist() if v > 0])

    with pytest.raises(ModelError, match="differs from torch"):
        export_onnx(
            Fixed(), {"x": torch.tensor([[1.0], [2.0], [3.0]])}, ("y",), tmp_path / "n.onnx"
        )


FACTS = ModelFacts(
    name="thing",
    version="1.2.3",
    licence="Apache-2.0",
    source="trained: `do it`",
    training_data="drawn things",
    training_terms="none",
    accuracy="0.5",
    intended_use="tests",
    notes="with: a colon",
    inputs=[{"name": "x", "shape": [-1, 4], "dtype": "float32", "layout": "flat", "colour": "none",
             "range": [0, 1]}],
    outputs=[{"name": "y", "shape": [-1, 2], "unit": "logit", "meaning": "a, b"}],
)  # fmt: skip


def test_the_entry_fits_into_the_manifest(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "thing.onnx").write_bytes(b"weights")
    entry = manifest_entry(FACTS, tmp_path / "thing.onnx")
    text = f"format: 1\ncontainers: {{}}\nmodels:\n{entry}"
    (tmp_path / "manifest.yaml").write_text(text)
    found = load_manifest(tmp_path / "manifest.yaml").model("thing")
    assert (found.version, found.size_bytes, found.notes) == ("1.2.3", 7, "with: a colon")
    assert found.inputs[0].shape == (-1, 4)
    assert yaml.safe_load(entry)["thing"]["outputs"][0]["meaning"] == "a, b"


def test_the_card_has_facts_and_tables() -> None:
    text = card(FACTS, {"Figures": table("set", {"a": {"x": 0.12345}, "b": {"y": math.nan}})})
    assert text.startswith("# thing 1.2.3\n")
    assert "| set | x | y |\n|---|---|---|\n| a | 0.123 | - |\n| b | - | - |" in text
