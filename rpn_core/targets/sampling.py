"""Which anchors enter the loss: a balanced sample per image."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_core.targets.matching import NEGATIVE


def sample_anchors(
    target: Tensor, *, batch_size_per_image: int = 256, positive_fraction: float = 0.5,
    generator: torch.Generator | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Draw at most a fraction of positives, and negatives for the rest of the sample.

    Args:
        target: (R,) int64 from `match_anchors`.
        batch_size_per_image: anchors in the loss of one image.
        positive_fraction: upper bound of the share of positives; negatives fill up.
        generator: makes the draw repeatable.
    Returns:
        indices of the positives (P,) and the negatives (Q,), both int64, P + Q <= batch size.
    Source: Ren et al. 2015, sec. 3.1.3.
    """

    def draw(candidates: Tensor, count: int) -> Tensor:
        order = torch.randperm(len(candidates), generator=generator)[:count]
        return candidates[order.to(candidates.device)]

    positives = torch.nonzero(target >= 0).flatten()
    chosen = draw(positives, int(batch_size_per_image * positive_fraction))
    negatives = torch.nonzero(target == NEGATIVE).flatten()
    return chosen, draw(negatives, batch_size_per_image - len(chosen))
