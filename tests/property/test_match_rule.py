"""The rule for one anchor after another and for all at once, and both against the paper's words."""

from __future__ import annotations

import numba
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rpn_core.geometry.boxes import box_iou, iou_blocks, pairwise_iou
from rpn_core.geometry.scalar_iou import area_of, scalar_iou
from rpn_core.settings import MatchSettings
from rpn_core.targets import match_rule
from rpn_core.targets.image_matching import match_image
from rpn_core.targets.image_objects import image_objects
from rpn_core.targets.matching import IGNORED, NEGATIVE, match_anchors
from rpn_core.targets.overlaps import NO_OBJECT, find_overlaps, in_blocks

# Whole numbers, so that many boxes tie and many IoU are exactly a threshold.
SIDE = st.integers(0, 6)
BOXES = st.lists(st.tuples(SIDE, SIDE, SIDE, SIDE), max_size=7).map(
    lambda found: torch.tensor(
        [(x, y, x + w, y + h) for x, y, w, h in found], dtype=torch.float32
    ).reshape(-1, 4)
)
ANY_BOX = st.tuples(*[st.floats(-1e4, 1e4, width=32)] * 4)
THRESH = st.sampled_from([0.1, 0.25, 0.3, 0.5, 0.7, 1.0])
IOU = st.sampled_from([0.0, 0.1, 0.25, 0.3, 0.5, 0.7, 1.0])


@numba.njit
def _one_by_one(iou, best, objects, best_objects, of_any, fg, bg, said):  # type: ignore[no-untyped-def]
    for i in range(len(iou)):
        said[i, 0] = match_rule.outranks(iou[i], objects[i], best[i], best_objects[i])
        said[i, 1] = match_rule.is_positive(best[i], fg)
        said[i, 2] = match_rule.is_negative(best[i], bg)
        said[i, 3] = match_rule.is_best_of(iou[i], best[i])
        said[i, 4] = match_rule.is_low_quality(best[i], of_any[i], fg)


@given(
    st.lists(st.tuples(IOU, IOU, st.integers(0, 3), st.integers(0, 3), st.booleans()), min_size=1),
    THRESH, THRESH,
)  # fmt: skip
def test_compiled_and_for_all_at_once_the_rule_says_the_same(rows, fg, bg):
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    iou, best = (column.astype(np.float32) for column in columns[:2])
    said = np.zeros((len(rows), 5), bool)
    _one_by_one(iou, best, *columns[2:], np.float32(fg), np.float32(bg), said)
    iou, best, object_, best_object, of_any = map(torch.from_numpy, (iou, best, *columns[2:]))
    at_once = [
        match_rule.outranks(iou, object_, best, best_object),
        match_rule.is_positive(best, fg),
        match_rule.is_negative(best, bg),
        match_rule.is_best_of(iou, best),
        match_rule.is_low_quality(best, of_any, fg),
    ]
    assert torch.equal(torch.stack(at_once, dim=1), torch.from_numpy(said))


def by_the_papers_words(iou, fg, bg, low_quality):
    """Target of each anchor; (G, R) IoU. Of an object that no anchor touches nobody learns."""
    target = []
    for r in range(iou.shape[1]):
        mine = iou[:, r].tolist()
        best = max(mine, default=0.0)
        first = mine.index(best) if mine else NEGATIVE
        saved = any(iou[g, r] == iou[g].max() > 0 for g in range(len(mine)))
        if mine and (best >= np.float32(fg) or (low_quality and saved)):
            target.append(first)
        else:
            # No object is there to be learnt: all is background, whatever the threshold.
            target.append(NEGATIVE if best < np.float32(bg) or not (iou > 0).any() else IGNORED)
    return target


@given(BOXES, BOXES, THRESH, THRESH, st.booleans())
def test_matching_of_an_image_is_what_the_paper_says(anchors, objects, a, b, low_quality):
    settings = MatchSettings(max(a, b), min(a, b), low_quality)
    given_objects = image_objects(objects)
    matching = match_image(anchors, given_objects, (50, 50), settings)
    iou = pairwise_iou(objects, anchors).numpy() * given_objects.learnable.numpy()[:, None]
    wanted = by_the_papers_words(iou, max(a, b), min(a, b), low_quality)
    assert matching.matches.target.tolist() == wanted


