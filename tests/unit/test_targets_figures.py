"""The charts of the loss, of recall by stage and of best IoU carry the right numbers."""

from __future__ import annotations

import plotly.graph_objects as go
import pytest
import torch

from rpn_core.anchors.lay import lay_anchors
from rpn_core.figures.targets_contributions import contributions_figure
from rpn_core.figures.targets_palette import ROLE_STYLES, STATE_STYLES
from rpn_core.figures.targets_recall import stage_recall_figure
from rpn_core.figures.targets_smooth_l1 import smooth_l1_figure
from rpn_core.settings import AnchorSettings, LossSettings, MatchSettings, SampleSettings
from rpn_core.stages.head_outputs import HeadOutputs
from rpn_core.targets.anchor_state import AnchorState
from rpn_core.targets.image_matching import match_image
from rpn_core.targets.image_objects import image_objects
from rpn_core.targets.iou_histogram import iou_histogram
from rpn_core.targets.loss_terms import LossTerms, loss_terms
from rpn_core.targets.minibatch import Role, draw_minibatch
from rpn_core.targets.stage_recall import stage_recall
from tests.example_stages import stages

IMAGE_HW = (192, 256)
ANCHORS = lay_anchors(((12, 16),), IMAGE_HW, (16,), AnchorSettings(((32, 48),), ((0.5, 1, 2),)))
BOXES = torch.tensor([[40.0, 40, 76, 80], [100, 100, 110, 130]])


def terms(boxes: torch.Tensor = BOXES, settings: LossSettings | None = None) -> LossTerms:
    outputs = HeadOutputs(torch.randn(len(ANCHORS)), torch.randn(len(ANCHORS), 4) * 0.2)
    objects = image_objects(boxes)
    matches = match_image(ANCHORS.boxes, objects, IMAGE_HW, MatchSettings()).matches
    batch = draw_minibatch(matches.target, SampleSettings(32))
    return loss_terms(ANCHORS, outputs, objects, matches, batch, 32, settings or LossSettings())


@pytest.mark.parametrize("boxes", [BOXES, BOXES[:0]], ids=["objects", "none"])
def test_bars_sum_to_the_loss(boxes: torch.Tensor) -> None:
    made = terms(boxes, LossSettings("paper", 10))
    (bar,) = contributions_figure(made).data
    assert sum(bar.x) == pytest.approx(float(made.part.sum()), rel=1e-5)
    assert bar.x[0] == pytest.approx(float(made.cls_part[: len(made.object)].sum()), rel=1e-5)


@pytest.mark.parametrize("beta", [0, 1 / 9, 1])
def test_marks_lie_on_the_curve_at_the_residuals(beta: float) -> None:
    made = terms(settings=LossSettings(beta=beta))
    curve, *marks = smooth_l1_figure(made).data
    assert len(curve.x) == 201
    for number, mark in enumerate(marks):
        assert mark.x == pytest.approx(made.residuals[:, number].tolist(), rel=1e-3, abs=1e-6)
        for x, y in zip(mark.x, mark.y, strict=True):
            wanted = 0.5 * x * x / beta if abs(x) < beta else abs(x) - 0.5 * beta
            assert y == pytest.approx(wanted, rel=1e-3, abs=1e-6)
        assert max(map(abs, mark.x)) < max(curve.x)


def test_one_positive_alone() -> None:
    made = terms()
    marks = smooth_l1_figure(made, chosen=1).data[1:]
    assert [len(mark.x) for mark in marks] == [1] * 4
    assert marks[0].customdata[0] == int(made.anchor[1])


def test_without_a_positive_the_curve_is_drawn_alone() -> None:
    curve, *marks = smooth_l1_figure(terms(BOXES[:0])).data
    assert len(curve.x) == 201
    assert all(len(mark.x or ()) == 0 for mark in marks)


def test_recall_bars_count_objects() -> None:
    result = stages()
    objects = result.selection.boxes[result.ledger.kept[:3]]
    recall = stage_recall(result, objects, border_rule=True)
    figure = stage_recall_figure(recall, (0.5, 1.0))
    assert [bar.name for bar in figure.data] == ["IoU ≥ 0.5", "IoU ≥ 1"]
    assert figure.data[1].text[-1] == "3 of 3"
    assert list(figure.data[0].y) == [str(label) for label in recall.labels]
    assert "Decoded boxes" in figure.to_json()


def test_charts_are_valid() -> None:
    result = stages()
    recall = stage_recall(result, BOXES, border_rule=True)
    for figure in (
        contributions_figure(terms()),
        smooth_l1_figure(terms()),
        stage_recall_figure(recall, (0.5, 0.7)),
    ):
        go.Figure(figure.to_dict())  # raises for an unknown property


@pytest.mark.parametrize("fg", [0.3, 0.5, 0.7, 0.71])
def test_a_threshold_can_be_read_off_the_histogram(fg: float) -> None:
    # exact tenths of IoU among them: an anchor of 10 x h on an object of 10 x 10
    exact = torch.tensor([[0.0, 0, 10, h] for h in (1, 2, 3, 5, 7, 7.1, 10)])
    objects = image_objects(torch.cat((BOXES, torch.tensor([[0.0, 0, 10, 10]]))))
    laid = torch.cat((ANCHORS.boxes, exact))
    settings = MatchSettings(fg, 0.3, drop_cross_border=True)
    matching = match_image(laid, objects, IMAGE_HW, settings)
    histogram = iou_histogram(matching)
    at = round(fg * 100)
    assert int(histogram.counts[at:].sum()) == matching.count(AnchorState.POSITIVE)
    low = int(histogram.low_quality[:30].sum())
    assert int(histogram.counts[:30].sum()) - low == matching.count(AnchorState.NEGATIVE)
    assert int(histogram.low_quality.sum()) == matching.count(AnchorState.LOW_QUALITY)
    assert histogram.left_out == matching.count(AnchorState.CROSSES_BORDER) > 0
    assert int(histogram.counts.sum()) + histogram.left_out == len(laid)


def test_every_state_and_role_has_a_line_of_its_own() -> None:
    assert set(STATE_STYLES) == set(AnchorState)
    assert set(ROLE_STYLES) == set(Role)
    for styles in (STATE_STYLES, ROLE_STYLES):
        assert len({(line.dash, line.width) for line in styles.values()}) == len(styles)
