"""Compares the message definitions that a recording carries with the standard ones.

A recording says itself how its messages are to be read. Where that text is damaged, messages come
out without their fields, or with other values in them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from affect_perception.core.errors import InputError

if TYPE_CHECKING:
    from rosbags.typesys.store import Typestore


def check_definitions(found: Typestore, standard: Typestore, types: Iterable[str]) -> None:
    """Checks types and all types within them, field by field.

    Args:
        found: Definitions of the recording.
        standard: The ones that this package was written for; Humble's, which have not changed up
            to Kilted for the types that are read here.
        types: Names of the types that will be read.

    Raises:
        InputError: If one differs from the standard.
    """
    pending, seen = list(types), set[str]()
    while pending:
        name = pending.pop()
        if name in seen or name not in standard.fielddefs:
            continue
        seen.add(name)
        fields = standard.fielddefs[name][1]
        if name not in found.fielddefs or found.fielddefs[name][1] != fields:
            raise InputError(f"the recording's definition of {name} is not the standard one")
        pending += [part for _, kind in fields for part in _names(kind)]


def _names(kind: object) -> list[str]:
    """All strings within a nested description of a field: names of types are among them."""
    if isinstance(kind, str):
        return [kind]
    return [name for part in kind for name in _names(part)] if isinstance(kind, tuple) else []
