"""Covers registry, JSON, scorecard page and the command's errors with made-up evaluations.

Leaves the real evaluations to test/data/test_scorecard.py.
"""

from __future__ import annotations

import json
import math
import pickle
from concurrent.futures import Future
from pathlib import Path
from types import MappingProxyType

import pytest

from affect_perception.cli.main import main
from affect_perception.core.errors import InputError
from affect_perception.evaluation import scorecard, scorecard_jobs
from affect_perception.evaluation.registry import TASKS, task_named
from affect_perception.evaluation.result import Evaluation
from affect_perception.evaluation.scorecard_jobs import run_jobs
from affect_perception.evaluation.tools import Request, Task, Tools

pytestmark = pytest.mark.unit


def evaluation(
    task: str = "head_pose", data: str = "vision/pointing04", **metrics: float
) -> Evaluation:
    """An evaluation with these metrics."""
    return Evaluation(
        task=task,
        data=data,
        split="all",
        n=3,
        subjects=2,
        metrics=metrics or {"mae_deg_yaw": 5.25},
        baselines={"pnp_6_points": {"mae_deg_yaw": 11.0}},
        model="net",
        command=f"affect-perception evaluate {task}",
        notes=["A note."],
        rows=[{"file": "a", "x": 1}, {"file": "b", "y": 2}],
    )


def test_json_has_the_fixed_keys_and_null_for_unknown() -> None:
    content = json.loads(evaluation(a=math.nan, b=1.0).to_json())
    assert list(content) == [
        "task", "data", "split", "n", "subjects", "metrics", "baselines", "model", "command",
    ]  # fmt: skip
    assert content["metrics"] == {"a": None, "b": 1.0}
    assert content["subjects"] == 2


def test_rows_become_csv_with_all_columns(tmp_path: Path) -> None:
    evaluation().write_rows(tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_text().split() == ["file,x,y", "a,1,", "b,,2"]


def test_page_shows_value_target_and_baseline() -> None:
    page = scorecard.page([evaluation()])
    line = next(p for p in page.splitlines() if "yaw within" in p)
    assert "| 5.25 |" in line
    assert "11 (pnp 6 points)" in line
    assert "- A note." in page
    assert "2 persons" in page
    assert scorecard.page([evaluation()]) == page, "same bytes again"


def test_page_of_clips_has_a_line_per_clip_and_the_worst_required() -> None:
    metrics = {"tracked_share": 0.97, "tracked_share_worst": 0.9}
    for name, share in (("yawdd_01_man", 0.995), ("intel_woman", 0.9)):
        metrics |= {f"tracked_share_{name}": share, f"frames_{name}": 100.0}
    metrics["delay_s_no_face_intel_woman"] = 0.2
    page = scorecard.page([evaluation("videos", "vision/videos", **metrics)])
    assert "| yawdd_01_man * | 100 | 0.995 |" in page
    assert "delay_s_no_face 0.200" in page
    assert "wanted: 0.995." in page


def test_page_of_groups_has_a_line_per_group_with_intervals() -> None:
    metrics = {"detection": 0.99, "worst_group_gap_detection": 0.02, "n": 50.0}
    for name, rate in (("gender_male", 1.0), ("age_61+", 0.98)):
        metrics |= {f"n_{name}": 25.0, f"detection_{name}": rate}
        metrics |= {f"detection_ci95_low_{name}": 0.9, f"detection_ci95_high_{name}": 0.999}
    page = scorecard.page([evaluation("fairness", "vision/utkface_adults", **metrics)])
    assert "| gender male | 25 | 1.00 (0.900 to 0.999) |" in page
    assert "| age 61+ | 25 | 0.980 (0.900 to 0.999) |" in page
    assert "| worst_group_gap_detection | 0.0200 |" in page
    assert "detection_gender_male" not in page


def test_every_summary_line_names_a_task_and_its_folder() -> None:
    for line in scorecard.SUMMARY:
        folders = TASKS[line.task].folders or (scorecard.BUILT_IN,)
        assert line.data in folders, line


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.nan, "-"), (math.inf, "never"), (536.0, "536"), (0.99512, "0.995"), (5.254, "5.25"),
     (12.34, "12.3"), (1.0, "1.00"), (-0.5, "-0.500"), (0.0457, "0.0457"), (0.0, "0")],
)  # fmt: skip
def test_numbers_as_text(value: float, text: str) -> None:
    assert scorecard.text_of(value) == text


def test_unknown_task_names_the_nearest() -> None:
    with pytest.raises(InputError, match=r"did you mean 'head_pose'.*landmarks"):
        task_named("headpose")


