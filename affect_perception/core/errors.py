"""The named errors of the package.

Every error a user can cause carries what was expected, what was found, and where. An error is
handled exactly once: raised where it is noticed, turned into a diagnostic, a log line or an exit
code at the edge (node, command), and nowhere swallowed in between.
"""

from __future__ import annotations


class AffectPerceptionError(Exception):
    """Base of all errors that this package raises on purpose."""


class ConfigError(AffectPerceptionError):
    """A parameter, scenario or cabin file is unknown, of the wrong type, or out of range."""


class InputError(AffectPerceptionError):
    """A sensor message or a recording cannot be used (encoding, size, stamp, truncated data)."""


class ModelError(AffectPerceptionError):
    """A model cannot be used."""


class ModelMissingError(ModelError):
    """The model file is not in the cache; the message names the command that prepares it."""


class ModelAlteredError(ModelError):
    """The model file differs from what the manifest says."""


class ModelContractError(ModelError):
    """The model's inputs or outputs, or data given to it, do not fit the manifest."""


class ProviderUnavailableError(ModelError):
    """The asked execution provider (cuda, tensorrt, ...) is not available on this machine."""
