"""Runs the entry of an executable in this process, for what needs no process of its own."""

from __future__ import annotations

import gc
import importlib
import signal
from typing import Any


def run_here(name: str, *ros_args: str, capfd: Any) -> tuple[int, str]:
    """Runs a node with `--ros-args` until it ends by itself; its exit code and what it logged.

    Args:
        name: Of the node.
        ros_args: What follows `--ros-args`.
        capfd: The fixture; rcutils writes the log past Python.
    """
    module = importlib.import_module(f"affect_perception.ros.nodes.{name}")
    handlers = {one: signal.getsignal(one) for one in (signal.SIGINT, signal.SIGTERM)}
    capfd.readouterr()
    gc.freeze()
    try:
        code = module.main(["--ros-args", *ros_args])
    finally:
        for one, handler in handlers.items():
            signal.signal(one, handler)
        # As in `node_harness`: its services would be found by the next test that calls such a node.
        gc.collect()
        gc.unfreeze()
    said = capfd.readouterr()
    return code, said.out + said.err
