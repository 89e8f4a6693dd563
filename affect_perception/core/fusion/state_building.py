"""Puts an affect state together from what is known at one instant."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from affect_perception.core.affect_classes import relative_entropy
from affect_perception.core.buffers import to_s
from affect_perception.core.enums import Availability, FusionReason, Modality, TriState
from affect_perception.core.fusion.affect_filter import Belief, Quantity
from affect_perception.core.fusion.agreement import Disagreements, surprises
from affect_perception.core.fusion.class_product import Combine, Product
from affect_perception.core.fusion.evidence import Affect, Evidence, Rate
from affect_perception.core.fusion.held_values import (
    HeartRate,
    aged_state,
    heart_rate,
    state_weight,
)
from affect_perception.core.fusion.inbox import Inbox, availability_of
from affect_perception.core.types import MODALITIES, AffectState, ModalityState

CLASS_TIME = {Modality.FACE: 2.0, Modality.VOICE: 6.0}
"""Time after which an expression, or how a sentence sounded, has lost most of its weight among the
classes, s. Chosen: an expression is read several times a second, a sentence every few seconds."""
SMALLEST_SHARE = 1e-3
"""Valence and arousal of which all modalities together have brought less than this are unknown:
what is left of them is the state of rest."""

_MISSING = {
    Modality.FACE: FusionReason.FACE_MISSING,
    Modality.VOICE: FusionReason.VOICE_MISSING,
    Modality.PHYSIO: FusionReason.PHYSIO_MISSING,
}
_DEGRADED = {
    Modality.FACE: FusionReason.FACE_DEGRADED,
    Modality.VOICE: FusionReason.VOICE_DEGRADED,
    Modality.PHYSIO: FusionReason.PHYSIO_DEGRADED,
}


@dataclass(frozen=True)
class Situation:
    """What is known at one instant.

    Attributes:
        now_ns: The instant.
        inboxes: What has arrived of each modality.
        belief: Valence and arousal at that instant.
        driver_number: As in FaceObservation.
        jumped: Whether the stamps have jumped, and everything has started afresh.
    """

    now_ns: int
    inboxes: Mapping[Modality, Inbox]
    belief: Belief
    driver_number: int
    jumped: bool

    def availability(self, modality: Modality) -> Availability:
        """Of one modality."""
        inbox = self.inboxes[modality]
        held = inbox.age(self.now_ns) <= inbox.config.age_limit
        return availability_of(inbox.reasons(self.now_ns), held=held)

    def held(self) -> dict[Modality, Evidence]:
        """The newest observation of each modality that brings something."""
        return {
            name: inbox.newest
            for name, inbox in self.inboxes.items()
            if inbox.newest is not None and self.availability(name) >= Availability.DEGRADED
        }

    def age(self, evidence: Evidence) -> float:
        """Time since an observation, s."""
        return max(0.0, to_s(self.now_ns - evidence.stamp_ns))


def build_state(
    situation: Situation, disagreements: Disagreements, classes: Combine
) -> AffectState:
    """The state of an instant."""
    held = situation.held()
    available = {name: situation.availability(name) for name in MODALITIES}
    product, heart = _classes(situation, held, classes), _heart(situation, held)
    surprising = _surprises(situation, held)
    disagreeing = disagreements.step(surprising, situation.now_ns)
    load_age = _load_age(situation, held)
    weights = {
        "weight_valence": _shares(situation.belief.valence, held),
        "weight_arousal": _shares(situation.belief.arousal, held),
        "weight_classes": product.weights,
        "weight_heart": heart.weights,
        "weight_load": _load_weight(held, load_age),
    }
    modalities = tuple(
        ModalityState(
            modality=name,
            availability=available[name],
            reasons=situation.inboxes[name].reasons(situation.now_ns),
            age=situation.inboxes[name].age(situation.now_ns),
            rate=situation.inboxes[name].rate(situation.now_ns),
            surprise=surprising.get(name, math.nan),
            disagrees=name in disagreeing,
            **{part: float(share.get(name, 0.0)) for part, share in weights.items()},
        )
        for name in MODALITIES
    )
    return AffectState(
        stamp_ns=situation.now_ns,
        modalities=modalities,
        incongruence=max(surprising.values(), default=math.nan),
        disagreeing=disagreeing,
        method=classes.name,
        driver_number=situation.driver_number,
        talking=held[Modality.VOICE].talking if Modality.VOICE in held else TriState.UNKNOWN,
        **_availability(situation, available, any_held=bool(held)),
        **_affect(situation, held),
        **_class_fields(product),
        **_heart_fields(heart, held),
        **_load_fields(held, load_age),
    )


def _availability(
    situation: Situation, available: Mapping[Modality, Availability], *, any_held: bool
) -> dict[str, Any]:
    reasons = [FusionReason.STAMP_JUMP] if situation.jumped else []
    if not any_held:
        reasons.append(FusionReason.NO_MODALITY)
    for name, level in available.items():
        if not situation.inboxes[name].config.use or level is Availability.AVAILABLE:
            continue
        words = _DEGRADED if level is Availability.DEGRADED else _MISSING
        reasons.append(words[name])
    level = Availability.DEGRADED if reasons else Availability.AVAILABLE
    return {
        "availability": level if any_held else Availability.UNAVAILABLE,
        "degradation_reasons": tuple(reasons),
    }


def _affect(situation: Situation, held: Mapping[Modality, Evidence]) -> dict[str, Any]:
    fields = {}
    for name in ("valence", "arousal"):
        quantity: Quantity = getattr(situation.belief, name)
        known = bool(held) and sum(quantity.shares) >= SMALLEST_SHARE
        fields[name] = quantity.mean if known else math.nan
        fields[f"{name}_std"] = quantity.std if known else math.nan
    return fields


def _shares(quantity: Quantity, held: Mapping[Modality, Evidence]) -> dict[Modality, float]:
    """What each modality that is there has brought; of one that is gone, the state remembers it."""
    return {
        name: share for name, share in zip(MODALITIES, quantity.shares, strict=True) if name in held
    }


def _classes(situation: Situation, held: Mapping[Modality, Evidence], classes: Combine) -> Product:
    said = {}
    for name, time in CLASS_TIME.items():
        if name in held and held[name].tells_classes:
            age = situation.age(held[name]) + held[name].affect_age
            said[name] = (held[name].classes, math.exp(-age / time))
    return classes.combined(said)


def _class_fields(product: Product) -> dict[str, Any]:
    shares = tuple(product.probabilities.tolist())
    known = any(map(math.isfinite, shares))
    return {
        "probabilities": shares,
        "entropy": relative_entropy(product.probabilities) if known else math.nan,
    }


def _heart(situation: Situation, held: Mapping[Modality, Evidence]) -> HeartRate:
    return heart_rate(
        {name: (evidence.heart, situation.age(evidence)) for name, evidence in held.items()}
    )


def _heart_fields(heart: HeartRate, held: Mapping[Modality, Evidence]) -> dict[str, Any]:
    body = held.get(Modality.PHYSIO)
    breath = body.breath if body is not None else Rate()
    return {
        "heart_rate": heart.rate.value,
        "heart_rate_std": heart.rate.std,
        "heart_rate_quality": heart.rate.quality,
        "rmssd": body.rmssd if body is not None else math.nan,
        "hrv_quality": body.hrv_quality if body is not None else math.nan,
        "respiration_rate": breath.value,
        "respiration_quality": breath.quality,
    }


def _load_age(situation: Situation, held: Mapping[Modality, Evidence]) -> float:
    body = held.get(Modality.PHYSIO)
    return math.nan if body is None else situation.age(body) + body.load_age


def _load_weight(held: Mapping[Modality, Evidence], age: float) -> dict[Modality, float]:
    body = held.get(Modality.PHYSIO)
    return {} if body is None else {Modality.PHYSIO: state_weight(body.load[0], age)}


def _load_fields(held: Mapping[Modality, Evidence], age: float) -> dict[str, Any]:
    body = held.get(Modality.PHYSIO)
    unknown = (math.nan, math.nan)
    load = aged_state(*body.load, age) if body is not None else unknown
    stress = aged_state(*body.stress, age) if body is not None else unknown
    return {
        "cognitive_load": load[0],
        "cognitive_load_std": load[1],
        "stress": stress[0],
        "stress_std": stress[1],
    }


def _surprises(situation: Situation, held: Mapping[Modality, Evidence]) -> dict[Modality, float]:
    """Only what is about the same moments is compared: nothing that has faded."""
    fresh = {
        name: evidence
        for name, evidence in held.items()
        if situation.age(evidence) + evidence.affect_age <= _COMPARED or name is Modality.PHYSIO
    }
    classes = {
        name: evidence.classes
        for name, evidence in fresh.items()
        if name in CLASS_TIME and evidence.tells_classes
    }
    affects: dict[Modality, Affect] = {
        name: evidence.affect for name, evidence in fresh.items() if evidence.affect is not None
    }
    return surprises(classes, affects)


_COMPARED = 5.0
"""Age up to which an expression or a sentence can contradict what is there now, s."""
