"""Training of the eye network on drawn eyes: it learns, resumes, exports the same. Needs torch.

Leaves: how good the shipped weights are (cross-validation in models/cards/eye_network.md).
"""

from __future__ import annotations

import json
import math
from dataclasses import replace

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from affect_perception.core.errors import InputError  # noqa: E402
from affect_perception.core.vision.eye_network import EyeNetwork  # noqa: E402
from affect_perception.evaluation.eyes.frames import read_frames  # noqa: E402
from affect_perception.training.eyes import augment as changes  # noqa: E402
from affect_perception.training.eyes.augment import AugmentConfig, Augmenter  # noqa: E402
from affect_perception.training.eyes.batches import BatchConfig  # noqa: E402
from affect_perception.training.eyes.iris_places import iris_places  # noqa: E402
from affect_perception.training.eyes.loop import TrainConfig, Trainer  # noqa: E402
from affect_perception.training.eyes.network import (  # noqa: E402
    EyeNet,
    FirstLookNet,
    LabelFrames,
    ShutBranch,
)
from affect_perception.training.eyes.run import (  # noqa: E402
    Order,
    convert_to_eight_bits,
    cross_validate,
    train,
)
from affect_perception.training.eyes.shut import ShutConfig  # noqa: E402
from affect_perception.training.eyes.sources import gaze_patches, in_last_block  # noqa: E402
from affect_perception.training.learner import LoopConfig  # noqa: E402
from affect_perception.training.onnx_int8 import outputs_of  # noqa: E402

pytestmark = pytest.mark.train

SUBJECTS, TARGETS = ("s00", "s01"), 48
MILD = AugmentConfig(
    rotation_deg=3.0, shift=0.5, narrower=-0.02, wider=0.02, lower=-0.02, higher=0.02, lids=0.05,
    light_iris=0.0, dark_sclera=0.0, gradient=5.0, coarse=0.0, blurred=0.0, noise=3.0, glint=0.0,
    veil=0.0, covered=0.0,
)  # fmt: skip
QUICK = TrainConfig(
    steps=80,
    widths=(8, 12, 16, 16),
    augment=MILD,
    batch=BatchConfig(gaze=32, closed=4, open=4, others=0, ruined=4),
    averaging=0.9,
)
QUICK_BRANCH = ShutConfig(
    steps=50,
    widths=(12, 16),
    augment=MILD,
    batch=BatchConfig(gaze=4, closed=12, open=12, others=0, ruined=0),
    loop=LoopConfig(optimiser="adamw", rate=3e-3, averaging=0.9, bfloat16=False),
)


def targets():
    rng = np.random.default_rng(5)
    return rng.uniform((-18.0, -12.0), (18.0, 12.0), (TARGETS, 2))


