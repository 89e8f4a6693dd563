"""Affect states <-> messages of this package, as `convert` does for the face."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from affect_perception.core.enums import (
    Availability,
    FusionReason,
    Modality,
    ModalityReason,
    TriState,
)
from affect_perception.core.errors import InputError
from affect_perception.core.types import AffectState, DriverContext, ModalityState
from affect_perception.io.affect_fields import PLAIN_AFFECT, PLAIN_MODALITY, affect_fields
from affect_perception.ros.convert import fill
from affect_perception.ros.stamps import stamp_to_ns

M = TypeVar("M")


def affect_to_message(
    message: M, modality: Callable[[], Any], state: AffectState, latency: float
) -> M:
    """Fills an `AffectState` message.

    Args:
        message: The message.
        modality: Makes an empty `ModalityState` message.
        state: The state.
        latency: Seconds, or NaN.
    """
    fields = affect_fields(state, latency)
    parts = [fill(modality(), part) for part in fields.pop("modalities")]
    fill(message, fields)
    message.modalities = parts  # type: ignore[attr-defined]
    return message


def affect_from_message(message: Any) -> AffectState:
    """Reads an `AffectState` message.

    Raises:
        InputError: If a word is not one of the documented ones, or a value is out of range.
    """
    try:
        reasons = tuple(FusionReason(word) for word in message.degradation_reasons)
        disagreeing = tuple(Modality[word.upper()] for word in message.disagreeing)
        modalities = tuple(_modality(part) for part in message.modalities)
    except (KeyError, ValueError) as error:
        raise InputError(f"AffectState: {error}") from error
    return AffectState(
        stamp_ns=stamp_to_ns(message.header.stamp),
        availability=Availability(message.availability),
        modalities=modalities,
        degradation_reasons=reasons,
        probabilities=tuple(float(share) for share in message.class_probabilities),
        entropy=message.class_entropy,
        disagreeing=disagreeing,
        talking=TriState(message.talking),
        **{name: getattr(message, name) for name in PLAIN_AFFECT},
    )


def context_from_message(message: Any) -> DriverContext:
    """Reads what the attention monitor takes of an `AffectState` message, and no more.

    Raises:
        InputError: If a value is out of range.
    """
    try:
        talking = TriState(message.talking)
    except ValueError as error:
        raise InputError(f"AffectState: {error}") from error
    return DriverContext(
        stamp_to_ns(message.header.stamp), talking, message.cognitive_load, message.stress
    )


def _modality(message: Any) -> ModalityState:
    return ModalityState(
        modality=Modality(message.modality),
        availability=Availability(message.availability),
        reasons=tuple(ModalityReason(word) for word in message.reasons),
        **{name: getattr(message, name) for name in PLAIN_MODALITY},
    )
