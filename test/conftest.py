"""What all tiers share: prepared face models, the data folder, an isolated ROS domain.

Tests that cannot run here are skipped with a reason, and the reasons are summed up at the end.
"""

from __future__ import annotations

import collections
import importlib.util
import itertools
import os
import pathlib
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import settings

ROOT = pathlib.Path(__file__).resolve().parent.parent
TIERS = {"unit", "property", "golden", "conformance", "ros", "data", "train"}
ROS_FILES = "test/ros/"
LISTENER_DEADLINE = 60.0
ROS_TESTS = itertools.count()
LEFT_OUT: set[str] = set()  # files of test/ros that were not even read


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden",
        action="store_true",
        help="write the stored results of the golden tests anew instead of comparing",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Keep every ROS node of this run, and of its child processes, to this run and machine.

    Hypothesis fails an example that takes over 0.2 s; how long one takes says more of the load of
    the machine than of the code, so it has no deadline here (a whole test has: `timeout`).
    """
    settings.register_profile("affect_perception", deadline=None)
    settings.load_profile("affect_perception")
    # Domains up to 101 keep clear of the ports that Linux hands out by itself. Workers that run at
    # the same time inherit the first one and begin at the next (only one of them runs ros tests).
    worker = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    first = int(os.environ["ROS_DOMAIN_ID"]) + int(worker) if worker else secrets.randbelow(100)
    os.environ["ROS_DOMAIN_ID"] = str(1 + first % 100)
    os.environ["ROS_AUTOMATIC_DISCOVERY_RANGE"] = "LOCALHOST"
    for name in ("FASTDDS_DEFAULT_PROFILES_FILE", "FASTRTPS_DEFAULT_PROFILES_FILE"):
        os.environ.setdefault(name, str(ROOT / "config" / "fastdds.xml"))


def pytest_report_header() -> str:
    """Name the domain, so that a failing ros test can be repeated or watched from outside."""
    return f"ROS_DOMAIN_ID={os.environ['ROS_DOMAIN_ID']}, each ros test the next one"


def pytest_ignore_collect(collection_path: pathlib.Path) -> bool | None:
    """Leave out test/ros where there is no ROS: its files import rclpy at the top."""
    if ROOT / "test" / "ros" in collection_path.parents and missing_ros():
        LEFT_OUT.add(collection_path.name)
        return True
    return None


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> Iterator[None]:
    """Skip other ros tests where there is no ROS; a test without a tier is an error.

    In several workers the files with nodes come last, whatever the order of the others.
    """
    for item in items:
        if not TIERS & {marker.name for marker in item.iter_markers()}:
            raise pytest.UsageError(f"{item.nodeid} has no tier; add pytestmark to its file")
        if item.get_closest_marker("ros") and (missing := missing_ros()):
            item.add_marker(pytest.mark.skip(reason=missing))
    yield
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: item.nodeid.startswith(ROS_FILES))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With `-n 2`: whole files to whoever is free, then all files with nodes to one worker.

    The tests of a file share what they built. Nodes need the machine to themselves: two files of
    them at a time would make each other late.
    """
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return ROS_FILES if nodeid.startswith(ROS_FILES) else nodeid.split("::")[0]

    config.option.loadscopereorder = False
    return Scheduling(config, log)


def missing_ros() -> str:
    """What the ros tier lacks on this machine; empty if nothing."""
    if importlib.util.find_spec("rclpy") is None:
        return "no rclpy: run in the environment of `make env`, or source ROS"
    if importlib.util.find_spec("affect_perception.msg") is None:
        return "the messages are not built: run `make env`, or colcon build and source it"
    return ""


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A worker reports which files it did not read."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["left_out"] = sorted(LEFT_OUT)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Learn from a worker that ended which files it did not read."""
    LEFT_OUT.update(getattr(node, "workeroutput", {}).get("left_out", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say per tier what was not tested here, and why."""
    reasons: collections.Counter[str] = collections.Counter()
    for report in terminalreporter.stats.get("skipped", []):
        tiers = sorted(TIERS & set(getattr(report, "keywords", ())))
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        reasons[f"{'/'.join(tiers) or 'file'}: {str(reason).removeprefix('Skipped: ')}"] += 1
    reasons.update(f"ros: {name}: {missing_ros()}" for name in LEFT_OUT)
    if reasons:
        terminalreporter.section("not tested here")
        for reason, count in sorted(reasons.items()):
            terminalreporter.line(f"{count:4d} x {reason}")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden tests shall write their stored results anew."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def data_root() -> pathlib.Path:
    """The folder with real data: $AFFECT_DATA, else shared/data beside the checkout."""
    root = pathlib.Path(os.environ.get("AFFECT_DATA", ROOT / ".." / "shared" / "data")).resolve()
    if not root.is_dir():
        pytest.skip("no data folder; set AFFECT_DATA")
    return root


@pytest.fixture(scope="session")
def face_models() -> pathlib.Path:
    """The folder of the prepared face models.

    `make test` prepares them and sets AFFECT_REQUIRE_MODELS, so that a failure to prepare them
    shows as failed tests there and as skipped ones when pytest is called by itself.
    """
    from affect_perception.core.errors import ModelError
    from affect_perception.inference import load_face_networks, models_folder

    try:
        load_face_networks()
    except ModelError as error:
        if os.environ.get("AFFECT_REQUIRE_MODELS") == "1":
            pytest.fail(f"face models are not prepared: {error}", pytrace=False)
        pytest.skip(f"face models are not prepared (affect-perception models prepare): {error}")
    return models_folder()


@pytest.fixture(autouse=True)
def own_domain(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives each ros test a domain of its own.

    A node that an earlier test left in this process until Python collects it still offers its
    services there, and whoever calls a node of that name waits for an answer that never comes.
    """
    if request.node.get_closest_marker("ros") is not None:
        domain = 1 + (int(os.environ["ROS_DOMAIN_ID"]) + next(ROS_TESTS)) % 100
        monkeypatch.setenv("ROS_DOMAIN_ID", str(domain))


@pytest.fixture
def ros_context() -> Iterator[object]:
    """An initialised rclpy context of its own, shut down at the end."""
    import rclpy

    context = rclpy.Context()
    rclpy.init(context=context)
    yield context
    rclpy.try_shutdown(context=context)


@pytest.fixture
def listener(ros_context: Any) -> Iterator[Any]:
    """A node beside the processes under test; `spin_until` waits for a condition."""
    import rclpy
    from rclpy.executors import SingleThreadedExecutor

    node = rclpy.create_node("listener", context=ros_context)
    executor = SingleThreadedExecutor(context=ros_context)
    executor.add_node(node)

    def spin_until(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + LISTENER_DEADLINE
        while not condition():
            assert time.monotonic() < end, f"did not happen within {LISTENER_DEADLINE} s"
            executor.spin_once(timeout_sec=0.02)

    node.spin_until = spin_until
    yield node
    executor.shutdown()
    node.destroy_node()