def test_a_root_without_any_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="vision/pointing04"):
        scorecard.write_scorecard(tmp_path, tmp_path / "s.md", Tools(), lambda line: None)
    with pytest.raises(InputError, match="no such folder"):
        scorecard.write_scorecard(tmp_path / "no", tmp_path / "s.md", Tools(), lambda line: None)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["headpose", "--data", "x"], "did you mean 'head_pose'"),
        (["head_pose", "--data", "/nowhere/at/all"], "no such folder: /nowhere/at/all"),
        (["head_pose"], "needs --data DIR"),
        (["head_pose", "--data", "x", "--out", "y"], "--out belongs to"),
        (["scorecard", "--data", "x", "--split", "y"], "takes only --data, --out, --jobs"),
        (["scorecard", "--data", "x", "--jobs", "0"], "--jobs must be at least 1"),
        (["head_pose", "--data", "x", "--jobs", "2"], "--jobs belongs to"),
        (["head_pose", "--data", "x", "--resume", "y"], "--resume belongs to"),
        (["synthetic", "--data", "/nowhere"], "no such folder of scenarios"),
    ],
)
def test_command_errors_are_one_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["evaluate", *arguments]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert len(error.strip().splitlines()) == 1


def test_scorecard_without_a_root_says_what_to_set(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AFFECT_DATA", raising=False)
    assert main(["evaluate", "scorecard"]) == 2
    assert "AFFECT_DATA" in capsys.readouterr().err


def test_a_task_without_its_network_is_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(request: Request, tools: Tools) -> Evaluation:
        return request.result("there", n=1, metrics={"accuracy": 1.0}, model="m")

    def never(request: Request, tools: Tools) -> Evaluation:
        raise AssertionError("has no network")

    tasks = (Task("there", "", ("set",), run), Task("lacks", "", ("set",), never, network="none"))
    monkeypatch.setattr(scorecard, "TASKS", {task.name: task for task in tasks})
    (tmp_path / "set").mkdir()
    said: list[str] = []
    done = scorecard.write_scorecard(tmp_path, tmp_path / "s.md", Tools(), said.append)
    assert done == ["there set"]
    assert said == ["lacks is left out: no none is shipped", "there on set"]


def test_what_a_worker_gives_can_be_sent_and_reads_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(request: Request, tools: Tools) -> Evaluation:
        fixed = MappingProxyType({"accuracy": 1.0})
        baselines = MappingProxyType({"simple": fixed})
        return request.result("t", n=1, metrics=fixed, model="m", baselines=baselines, notes=("n",))

    task = Task("t", "", ("set",), run)
    for module in (scorecard_jobs, scorecard):
        monkeypatch.setattr(module, "TASKS", {"t": task})
    sent = scorecard_jobs._in_worker("t", "set", tmp_path, Tools().config, None)
    (here,) = run_jobs([scorecard.Job(task, "set")], tmp_path, Tools(), 1, lambda line: None)
    assert scorecard.page([pickle.loads(pickle.dumps(sent))]) == scorecard.page([here])


def test_a_run_that_was_stopped_goes_on_with_what_was_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []

    def run(request: Request, tools: Tools) -> Evaluation:
        runs.append(request.data.name)
        metrics = {"a": math.nan, "b": math.inf, "c": 1.0 / 3.0}
        return request.result("t", n=1, metrics=metrics, model="m", notes=("n",))

    task = Task("t", "", ("one", "two"), run)
    monkeypatch.setattr(scorecard, "TASKS", {"t": task})
    jobs = [scorecard.Job(task, name) for name in task.folders]
    kept = tmp_path / "kept"
    plain = run_jobs(jobs, tmp_path, Tools(), 1, lambda line: None)
    run_jobs(jobs[:1], tmp_path, Tools(), 1, lambda line: None, kept)
    again = run_jobs(jobs, tmp_path, Tools(), 1, lambda line: None, kept)
    assert runs == ["one", "two", "one", "two"], "the first was kept"
    assert scorecard.page(again) == scorecard.page(plain)
    next(kept.glob("t_one*")).write_text("{}")
    with pytest.raises(InputError, match="holds no kept evaluation"):
        run_jobs(jobs, tmp_path, Tools(), 1, lambda line: None, kept)


def test_the_longest_is_started_first_and_the_order_of_results_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun: list[str] = []

    class Pool:
        def __init__(self, *given: object, **named: object) -> None:
            pass

        def __enter__(self) -> Pool:
            return self

        def __exit__(self, *given: object) -> None:
            pass

        def submit(self, run: object, task: str, *given: object) -> Future[Evaluation]:
            begun.append(task)
            done: Future[Evaluation] = Future()
            done.set_result(evaluation(task))
            return done

    def never(request: Request, tools: Tools) -> Evaluation:
        raise AssertionError("runs in a worker")

    monkeypatch.setattr(scorecard_jobs, "ProcessPoolExecutor", Pool)
    lengths = {"short": 0.0, "long": 4.0, "brief": 0.0, "longest": 9.0}
    tasks = [Task(name, "", ("set",), never, minutes=m) for name, m in lengths.items()]
    jobs = [scorecard.Job(task, "set") for task in tasks]
    results = run_jobs(jobs, tmp_path, Tools(), 2, lambda line: None)
    assert begun == ["longest", "long", "short", "brief"]
    assert [result.task for result in results] == list(lengths)


def test_errors_of_a_worker_are_passed_on(tmp_path: Path) -> None:
    missing = [scorecard.Job(TASKS["drowsiness"], "not/there")]
    with pytest.raises(InputError, match="not/there"):
        run_jobs(missing, tmp_path, Tools(), 2, lambda line: None)
