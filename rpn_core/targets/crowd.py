"""Anchors in a crowd: a region of many objects is neither one object nor background."""

from __future__ import annotations

import torch
from torch import Tensor

from rpn_core.geometry.boxes import intersection, side_lengths


def in_crowd(anchors: Tensor, crowds: Tensor, iof_thresh: float) -> Tensor:
    """Tell which anchors have more than a share of their area in one of the crowd regions.

        IoF = area(anchor and crowd) / area(anchor) > iof_thresh

    Args:
        anchors: (R, 4) float xyxy.
        crowds: (C, 4) float xyxy, same frame; C may be 0.
    Returns:
        (R,) bool; all False with iof_thresh 1.
    Source: mmdetection's MaxIoUAssigner (`ignore_iof_thr` with `ignore_wrt_candidates`), where it
        is off unless asked for. detectron2 and torchvision's reference code drop crowds from the
        data, so that anchors there learn that they are background.

    >>> in_crowd(torch.tensor([[0., 0., 4., 4.]]), torch.tensor([[1., 0., 9., 9.]]), 0.5).tolist()
    [True]
    """
    most = anchors.new_zeros(len(anchors))
    area = side_lengths(anchors).prod(1)
    for crowd in crowds:
        most = torch.maximum(most, intersection(anchors, crowd))
    # Not divided, so that an anchor without area is in no crowd.
    return most > iof_thresh * area
