"""Inputs and outputs of a session in memory of the device, at the same place in every run.

One copy to the device and one back per run, none in between, and what a CUDA graph needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime

from affect_perception.inference.manifest import ModelEntry


class DeviceBuffers:
    """The bound memory of one session with fixed shapes. Errors are ONNX Runtime's."""

    def __init__(self, entry: ModelEntry, session: Any, device: str) -> None:
        """Takes memory.

        Args:
            entry: The network; all its shapes are fixed.
            session: ONNX Runtime's session.
            device: Where, as ONNX Runtime calls it: cuda or cpu.
        """
        self._session = session
        self._binding = session.io_binding()
        make = onnxruntime.OrtValue
        self._inputs = [
            make.ortvalue_from_numpy(np.zeros(spec.shape, spec.dtype), device, 0)
            for spec in entry.inputs
        ]
        self._outputs = [
            make.ortvalue_from_shape_and_type(list(spec.shape), np.float32, device, 0)
            for spec in entry.outputs
        ]
        for spec, value in zip(entry.inputs, self._inputs, strict=True):
            self._binding.bind_ortvalue_input(spec.name, value)
        for output, value in zip(entry.outputs, self._outputs, strict=True):
            self._binding.bind_ortvalue_output(output.name, value)

    def run(self, inputs: Sequence[npt.NDArray[Any]]) -> tuple[npt.NDArray[np.float32], ...]:
        """Copies in, runs, copies out; arrays are checked before."""
        for value, array in zip(self._inputs, inputs, strict=True):
            value.update_inplace(np.ascontiguousarray(array))
        self._session.run_with_iobinding(self._binding)
        # `numpy` of a value on the processor would be its memory, which the next run overwrites.
        return tuple(np.array(value.numpy()) for value in self._outputs)
