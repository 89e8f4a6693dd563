"""`affect-perception demo expression`: a page in the browser that judges faces in pictures."""

from __future__ import annotations

import argparse
import signal
import threading

from affect_perception.core.errors import InputError

_CABIN = "webcam"


def run(args: argparse.Namespace) -> int:
    """Serves the page until the user ends it."""
    # First, so that the message about a missing Gradio comes before seconds of loading.
    import gradio  # noqa: F401

    from affect_perception.evaluation.replay.run import Setting
    from affect_perception.hmi.expression_judge import ExpressionJudge
    from affect_perception.hmi.expression_page import expression_page
    from affect_perception.inference import load_face_networks

    if args.port is not None and not 1 <= args.port <= 65535:
        raise InputError(f"--port {args.port} is not 1 to 65535")
    setting = Setting.load(args.params, _CABIN if not args.params else None)
    networks = load_face_networks(setting.pipeline.inference)
    if networks.expression is None:
        raise InputError("the expression network is not there: reinstall this package")
    judge = ExpressionJudge(setting.pipeline, setting.cabin, networks)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: ended.set())
    with expression_page(judge, args.port) as address:
        print(f"open {address} in a browser on this machine; Ctrl-C ends", flush=True)
        try:
            ended.wait()
        except KeyboardInterrupt:
            print()
    return 0
