"""Small stages with made-up head outputs: fast, and with every fate in them."""

from __future__ import annotations

import torch

from rpn_core.anchors.lay import Anchors, lay_anchors
from rpn_core.geometry.frame import Frame
from rpn_core.proposers.plain import after_head
from rpn_core.settings import AnchorSettings, NmsSettings, SelectionSettings
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.stages.network_input import NetworkInput
from rpn_core.stages.stage_results import StageResults

IMAGE_HW = (90, 120)
ORIGINAL_HW = (180, 360)
GRIDS_HW = ((12, 16), (6, 8))
STRIDES = (8, 16)
EVERY_FATE = (
    SelectionSettings(pre_nms_top_n=150, min_size=6.0, score_thresh=0.45, drop_cross_border=True),
    NmsSettings(nms_thresh=0.3, post_nms_top_n=10),
)


def network_input() -> NetworkInput:
    """90x120 px, padded to 96x128; the photo was twice as tall and three times as wide."""
    return NetworkInput(torch.zeros(1, 3, 96, 128), Frame(ORIGINAL_HW, IMAGE_HW), (96, 128))


def anchors() -> Anchors:
    """R = 12 * 16 * 3 + 6 * 8 * 2 = 672 on two levels."""
    settings = AnchorSettings(sizes=((8, 16, 24), (48,)), aspect_ratios=((1,), (0.5, 2)))
    return lay_anchors(GRIDS_HW, (96, 128), STRIDES, settings)


def outputs(count: int, seed: int = 0) -> HeadOutputs:
    """Logits rounded to 1/4, so that many are tied; deltas up to and beyond the clamp."""
    generator = torch.Generator().manual_seed(seed)
    logits = (torch.randn(count, generator=generator) * 4).round() / 4
    deltas = torch.randn(count, 4, generator=generator) * torch.tensor([0.5, 0.5, 1.5, 1.5])
    return HeadOutputs(logits, deltas)


def stages(
    selection: SelectionSettings = EVERY_FATE[0], nms: NmsSettings = EVERY_FATE[1], seed: int = 0
) -> StageResults:
    """All stages; with the default settings every fate occurs."""
    laid = anchors()
    return after_head(network_input(), laid, outputs(len(laid), seed), selection, nms)
