"""Training of the driver network on drawn eyes and scripted drives: it learns, resumes, exports.

Leaves: drawn drivers and body recordings (they need data; docs/driver_network.md has the figures).
"""

from __future__ import annotations

import json
import math
from dataclasses import replace

import cv2
import numpy as np
import pytest
import yaml

torch = pytest.importorskip("torch", reason="the training extra is not installed")

import onnxruntime  # noqa: E402

from affect_perception.core.buffers import to_ns  # noqa: E402
from affect_perception.core.errors import ConfigError, InputError  # noqa: E402
from affect_perception.core.load import driver_window  # noqa: E402
from affect_perception.core.load.driver_normal import VIEWS, DriverView  # noqa: E402
from affect_perception.core.load.tokens import LEARNED  # noqa: E402
from affect_perception.core.vision.gaze_map import CELLS  # noqa: E402
from affect_perception.evaluation.load.courses import RECORDED, Course  # noqa: E402
from affect_perception.training.driver import glances  # noqa: E402
from affect_perception.training.driver import run as runs  # noqa: E402
from affect_perception.training.driver.body_windows import (  # noqa: E402
    BODY_FEATURES,
    BODY_TOKENS,
    BodyWindows,
)
from affect_perception.training.driver.card import FRAME, SLOW, write_cards  # noqa: E402
from affect_perception.training.driver.examples import senses_there  # noqa: E402
from affect_perception.training.driver.export import (  # noqa: E402
    FRAME_FILE,
    SLOW_FILE,
    frame_inputs,
    slow_inputs,
)
from affect_perception.training.driver.network import LOAD, STRESS, DriverNet  # noqa: E402
from affect_perception.training.driver.page import page_part  # noqa: E402
from affect_perception.training.driver.recipe import (  # noqa: E402
    BatchShares,
    DataConfig,
    DriverNetConfig,
    DriverRecipe,
    TokenDropout,
)
from affect_perception.training.driver.run import Order, train  # noqa: E402
from affect_perception.training.driver.sources import keep, kept  # noqa: E402
from affect_perception.training.driver.task import company, neighbours  # noqa: E402
from affect_perception.training.driver.windows import SlowBatches  # noqa: E402
from affect_perception.training.learner import LoopConfig  # noqa: E402
from affect_perception.training.load.compare import sequences  # noqa: E402
from affect_perception.training.recipe import load_recipe  # noqa: E402

pytestmark = pytest.mark.train

TARGETS = 32
NETWORK = DriverNetConfig(
    width=16, layers=1, heads=2, hidden=16, eye_widths=(6, 8, 8), face_widths=(4, 4), rank=2
)
QUICK = DriverRecipe(
    steps=24,
    network=NETWORK,
    data=DataConfig(drives=1, drives_checked=1),
    batches=BatchShares(pairs=12, eyes=12, windows=16),
    loop=LoopConfig(epochs=1.0, optimiser="adamw", rate=4e-3, averaging=0.9, bfloat16=False),
)


def eye(yaw_deg, pitch_deg, rng):
    """A drawn eye that looks to the picture's right by yaw and up by pitch."""
    image = np.full((36, 60), 120.0, np.float32)
    cv2.ellipse(image, (30, 18), (22, 7), 0, 0, 360, 230, -1)
    x = 29.5 + 16.6 * math.sin(math.radians(yaw_deg))
    y = 18.0 - 12.0 * math.sin(math.radians(pitch_deg))
    cv2.circle(image, (round(x * 16), round(y * 16)), 8 * 16, 20, -1, cv2.LINE_AA, 4)
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory):
    sheets = tmp_path_factory.mktemp("data") / "ut_multiview_eyes" / "sheets"
    sheets.mkdir(parents=True)
    rng = np.random.default_rng(1)
    targets = rng.uniform((-18.0, -12.0), (18.0, 12.0), (TARGETS, 2))
    rows = [f"{i},{-yaw},{pitch}" for i, (yaw, pitch) in enumerate(targets)]
    (sheets.parent / "targets.csv").write_text("\n".join(["tile,yaw_deg,pitch_deg", *rows]) + "\n")
    for subject in ("s00", "s01"):
        for side in ("left", "right"):
            tiles = [eye(*target, rng) for target in targets]
            bands = [np.hstack(tiles[i : i + 16]) for i in range(0, TARGETS, 16)]
            cv2.imwrite(str(sheets / f"{subject}_{side}_cam0.png"), np.vstack(bands))
    return sheets.parent.parent


