"""Coverage without laying anchors equals laying them all, to the last bit."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rpn_core.anchors.lay import Anchors, lay_anchors
from rpn_core.design.coverage import Coverage, coverage
from rpn_core.design.objects import DesignObjects, design_objects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.resize_rule import ResizeRule
from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.labels.label_set import label_set
from rpn_core.settings import AnchorSettings
from rpn_core.targets.matching import match_anchors

SIDE = st.integers(20, 300)
RULES = st.one_of(
    st.builds(ResizeRule, st.just("long_side"), st.integers(64, 320), size_divisor=st.just(32)),
    st.builds(ResizeRule, st.just("stretch"), st.integers(64, 320), size_divisor=st.just(1)),
    st.builds(ResizeRule, st.just("letterbox"), st.integers(64, 320), size_divisor=st.just(32)),
    st.just(ResizeRule("min_max", 100, 160, 1)),
)
PYRAMIDS = st.builds(
    Pyramid, st.sampled_from([(16,), (8, 16), (16, 32, 64)]), st.sampled_from(["up", "down"])
)
SIZES = st.lists(st.floats(4, 300), max_size=3).map(tuple)
RATIOS = st.lists(st.floats(0.2, 5), max_size=3).map(tuple)


@st.composite
def anchor_settings(draw: st.DrawFn, levels: int) -> AnchorSettings:
    return AnchorSettings(
        tuple(draw(SIZES) for _ in range(levels)),
        tuple(draw(RATIOS) for _ in range(levels)),
        size_factor=draw(st.sampled_from([1.0, 0.7, 2.0])),
        offset=draw(st.sampled_from([0.0, 0.25, 0.5, 1.0])),
        convention=draw(st.sampled_from(["torchvision", "detectron2"])),
    )


@st.composite
def data_sets(draw: st.DrawFn) -> DesignObjects:
    """Few images with boxes large and small, some beyond the border, some twins, some on a grid."""
    hw = draw(st.lists(st.tuples(SIDE, SIDE), min_size=1, max_size=3))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    count = draw(st.integers(1, 12))
    image = random.integers(len(hw), size=count)
    sizes = np.array(hw)
    wh = np.exp(random.uniform(0.5, 5.5, (count, 2)))
    corner = random.uniform(-0.2, 1.0, (count, 2)) * sizes[image][:, ::-1]
    boxes = np.concatenate([corner, corner + wh], axis=1)
    if draw(st.booleans()):
        boxes = np.round(boxes / 8) * 8 + np.array([0, 0, 8, 8])
    if draw(st.booleans()):
        boxes[0], image[0] = boxes[-1], image[-1]
    labels = label_set(tuple(map(str, range(len(hw)))), boxes, image, sizes_hw=sizes)
    return design_objects(labels, draw(RULES))


def laid(objects: DesignObjects, found: Coverage, image: int) -> Anchors:
    padded = objects.geometry.padded_hw[image]
    grids = found.pyramid.grids_hw(padded[None])[0]
    return lay_anchors(
        tuple((int(h), int(w)) for h, w in grids),
        (int(padded[0]), int(padded[1])),
        found.pyramid.strides,
        found.anchors,
    )


def targets(anchors: Anchors, boxes: torch.Tensor, thresh: float, low: bool) -> NDArray[np.int64]:
    matches = match_anchors(
        anchors.boxes, boxes, fg_iou_thresh=thresh, bg_iou_thresh=min(0.3, thresh),
        allow_low_quality=low,
    )  # fmt: skip
    return np.bincount(matches.target[matches.target >= 0].numpy(), minlength=len(boxes))


@settings(max_examples=200)
@given(st.data())
def test_equal_to_all_anchors_against_all_objects(data: st.DataObject) -> None:
    objects = data.draw(data_sets())
    pyramid = data.draw(PYRAMIDS)
    anchors = data.draw(anchor_settings(len(pyramid.strides)))
    thresh = data.draw(st.sampled_from([0.1, 0.3, 0.5, 0.7, 0.9]))
    found = coverage(objects, pyramid, anchors, fg_iou_thresh=thresh)
    for image in np.unique(objects.image):
        mine = np.flatnonzero(objects.image == image)
        boxes = torch.from_numpy(objects.boxes[mine])
        all_anchors = laid(objects, found, int(image))
        if not len(all_anchors):
            assert not found.placed_iou[mine].any()
            assert (found.level[mine] == -1).all()
            assert not found.positives_in_all[mine].any()
            continue
        iou = pairwise_iou(boxes, all_anchors.boxes)
        assert np.array_equal(found.placed_iou[mine], iou.max(dim=1).values.numpy())
        _reaches_it_with_the_named_shape(found, mine, iou, all_anchors)
        strict = targets(all_anchors, boxes, thresh, low=False)
        assert np.array_equal(found.positives[mine], strict)
        if found.placed_iou[mine].all():
            with_low = targets(all_anchors, boxes, thresh, low=True)
            assert np.array_equal(found.positives_in_all[mine], with_low)


def _reaches_it_with_the_named_shape(
    found: Coverage, mine: NDArray[np.int64], iou: torch.Tensor, all_anchors: Anchors
) -> None:
    for row, m in enumerate(mine):
        if found.placed[m] < 0:
            assert not iou[row].any()
            continue
        level = all_anchors.levels[found.level[m]]
        within = found.table.within[found.placed[m]]
        own = iou[row, level.start + within : level.start + level.count : level.shapes]
        assert own.max() == found.placed_iou[m]


@settings(max_examples=100)
@given(data_sets(), anchor_settings(2))
def test_shape_only_is_the_upper_bound_of_every_placing(
    objects: DesignObjects, anchors: AnchorSettings
) -> None:
    found = coverage(objects, Pyramid((8, 16)), anchors)
    # float32 sums of large coordinates, against sides alone
    assert (found.placed_iou <= found.shape_iou * (1 + 1e-4) + 1e-6).all()
    if len(found.table):
        half = torch.from_numpy(objects.wh) / 2
        centred = torch.cat((-half, half), 1)
        best = pairwise_iou(centred, torch.from_numpy(found.table.boxes)).max(dim=1).values
        np.testing.assert_allclose(found.shape_iou, best.numpy(), rtol=1e-5, atol=1e-7)


@given(data_sets(), st.integers(0, 40))
def test_worst_come_first(objects: DesignObjects, count: int) -> None:
    found = coverage(objects, Pyramid((8, 16)), AnchorSettings(((16,), (64,)), ((1,),) * 2))
    worst = found.placed_iou[found.worst(count)]
    assert len(worst) == min(count, len(objects))
    assert np.array_equal(worst, np.sort(found.placed_iou)[:count])
