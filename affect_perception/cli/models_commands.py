"""What `affect-perception models` does; `models` has its arguments."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from rich.console import Console

from affect_perception.cli.models import ALTERED, FAILED, MISSING, OK, STORAGE, UNAVAILABLE
from affect_perception.core.config import InferenceConfig, ProviderConfig
from affect_perception.core.errors import (
    AffectPerceptionError,
    ModelAlteredError,
    ModelContractError,
    ModelMissingError,
    ProviderUnavailableError,
)
from affect_perception.inference.backends import find_backends, gpu_in_words
from affect_perception.inference.cache import StorageError, models_folder
from affect_perception.inference.fetch import FetchError
from affect_perception.inference.loader import PREPARE_COMMAND, Builds, load_network
from affect_perception.inference.manifest import Manifest, ModelEntry, load_manifest
from affect_perception.inference.prepare import Preparation, state
from affect_perception.inference.trt.api import EngineBuildError
from affect_perception.inference.verify import verify_model

Command = Callable[[argparse.Namespace], int]

_EXIT_CODES: tuple[tuple[type[AffectPerceptionError], int], ...] = (
    (ModelMissingError, MISSING),
    (FetchError, MISSING),
    (ModelAlteredError, ALTERED),
    (StorageError, STORAGE),
    (ProviderUnavailableError, UNAVAILABLE),
)
_MEGABYTE = 1_000_000


def with_exit_code(command: Command, args: argparse.Namespace) -> int:
    """Run a command; the package's errors become a line on stderr and an exit code."""
    try:
        return command(args)
    except AffectPerceptionError as error:
        print(f"affect-perception: error: {error}", file=sys.stderr)
        for kind, code in _EXIT_CODES:
            if isinstance(error, kind):
                return code
        return FAILED


def _files(entry: ModelEntry) -> list[ModelEntry]:
    """The entry, and that of its 8-bit file if it has one."""
    return [entry] if entry.eight_bit is None else [entry, entry.in_eight_bits()]


def _chosen(manifest: Manifest, args: argparse.Namespace) -> list[ModelEntry]:
    return [manifest.model(name) for name in args.names or manifest.models]


def prepare(args: argparse.Namespace) -> int:
    """Fetch, check and convert what is not there yet."""
    console = Console(stderr=True)
    with console.status("looking at the models") as status:

        def report(message: str) -> None:
            if console.is_terminal:
                status.update(message)
            else:
                console.print(message, soft_wrap=True)

        preparation = Preparation(load_manifest(), args.cache_dir, args.from_dir, report)
        made = preparation.prepare(args.names)
    for name in made:
        console.print(f"prepared {name}", soft_wrap=True)
    if not made:
        console.print("all models are ready", soft_wrap=True)
    return OK


def show(args: argparse.Namespace) -> int:
    """Print one line per file of a model; the exit code says whether all are ready."""
    manifest = load_manifest()
    entries = [file for entry in _chosen(manifest, args) for file in _files(entry)]
    width = max(len(entry.name) for entry in entries)
    states = []
    for entry in entries:
        states.append(state(manifest, entry, args.cache_dir) or "prepared")
        size = f"{entry.size_bytes / _MEGABYTE:.1f} MB"
        print(
            f"{entry.name:{width}}  {states[-1]:8}  {entry.precision:4}  {size:>7}  {entry.licence}"
        )
    print(f"folder: {models_folder(args.cache_dir)}")
    if set(states) != {"prepared"}:
        print(f"run: {PREPARE_COMMAND}")
    if "altered" in states:
        return ALTERED
    return MISSING if "missing" in states else OK


def verify(args: argparse.Namespace) -> int:
    """Print one line per output: the largest difference from the original network."""
    manifest = load_manifest()
    passed = True
    for entry in _chosen(manifest, args):
        print(entry.name)
        if entry.reference is None:
            for file in _files(entry):
                config = InferenceConfig(precision=file.precision)
                load_network(entry.name, config, manifest=manifest, cache_dir=args.cache_dir)
                print(f"  {file.precision}: trained here; the checksum is the manifest's, it loads")
            continue
        for item in verify_model(manifest, entry, args.cache_dir):
            passed = passed and item.passed
            result = "ok" if item.passed else "FAILED"
            print(
                f"  {item.output:12} {result:6} largest difference {item.largest:.1e} {item.unit}"
                f", allowed {item.tolerance:.0e}"
            )
    return OK if passed else FAILED


def build(args: argparse.Namespace) -> int:
    """Build the engines that are missing; one line per model on stdout, progress on stderr."""
    manifest = load_manifest()
    config = ProviderConfig(provider=args.backend, precision=args.precision)
    console = Console(stderr=True)
    failed = False
    with console.status("looking at the models") as status:

        def report(message: str) -> None:
            if console.is_terminal:
                status.update(message)
            else:
                console.print(message, soft_wrap=True)

        for entry in _chosen(manifest, args):
            start = time.monotonic()
            try:
                session = load_network(
                    entry.name,
                    config,
                    manifest=manifest,
                    cache_dir=args.cache_dir,
                    builds=Builds(report=report),
                )
                session.warm_up()  # ONNX Runtime builds its engine in the first run
            except (EngineBuildError, ModelContractError) as error:
                print(f"{entry.name}: FAILED: {error}")
                failed = True
                continue
            took = time.monotonic() - start
            print(f"{entry.name}: ready in {session.precision} on {session.provider}, {took:.1f} s")
            session.close()
    return FAILED if failed else OK


def backends(args: argparse.Namespace) -> int:
    """Print one line per backend: there, or why not."""
    del args
    print(f"GPU: {gpu_in_words()}")
    for backend in find_backends():
        print(f"{backend.name:15}  {backend.detail or 'NOT HERE: ' + backend.reason}")
    return OK
