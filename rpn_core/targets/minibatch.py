"""The mini-batch of one image: which anchors enter the loss, and which stay out and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import torch
from torch import Tensor

from rpn_core.messages import Message, msg, nmsg
from rpn_core.settings import SampleSettings
from rpn_core.targets.matching import NEGATIVE
from rpn_core.targets.sampling import sample_anchors


class Role(IntEnum):
    """What an anchor is to the mini-batch."""

    POSITIVE = 0
    NEGATIVE = 1
    SPARE_POSITIVE = 2
    SPARE_NEGATIVE = 3
    NO_PART = 4

    @property
    def label(self) -> Message:
        return _LABELS[self]


_LABELS = {
    Role.POSITIVE: msg("drawn as positive"),
    Role.NEGATIVE: msg("drawn as negative"),
    Role.SPARE_POSITIVE: msg("positive, not drawn"),
    Role.SPARE_NEGATIVE: msg("negative, not drawn"),
    Role.NO_PART: msg("ignored: could not be drawn"),
}


@dataclass(frozen=True, eq=False, slots=True)
class Minibatch:
    """S = P + Q anchors drawn out of R.

    Attributes:
        positives: (P,) int64, in the order in which they were drawn.
        negatives: (Q,) int64.
        role: (R,) uint8, a `Role` each.
    """

    positives: Tensor
    negatives: Tensor
    role: Tensor

    @property
    def anchors(self) -> Tensor:
        """(S,) int64, positives first."""
        return torch.cat((self.positives, self.negatives))

    def __len__(self) -> int:
        return len(self.positives) + len(self.negatives)

    def count(self, role: Role) -> int:
        return int((self.role == int(role)).sum())


def draw_minibatch(target: Tensor, settings: SampleSettings) -> Minibatch:
    """Draw the mini-batch of an image; the same seed draws the same one.

    Args:
        target: (R,) int64, of `Matches`.
    Source: `sample_anchors`, with which the models here are trained.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    positives, negatives = sample_anchors(
        target,
        batch_size_per_image=settings.batch_size_per_image,
        positive_fraction=settings.positive_fraction,
        generator=generator,
    )
    role = torch.full_like(target, int(Role.NO_PART), dtype=torch.uint8)
    role[target >= 0] = int(Role.SPARE_POSITIVE)
    role[target == NEGATIVE] = int(Role.SPARE_NEGATIVE)
    role[positives] = int(Role.POSITIVE)
    role[negatives] = int(Role.NEGATIVE)
    return Minibatch(positives, negatives, role)


def what_is_left_out(minibatch: Minibatch, settings: SampleSettings) -> Message:
    """Say in two sentences who stays out of the mini-batch, and why.

    >>> batch = draw_minibatch(torch.tensor([0, 0, 0, NEGATIVE]), SampleSettings(4, 0.5))
    >>> print(what_is_left_out(batch, SampleSettings(4, 0.5)))
    1 positive of 3 is left out: at most 2 (0.5 of 4) may be drawn. The only negative is drawn.
    """
    return msg(
        "{positives} {negatives}",
        positives=_positives_left_out(minibatch, settings),
        negatives=_negatives_left_out(minibatch),
    )


def _positives_left_out(minibatch: Minibatch, settings: SampleSettings) -> Message:
    drawn, spare = len(minibatch.positives), minibatch.count(Role.SPARE_POSITIVE)
    size, share = settings.batch_size_per_image, settings.positive_fraction
    if spare:
        return nmsg(
            "{count} positive of {all:,} is left out: at most {most:,} ({share:g} of {size:,}) may "
            "be drawn.",
            "{count:,} positives of {all:,} are left out: at most {most:,} ({share:g} of {size:,}) "
            "may be drawn.",
            count=spare,
            all=drawn + spare,
            most=int(size * share),
            share=share,
            size=size,
        )
    if not drawn:
        return msg("There is no positive to draw.")
    return nmsg("The only positive is drawn.", "All {count:,} positives are drawn.", count=drawn)


def _negatives_left_out(minibatch: Minibatch) -> Message:
    drawn, spare = len(minibatch.negatives), minibatch.count(Role.SPARE_NEGATIVE)
    if spare:
        return nmsg(
            "{count} negative of {all:,} is left out: {places} remained.",
            "{count:,} negatives of {all:,} are left out: {places} remained.",
            count=spare,
            all=drawn + spare,
            places=nmsg("{count} place", "{count:,} places", count=drawn),
        )
    if not drawn:
        return msg("There is no negative to draw.")
    return nmsg("The only negative is drawn.", "All {count:,} negatives are drawn.", count=drawn)
