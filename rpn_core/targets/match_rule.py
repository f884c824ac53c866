"""The matching rule, said once: what an anchor learns from, by its IoU with the objects.

    positive      its best IoU reaches the foreground threshold
    negative      its best IoU is below the background threshold
    low quality   neither, but some object finds no better anchor: positive all the same

A positive learns from the object that it overlaps most, of equals from the first; so does one of
low quality, whichever object finds no better anchor.

An object that no anchor touches finds no better one than any, and torchvision makes every anchor
its positive. So does `matching.match_anchors`, by which this project trains and which is held
against torchvision; `image_matching` (the pages) and `design.positives` (coverage) give it none:
a person is to read that nothing fits it. This project trains without crowds; `image_matching`
leaves out the anchors that lie in one.

Written with operators that numbers and tensors have alike: `matching` applies these functions to
all anchors at once, the compiled loops of `design.positives` to one after another.

Source: Ren et al. 2015, sec. 3.1.2; torchvision's Matcher with its set_low_quality_matches_.
"""

from __future__ import annotations

from typing import Any

from rpn_core.geometry.compiled import inlined


@inlined
def outranks(iou: Any, object_: Any, best_iou: Any, best_object: Any) -> Any:
    """Whether an anchor overlaps an object more than its best one so far; of equals the first.

    >>> outranks(0.5, 3, 0.5, 4), outranks(0.5, 4, 0.5, 3)
    (True, False)
    """
    return (iou > best_iou) | ((iou == best_iou) & (object_ < best_object))


@inlined
def is_positive(best_iou: Any, fg_iou_thresh: Any) -> Any:
    """Whether an anchor of this best IoU is positive by itself."""
    return best_iou >= fg_iou_thresh


@inlined
def is_negative(best_iou: Any, bg_iou_thresh: Any) -> Any:
    """Whether an anchor of this best IoU is background."""
    return best_iou < bg_iou_thresh


@inlined
def is_best_of(iou: Any, object_iou: Any) -> Any:
    """Whether an object finds no better anchor than one of this IoU; ties all are.

    Args:
        object_iou: the highest IoU of the object with any anchor; above 0, for an object that no
            anchor touches has no best one.
    """
    return iou == object_iou


@inlined
def is_low_quality(best_iou: Any, best_of_any: Any, fg_iou_thresh: Any) -> Any:
    """Whether only the low-quality rule makes an anchor positive.

    Args:
        best_of_any: whether `is_best_of` holds for it with some object.
    """
    return best_of_any & (best_iou < fg_iou_thresh)
