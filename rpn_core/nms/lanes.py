"""Boxes in score order, laid out so that one of them is held against 32 others at once.

A compiler turns the loop over a block of 32 into a few vector instructions, but only when the
loop has no early end and each coordinate lies in an array of its own. So a block is first
screened as a whole; which of its boxes overlap, and by how much, is asked only after a hit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from rpn_core.geometry.compiled import compiled as kept_on_disk
from rpn_core.geometry.scalar_iou import scalar_iou

BLOCK = 32
LANES = 5  # x1, y1, x2, y2, area
GROUPS = 256
_LOW_32_BITS = np.uint64(0xFFFFFFFF)
_SIGN = np.uint32(0x80000000)
_BIT = (np.uint32(1) << np.arange(BLOCK, dtype=np.uint32)).view(np.int32)
# fmt: off
_PLACE = np.array([0, 1, 28, 2, 29, 14, 24, 3, 30, 22, 20, 15, 25, 17, 4, 8,
                   31, 27, 13, 23, 21, 19, 16, 7, 26, 12, 18, 6, 11, 5, 10, 9])
# fmt: on


# error_model: a quotient 0 / 0 is NaN, as in torch, instead of an exception; and a loop that
# cannot raise can become vector instructions.
compiled = kept_on_disk(nogil=True, error_model="numpy")


@compiled  # type: ignore[untyped-decorator]
def _sort_keys(scores: NDArray[np.float32], keys: NDArray[np.uint64]) -> None:
    # The bits of a float sort like an integer once negative ones are flipped; the index below
    # them makes every key distinct, so that a fast unstable sort is stable.
    bits = scores.view(np.uint32)
    for i in range(scores.shape[0]):
        value = bits[i]
        if scores[i] == 0:  # -0.0 ties with 0.0
            value = np.uint32(0)
        elif scores[i] != scores[i]:  # any NaN comes first, as torch.sort has it
            value = np.uint32(0x7FFFFFFF)
        value = ~value if value & _SIGN else value | _SIGN
        keys[i] = (np.uint64(~value & _LOW_32_BITS) << np.uint64(32)) | np.uint64(i)


def score_order(scores: NDArray[np.float32]) -> NDArray[np.int64]:
    """Sort descending; ties keep the order of the input, and NaN comes first.

    Args:
        scores: (N,) float32, contiguous.
    Returns:
        (N,) int64, equal to torch.sort(descending=True, stable=True), in a fifth of the time.

    >>> score_order(np.array([0.1, 0.9, 0.9], np.float32)).tolist()
    [1, 2, 0]
    """
    keys = np.empty(len(scores), np.uint64)
    _sort_keys(scores, keys)
    keys.sort()
    keys &= _LOW_32_BITS
    return keys.view(np.int64)


def as_arrays(
    boxes: Tensor, scores: Tensor, group: Tensor | None
) -> tuple[NDArray[np.float32], NDArray[np.int64], NDArray[np.uint8]]:
    """Boxes (N, 4) float32, their order by score and their groups (N,), for the compiled loops.

    Raises:
        ValueError: the shapes do not fit together.
    """
    count = len(boxes)
    if boxes.shape != (count, 4) or scores.shape != (count,):
        raise ValueError(
            f"boxes must be (N, 4) and scores (N,), not {tuple(boxes.shape)} and "
            f"{tuple(scores.shape)}"
        )
    if group is not None and group.shape != (count,):
        raise ValueError(f"group must be (N,) as the scores are, not {tuple(group.shape)}")
    groups = np.zeros(count, np.uint8) if group is None else _array(group, torch.uint8)
    return _array(boxes, torch.float32), score_order(_array(scores, torch.float32)), groups


def _array(values: Tensor, kind: torch.dtype) -> NDArray[Any]:
    return values.detach().to(kind).contiguous().numpy()


@compiled  # type: ignore[untyped-decorator]
def empty_lanes(group: NDArray[np.uint8]) -> Any:
    """Room for every box, group by group in whole blocks; a box not written overlaps nothing."""
    counts = np.zeros(GROUPS, np.int64)
    for i in range(group.shape[0]):
        counts[group[i]] += 1
    start = np.zeros(GROUPS, np.int64)
    total = 0
    for g in range(GROUPS):
        start[g] = total
        total += (counts[g] + BLOCK - 1) // BLOCK * BLOCK
    lanes = np.zeros((LANES, total), np.float32)
    lanes[:2] = np.inf
    lanes[2:4] = -np.inf
    return lanes, start


@compiled  # type: ignore[untyped-decorator]
def pair_iou(
    x1: np.float32, y1: np.float32, x2: np.float32, y2: np.float32, area: np.float32,
    lanes: NDArray[np.float32], j: int,
) -> np.float32:  # fmt: skip
    """IoU of a box and box j of the lanes in float32, in torchvision's order of operations."""
    other = (lanes[0, j], lanes[1, j], lanes[2, j], lanes[3, j])
    iou: np.float32 = scalar_iou((x1, y1, x2, y2), area, other, lanes[4, j])
    return iou


@compiled  # type: ignore[untyped-decorator]
def screen_factor(iou_thresh: float) -> Any:
    """A factor f with: inter >= f * union wherever the float32 quotient exceeds the threshold.

    A millionth below the threshold, which outweighs the rounding of quotient and product.
    """
    # Below that a quotient may be subnormal, and its relative error is not bounded.
    return np.float32(iou_thresh * (1 - 1e-6) if iou_thresh > 1e-30 else 0.0)


@compiled  # type: ignore[untyped-decorator]
def overlap_bits(
    x1: np.float32, y1: np.float32, x2: np.float32, y2: np.float32, area: np.float32,
    factor: np.float32,
    x1s: NDArray[np.float32], y1s: NDArray[np.float32], x2s: NDArray[np.float32],
    y2s: NDArray[np.float32], areas: NDArray[np.float32],
) -> Any:  # fmt: skip
    """A bit for each of a block of 32 that a box may overlap by more than the threshold.

    No bit is missing, but one may be too many: ask again with `pair_iou`.
    """
    zero = np.float32(0.0)
    bits = np.int32(0)
    for j in range(BLOCK):  # no early end and no division: this loop becomes vector instructions
        width = max(min(x2, x2s[j]) - max(x1, x1s[j]), zero)
        height = max(min(y2, y2s[j]) - max(y1, y1s[j]), zero)
        inter = width * height
        hit = (inter > zero) & (inter >= factor * (areas[j] + area - inter))
        bits |= _BIT[j] if hit else np.int32(0)
    return np.uint32(bits)


@compiled  # type: ignore[untyped-decorator]
def lowest_bit(bits: np.uint32) -> Any:
    """The place of the lowest 1 of a word that has one (de Bruijn's sequence)."""
    lowest = np.uint32(bits & (~bits + np.uint32(1)))
    return _PLACE[np.uint32(lowest * np.uint32(0x077CB531)) >> np.uint32(27)]
