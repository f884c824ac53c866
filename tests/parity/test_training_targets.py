"""Matching and loss against torchvision's Matcher and RegionProposalNetwork.compute_loss."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torchvision.models.detection._utils import Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.ops import box_iou, clip_boxes_to_image

from rpn_core.anchors.lay import lay_anchors
from rpn_core.geometry.box_coder import encode
from rpn_core.geometry.boxes import clip_to_image, pairwise_iou
from rpn_core.settings import AnchorSettings
from rpn_core.targets.loss import joined, rpn_loss
from rpn_core.targets.matching import match_anchors
from rpn_core.targets.sampling import sample_anchors

ANCHORS = lay_anchors(
    ((12, 16), (6, 8)), (192, 256), (16, 32), AnchorSettings(((32, 48), (64,)), ((0.5, 1, 2),) * 2)
).boxes


def _objects(count: int) -> Tensor:
    corner = torch.rand(count, 2) * torch.tensor([200.0, 140.0])
    return torch.cat((corner, corner + torch.rand(count, 2) * 90 + 8), 1)


# On a regular grid an object that is centred on a cell's corner ties with all cells around it.
TIED = torch.tensor([[48.0, 48, 80, 80], [96.0, 96, 128, 128]])
OBJECTS = [
    pytest.param(lambda: _objects(1), id="one object"),
    pytest.param(lambda: _objects(40), id="many"),
    pytest.param(lambda: TIED, id="ties"),
    pytest.param(lambda: ANCHORS[[5, 300, 301]], id="anchors themselves: IoU 1"),
    pytest.param(lambda: torch.tensor([[60.0, 60, 64, 64]]), id="tiny: low quality only"),
    pytest.param(lambda: torch.tensor([[60.0, 60, 60, 64], [0, 0, 32, 32]]), id="no area"),
    pytest.param(lambda: torch.tensor([[30.0, 30, 90, 90], [30, 30, 90, 90]]), id="twins"),
]


@pytest.mark.parametrize("objects", OBJECTS)
@pytest.mark.parametrize("low_quality", [True, False])
@pytest.mark.parametrize(("high", "low"), [(0.7, 0.3), (0.5, 0.5), (0.4, 0.1)])
def test_targets_agree(objects, low_quality: bool, high: float, low: float) -> None:  # type: ignore[no-untyped-def]
    boxes = objects()
    iou = box_iou(boxes, ANCHORS)
    theirs = Matcher(high, low, allow_low_quality_matches=low_quality)(iou)
    ours = match_anchors(
        ANCHORS, boxes, fg_iou_thresh=high, bg_iou_thresh=low, allow_low_quality=low_quality
    )
    assert torch.equal(ours.target, theirs)
    assert torch.equal(ours.best_iou, iou.max(0).values)
    # low quality: torchvision makes it positive only when low-quality matches are allowed
    strict = Matcher(high, low, allow_low_quality_matches=False)(iou)
    assert torch.equal(ours.low_quality, (theirs >= 0) & (strict < 0))


def test_pairwise_iou_agrees_but_for_pairs_without_area() -> None:
    a, b = _objects(30), _objects(40)
    a[0, 2:], b[0, 2:] = a[0, :2], b[0, :2]
    ours, theirs = pairwise_iou(a, b), box_iou(a, b)
    assert theirs[0, 0].isnan()
    assert torch.equal(ours, theirs.nan_to_num(0))


def test_clip_agrees() -> None:
    boxes = torch.randn(500, 4) * 300
    assert torch.equal(clip_to_image(boxes, (192, 256)), clip_boxes_to_image(boxes, (192, 256)))


class _Sampler:
    """Hands torchvision the sample that we drew."""

    def __init__(self, drawn: list[tuple[Tensor, Tensor]]) -> None:
        self.drawn = drawn

    def __call__(self, labels: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        def masks(which: int) -> list[Tensor]:
            made = []
            for label, pair in zip(labels, self.drawn, strict=True):
                mask = torch.zeros(len(label), dtype=torch.uint8)
                mask[pair[which]] = 1
                made.append(mask)
            return made

        return masks(0), masks(1)


def _rpn(drawn: list[tuple[Tensor, Tensor]]) -> RegionProposalNetwork:
    top_n = {"training": 1, "testing": 1}
    rpn = RegionProposalNetwork(
        AnchorGenerator(), RPNHead(8, 3), 0.7, 0.3, 64, 0.5, top_n, top_n, 0.7
    )
    rpn.fg_bg_sampler = _Sampler(drawn)
    return rpn


@pytest.mark.parametrize("counts", [(3,), (0,), (5, 2), (4, 0)], ids=str)
def test_loss_agrees_on_the_same_sample(counts: tuple[int, ...]) -> None:
    images = [_objects(count) for count in counts]
    logits = torch.randn(len(images), len(ANCHORS)) * 3
    deltas = torch.randn(len(images), len(ANCHORS), 4) * 0.3
    matches = [match_anchors(ANCHORS, boxes) for boxes in images]
    drawn = [sample_anchors(match.target, batch_size_per_image=64) for match in matches]

    rpn = _rpn(drawn)
    labels, matched = rpn.assign_targets_to_anchors(
        [ANCHORS] * len(images), [{"boxes": boxes} for boxes in images]
    )
    regression = list(rpn.box_coder.encode(matched, [ANCHORS] * len(images)))
    theirs = rpn.compute_loss(logits.reshape(-1, 1), deltas.reshape(-1, 4), labels, regression)

    sampled = sum(len(positives) + len(negatives) for positives, negatives in drawn)
    parts = []
    for i, (positives, negatives) in enumerate(drawn):
        chosen = torch.cat((positives, negatives))
        is_object = (torch.arange(len(chosen)) < len(positives)).float()
        objects = images[i][matches[i].target[positives]] if len(images[i]) else torch.empty(0, 4)
        target = encode(ANCHORS[positives], objects)
        parts.append(rpn_loss(logits[i, chosen], deltas[i, positives], is_object, target, sampled))
    ours = joined(parts)
    torch.testing.assert_close(ours.objectness, theirs[0])
    torch.testing.assert_close(ours.box, theirs[1])
    assert (float(ours.box) > 0) == any(counts)
