"""Kept boxes, duplicates and recall against the threshold, against one run for each threshold."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rpn_core.figures.nms_curves import threshold_figure
from rpn_core.figures.nms_matrix import iou_matrix_figure
from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.nms.greedy import greedy_nms
from rpn_core.nms_analysis.curves import runs, threshold_curves
from rpn_core.nms_analysis.neighbours import neighbourhood
from rpn_core.nms_analysis.survival import THRESHOLDS, overlap_graph, survival_masks

RANDOM = torch.Generator().manual_seed(3)
CORNER = torch.rand(120, 2, generator=RANDOM) * 60
BOXES = torch.cat((CORNER, CORNER + 10 + torch.rand(120, 2, generator=RANDOM) * 40), 1)
SCORES = torch.rand(120, generator=RANDOM)
OBJECTS = torch.tensor([[5.0, 5, 40, 40], [30, 30, 80, 70], [500, 500, 520, 520]])


def curves(objects=OBJECTS, top_n=60):
    graph = overlap_graph(BOXES, SCORES)
    return threshold_curves(BOXES, graph, survival_masks(graph), top_n, objects)


def test_every_threshold_as_if_it_were_the_only_one():
    found = curves()
    for percent, threshold in enumerate(THRESHOLDS):
        survivors, _, _ = greedy_nms(BOXES, SCORES, threshold)
        kept = survivors[:60]
        iou = pairwise_iou(BOXES[kept], OBJECTS)
        assert found.survivors[percent] == len(survivors)
        assert found.kept[percent] == len(kept)
        assert found.found[percent].tolist() == (iou >= 0.5).any(0).tolist()
        own = (iou >= 0.5) & (iou == iou.max(1, keepdim=True).values)
        assert found.duplicates[percent].tolist() == (own.sum(0) - 1).clamp(min=0).tolist()
    assert found.covered.tolist() == [True, True, False]
    assert found.recall.max() == pytest.approx(2 / 3)
    assert found.recall.tolist() == found.found.mean(1).tolist()


def test_lost_objects_and_where_they_come_back():
    # a neighbour overlaps the better box by 0.6: it falls up to 0.59, and the object with it
    boxes = torch.tensor([[0.0, 0, 10, 10], [0, 0, 10, 6]])
    graph = overlap_graph(boxes, torch.tensor([0.9, 0.8]))
    found = threshold_curves(
        boxes, graph, survival_masks(graph), 10, torch.tensor([[0.0, 0, 10, 4.5]]), 0.7
    )
    first = next(k for k in range(101) if not float(graph.iou[0]) > k / 100)
    assert found.lost(first - 1) == (0,)
    assert found.lost(first) == ()
    assert found.found_from_to(0) == ((first / 100, 1.0),)


def test_without_objects_there_is_no_recall():
    found = curves(torch.empty(0, 4))
    assert found.found.shape == (101, 0)
    assert np.isnan(found.recall).all()
    assert found.kept.max() == 60


def test_without_boxes_everything_is_zero():
    graph = overlap_graph(torch.empty(0, 4), torch.empty(0))
    found = threshold_curves(torch.empty(0, 4), graph, survival_masks(graph), 5, OBJECTS)
    assert found.survivors.sum() == found.kept.sum() == found.found.sum() == 0
    assert found.lost(50) == ()


def test_runs_at_both_ends():
    flags = np.zeros(101, bool)
    assert runs(flags) == ()
    flags[[0, 1, 100]] = True
    assert runs(flags) == ((0.0, 0.01), (1.0, 1.0))


def test_neighbours_are_those_that_overlap_most_of_the_same_group():
    group = torch.arange(120).remainder(2).to(torch.uint8)
    near = neighbourhood(BOXES, SCORES, 7, most=5, group=group)
    iou = pairwise_iou(BOXES[7, None], BOXES)[0]
    iou[7] = 0
    iou[group != group[7]] = 0
    assert near.present == int((iou > 0).sum()) > 5
    assert set(near.boxes.tolist()) == {7, *iou.topk(5).indices.tolist()}
    assert SCORES[near.boxes].tolist() == sorted(SCORES[near.boxes].tolist(), reverse=True)
    assert torch.equal(near.iou, pairwise_iou(BOXES[near.boxes], BOXES[near.boxes]))


def test_a_lonely_box_has_itself():
    near = neighbourhood(torch.tensor([[0.0, 0, 1, 1], [5, 5, 6, 6]]), torch.tensor([0.1, 0.2]), 0)
    assert near.boxes.tolist() == [0]
    assert near.present == 0


@pytest.mark.parametrize(("objects", "traces"), [(OBJECTS, 4), (torch.empty(0, 4), 2)])
@pytest.mark.parametrize("threshold", [0.3, 0.7, None])
def test_the_curve_marks_the_threshold_in_force(objects, traces, threshold):
    figure = threshold_figure(curves(objects), threshold)
    type(figure)(figure.to_dict())  # Plotly validates every property here
    assert len(figure.data) == traces
    lines = [shape["x0"] for shape in figure.layout.shapes]
    assert lines == ([] if threshold is None else [threshold])


def test_a_click_on_a_row_names_its_box():
    near = neighbourhood(BOXES, SCORES, 7, most=4)
    anchors = near.boxes.tolist()
    figure = iou_matrix_figure(near.iou, [f"Box {i}" for i in anchors], anchors, 0.3, 2)
    type(figure)(figure.to_dict())
    targets = figure.data[1]
    assert [targets.customdata[i * 5] for i in range(5)] == anchors
    framed = sum(colour == "#ffffff" for colour in targets.marker.color)
    off_diagonal = near.iou - torch.eye(5)
    assert framed == int((off_diagonal > 0.3).sum()) > 0
