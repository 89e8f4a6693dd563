"""What manifest and card say of a trained expression network."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from affect_perception.core.affect_classes import AFFECT_CLASSES
from affect_perception.evaluation.datasets.expression_set import (
    EXPRESSIONS,
    FER2013_CLASSES,
    TILE,
    ExpressionSet,
)
from affect_perception.training.expression.export import AFFECT, OUTPUTS
from affect_perception.training.expression.recipe import ExpressionRecipe
from affect_perception.training.expression.task import has_affect
from affect_perception.training.model_card import ModelFacts

NAME = "expression_network"
FROM_CLASSES = (
    "Valence and arousal are computed from the eight classes (core/affect_classes.py), not learned."
)
LEARNED = (
    "Valence and arousal come from an output of their own, learned from AffectNet's labels, and "
    "are used in place of those computed from the classes."
)
LIMITS = """\
- An expression is not a feeling: people show what they do not feel and feel what they do not show.
  Valence and arousal order expressions and no more.
- The labels are noisy: what most FER+ voters saw is FER2013's label for 63 % of the faces. Disgust,
  fear and contempt have few examples: look at their recall before using them.
- The faces are pictures from web search, some drawn, some of children; nobody knows how ages,
  genders and skins are shared among them, and no split keeps people apart. Nothing was measured on
  drivers, whose faces are mostly at rest.
- Seen from the front, in visible light. Infrared, strong turns, masks, hands were not learned."""


class Source(NamedTuple):
    """A data set and its terms."""

    data: str
    terms: str


SOURCES: Mapping[str, Source] = MappingProxyType(
    {
        "fer2013": Source(
            "FER2013, split Training (Goodfellow et al., 2013), with the votes of FER+ "
            "(Barsoum et al., 2016)",
            "FER2013: published for research, no explicit licence, pictures from web search; "
            "FER+ votes: MIT",
        ),
        "affectnet": Source(
            "AffectNet, train_set (Mollahosseini et al., 2019)",
            "AffectNet: for research, to be asked for from its authors",
        ),
    }
)


def facts(
    recipe: ExpressionRecipe,
    version: str,
    command: str,
    figures: Mapping[str, Mapping[str, float]],
    learned: ExpressionSet,
) -> ModelFacts:
    """What the manifest says of it.

    Args:
        recipe: Of the training.
        version: Of the weights.
        command: What was typed.
        figures: Scores of "seven" and "eight" on faces that were held out.
        learned: What was learned from.
    """
    measured = "; ".join(
        f"{head} classes {scores['accuracy']:.3f}" for head, scores in figures.items()
    )
    sources = [SOURCES[name] for name, there in _names(learned) if there]
    affect = has_affect(learned)
    public = "; on PublicTest: docs/scorecard.md, by `affect-perception evaluate expression`"
    if not (learned.emotion >= 0).any():
        public = ""
    return ModelFacts(
        name=NAME,
        version=version,
        licence="research use only, as the training data are published for research; "
        "the code that trains it is Apache-2.0",
        source=f"trained in this repository: `{command}`",
        training_data="; ".join(source.data for source in sources),
        training_terms="; ".join(source.terms for source in sources),
        accuracy=f"share right on held-out faces of Training: {measured}{public}",
        intended_use="What expression a driver's face shows, in research. Not for identifying or "
        "judging people: an expression is not a feeling.",
        notes="Faces come from core/vision/expression_face.py and no other way. Grey only; faces "
        f"of {TILE} px and more. Probabilities are calibrated (temperature; offsets of the seven). "
        + (LEARNED if affect else FROM_CLASSES),
        inputs=[
            {
                "name": "face",
                "shape": [-1, 1, recipe.size, recipe.size],
                "dtype": "uint8",
                "layout": "NCHW",
                "colour": "grey",
                "range": [0, 255],
            }
        ],
        outputs=_outputs(learned, affect),
    )


def _names(learned: ExpressionSet) -> tuple[tuple[str, bool], ...]:
    """Sets, and whether faces of them are there: only AffectNet's have no label of FER2013."""
    fer2013 = learned.emotion >= 0
    return ("fer2013", bool(fer2013.any())), ("affectnet", bool((~fer2013).any()))


def _outputs(learned: ExpressionSet, affect: bool) -> list[dict[str, Any]]:
    untaught = "" if (learned.emotion >= 0).any() else " (not learned: no such labels)"
    outputs: list[dict[str, Any]] = [
        {
            "name": OUTPUTS[0],
            "shape": [-1, len(FER2013_CLASSES)],
            "unit": "probability",
            "meaning": f"FER2013's classes{untaught}: {', '.join(FER2013_CLASSES)}",
        },
        {
            "name": OUTPUTS[1],
            "shape": [-1, EXPRESSIONS],
            "unit": "probability",
            "meaning": f"share of voters for {', '.join(AFFECT_CLASSES)}",
        },
    ]
    if affect:
        outputs.append(
            {
                "name": AFFECT,
                "shape": [-1, 4],
                "unit": "1",
                "meaning": "valence and arousal, -1 to 1, learned from AffectNet's labels; one "
                "sigma of each: the root mean square error on held-out faces",
            }
        )
    return outputs
