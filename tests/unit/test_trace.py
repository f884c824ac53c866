"""The trace tells what the stages did, and its formulas evaluate to what the core computed."""

from __future__ import annotations

import math
import re

import pytest
import torch

from rpn_core.figures.trace_formula import formula_lines
from rpn_core.geometry.box_coder import DELTA_CLAMP, decode
from rpn_core.proposers.plain import after_head
from rpn_core.results.trace import trace_anchor
from rpn_core.settings import NmsSettings, SelectionSettings
from rpn_core.stages.fate import Fate
from rpn_core.stages.stage_results import StageResults
from tests.example_stages import EVERY_FATE, IMAGE_HW, anchors, network_input, outputs, stages


@pytest.fixture(scope="module")
def result() -> StageResults:
    return stages()


def first_with(result: StageResults, fate: Fate) -> int:
    return int((result.ledger.fate == int(fate)).nonzero()[0])


def evaluate(latex: str) -> float:
    """Work out the number that a filled-in formula stands for."""
    python = re.sub(r"10\^\{(-?\d+)\}", r"10 ** \1", latex)
    python = python.replace(r"\cdot", "*").replace("\\", "")
    return float(eval(python, {"exp": math.exp, "min": min, "max": max}))  # our own text


@pytest.mark.parametrize("index", [0, 17, 300, 575, 576, 671])
def test_every_formula_evaluates_to_what_the_core_computed(result, index):
    lines = formula_lines(trace_anchor(result, index))
    assert len(lines) == 21
    for line in lines:
        assert evaluate(line.filled) == pytest.approx(line.value, rel=2e-4, abs=3e-3), line


@pytest.mark.parametrize("index", [0, 300, 671])
def test_last_decoded_corners_are_those_of_decode(result, index):
    boxes = decode(result.predictions.anchors.boxes, result.predictions.origin.deltas)
    corners = [
        li.value for li in formula_lines(trace_anchor(result, index)) if li.step == "corners"
    ]
    assert corners == boxes[index].tolist()


def test_terms_make_the_decoded_box_to_the_last_bit(result):
    for index in range(0, len(result.predictions.anchors), 7):
        d = trace_anchor(result, index).decoding
        centre, half = torch.tensor([d.cx, d.cy]), torch.tensor([d.w, d.h]) * 0.5
        assert torch.equal(
            torch.cat((centre - half, centre + half)), result.predictions.boxes[index]
        )


def test_formula_shows_a_hand_calculation():
    laid, out = anchors(), outputs(672)
    out.deltas[0] = torch.tensor([0.5, -0.25, 0.0, math.log(2)])
    out.objectness_logits[0] = 0.0
    # anchor 0: 8x8 around (4, 4): x moves by 4, y by -2, the height doubles
    trace = trace_anchor(after_head(network_input(), laid, out, *EVERY_FATE), 0)
    lines = {line.symbol: line for line in formula_lines(trace)}
    assert lines["s"].value == 0.5
    assert lines["c_x"].filled == r"0.5 \cdot 8 + 4"
    assert lines["c_y"].filled == r"(-0.25) \cdot 8 + 4"
    assert lines["h"].value == pytest.approx(16)
    assert trace.decoded_box == pytest.approx((4, -6, 12, 10))
    assert trace.clipped_box == pytest.approx((4, 0, 12, 10))
    assert trace.original_box == pytest.approx((12, 0, 36, 20))  # photo: 3 x wider, 2 x taller
    assert lines["c_x"].latex == (
        r"\begin{aligned} c_x &= d_x \cdot w_a + x_a \\ &= 0.5 \cdot 8 + 4 \\ &= 8 \end{aligned}"
    )


