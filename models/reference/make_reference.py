"""Writes the reference outputs of the face networks with MediaPipe's own interpreter.

Needed only when a network, a generated picture or the stored rows change. MediaPipe does not run
beside the package's other dependencies, so this goes into an environment of its own (Python 3.11
or 3.12, x86_64), from the root of the repository:

    python3 -m venv /tmp/reference
    /tmp/reference/bin/pip install --no-deps mediapipe==0.10.21
    /tmp/reference/bin/pip install numpy scipy onnxruntime pyyaml opencv-python-headless \
        'protobuf==4.25.*' absl-py attrs flatbuffers matplotlib sounddevice tflite onnx
    PYTHONPATH=. /tmp/reference/bin/python models/reference/make_reference.py

The .tflite files are those inside the installed MediaPipe, checked against the manifest. The graph
used is image -> tensor (no resizing: the pictures have the network's size) -> inference -> raw
floats, with MediaPipe's custom operators.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from pathlib import Path

import mediapipe
import mediapipe.calculators.core
import mediapipe.calculators.tensor
import numpy as np
from google.protobuf import text_format
from mediapipe.framework import calculator_pb2

from affect_perception.inference.cache import sha256_of
from affect_perception.inference.manifest import ModelEntry, load_manifest
from affect_perception.inference.pictures import PICTURES
from affect_perception.inference.verify import digest_key, key, rows_key

ROW_LIMIT = 300
"""Outputs with more rows are stored thinned out, to keep the files small."""

GRAPH = """
input_stream: "image"
node {{
  calculator: "ImageToTensorCalculator" input_stream: "IMAGE:image" output_stream: "TENSORS:input"
  options {{ [mediapipe.ImageToTensorCalculatorOptions.ext] {{
    output_tensor_width: {size} output_tensor_height: {size} keep_aspect_ratio: false
    output_tensor_float_range {{ min: {low} max: {high} }}
  }} }}
}}
node {{ calculator: "TfLiteCustomOpResolverCalculator" output_side_packet: "OP_RESOLVER:ops" }}
node {{
  calculator: "InferenceCalculator" input_stream: "TENSORS:input" output_stream: "TENSORS:all"
  input_side_packet: "OP_RESOLVER:ops"
  options {{ [mediapipe.InferenceCalculatorOptions.ext] {{
    model_path: "{model}" delegate {{ tflite {{}} }}
  }} }}
}}
node {{
  calculator: "SplitTensorVectorCalculator" input_stream: "all" {splits}
  options {{ [mediapipe.SplitVectorCalculatorOptions.ext] {{ {ranges} }} }}
}}
"""

FLOATS = """
output_stream: "floats{i}"
node {{
  calculator: "TensorsToFloatsCalculator"
  input_stream: "TENSORS:tensor{i}" output_stream: "FLOATS:floats{i}"
}}
"""


def register_options() -> None:
    """Import all option messages, so that the graph's text can name them."""
    for package in (mediapipe.calculators.core, mediapipe.calculators.tensor):
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{package.__name__}.{module.name}")


def run(
    model: Path, entry: ModelEntry, order: Sequence[int], picture: np.ndarray
) -> list[np.ndarray]:
    """Raw outputs for one picture, in the manifest's order and shapes.

    Args:
        model: The .tflite file.
        entry: Its manifest entry.
        order: Position in the file of each output of the manifest.
        picture: RGB bytes of the network's size.
    """
    assert entry.conversion is not None
    count = len(entry.outputs)
    low, high = entry.conversion.picture_range
    text = GRAPH.format(
        size=picture.shape[0],
        low=low,
        high=high,
        model=model,
        splits=" ".join(f'output_stream: "tensor{i}"' for i in range(count)),
        ranges=" ".join(f"ranges {{ begin: {i} end: {i + 1} }}" for i in range(count)),
    ) + "".join(FLOATS.format(i=i) for i in range(count))
    config = text_format.Parse(text, calculator_pb2.CalculatorGraphConfig())
    graph = mediapipe.CalculatorGraph(graph_config=config)
    found: dict[str, np.ndarray] = {}

    def keep(stream: str, packet: object) -> None:
        found[stream] = np.asarray(mediapipe.packet_getter.get_float_list(packet), np.float32)

    for i in range(count):
        graph.observe_output_stream(f"floats{i}", keep)
    graph.start_run()
    image = mediapipe.packet_creator.create_image_frame(
        image_format=mediapipe.ImageFormat.SRGB, data=np.ascontiguousarray(picture)
    )
    graph.add_packet_to_input_stream("image", image.at(0))
    graph.close_all_packet_sources()
    graph.wait_until_done()
    return [
        found[f"floats{position}"].reshape(spec.shape)
        for spec, position in zip(entry.outputs, order, strict=True)
    ]


def output_order(content: bytes, entry: ModelEntry) -> list[int]:
    """Position in the .tflite file of each output of the manifest."""
    from affect_perception.inference.tflite.reader import read_tflite

    graph = read_tflite(content)
    names = [graph.tensors[index].name for index in graph.outputs]
    return [names.index(spec.source or "") for spec in entry.outputs]


def make(entry: ModelEntry, folder: Path) -> None:
    """Write the reference file of one model."""
    assert entry.conversion is not None
    member = Path(entry.conversion.member).relative_to("mediapipe")
    model = Path(mediapipe.__file__).parent / member
    content = model.read_bytes()
    if sha256_of(content) != entry.conversion.sha256:
        raise SystemExit(f"{model} is not the file of the manifest")
    order = output_order(content, entry)
    arrays: dict[str, np.ndarray] = {}
    for spec in entry.outputs:
        if len(spec.shape) > 1 and spec.shape[0] > ROW_LIMIT and spec.shape[1] > 3:
            step = -(-spec.shape[0] // ROW_LIMIT)
            arrays[rows_key(spec.name)] = np.arange(0, spec.shape[0], step)
    for name, draw in PICTURES.items():
        picture = draw(entry.inputs[0].shape[1])
        digest = bytes.fromhex(sha256_of(picture.tobytes()))
        arrays[digest_key(name)] = np.frombuffer(digest, np.uint8)
        for spec, output in zip(entry.outputs, run(model, entry, order, picture), strict=True):
            rows = arrays.get(rows_key(spec.name))
            arrays[key(name, spec.name)] = output if rows is None else output[rows]
    path = folder / f"{entry.name}.npz"
    np.savez_compressed(path, **arrays)
    print(f"{path}: {path.stat().st_size} bytes")


def main() -> None:
    """Write the reference files of all converted models."""
    register_options()
    for entry in load_manifest().models.values():
        if entry.conversion is not None:
            make(entry, Path(__file__).parent)


if __name__ == "__main__":
    main()