def eye(yaw_deg, pitch_deg, rng, opening=14.0):
    """A drawn eye whose owner looks to the own right by yaw (to the picture's left) and up."""
    x = 29.5 - 16.6 * math.sin(math.radians(yaw_deg))
    y = 18.0 - 12.0 * math.sin(math.radians(pitch_deg))
    image = np.full((36, 60), 120.0, np.float32)
    cv2.ellipse(image, (30, 18), (22, max(1, round(opening / 2))), 0, 0, 360, 230, -1)
    if opening > 2.0:
        cv2.circle(image, (round(x * 16), round(y * 16)), 8 * 16, 20, -1, cv2.LINE_AA, 4)
    return np.clip(image + rng.normal(0, 4, image.shape), 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("data")
    sheets = root / "ut_multiview_eyes" / "sheets"
    sheets.mkdir(parents=True)
    rng = np.random.default_rng(1)
    rows = [f"{i},{yaw},{pitch}" for i, (yaw, pitch) in enumerate(targets())]
    (sheets.parent / "targets.csv").write_text("\n".join(["tile,yaw_deg,pitch_deg", *rows]) + "\n")
    for subject in SUBJECTS:
        for side in ("left", "right"):
            for camera, seen_from in ((0, (0.0, 0.0)), (1, (5.0, 4.0))):
                tiles = [eye(*(t + seen_from), rng) for t in targets()]
                bands = [np.hstack(tiles[i : i + 16]) for i in range(0, TARGETS, 16)]
                cv2.imwrite(str(sheets / f"{subject}_{side}_cam{camera}.png"), np.vstack(bands))
    for name, opening in (("open", 14.0), ("closed", 1.0)):
        (root / "eyes_open_closed" / name).mkdir(parents=True)
        for number in range(20):
            crop = cv2.resize(eye(*rng.uniform(-9, 9, 2), rng, opening), (120, 72))
            path = root / "eyes_open_closed" / name / f"{number:04d}.jpg"
            cv2.imwrite(str(path), cv2.copyMakeBorder(crop, 28, 20, 0, 0, cv2.BORDER_REPLICATE))
    return root


def order(data, out, **changed):
    values = {
        "data": data, "out": out, "subjects_out": (), "max_minutes": math.inf, "resume": False,
        "config": QUICK, "branch": QUICK_BRANCH,
    }  # fmt: skip
    return Order(**{**values, **changed})


@pytest.fixture(scope="module")
def trained(data_folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("out")
    lines = []
    report = train(order(data_folder, out, subjects_out=("s01",)), lines.append)
    return out, report, lines


def test_learns_gaze_and_states_of_people_it_has_not_seen(trained):
    _, report, lines = trained
    figures = report["figures"]
    assert report["subjects"] == ["s00"]
    assert figures["left_out"]["corr_yaw"] > 0.9
    assert figures["left_out"]["corr_pitch"] > 0.8
    assert figures["left_out"]["mean_angular_error_deg"] < 6.0
    assert figures["left_out"]["mean_angular_error_uncalibrated_deg"] < 8.0
    assert figures["crops_closed_recall"] == 1.0
    assert figures["crops_open_recall"] == 1.0
    assert "cew_closed_faces" in report["missing_sets"]
    assert any("trained without" in line for line in lines)


def test_the_exported_file_reads_like_torch(trained, data_folder):
    import onnxruntime

    out, _, _ = trained
    session = onnxruntime.InferenceSession(str(out / "eye_network.onnx"))
    network, _ = stored_parts(out)

    class Run:
        name = "exported"

        def run(self, patches):
            return session.run(None, {"patch": patches})

    rng = np.random.default_rng(2)
    patches = np.stack([cv2.equalizeHist(eye(*t, rng)) for t in targets()[:7]])
    found = EyeNetwork(Run()).outputs(patches)
    with torch.no_grad():
        wanted = network.eval()(torch.from_numpy(patches)[:, None])[:3]
    for a, b in zip(found, wanted, strict=True):
        assert np.abs(a - b.numpy()).max() < 1e-4
    frames = read_frames(out / "eye_network_frames.json")
    assert sorted(frames.turns) == [0, 1, 2, 3]
    assert frames.subjects == ("s00",)


def test_the_eight_bit_file_reads_nearly_the_same_and_can_be_written_again(
    trained, data_folder, tmp_path
):
    out, report, _ = trained
    assert "eight_bit" not in report  # asked for apart: none is shipped
    small = tmp_path / "eye_network_int8.onnx"
    said = convert_to_eight_bits(order(data_folder, tmp_path), out / "eye_network.onnx", print)
    assert "gaze" in said
    first = small.read_bytes()
    assert (
        convert_to_eight_bits(
            order(data_folder, tmp_path), out / small.name.replace("_int8", ""), print
        )
        == said
    )
    assert small.read_bytes() == first
    rng = np.random.default_rng(3)
    patches = np.stack([cv2.equalizeHist(eye(*t, rng)) for t in targets()[:7]])[:, None]
    before, after = (
        outputs_of(path, {"patch": patches}) for path in (out / "eye_network.onnx", small)
    )
    assert 0.0 < np.abs(after[0] - before[0])[:, :2].max() < 0.1


def stored_parts(out):
    base, branch = EyeNet(QUICK.widths), ShutBranch(QUICK.widths[1], QUICK_BRANCH.widths)
    for part, name in ((base, "checkpoint.pt"), (branch, "branch_checkpoint.pt")):
        part.load_state_dict(torch.load(out / name, weights_only=True)["averaged"])
    return base, branch


def test_the_first_look_reads_shut_eyes_like_torch_from_the_same_early_blocks(trained):
    import onnxruntime

    out, report, _ = trained
    base, branch = stored_parts(out)
    rng = np.random.default_rng(2)
    drawn = [eye(*t, rng, opening) for t in targets()[:7] for opening in (14.0, 1.0)]
    patches = np.stack([cv2.equalizeHist(p) for p in drawn])[:, None]
    session = onnxruntime.InferenceSession(str(out / "eye_first_look.onnx"))
    (found,) = session.run(None, {"patch": patches})
    with torch.no_grad():
        network = FirstLookNet(base, branch).eval()
        wanted = network(torch.from_numpy(patches)).numpy()
        whole = branch(base.early(torch.from_numpy(patches)))[0].numpy()
    assert np.abs(found - wanted).max() < 1e-4
    # The second view counts as much as the first and differs from it.
    assert np.abs(wanted - whole).max() > 1e-3
    assert report["figures"]["first_look_crops_closed_recall"] == 1.0
    assert report["figures"]["first_look_crops_open_recall"] == 1.0
    assert sum(p.numel() for p in FirstLookNet(EyeNet(), ShutBranch(32)).parameters()) < 250_000


def test_a_finished_training_is_not_repeated(trained, data_folder):
    out, report, _ = trained
    files = [out / "eye_network.onnx", out / "eye_first_look.onnx"]
    before = [path.read_bytes() for path in files]
    lines = []
    again = train(order(data_folder, out, subjects_out=("s01",), resume=True), lines.append)
    assert again == report
    assert [path.read_bytes() for path in files] == before
    assert sum("going on from step" in line for line in lines) == 2
    assert not any(line.startswith("step") for line in lines)


def trainer(data_folder, config):
    from affect_perception.evaluation.datasets.ut_multiview import read_ut_multiview
    from affect_perception.training.eyes.sources import crop_patches

    gaze = gaze_patches(read_ut_multiview(data_folder / "ut_multiview_eyes"))
    states, _ = crop_patches(data_folder / "eyes_open_closed")
    return Trainer(gaze, states, 4, 2, config)


def test_an_interrupted_training_goes_on_to_the_same_weights(data_folder, tmp_path):
    torch.set_num_threads(1)
    config = replace(QUICK, steps=12)
    whole = trainer(data_folder, config)
    assert whole.run()
    first = trainer(data_folder, config)
    assert not first.run(stop_after=5, checkpoint=tmp_path / "c.pt")
    second = trainer(data_folder, config)
    second.load(tmp_path / "c.pt")
    assert second.run()
    for name, value in whole.averaged.state_dict().items():
        assert torch.equal(value, second.averaged.state_dict()[name]), name
    third = trainer(data_folder, replace(config, rate=1e-3))
    with pytest.raises(InputError, match="another recipe"):
        third.load(tmp_path / "c.pt")


def test_the_time_limit_ends_the_schedule(data_folder):
    limited = trainer(data_folder, replace(QUICK, steps=100_000))
    assert limited.run(max_minutes=0.02)
    assert 0 < limited.step < 5000


def test_cross_validation_leaves_each_person_out_once_and_resumes(data_folder, tmp_path):
    config = replace(QUICK, steps=6)
    report = cross_validate(order(data_folder, tmp_path, config=config), lambda _: None)
    assert list(report["subjects"]) == ["s00", "s01"]
    stored = json.loads((tmp_path / "eye_network_cross_validation.json").read_text())
    assert stored["mean"] == report["mean"]
    lines = []
    again = cross_validate(order(data_folder, tmp_path, config=config, resume=True), lines.append)
    assert again == report
    assert not any("step" in line for line in lines)


def test_unknown_subjects_are_refused(data_folder, tmp_path):
    with pytest.raises(InputError, match="no s77"):
        train(order(data_folder, tmp_path, subjects_out=("s77",)), lambda _: None)


def test_the_label_moves_with_the_picture():
    """A dark disc is moved; its place says where the gaze must be."""
    config = replace(MILD, rotation_deg=20.0, shift=3.0, wider=0.2, higher=0.3, noise=0.0)
    patches = np.full((64, 36, 60), 220, np.uint8)
    start = np.array([37.0, 14.0])
    for patch in patches:
        cv2.circle(patch, (37, 14), 4, 0, -1)
    iris = torch.tensor(np.tile(start, (64, 1)), dtype=torch.float32)
    changed, warp = Augmenter(replace(config, gradient=0.0), 3)(
        torch.from_numpy(patches), iris, torch.zeros(64)
    )
    moved = warp.points(iris[:, None])[:, 0].numpy()
    for picture, place in zip(changed[:, 0].numpy(), moved, strict=True):
        y, x = np.nonzero(picture < 60)
        assert np.hypot(x.mean() - place[0], y.mean() - place[1]) < 0.8
    # The gaze turns like the offset of that disc from the middle, without the shift.
    vector = torch.tensor([[0.3, 0.2, math.sqrt(1 - 0.13)]]).repeat(64, 1)
    turned = warp.gaze(vector)
    offset = torch.tensor([[[0.3, -0.2]]]) * 20.0
    line = replace_line(warp)
    expected = (line.points(offset + torch.tensor(changes.MIDDLE)) - line.shift[:, None])[:, 0]
    expected = (expected - torch.tensor(changes.MIDDLE)) / 20.0
    ratio = turned[:, :2] / (expected * torch.tensor([1.0, -1.0]))
    assert torch.allclose(ratio[:, 0], ratio[:, 1], atol=1e-4)


def replace_line(warp):
    """The same warp without the stretching of the lids, which does not concern the gaze."""
    return type(warp)(warp.roll, warp.stretch, warp.shift, warp.line, torch.ones_like(warp.lids))


def test_equalises_as_opencv_does():
    rng = np.random.default_rng(4)
    patches = rng.normal(90, 25, (5, 36, 60)).clip(0, 255).astype(np.uint8)
    found = changes.equalised(torch.from_numpy(patches)[:, None].float())[:, 0].numpy()
    for patch, result in zip(patches, found, strict=True):
        assert np.abs(cv2.equalizeHist(patch).astype(float) - result).max() <= 1.0


def test_finds_the_path_of_the_iris_below_a_dark_brow():
    rng = np.random.default_rng(6)
    patches = np.stack([eye(*t, rng) for t in targets()])
    patches[:, 1:6, 5:50] = 10
    gaze = np.radians(targets() * [-1.0, 1.0])
    places = iris_places(patches, gaze, np.zeros(TARGETS, np.int64))
    wanted = np.stack([29.5 + 16.6 * np.sin(gaze[:, 0]), 18.0 - 12.0 * np.sin(gaze[:, 1])], axis=1)
    assert np.abs(places - wanted).mean() < 1.0


def test_label_frames_start_as_nothing_and_stay_rotations():
    frames = LabelFrames(2, 1)
    gaze = torch.tensor([[0.2, -0.1]])
    zero = torch.zeros(1, dtype=torch.long)
    x, y, _ = frames(gaze, zero, zero)[0].tolist()
    assert (x, y) == pytest.approx((math.cos(-0.1) * math.sin(0.2), math.sin(-0.1)))
    with torch.no_grad():
        frames.turns += 0.5
    turn = frames.rotations()[0]
    assert torch.allclose(turn @ turn.T, torch.eye(3), atol=1e-5)


def test_a_label_keeps_its_digits_where_the_network_learns_in_bfloat16():
    frames = LabelFrames(2, 1)
    gaze, zero = torch.tensor([[0.2, -0.1]]), torch.zeros(1, dtype=torch.long)
    with torch.no_grad():
        frames.turns += 0.5
    exact = frames(gaze, zero, zero)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(frames(gaze, zero, zero), exact)


def test_the_last_block_keeps_pictures_together():
    names = [f"closed_{i:04d}_{face}" for i in range(10) for face in (1, 2)]
    out = in_last_block(names)
    assert [n for n, o in zip(names, out, strict=True) if o] == names[-4:]
