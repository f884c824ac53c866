"""Matching and loss of one image against torchvision's RegionProposalNetwork, term by term."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.detection._utils import Matcher
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.rpn import RegionProposalNetwork, RPNHead
from torchvision.ops import box_iou

from rpn_core.anchors.lay import lay_anchors
from rpn_core.settings import AnchorSettings, LossSettings, MatchSettings, SampleSettings
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.targets.image_matching import match_image
from rpn_core.targets.image_objects import image_objects
from rpn_core.targets.loss import rpn_loss
from rpn_core.targets.loss_terms import LossTerms, loss_terms
from rpn_core.targets.minibatch import draw_minibatch

IMAGE_HW = (192, 256)
ANCHORS = lay_anchors(
    ((12, 16), (6, 8)), IMAGE_HW, (16, 32), AnchorSettings(((32, 48), (64,)), ((0.5, 1, 2),) * 2)
)
LOCATIONS = 12 * 16 + 6 * 8
SAMPLE = SampleSettings(64, 0.5, seed=5)


def objects_of(count: int) -> Tensor:
    corner = torch.rand(count, 2) * torch.tensor([180.0, 120.0])
    return torch.cat((corner, corner + torch.rand(count, 2) * 70 + 8), 1)


@pytest.mark.parametrize("count", [1, 4, 30])
@pytest.mark.parametrize("low_quality", [True, False])
@pytest.mark.parametrize(("high", "low"), [(0.7, 0.3), (0.5, 0.5)])
def test_matching_of_an_image_agrees(count, low_quality, high, low) -> None:
    boxes = objects_of(count)
    theirs = Matcher(high, low, low_quality)(box_iou(boxes, ANCHORS.boxes))
    settings = MatchSettings(high, low, low_quality)
    matching = match_image(ANCHORS.boxes, image_objects(boxes), IMAGE_HW, settings)
    assert torch.equal(matching.matches.target, theirs)
    strict = Matcher(high, low, False)(box_iou(boxes, ANCHORS.boxes))
    allowed = Matcher(high, low, True)(box_iou(boxes, ANCHORS.boxes))
    where = torch.nonzero((allowed >= 0) & (strict < 0)).flatten()
    assert torch.equal(matching.low_quality_matches.anchor, where)
    assert torch.equal(matching.low_quality_matches.learns, allowed[where])
    assert torch.equal(matching.low_quality_matches.was_negative, strict[where] == -1)


class _Sampler:
    """Hands torchvision the sample that we drew."""

    def __init__(self, positives: Tensor, negatives: Tensor) -> None:
        self.drawn = positives, negatives

    def __call__(self, labels: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        masks = []
        for indices in self.drawn:
            mask = torch.zeros(len(labels[0]), dtype=torch.uint8)
            mask[indices] = 1
            masks.append([mask])
        return masks[0], masks[1]


def torchvisions_loss(
    boxes: Tensor, outputs: HeadOutputs, sampler: _Sampler
) -> tuple[float, float]:
    top_n = {"training": 1, "testing": 1}
    rpn = RegionProposalNetwork(
        AnchorGenerator(), RPNHead(8, 3), 0.7, 0.3, 64, 0.5, top_n, top_n, 0.7
    )
    rpn.fg_bg_sampler = sampler
    labels, matched = rpn.assign_targets_to_anchors([ANCHORS.boxes], [{"boxes": boxes}])
    targets = list(rpn.box_coder.encode(matched, [ANCHORS.boxes]))
    objectness, box = rpn.compute_loss(
        outputs.objectness_logits[:, None], outputs.deltas, labels, targets
    )
    return float(objectness), float(box)


def terms_of(boxes: Tensor, settings: LossSettings) -> tuple[LossTerms, HeadOutputs, _Sampler]:
    outputs = HeadOutputs(torch.randn(len(ANCHORS)) * 3, torch.randn(len(ANCHORS), 4) * 0.3)
    objects = image_objects(boxes)
    matching = match_image(ANCHORS.boxes, objects, IMAGE_HW, MatchSettings())
    batch = draw_minibatch(matching.matches.target, SAMPLE)
    terms = loss_terms(
        ANCHORS, outputs, objects, matching.matches, batch, SAMPLE.batch_size_per_image, settings
    )
    return terms, outputs, _Sampler(batch.positives, batch.negatives)


@pytest.mark.parametrize("count", [0, 1, 3, 30])
def test_terms_sum_to_torchvisions_loss(count: int) -> None:
    boxes = objects_of(count)
    terms, outputs, sampler = terms_of(boxes, LossSettings())
    objectness, box = torchvisions_loss(boxes, outputs, sampler)
    assert float(terms.cls_part.sum()) == pytest.approx(objectness, abs=1e-5)
    assert float(terms.reg_part.sum()) == pytest.approx(box, abs=1e-5)
    assert float(terms.part.sum()) == pytest.approx(objectness + box, abs=1e-5)
    assert (float(terms.reg_part.sum()) > 0) == (count > 0)


@pytest.mark.parametrize(
    ("settings", "n_cls", "n_reg"),
    [
        (LossSettings(), None, None),
        (LossSettings("torchvision", 2.5, 0.5), None, None),
        (LossSettings("paper", 10), 64, LOCATIONS),
        (LossSettings("paper", 10, 0), 64, LOCATIONS),
    ],
    ids=["torchvision", "torchvision, other constants", "paper", "paper, plain L1"],
)
@pytest.mark.parametrize("count", [0, 3])
def test_terms_sum_to_the_loss_that_trains(settings, n_cls, n_reg, count) -> None:
    terms, outputs, _ = terms_of(objects_of(count), settings)
    wanted = rpn_loss(
        outputs.objectness_logits[terms.anchor],
        outputs.deltas[terms.anchor[: len(terms.object)]],
        terms.label,
        terms.target_deltas,
        n_cls or len(terms.anchor),
        n_reg,
        settings.beta,
    )
    assert float(terms.cls_part.sum()) == pytest.approx(float(wanted.objectness), abs=1e-5)
    assert float(terms.reg_part.sum()) == pytest.approx(
        settings.reg_lambda * float(wanted.box), rel=1e-5, abs=1e-5
    )
    assert (terms.n_cls, terms.n_reg) == (n_cls or len(terms.anchor), n_reg or len(terms.anchor))


def test_the_papers_mini_batch_counts_whole_even_when_fewer_are_drawn() -> None:
    # torchvision divides by what was drawn: the two forms differ when anchors run short
    boxes = objects_of(2)
    outputs = HeadOutputs(torch.randn(len(ANCHORS)), torch.randn(len(ANCHORS), 4))
    objects = image_objects(boxes)
    matches = match_image(ANCHORS.boxes, objects, IMAGE_HW, MatchSettings()).matches
    batch = draw_minibatch(matches.target, SampleSettings(4096, 0.5))
    assert len(batch) < 4096
    for form, n_cls in (("paper", 4096), ("torchvision", len(batch))):
        terms = loss_terms(ANCHORS, outputs, objects, matches, batch, 4096, LossSettings(form))
        assert terms.n_cls == n_cls


def test_each_term_is_what_torch_says_of_it_alone() -> None:
    terms, outputs, _ = terms_of(objects_of(3), LossSettings("paper", 10.0))
    positives = len(terms.object)
    assert positives > 0
    for place, (anchor, label) in enumerate(zip(terms.anchor, terms.label, strict=True)):
        logit = outputs.objectness_logits[anchor]
        by_score = F.binary_cross_entropy_with_logits(logit, label) / 64
        by_offset = torch.tensor(0.0)
        if place < positives:
            by_offset = F.smooth_l1_loss(
                outputs.deltas[anchor], terms.target_deltas[place], beta=1 / 9, reduction="sum"
            )
        assert float(terms.part[place]) == pytest.approx(
            float(by_score + 10 * by_offset / LOCATIONS), abs=1e-6
        )
