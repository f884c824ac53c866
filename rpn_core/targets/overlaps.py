"""What matching has to know of the IoU of all objects with all anchors, without the whole matrix.

Letters: R anchors, G objects.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from rpn_core.geometry.boxes import iou_blocks
from rpn_core.targets.compiled_overlaps import fill_overlaps
from rpn_core.targets.match_rule import is_best_of, outranks

NO_OBJECT = -1  # in place of an object


@dataclass(frozen=True, eq=False, slots=True)
class Overlaps:
    """The best of each anchor and the best of each object.

    Attributes:
        best_iou: (R,) float, highest IoU of each anchor with any object; 0 without objects.
        best_object: (R,) int64, the first object that has it, or `NO_OBJECT` without objects.
        object_iou: (G,) float, highest IoU of each object with any anchor; 0 without anchors.
        best_for: (R,) int64, the first object that finds no better anchor than this one, or
            `NO_OBJECT`; an object that no anchor touches finds none.
    """

    best_iou: Tensor
    best_object: Tensor
    object_iou: Tensor
    best_for: Tensor


def find_overlaps(anchors: Tensor, objects: Tensor) -> Overlaps:
    """Hold every object against every anchor.

    On the CPU in a compiled loop, elsewhere in blocks; the numbers are the same to the last bit.

    Args:
        anchors: (R, 4) float xyxy.
        objects: (G, 4) float xyxy, same frame.
    """
    if anchors.device.type == "cpu" and anchors.dtype == objects.dtype == torch.float32:
        return _pair_by_pair(anchors, objects)
    return in_blocks(anchors, objects)


def _pair_by_pair(anchors: Tensor, objects: Tensor) -> Overlaps:
    count = len(objects)
    best_iou, object_iou = torch.zeros(len(anchors)), torch.zeros(count)
    best_object = torch.full((len(anchors),), 0 if count else NO_OBJECT)
    best_for = torch.full((len(anchors),), count)
    fill_overlaps(
        objects.contiguous().numpy(), anchors.T.contiguous().numpy(),
        best_iou.numpy(), best_object.numpy(), object_iou.numpy(), best_for.numpy(),
    )  # fmt: skip
    best_for[best_for == count] = NO_OBJECT
    return Overlaps(best_iou, best_object, object_iou, best_for)


def in_blocks(anchors: Tensor, objects: Tensor, pairs: int | None = None) -> Overlaps:
    """`find_overlaps` by tensors alone, wherever they are.

    Args:
        pairs: IoU that are in memory at a time, as in `iou_blocks`; decides nothing else.
    """
    count, device = len(objects), anchors.device
    best_iou, object_iou = anchors.new_zeros(len(anchors)), anchors.new_zeros(count)
    best_object = torch.full((len(anchors),), 0 if count else NO_OBJECT, device=device)
    best_for = torch.full((len(anchors),), count, device=device)
    for rows, iou in iou_blocks(objects, anchors, pairs) if len(anchors) else ():
        highest, place = iou.max(dim=0)
        place += rows.start
        better = outranks(highest, place, best_iou, best_object)
        best_iou = torch.where(better, highest, best_iou)
        best_object = torch.where(better, place, best_object)
        of_objects = iou.amax(dim=1)
        object_iou[rows] = of_objects
        touched = torch.nonzero(of_objects > 0).flatten()
        is_best = is_best_of(iou[touched], of_objects[touched, None])
        which, anchor = torch.nonzero(is_best, as_tuple=True)
        best_for.scatter_reduce_(0, anchor, touched[which] + rows.start, "amin")
    best_for[best_for == count] = NO_OBJECT
    return Overlaps(best_iou, best_object, object_iou, best_for)
