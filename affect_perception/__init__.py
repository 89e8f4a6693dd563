"""What a driver attends to, and how the driver is: from camera, microphone and body sensors."""

from __future__ import annotations

from pkgutil import extend_path

# The message module (affect_perception.msg) is generated and installed apart from this source
# tree. Joining every folder of this name on sys.path makes both importable from a checkout.
__path__ = extend_path(__path__, __name__)

__version__ = "0.1.0"
