"""The trace: everything that happened to one anchor, with the numbers of each step."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from rpn_core.anchors.lay import Address, Anchors
from rpn_core.geometry.box_coder import DELTA_CLAMP, decode_terms
from rpn_core.stages.fate import Fate
from rpn_core.stages.stage_results import StageResults

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Decoding:
    """The steps from anchor and deltas to a box; pixels of the network input.

    Attributes:
        wa, ha, cxa, cya: size and centre of the anchor.
        cx, cy, w, h: size and centre of the decoded box.
        clamp: upper bound that dw and dh met.
        dw_clamped, dh_clamped: whether it changed them.
    """

    wa: float
    ha: float
    cxa: float
    cya: float
    cx: float
    cy: float
    w: float
    h: float
    clamp: float
    dw_clamped: bool
    dh_clamped: bool


@dataclass(frozen=True, slots=True)
class Ranks:
    """Places in the three orders that decide, 1 is best; None where the anchor did not compete.

    Attributes:
        level: by logit in its level, among the `level_of` that the border rule left.
        nms: by score among the `nms_of` candidates of its level, as they entered NMS.
        survivor: by score among the `survivor_of` survivors of NMS, all levels together.
    """

    level: int | None
    level_of: int
    nms: int | None
    nms_of: int
    survivor: int | None
    survivor_of: int


@dataclass(frozen=True, slots=True)
class Suppressor:
    """Whose box suppressed this one, and the overlap of the two (IoU of the clipped boxes)."""

    index: int
    address: Address
    score: float
    iou: float


@dataclass(frozen=True, slots=True)
class Trace:
    """One anchor from its address to its fate; boxes are xyxy.

    Attributes:
        index, address: the anchor.
        stride_hw: of its level, pixels of the network input.
        image_hw: what boxes are clipped to, pixels of the network input.
        to_original: (x, y) factors from there to pixels of the original photo.
        anchor_box: pixels of the network input, not clipped.
        size, ratio: sqrt(area) in the same pixels and h/w, as the settings asked for them.
        logit, score: objectness, and its sigmoid.
        decayed_score: what Soft-NMS left of the score; None when no score was changed.
        deltas: (dx, dy, dw, dh).
        decoding: the steps from anchor and deltas to `decoded_box`.
        decoded_box, clipped_box: pixels of the network input, before and after clipping.
        original_box: the clipped box in pixels of the original photo.
        fate, ranks: how it ended, and by which places.
        suppressor: None unless the fate is SUPPRESSED.
    """

    index: int
    address: Address
    stride_hw: tuple[float, float]
    image_hw: tuple[int, int]
    to_original: tuple[float, float]
    anchor_box: Box
    size: float
    ratio: float
    logit: float
    score: float
    decayed_score: float | None
    deltas: Box
    decoding: Decoding
    decoded_box: Box
    clipped_box: Box
    original_box: Box
    fate: Fate
    ranks: Ranks
    suppressor: Suppressor | None


def _four(row: Tensor) -> Box:
    a, b, c, d = row.tolist()
    return (a, b, c, d)


def _decoding(anchors: Anchors, deltas: Tensor, index: int) -> Decoding:
    # decode() itself is built on these terms: what is shown is what was computed.
    one = slice(index, index + 1)
    terms = decode_terms(anchors.boxes[one], deltas[one])
    wa, ha = terms.anchor_wh[0].tolist()
    cxa, cya = terms.anchor_centre[0].tolist()
    cx, cy = terms.centre[0].tolist()
    w, h = terms.wh[0].tolist()
    dw_clamped, dh_clamped = (deltas[index, 2:] > DELTA_CLAMP).tolist()
    return Decoding(wa, ha, cxa, cya, cx, cy, w, h, DELTA_CLAMP, dw_clamped, dh_clamped)


def _place(order: Tensor, index: int) -> int | None:
    """1-based position of `index` in `order`, or None when it is not there."""
    found = (order == index).nonzero()
    return int(found[0]) + 1 if len(found) else None


def _level_rank(stages: StageResults, index: int) -> tuple[int | None, int]:
    predictions = stages.predictions
    span = predictions.spans[int(predictions.level[index])]
    competes = stages.ledger.fate[span] != int(Fate.CROSSES_BORDER)
    rivals = int(competes.sum())
    here = index - span.start
    if not competes[here]:
        return None, rivals
    logits = stages.predictions.logits[span]
    better = logits > logits[here]
    better[:here] |= logits[:here] == logits[here]  # ties go to the earlier anchor
    return int((better & competes).sum()) + 1, rivals


def _ranks(stages: StageResults, index: int) -> Ranks:
    level_rank, rivals = _level_rank(stages, index)
    candidates = stages.selection.candidates
    level = stages.predictions.level
    of_level = candidates[level[candidates] == level[index]]
    survivors = stages.suppression.survivors
    return Ranks(
        level_rank,
        rivals,
        _place(of_level, index),
        len(of_level),
        _place(survivors, index),
        len(survivors),
    )


def _suppressor(stages: StageResults, anchors: Anchors, index: int) -> Suppressor | None:
    by = int(stages.ledger.suppressed_by[index])
    if by < 0:
        return None
    return Suppressor(
        by,
        anchors.address(by),
        float(stages.selection.scores[by]),
        float(stages.ledger.suppressed_iou[index]),
    )


def _decayed_score(stages: StageResults, index: int) -> float | None:
    decayed = stages.suppression.decayed
    return None if decayed is None else float(decayed[index])


def trace_anchor(stages: StageResults, index: int) -> Trace:
    """Collect what the stages did with one anchor.

    Args:
        stages: the results for one photo.
        index: the anchor, 0 <= index < R.
    Returns:
        plain numbers, read from the stages and not computed again, except the terms of the
        decode formula, for which the core's own `decode_terms` is called.
    Raises:
        IndexError: there is no such anchor.
        ValueError: the boxes come from no anchors.
    """
    origin, frame = stages.predictions.origin, stages.predictions.frame
    if origin is None:
        raise ValueError("a box that comes from no anchor has no trace")
    anchors = origin.anchors
    address = anchors.address(index)
    level = anchors.levels[address.level]
    size, ratio = anchors.size_ratio(index)
    clipped = stages.selection.boxes[index]
    return Trace(
        index=index,
        address=address,
        stride_hw=level.stride_hw,
        image_hw=frame.image_hw,
        to_original=frame.factors,
        anchor_box=_four(anchors.boxes[index]),
        size=size,
        ratio=ratio,
        logit=float(stages.predictions.logits[index]),
        score=float(stages.selection.scores[index]),
        decayed_score=_decayed_score(stages, index),
        deltas=_four(origin.deltas[index]),
        decoding=_decoding(anchors, origin.deltas, index),
        decoded_box=_four(stages.predictions.boxes[index]),
        clipped_box=_four(clipped),
        original_box=_four(frame.to_original(clipped)),
        fate=Fate(int(stages.ledger.fate[index])),
        ranks=_ranks(stages, index),
        suppressor=_suppressor(stages, anchors, index),
    )