@pytest.fixture(scope="module")
def trained(data_folder, tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setattr(glances, "MINUTES", 1.6)
    patch.setattr(glances, "RATE_HZ", 5.0)
    patch.setattr(runs, "cost_of", lambda path: {"kib": path.stat().st_size / 1024.0})
    out = tmp_path_factory.mktemp("out")
    order = Order(data_folder, out, QUICK, subjects_out=("s01",))
    lines = []
    yield order, train(order, lines.append), lines
    patch.undo()


def test_the_report_says_what_was_left_out_and_what_each_set_of_tokens_knows(trained):
    order, report, _ = trained
    assert report["subjects"] == ["s00"]
    assert report["subjects_out"] == ["s01"]
    assert report == json.loads((order.out / "driver_network_training.json").read_text())
    assert {"eyes only", "first eye only", "other eye only"} == set(report["gaze"])
    assert 0.0 < report["gaze"]["eyes only"]["mean_angular_error_deg"] < 40.0
    # With nothing known of the eyes the answer is the same for all windows: chance.
    for tokens in ("nothing", "body only"):
        assert report["distraction"][tokens]["auroc"] == 0.5


def test_the_page_has_a_table_for_everything_that_was_measured(trained):
    _, report, _ = trained
    text = page_part(report)
    assert "Left out: s01 of the gaze set; nobody of the load sets" in text
    for row in ("eye network, one eye", "shared, eyes only", "voice only", "driver_frame.onnx"):
        assert f"| {row} |" in text
    assert "nan" not in text


def test_cards_and_entries_stand_beside_both_files_and_tell_who_was_measured(trained, tmp_path):
    order, report, _ = trained
    everybody = {**report, "subjects_out": [], "subjects": ["s00", "s01"]}
    for name in (FRAME_FILE, SLOW_FILE):
        (tmp_path / name).write_bytes((order.out / name).read_bytes())
    write_cards(tmp_path, everybody, report, "2.0.0")
    for folder, names in ((order.out, "s00"), (tmp_path, "s00, s01")):
        for name in (FRAME, SLOW):
            entry = yaml.safe_load((folder / f"{name}.yaml").read_text())[name]
            session = onnxruntime.InferenceSession(str(folder / f"{name}.onnx"))
            given = (frame_inputs if name == FRAME else slow_inputs)(1)
            assert [(one["name"], one["shape"]) for one in entry["inputs"]] == [
                (key, list(tensor.shape)) for key, tensor in given.items()
            ]
            said = session.run(None, {key: tensor.numpy() for key, tensor in given.items()})
            shapes = [list(found.shape) for found in said]
            assert [one["shape"] for one in entry["outputs"]] == shapes
            names_said = [one.name for one in session.get_outputs()]
            assert [one["name"] for one in entry["outputs"]] == names_said
            text = (folder / f"{name}.md").read_text()
            assert f"of the gaze set {names}." in text
            assert "Left out: s01 of the gaze set" in text
            assert ("These weights have seen everybody" in text) is (folder == tmp_path)


def test_windows_have_the_form_that_the_pipeline_fills():
    assert (BODY_TOKENS, BODY_FEATURES) == (driver_window.HISTORY, driver_window.WIDTH)
    assert glances.TOKENS == driver_window.GLANCE_TOKENS
    assert len(glances.EYE_FEATURES) == driver_window.GLANCE_NUMBERS
    assert len(glances.VOICE_FEATURES) == driver_window.VOICE_NUMBERS
    assert (LOAD, STRESS) == (driver_window.LOAD, driver_window.STRESS)


def test_training_and_pipeline_fill_a_window_alike():
    rng = np.random.default_rng(3)
    views = rng.normal(0.0, 4.0, (9, len(VIEWS), len(LEARNED)))
    views[4, :, 2] = np.nan
    known = np.full((9, len(LEARNED)), 300.0)
    course = Course(
        "x", "a", RECORDED, np.clip(views, -6.0, 6.0).reshape(9, -1), known, np.full(9, "a"),
        np.zeros(9, int), np.zeros(9, int),
    )  # fmt: skip
    given = []

    class Keeps:
        name = "keeps"

        def run(self, body, eyes, voice):
            given.append(body[0].copy())
            return np.full((1, 3), 0.5, np.float32), np.full((1, 3), 0.25, np.float32)

    window = driver_window.DriverWindow(Keeps())
    for number in (0, 1, 2, 3, 5, 6, 7, 8):
        window.judge(to_ns(10 * number), DriverView(views[number], known[number]))
    wanted = sequences(course)
    np.testing.assert_allclose(given[2], wanted[2], atol=1e-6)
    # Where the fifth token did not come there is nothing, and else the same.
    kept = np.delete(np.arange(driver_window.HISTORY), 1)
    np.testing.assert_allclose(given[-1][kept], wanted[-1][kept], atol=1e-6)
    assert not given[-1][1].any()


def test_both_files_answer_one_picture_with_any_tokens_missing(trained):
    order, _, _ = trained
    frame = onnxruntime.InferenceSession(str(order.out / FRAME_FILE))
    given = {name: tensor.numpy()[-1:] for name, tensor in frame_inputs().items()}
    for there in np.eye(4, dtype=np.float32):
        given["there"] = there[None]
        said, lid, state = frame.run(None, given)
        assert said.shape == (1, CELLS)
        assert said.sum() == pytest.approx(1.0, abs=1e-4)
        assert np.isfinite(lid).all()
        assert np.isfinite(state).all()
    slow = onnxruntime.InferenceSession(str(order.out / SLOW_FILE))
    nothing = {name: 0.0 * tensor.numpy()[:1] for name, tensor in slow_inputs().items()}
    said, variances = slow.run(None, nothing)
    np.testing.assert_allclose(variances, said * (1.0 - said), atol=1e-6)


def test_a_token_that_is_missing_has_no_say(trained):
    order, _, _ = trained
    session = onnxruntime.InferenceSession(str(order.out / FRAME_FILE))
    given = {name: tensor.numpy()[:1] for name, tensor in frame_inputs().items()}
    given["there"] = np.array([[1.0, 0.0, 0.0, 1.0]], np.float32)
    before = session.run(None, given)[0]
    given["face"] = 255 - given["face"]
    given["eyes"] = np.stack([given["eyes"][:, 0], 255 - given["eyes"][:, 1]], axis=1)
    np.testing.assert_allclose(session.run(None, given)[0], before, atol=1e-6)
    given["head"] = -given["head"]
    assert np.abs(session.run(None, given)[0] - before).max() > 1e-6


def test_it_goes_on_where_it_was_interrupted(trained, tmp_path):
    order, _, _ = trained
    data = kept(order.out / runs.DATA_FILE)
    keep(data, tmp_path / runs.DATA_FILE)
    parts = runs.split(data, order)
    short = replace(QUICK, steps=6)
    weights = []
    for stops in ((None,), (3, None)):
        out = tmp_path / str(len(stops))
        out.mkdir()
        again = replace(order, out=out, recipe=short, resume=True)
        for stop in stops:
            learner = runs.learner_of(again, data, parts)
            checkpoint = out / runs.CHECKPOINT
            if checkpoint.is_file():
                learner.load(checkpoint)
            learner.run(checkpoint=checkpoint, stop_after=stop)
        weights.append(torch.cat([p.flatten() for p in learner.averaged.parameters()]))
    assert torch.equal(*weights)


def test_load_and_distraction_are_learned_from_windows_that_know_one_of_both():
    rng = np.random.default_rng(0)
    states = np.tile([0.0, 1.0], 100).astype(np.float32)
    tokens = rng.normal(0.0, 1.0, (200, BODY_TOKENS, BODY_FEATURES)).astype(np.float32)
    tokens[:, :, 0] += 4.0 * states[:, None]
    body = BodyWindows(tokens, np.stack([states, states], 1), np.full((200, 2), 0.005))
    eyes = rng.normal(0.0, 1.0, (200, glances.TOKENS, len(glances.EYE_FEATURES)))
    eyes[:, :, 0] += 4.0 * states[:, None]
    eyes[:, :, -1] = 1.0
    voice = np.ones((200, glances.TOKENS, len(glances.VOICE_FEATURES)))
    drives = glances.Windows(
        eyes.astype("f4"), voice.astype("f4"), states, np.zeros(200, int), states, states
    )
    torch.manual_seed(0)
    network = DriverNet(NETWORK)
    batches = SlowBatches(body, drives, TokenDropout(window=0.2, moment=0.0), 64)
    optimiser = torch.optim.AdamW(network.parameters(), 1e-2)
    random = torch.Generator().manual_seed(0)
    for _ in range(45):
        loss = sum(batches.losses(network, random).values())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    network.eval()
    nobody, nothing = torch.zeros(200, *tokens.shape[1:]), torch.zeros(200, *eyes.shape[1:])
    silent = torch.zeros(200, *voice.shape[1:])
    with torch.no_grad():
        (by_body,) = network("slow", torch.from_numpy(tokens), nothing, silent)
        (by_eyes,) = network("slow", nobody, torch.from_numpy(eyes.astype("f4")), silent)
    said = (by_eyes[:, 0], by_body[:, 1], by_body[:, 2])
    for answer in said:
        assert ((answer > 0.0).numpy() == (states > 0.5)).mean() > 0.85


def test_cells_beside_a_direction_share_it():
    cells, shares = neighbours(torch.tensor([[0.0, 0.0], [math.radians(1.5), 0.0], [9.0, 9.0]]))
    assert torch.allclose(shares.sum(1), torch.ones(3))
    assert shares[0].max() == pytest.approx(1.0, abs=1e-5)
    assert sorted(shares[1].tolist())[2:] == pytest.approx([0.5, 0.5], abs=1e-4)
    assert int(cells[2][shares[2].argmax()]) == CELLS - 1


def test_one_eye_is_left_where_there_is_no_face():
    tokens = TokenDropout(own=0.9, other=0.9, face=0.0, head=0.0)
    random = torch.Generator().manual_seed(0)
    there = senses_there(400, has_face=False, tokens=tokens, generator=random)
    assert (there[:, :2].sum(1) > 0.0).all()
    assert (there[:, 2:] == 0.0).all()
    with_face = senses_there(400, has_face=True, tokens=tokens, generator=random)
    assert (with_face[:, :2].sum(1) == 0.0).any()


def test_company_is_mostly_in_the_same_state_and_unknown_eyes_stay_alone():
    closed = torch.tensor([0.0, 1.0, torch.nan, 1.0] * 300)
    other, shown = company(closed, torch.Generator().manual_seed(0))
    known = torch.isfinite(closed)
    assert not shown[~known].any()
    assert 0.4 < shown[known].float().mean() < 0.6
    same = closed[known] == closed[other[known]]
    assert 0.8 < same.float().mean() < 0.95
    assert (other[known] != known.nonzero()[:, 0]).float().mean() > 0.9


def test_the_recipe_is_the_shipped_one_and_checked():
    assert load_recipe(DriverRecipe, "driver") == DriverRecipe()
    for part, wrong in (
        (DriverNetConfig, {"heads": 5}), (DriverNetConfig, {"eye_widths": (4,)}),
        (DriverNetConfig, {"dropout": 1.0}), (DataConfig, {"load_folds": 1}),
        (DataConfig, {"load_folds": -1}), (DataConfig, {"joined_weight": -0.1}),
        (BatchShares, {"gaze": 0.0}), (TokenDropout, {"own": 1.0}), (DriverRecipe, {"steps": 0}),
    ):  # fmt: skip
        with pytest.raises(ConfigError):
            part(**wrong)


def test_people_who_are_not_there_are_named(trained):
    order, _, _ = trained
    data = kept(order.out / runs.DATA_FILE)
    for names, said in ((("s09",), "s09"), (("s00", "s01"), "nobody")):
        with pytest.raises(InputError, match=said):
            runs.split(data, replace(order, subjects_out=names))


def test_every_so_many_th_person_of_the_load_sets_is_left_out_or_nobody(trained):
    order, _, _ = trained
    states, known = np.array([0, 1, 0, 1]), np.zeros((4, len(LEARNED)))
    courses = tuple(
        Course(
            "x", subject, RECORDED, np.tile(known, len(VIEWS)), known, np.full(4, "a"),
            states, states,
        )
        for subject in "abc"
    )  # fmt: skip
    data = replace(kept(order.out / runs.DATA_FILE), courses=courses)
    for folds, gaze_out, out in ((2, ("s01",), ["x/a", "x/c"]), (0, ("s01",), []), (2, (), [])):
        recipe = replace(QUICK, data=replace(QUICK.data, load_folds=folds))
        parts = runs.split(data, replace(order, recipe=recipe, subjects_out=gaze_out))
        assert [course.person for course in parts.held] == out
        assert len(parts.courses) == 3 - len(out)
        assert len(parts.body.tokens) == 4 * len(parts.courses)
