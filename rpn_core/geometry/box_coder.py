"""From anchors and deltas to boxes, and back."""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

# A side of 16 px may grow to 1000 px and no further: exp() of an early, wild dw would overflow.
DELTA_CLAMP = math.log(1000.0 / 16)


def _check(name: str, anchors: Tensor, other: Tensor) -> None:
    if anchors.ndim != 2 or anchors.shape[-1] != 4 or anchors.shape != other.shape:
        raise ValueError(
            f"anchors have shape {tuple(anchors.shape)} and {name} {tuple(other.shape)}; "
            "both must be (R, 4)"
        )


class DecodeTerms(NamedTuple):
    """The steps of `decode`, each (R, 2) float as (x, y) or (w, h), pixels of the network input."""

    anchor_wh: Tensor
    anchor_centre: Tensor
    centre: Tensor
    wh: Tensor


def decode_terms(anchors: Tensor, deltas: Tensor, *, clamp: float = DELTA_CLAMP) -> DecodeTerms:
    """Compute centre and size of each decoded box; `decode` turns them into corners.

    Args, Raises: as `decode`.

    >>> terms = decode_terms(torch.tensor([[0., 0., 10., 20.]]), torch.tensor([[.5, 0., 0., 0.]]))
    >>> terms.centre.tolist(), terms.wh.tolist()
    ([[10.0, 10.0]], [[10.0, 20.0]])
    """
    _check("deltas", anchors, deltas)
    anchor_wh = anchors[:, 2:] - anchors[:, :2]
    anchor_centre = anchors[:, :2] + 0.5 * anchor_wh
    centre = deltas[:, :2] * anchor_wh + anchor_centre
    wh = torch.exp(deltas[:, 2:].clamp(max=clamp)) * anchor_wh
    return DecodeTerms(anchor_wh, anchor_centre, centre, wh)


def decode(anchors: Tensor, deltas: Tensor, *, clamp: float = DELTA_CLAMP) -> Tensor:
    """Move and stretch each anchor by its predicted deltas.

        cx = dx * wa + cxa        w = wa * exp(min(dw, clamp))
        cy = dy * ha + cya        h = ha * exp(min(dh, clamp))

    Args:
        anchors: (R, 4) float, xyxy, pixels of the network input (not of the original photo).
        deltas:  (R, 4) float, (dx, dy, dw, dh); dx, dy in anchor widths/heights, dw, dh in log.
        clamp:   upper bound on dw and dh only; log(1000/16) lets a 16 px side reach 1000 px.
    Returns:
        (R, 4) xyxy in the same pixels. Not clipped: boxes may leave the image.
    Raises:
        ValueError: the two inputs do not both have shape (R, 4).
    Source: Ren et al. 2015, sec. 3.1.2; agrees with torchvision's BoxCoder (tests/parity).

    >>> decode(torch.tensor([[0., 0., 10., 20.]]), torch.tensor([[.5, 0., 0., 0.]])).tolist()
    [[5.0, 0.0, 15.0, 20.0]]
    """
    terms = decode_terms(anchors, deltas, clamp=clamp)
    half = 0.5 * terms.wh
    return torch.cat((terms.centre - half, terms.centre + half), dim=1)


def encode(anchors: Tensor, boxes: Tensor) -> Tensor:
    """Deltas that would turn each anchor into its box: the inverse of `decode`.

        dx = (cx - cxa) / wa      dw = log(w / wa)
        dy = (cy - cya) / ha      dh = log(h / ha)

    Args:
        anchors: (R, 4) float xyxy with area.
        boxes: (R, 4) float xyxy with area, same frame.
    Returns:
        (R, 4) float (dx, dy, dw, dh).
    Raises:
        ValueError: the two inputs do not both have shape (R, 4).
    Source: Ren et al. 2015, sec. 3.1.2; agrees with torchvision's BoxCoder (tests/parity).

    >>> encode(torch.tensor([[0., 0., 10., 20.]]), torch.tensor([[5., 0., 15., 20.]])).tolist()
    [[0.5, 0.0, 0.0, 0.0]]
    """
    _check("boxes", anchors, boxes)
    anchor_wh = anchors[:, 2:] - anchors[:, :2]
    box_wh = boxes[:, 2:] - boxes[:, :2]
    shift = (boxes[:, :2] + 0.5 * box_wh) - (anchors[:, :2] + 0.5 * anchor_wh)
    return torch.cat((shift / anchor_wh, torch.log(box_wh / anchor_wh)), dim=1)
