"""`affect-perception drills`: sensors fail, nodes are killed, clocks jump, on the real nodes."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from affect_perception.ros.fault_drills import Drill

_OUT = Path("docs/drills.md")
_HOUR_NS = 3_600_000_000_000
_NAMES = ("face_perception", "voice_perception", "physio_perception", "state_fusion")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = subparsers.add_parser(
        "drills",
        help="let sensors and nodes fail, and see what the states say",
        description="Starts the nodes as processes, plays simulated sensors to them, lets one "
        "after the other stop, freeze, come late and send garbage, kills each node, lets clocks "
        "jump, and writes what the states said, how soon, and how soon they were usable again "
        "(about 5 minutes). Needs ROS.",
    )
    parser.add_argument("--out", type=Path, default=_OUT, metavar="FILE")
    parser.add_argument("--json", type=Path, metavar="FILE", help="the same as values")
    parser.add_argument("--log", type=Path, default=Path("out/drills"), metavar="DIR")
    parser.add_argument("--short", action="store_true", help="three drills, writes no page")
    parser.add_argument(
        "--minutes",
        type=float,
        default=0.0,
        metavar="M",
        help="after the drills play healthy sensors for so long, with a drill every minute, and "
        "watch the memory of every node",
    )
    parser.set_defaults(run=run)


class SupervisedNodes:
    """The nodes as processes that come back; a context manager.

    Args:
        log: Folder of their logs.
        arguments: ROS arguments of all of them.
    """

    def __init__(self, log: Path, arguments: list[str]) -> None:
        self._log = log
        self._arguments = arguments
        self._killed = 0
        self.said: list[str] = []

    def __enter__(self) -> SupervisedNodes:
        from affect_perception.cli.supervise import SupervisedNode
        from affect_perception.ros.fastdds import profile_variables

        self._stack = ExitStack()
        self._log.mkdir(parents=True, exist_ok=True)
        environment = {**profile_variables(), **os.environ}
        self.nodes: dict[str, SupervisedNode] = {}
        for name in _NAMES:
            output: IO[bytes] = self._stack.enter_context((self._log / f"{name}.log").open("wb"))
            own = ["-p", "image_transport:=compressed"] if name == "face_perception" else []
            command = [sys.executable, "-m", f"affect_perception.ros.nodes.{name}", "--ros-args"]
            command += [*own, *self._arguments]
            # This process has threads by then, so the kernel is not asked to end the nodes.
            self.nodes[name] = SupervisedNode(command, environment, output, bound=False)
            self.nodes[name].start()
        return self

    def __exit__(self, *_: object) -> None:
        from affect_perception.cli.supervise import end_all

        end_all([n.process for n in self.nodes.values() if n.process is not None])
        self._stack.close()

    def tend(self) -> None:
        """Starts again what has ended."""
        for node in self.nodes.values():
            node.tend(self.said.append)

    def kill(self, name: str) -> None:
        """Kills a node at once."""
        process = self.nodes[name].process
        assert process is not None
        self._killed += 1
        process.kill()

    def crashed(self) -> int:
        """How many have ended that nobody killed."""
        return len(self.said) - self._killed

    def memory(self) -> dict[str, float]:
        """Resident memory of each node, MiB."""
        from affect_perception.evaluation.bench.processes import memory_mib

        return {
            name: memory_mib(node.process.pid).resident
            for name, node in self.nodes.items()
            if node.process is not None and node.ended() is None
        }


def run(args: argparse.Namespace) -> int:
    """Runs the drills, prints and writes the table."""
    from affect_perception.cli.supervise import signals_interrupt

    with signals_interrupt():
        return _run(args)


def _run(args: argparse.Namespace) -> int:
    from affect_perception.ros.fault_drills import WANTED_S, domain_environment

    domain_environment()
    drills: list[Drill] = []
    crashed = 0
    memory: list[tuple[float, dict[str, float]]] = []
    with SupervisedNodes(args.log / "wall", []) as nodes:
        for one in _wall_drills(nodes, short=args.short, minutes=args.minutes, memory=memory):
            _print(one)
            drills.append(one)
        crashed += nodes.crashed()
    if not args.short:
        with SupervisedNodes(args.log / "sim", ["-p", "use_sim_time:=true"]) as nodes:
            for one in _simulated_drills(nodes):
                _print(one)
                drills.append(one)
            crashed += nodes.crashed()
    late = [d.name for d in drills if d.back_s is None]
    print(f"{len(drills)} drills, {len(late)} without return, {crashed} crashes")
    if args.json:
        content = {
            "drills": [d.plain() for d in drills],
            "crashes": crashed,
            "wanted_s": WANTED_S,
            "memory_mib": [{"minute": round(m, 2), **values} for m, values in memory],
        }
        args.json.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    if not args.short:
        _write_page(args.out, drills, crashed, memory)
        print(f"{args.out} written")
    return 1 if late or crashed else 0


def _wall_drills(
    nodes: SupervisedNodes,
    *,
    short: bool,
    minutes: float,
    memory: list[tuple[float, dict[str, float]]],
) -> Iterator[Drill]:
    from affect_perception.ros.drill_sensors import Fault
    from affect_perception.ros.fault_drills import NODES, DrillRoom

    with DrillRoom(nodes) as room:
        if short:
            yield room.sensor_drill("voice", Fault.STOPS, 2.0)
            yield room.sensor_drill("face", Fault.GARBAGE, 2.5)
            yield room.kill_drill("fusion")
            return
        for word in NODES:
            for fault in (Fault.STOPS, Fault.FREEZES, Fault.LATE, Fault.GARBAGE):
                yield room.sensor_drill(word, fault, 4.0)
        for word in (*NODES, "fusion"):
            yield room.kill_drill(word)
        cabin, words = room.cabin, list(NODES)
        yield room.drill(
            "all stamps jump an hour ahead", words, lambda: cabin.jump(_HOUR_NS), _nothing, 0.2
        )
        yield room.drill("all stamps jump back", words, lambda: cabin.jump(0), _nothing, 0.2)
        for number in range(round(minutes)):
            room.spin(50.0)
            memory.append((number + 1.0, nodes.memory()))
            word = words[number % len(words)]
            room.sensor_drill(word, (Fault.STOPS, Fault.GARBAGE)[number // 3 % 2], 3.0)


def _simulated_drills(nodes: SupervisedNodes) -> Iterator[Drill]:
    from affect_perception.ros.fault_drills import NODES, DrillRoom

    with DrillRoom(nodes, simulated=True) as room:
        words = list(NODES)

        def stop() -> None:
            room.clock_runs = False

        def go() -> None:
            room.clock_runs = True

        yield room.drill("simulated time runs", words, _nothing, _nothing, 1.0)
        yield room.drill("simulated time stands still", words, stop, go, 4.0)
        back = room.now_ns() - 10_000_000_000
        yield room.drill(
            "simulated time jumps back", words, lambda: room.set_clock(back), _nothing, 0.2
        )


def _nothing() -> None:
    """Nothing has to be undone."""


def _print(one: Drill) -> None:
    told = "nothing told" if one.told_s is None else f"told after {one.told_s:.1f} s"
    back = "NOT BACK" if one.back_s is None else f"back after {one.back_s:.1f} s"
    print(f"{one.name:40s} {told:20s} {back:20s} {'; '.join(one.said)}", flush=True)


def _write_page(
    page: Path,
    drills: list[Drill],
    crashed: int,
    memory: Sequence[tuple[float, Mapping[str, float]]],
) -> None:
    from affect_perception.evaluation.bench.processes import load_in_words, machine_in_words
    from affect_perception.ros.fault_drills import WANTED_S, drill_rows

    minutes = f" --minutes {len(memory)}" if memory else ""
    lines = [
        "# Fault drills",
        "",
        f"    affect-perception drills{minutes}",
        "",
        f"{machine_in_words()}. {load_in_words()}",
        "",
        "Four nodes as processes, watched by one subscriber that also plays the sensors (synthetic "
        "driver, 10 pictures/s). Told: from the fault to the first new reason or unusable state, "
        "of the node or of the modality in the affect state. Back: from the sensor's return (of a "
        "killed node from its end, with the wait before it is started again) to usable states "
        f"of both; wanted for sensors: at most {WANTED_S:g} s. Before a fault of the body sensors "
        "they are well for ten seconds: a heart rate needs three beats of the last 8.6 s, so "
        "after a second fault within them it takes 3 to 4 s. Gap: longest time without an "
        f"affect state. Nodes that ended by themselves: {crashed}.",
        "",
        "| drill | told after | said | back after | gap |",
        "|---|---|---|---|---|",
        *drill_rows(drills),
    ]
    if memory:
        names = list(memory[0][1])
        lines += [
            "",
            "## Memory",
            "",
            "A fault every minute, resident memory in MiB.",
            "",
            f"| minute | {' | '.join(names)} |",
            "|---" * (len(names) + 1) + "|",
            *(
                "| ".join([f"| {minute:.0f} ", *(f"{values[n]:.1f} " for n in names)]) + "|"
                for minute, values in memory
                if len(values) == len(names)
            ),
        ]
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
