"""Proposals of a device beside those of the CPU in float32."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from rpn_core.boxes import pairwise_iou
from rpn_core.pipeline import Stages
from rpn_core.proposals import from_original

PARTNER_IOU = 0.9


@dataclass(frozen=True, slots=True)
class Agreement:
    """How alike two lists of proposals for one photo are.

    Attributes:
        partners: share of the proposals, of either list, that one of the other list overlaps by
            more than PARTNER_IOU; the smaller of the two shares.
        pairs: share of the expected proposals whose anchor became a proposal in both lists; the
            differences are theirs.
        score: largest difference of two scores, in probability.
        pixels: largest difference of two coordinates, pixels of the network input.
    """

    partners: float
    pairs: float
    score: float
    pixels: float

    def __str__(self) -> str:
        return (
            f"{self.partners:.2%} have a partner, {self.pairs:.2%} are the same anchor's, scores "
            f"differ by at most {self.score:.2g}, coordinates by {self.pixels:.2g} px"
        )


@dataclass(frozen=True, slots=True)
class Tolerance:
    """What may differ: at least so many partners and pairs, at most such differences."""

    partners: float
    pairs: float
    score: float
    pixels: float

    def allows(self, found: Agreement) -> bool:
        # "at most" instead of "not more than": NaN is in no tolerance.
        return (
            found.partners >= self.partners
            and found.pairs >= self.pairs
            and found.score <= self.score
            and found.pixels <= self.pixels
        )

    def __str__(self) -> str:
        return (
            f"partners for at least {self.partners:.1%}, the same anchors for {self.pairs:.1%}, "
            f"scores within {self.score:g}, coordinates within {self.pixels:g} px"
        )


def agreement(came: Stages, wanted: Stages) -> Agreement:
    """Hold the proposals of one photo against those that are expected."""
    ours, theirs = came.proposals, wanted.proposals
    if not len(ours.boxes) or not len(theirs.boxes):
        same = float(len(ours.boxes) == len(theirs.boxes))
        return Agreement(same, same, 0.0, 0.0)
    boxes, expected = (
        from_original(stages.proposals.boxes, stages.network_input) for stages in (came, wanted)
    )
    met = pairwise_iou(boxes, expected) > PARTNER_IOU
    place, expected_place = torch.nonzero(ours.anchor[:, None] == theirs.anchor).unbind(1)
    score = (ours.scores[place] - theirs.scores[expected_place]).abs()
    shift = (boxes[place] - expected[expected_place]).abs()
    return Agreement(
        partners=min(float(met.any(side).float().mean()) for side in (0, 1)),
        pairs=len(place) / len(theirs.anchor),
        score=float(score.max()) if len(place) else 0.0,
        pixels=float(shift.max()) if len(place) else 0.0,
    )


def worst(found: list[Agreement]) -> Agreement:
    """The least agreement in each respect."""
    return Agreement(
        min(one.partners for one in found), min(one.pairs for one in found),
        max(one.score for one in found), max(one.pixels for one in found),
    )  # fmt: skip
