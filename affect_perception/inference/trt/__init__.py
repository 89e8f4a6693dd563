"""TensorRT without ONNX Runtime: engines are built, kept and run here.

Written against the documented Python API of TensorRT 10; `api` says what 8.6 and 11 need. It has
not run on hardware (docs/gpu.md): the tests use a double of that API.
"""