@pytest.mark.parametrize(
    ("dw", "clamped"), [(DELTA_CLAMP - 1e-3, False), (DELTA_CLAMP + 1e-3, True), (-9.0, False)]
)
def test_clamp_is_noted_exactly_when_it_changed_the_width(dw, clamped):
    laid, out = anchors(), outputs(672)
    out.deltas[40] = torch.tensor([0.0, 0.0, dw, 0.0])
    trace = trace_anchor(after_head(network_input(), laid, out, *EVERY_FATE), 40)
    note = next(line.note for line in formula_lines(trace) if line.symbol == "w")
    assert (trace.decoding.dw_clamped, bool(note)) == (clamped, clamped)
    assert not trace.decoding.dh_clamped


def test_small_deltas_are_shown_as_powers_of_ten():
    laid, out = anchors(), outputs(672)
    out.deltas[40] = torch.tensor([2e-7, -3e-6, 0.0, 0.0])
    trace = trace_anchor(after_head(network_input(), laid, out, *EVERY_FATE), 40)
    filled = {line.symbol: line.filled for line in formula_lines(trace)}
    assert r"2 \cdot 10^{-7}" in filled["c_x"]
    assert r"-3 \cdot 10^{-6}" in filled["c_y"]


@pytest.mark.parametrize("fate", list(Fate))
def test_fate_and_the_places_that_go_with_it(result, fate):
    trace = trace_anchor(result, first_with(result, fate))
    ranks = trace.ranks
    assert trace.fate is fate
    assert (ranks.level is None) == (fate is Fate.CROSSES_BORDER)
    assert (ranks.nms is not None) == (fate >= Fate.SUPPRESSED)
    assert (ranks.survivor is not None) == (fate >= Fate.BEYOND_POST_NMS_TOP_N)
    assert (trace.suppressor is not None) == (fate is Fate.SUPPRESSED)
    if ranks.level is not None:
        top_n = EVERY_FATE[0].pre_nms_top_n
        assert (ranks.level > top_n) == (fate is Fate.BELOW_PRE_NMS_TOP_N)
    if ranks.survivor is not None:
        kept = EVERY_FATE[1].post_nms_top_n
        assert (ranks.survivor > kept) == (fate is Fate.BEYOND_POST_NMS_TOP_N)


def test_level_ranks_are_a_ranking_also_among_ties():
    # without the other filters all anchors of a level are candidates: both orders are whole
    result = stages(SelectionSettings(min_size=0.0), NmsSettings())
    traces = [trace_anchor(result, index) for index in range(576, 672)]
    assert sorted(t.ranks.level for t in traces) == list(range(1, 97))
    best_first = sorted(traces, key=lambda t: t.ranks.level)
    assert [(-t.logit, t.index) for t in best_first] == sorted((-t.logit, t.index) for t in traces)
    assert [t.ranks.nms for t in traces] == [t.ranks.level for t in traces]
    assert {t.ranks.nms_of for t in traces} == {96}


def test_suppressor_is_the_ledgers(result):
    index = first_with(result, Fate.SUPPRESSED)
    trace = trace_anchor(result, index)
    assert trace.suppressor.index == int(result.ledger.suppressed_by[index])
    assert trace.suppressor.iou > EVERY_FATE[1].nms_thresh
    assert trace.suppressor.score >= trace.score
    assert trace.suppressor.address.level == trace.address.level


def test_geometry_comes_from_the_anchors_address(result):
    trace = trace_anchor(result, 671)  # the last: level 1, row 5, column 7, ratio 2
    assert (trace.address.level, trace.address.y, trace.address.x, trace.address.shape) == (
        1,
        5,
        7,
        1,
    )
    assert (trace.size, trace.ratio, trace.stride_hw) == (48, 2, (16, 16))
    assert trace.image_hw == IMAGE_HW
    assert trace.decoding.ha / trace.decoding.wa == pytest.approx(2)


@pytest.mark.parametrize("index", [-1, 672])
def test_an_anchor_that_does_not_exist(result, index):
    with pytest.raises(IndexError, match="there are 672"):
        trace_anchor(result, index)