@given(BOXES, BOXES, THRESH, THRESH, st.booleans())
def test_an_image_and_a_training_step_are_matched_alike(anchors, objects, a, b, low_quality):
    found = find_overlaps(anchors, objects)
    objects = objects[found.object_iou > 0]  # of the others torchvision's rule is of another mind
    fg, bg = max(a, b), min(a, b)
    step = match_anchors(
        anchors, objects, fg_iou_thresh=fg, bg_iou_thresh=bg, allow_low_quality=low_quality
    )
    image = match_image(
        anchors, image_objects(objects), (50, 50), MatchSettings(fg, bg, low_quality)
    )
    assert torch.equal(step.target, image.matches.target)
    assert torch.equal(step.best_iou, image.matches.best_iou)
    assert torch.equal(step.low_quality, image.matches.low_quality)


@given(BOXES, BOXES, st.integers(1, 30))
def test_overlaps_are_those_of_the_whole_matrix(anchors, objects, pairs):
    found = in_blocks(anchors, objects, pairs)
    compiled = find_overlaps(anchors, objects)
    for name in ("best_iou", "best_object", "object_iou", "best_for"):
        assert torch.equal(getattr(compiled, name), getattr(found, name)), name
    iou = pairwise_iou(objects, anchors)
    if not iou.numel():
        assert not found.best_iou.any()
        assert not found.object_iou.any()
        assert (found.best_for == NO_OBJECT).all()
        assert (found.best_object == (0 if len(objects) else NO_OBJECT)).all()
        return
    best_iou, best_object = iou.max(0)
    assert torch.equal(found.best_iou, best_iou)
    assert torch.equal(found.best_object, best_object)
    assert torch.equal(found.object_iou, iou.amax(1))
    is_best = (iou == iou.amax(1)[:, None]) & (iou > 0)
    first = torch.where(is_best.any(0), is_best.to(torch.uint8).argmax(0), NO_OBJECT)
    assert torch.equal(found.best_for, first)
    assert torch.equal(torch.cat([part for _, part in iou_blocks(objects, anchors, pairs)]), iou)


@numba.njit
def _compiled_iou(a, b, out):  # type: ignore[no-untyped-def]
    for i in range(len(a)):
        out[i] = scalar_iou(a[i], area_of(a[i]), b[i], area_of(b[i]))


@given(st.lists(st.tuples(ANY_BOX, ANY_BOX), min_size=1, max_size=20))
def test_compiled_iou_is_torchs_to_the_last_bit(pairs):
    """Boxes with swapped corners and without area among them."""
    one, other = (np.array(boxes, np.float32) for boxes in zip(*pairs, strict=True))
    out = np.empty(len(one), np.float32)
    _compiled_iou(one, other, out)
    wanted = box_iou(torch.from_numpy(one), torch.from_numpy(other)).numpy()
    assert np.array_equal(out, wanted)
    assert not np.signbit(wanted).any()


@pytest.mark.parametrize("odd", [[0, 0, 0, 0], [2, 2, 1, 1], [np.nan, 0, 1, 1], [5, 0, 5, 9]])
def test_an_iou_with_a_box_without_area_is_zero(odd):
    boxes = torch.tensor([odd, [0, 0, 0, 0]], dtype=torch.float32)
    assert pairwise_iou(boxes, boxes).tolist() == [[0, 0], [0, 0]]


def test_without_anchors_there_is_nothing_to_match() -> None:
    matches = match_anchors(torch.zeros(0, 4), torch.tensor([[0.0, 0, 9, 9]]))
    assert matches.target.tolist() == []


def test_iou_in_half_precision_does_not_vanish() -> None:
    boxes = torch.tensor([[0.0, 0, 400, 400], [0, 0, 400, 200]]).half()
    assert pairwise_iou(boxes, boxes).tolist() == [[1.0, 0.5], [0.5, 1.0]]
    assert pairwise_iou(boxes, boxes).dtype == torch.float16
