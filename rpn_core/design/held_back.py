"""Whether a suggestion would be as good on images that it has not seen."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from rpn_core.design.achieved import achieved
from rpn_core.design.budget import Aim, Budget
from rpn_core.design.objects import DesignObjects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.search_anchors import search_anchors
from rpn_core.messages import Message, msg
from rpn_core.progress import Progress, no_progress
from rpn_core.settings import AnchorSettings

SHARE = 0.2  # of the images is held back
FEWEST = 20  # objects on either side; with fewer there is nothing to say
OVERFIT = 0.02  # lower on the rest by more than this, and by more than chance, says overfit


@dataclass(frozen=True, slots=True)
class HeldBack:
    """A search of the same kind, made on a part of the images and judged on the rest.

    Attributes:
        aim: what both figures are.
        images, objects: how many were held back.
        on_part: what the anchors made on the part reach there.
        on_rest: what they reach on the images held back.
        present_on_rest: what the present anchors reach there.
        chance: standard error of on_part - on_rest.
    """

    aim: Aim
    images: int
    objects: int
    on_part: float
    on_rest: float
    present_on_rest: float
    chance: float

    @property
    def overfit(self) -> bool:
        """Whether the difference says that the anchors fit the images that they were made on."""
        return self.on_part - self.on_rest > max(OVERFIT, 2 * self.chance)

    def sentence(self) -> Message:
        """For people, with a word when the difference says overfit."""
        if self.overfit:
            return msg(
                "A search half as long, without {images:,} of the images, reaches {part:.3f} on "
                "those that it saw, but {rest:.3f} on those held back (the present anchors: "
                "{present:.3f} there): it overfits. Take fewer shapes, or label more images.",
                images=self.images, part=self.on_part, rest=self.on_rest,
                present=self.present_on_rest,
            )  # fmt: skip
        return msg(
            "A search half as long, without {images:,} of the images, reaches {part:.3f} on those "
            "that it saw and {rest:.3f} on those held back (the present anchors: {present:.3f} "
            "there).",
            images=self.images, part=self.on_part, rest=self.on_rest, present=self.present_on_rest,
        )  # fmt: skip


def held_back(
    objects: DesignObjects,
    pyramid: Pyramid,
    present: AnchorSettings,
    budget: Budget,
    *,
    progress: Progress = no_progress,
) -> HeldBack | None:
    """Search on four fifths of the images, drawn by the budget's seed, and judge on the rest.

    With half the trials: what it is to tell does not need the last digit.

    Returns:
        None where either part has fewer than FEWEST objects.
    """
    images = np.unique(objects.image)
    random = np.random.default_rng(budget.seed)
    drawn = random.choice(images, math.ceil(SHARE * len(images)), replace=False)
    apart = np.isin(objects.image, drawn)
    if min(int(apart.sum()), int((~apart).sum())) < FEWEST:
        return None
    part, rest = (objects.only(np.flatnonzero(where)) for where in (~apart, apart))
    shorter = replace(budget, evaluations=max(budget.evaluations // 2, 1))
    anchors, _ = search_anchors(part, pyramid, present, shorter, progress=progress)
    seen, unseen = (achieved(each, pyramid, anchors, budget) for each in (part, rest))
    return HeldBack(
        budget.aim,
        len(drawn),
        len(rest),
        float(seen.mean()),
        float(unseen.mean()),
        float(achieved(rest, pyramid, present, budget).mean()),
        math.sqrt(seen.var() / len(seen) + unseen.var() / len(unseen)),
    )
