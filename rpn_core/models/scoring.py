"""Scores for whatever anchors a person asks for, with a plain word on what they mean."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from rpn_core.anchors.lay import Anchors
from rpn_core.errors import UserError
from rpn_core.messages import Message, msg
from rpn_core.models.borrow import borrow, find_trained
from rpn_core.models.rpn import Rpn
from rpn_core.settings import ForeignAnchors
from rpn_core.stages.head_outputs import FeatureMaps, HeadOutputs


class Meaning(Enum):
    """What the scores and offsets are worth."""

    NATIVE = "native"
    EXTRAPOLATED = "extrapolated"
    BORROWED = "borrowed"
    GEOMETRY_ONLY = "geometry_only"
    UNTRAINED = "untrained"

    @property
    def sentence(self) -> Message:
        return _SENTENCES[self]


_SENTENCES = {
    Meaning.NATIVE: msg("Scores and offsets are the model's own for these anchors."),
    Meaning.EXTRAPOLATED: msg(
        "Some of these anchors are smaller, larger or longer than any that the head saw in "
        "training (ratios 1/3 to 3, sizes of about 1 to 37 strides): their scores and offsets are "
        "the head's own, but extrapolated."
    ),
    Meaning.BORROWED: msg(
        "The model was not trained for these anchors: each one borrows the score and the box of "
        "the trained anchor of nearest shape in its cell, so only the anchors' own positions, "
        "sizes and count are yours."
    ),
    Meaning.GEOMETRY_ONLY: msg(
        "The model was not trained for these anchors, so no score or offset is shown: what is "
        "valid is where the anchors lie, how large they are and how many there are."
    ),
    Meaning.UNTRAINED: msg(
        "The head is untrained, so no score or offset is shown: what is valid is where the "
        "anchors lie, how large they are and how many there are."
    ),
}


@dataclass(frozen=True, eq=False, slots=True)
class Scored:
    """Head outputs and what they mean; `outputs` is None where scores would mean nothing."""

    outputs: HeadOutputs | None
    meaning: Meaning


class NoScores(UserError):
    """The scores would mean nothing, on this photo and on every other."""


def score_anchors(
    rpn: Rpn, features: FeatureMaps, anchors: Anchors, foreign: ForeignAnchors
) -> Scored:
    """Score R anchors, natively where the model can.

    Args:
        rpn: the model that made `features`.
        anchors: from `rpn.lay_anchors`; R may be 0.
        foreign: what to do with anchors that a head with fixed anchors was not trained for.
    Returns:
        outputs in the order of `anchors`, or None with the reason.
    Raises:
        UserError: the network's numbers are not finite.
    """
    if not rpn.state.trained:
        return Scored(None, Meaning.UNTRAINED)
    if rpn.card.any_anchor:
        meaning = Meaning.NATIVE if _seen_in_training(rpn, anchors) else Meaning.EXTRAPOLATED
        return Scored(rpn.head_outputs(features, anchors), meaning)
    trained = rpn.trained_anchors(features)
    native = find_trained(anchors, trained)
    if native is None and foreign == "geometry":
        return Scored(None, Meaning.GEOMETRY_ONLY)
    outputs = rpn.head_outputs(features, trained)
    if native is None:
        return Scored(borrow(anchors, trained, outputs), Meaning.BORROWED)
    return Scored(
        HeadOutputs(outputs.objectness_logits[native], outputs.deltas[native]), Meaning.NATIVE
    )


def _seen_in_training(rpn: Rpn, anchors: Anchors) -> bool:
    seen = rpn.card.trained_shapes
    return seen is None or all(
        seen.holds(size, ratio, stride)
        for level, stride in zip(anchors.levels, rpn.card.strides, strict=True)
        for size, ratio in level.size_ratio.tolist()
    )
