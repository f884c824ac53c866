"""Compile the loops of NMS, or load them compiled, before a visitor waits for them."""

from __future__ import annotations

import torch

from rpn_core.nms.greedy import greedy_nms
from rpn_core.nms.soft import soft_nms
from rpn_core.nms_analysis.chains import suppressors_at
from rpn_core.nms_analysis.survival import overlap_graph, survival_masks

_BOX, _SCORE = torch.tensor([[0.0, 0.0, 1.0, 1.0]]), torch.tensor([1.0])


def warm_up() -> None:
    """Make greedy NMS ready, which every first picture needs."""
    greedy_nms(_BOX, _SCORE, 0.5)


def warm_up_rest() -> None:
    """Make ready what only some pages and settings need: all thresholds at once, Soft-NMS."""
    graph = overlap_graph(_BOX, _SCORE)
    suppressors_at(graph, survival_masks(graph), 0.5)
    soft_nms(_BOX, _SCORE, "linear")
