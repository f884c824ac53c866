"""The charts carry the right numbers, few of them, and leave colours to the page's theme."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

from rpn_core.fate import Fate
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.funnel import funnel_figure
from rpn_core.figures.histograms import BINS, delta_histograms, score_histogram
from rpn_core.figures.palette import FATE_STYLES, LEVEL_COLOURS
from rpn_core.funnel import funnel
from tests.example_stages import stages

RESULT = stages()
STEPS = funnel(RESULT.ledger, border_rule=True)
NAMES = ("stride 8", "stride 16")


def figures():
    kept = RESULT.ledger.kept
    return {
        "funnel": funnel_figure(STEPS, NAMES),
        "scores": score_histogram(RESULT.selection.scores, kept, 0.45),
        "deltas": delta_histograms(RESULT.outputs.deltas, RESULT.selection.candidates, kept),
    }


def bars(figure):
    return [trace for trace in figure.data if trace.type == "bar"]


def test_funnel_bars_add_up_to_the_totals_written_beside_them():
    figure = figures()["funnel"]
    sums = np.sum([bar.x for bar in bars(figure)], axis=0)
    assert sums.tolist() == [step.total_out for step in STEPS]
    assert [a.text for a in figure.layout.annotations] == [f"{s.total_out:,}" for s in STEPS]


def test_a_click_anywhere_in_the_funnel_names_its_stage():
    keys = ("anchors", "inside", "pre_nms", "min_size", "score", "nms", "kept")
    assert [trace.customdata for trace in figures()["funnel"].data] == [keys] * 3


def test_levels_differ_by_colour_and_by_hatching():
    many = funnel_figure(
        funnel(_six_levels(), border_rule=False), [f"stride {2**i}" for i in range(2, 8)]
    )
    assert tuple(bar.marker.color for bar in bars(many)) == LEVEL_COLOURS
    assert len({bar.marker.pattern.shape for bar in bars(many)}) == 6


def _six_levels():
    from dataclasses import replace

    return replace(RESULT.ledger, counts=torch.tensor([[0, 0, 0, 0, 0, 0, 5]] * 6))


def test_chosen_stage_is_marked_and_only_that():
    ticks = funnel_figure(STEPS, NAMES, chosen="nms").layout.yaxis.ticktext
    assert [t for t in ticks if t.startswith("<b>▸")] == ["<b>▸ Survived NMS</b>"]
    assert not any("▸" in t for t in figures()["funnel"].layout.yaxis.ticktext)


def test_funnel_wants_one_name_a_level():
    with pytest.raises(ValueError, match="1 names came for 2 levels"):
        funnel_figure(STEPS, ["stride 8"])


def test_score_bars_count_every_anchor_and_every_proposal():
    everything, kept = bars(figures()["scores"])
    assert (sum(everything.y), sum(kept.y)) == (672, 10)
    assert all(k <= a for k, a in zip(kept.y, everything.y, strict=True))


def test_a_score_falls_into_the_bar_that_stands_there():
    scores = torch.tensor([0.0, 0.011, 0.5, 1.0])
    everything, _ = bars(score_histogram(scores, torch.tensor([], dtype=torch.int64), 0))
    filled = {round(x, 3): n for x, n in zip(everything.x, everything.y, strict=True) if n}
    assert filled == {0.01: 2, 0.51: 1, 0.99: 1}


@pytest.mark.parametrize(("thresh", "lines"), [(0.0, 0), (0.05, 1), (0.9, 1)])
def test_threshold_line_stands_at_the_threshold_unless_it_drops_nothing(thresh, lines):
    layout = score_histogram(RESULT.selection.scores, RESULT.ledger.kept, thresh).layout
    assert [shape.x0 for shape in layout.shapes] == [thresh] * lines
    assert [a.text for a in layout.annotations] == [f"threshold {thresh:g}"] * lines


def test_delta_bars_share_one_ruler_and_sum_to_a_hundred_percent():
    figure = figures()["deltas"]
    for entered, kept in zip(bars(figure)[::2], bars(figure)[1::2], strict=True):
        assert entered.x == kept.x
        assert (sum(entered.y), sum(kept.y)) == pytest.approx((100, 100))
    titles = [figure.layout[f"xaxis{n}"].title.text[:2] for n in ("", 2, 3, 4)]
    assert titles == ["dx", "dy", "dw", "dh"]


def test_each_delta_is_drawn_from_its_own_column():
    deltas = torch.tensor([[0.0, 10.0, 20.0, 30.0]] * 3)
    figure = delta_histograms(deltas, torch.arange(3), torch.arange(1))
    for expected, entered in zip((0, 10, 20, 30), bars(figure)[::2], strict=True):
        [place] = np.nonzero(entered.y)[0]
        assert entered.x[place] == pytest.approx(expected, abs=0.011)


NOTHING = torch.tensor([], dtype=torch.int64)


@pytest.mark.parametrize("values", [torch.zeros(0, 4), torch.full((3, 4), torch.nan)])
def test_histograms_of_nothing_are_empty_and_do_not_fail(values):
    everyone = torch.arange(len(values))
    for figure in (
        delta_histograms(values, everyone, NOTHING),
        score_histogram(values[:, 0], NOTHING, 0.5),
    ):
        assert all(sum(bar.y) == 0 for bar in bars(figure))


def test_payload_does_not_grow_with_the_number_of_anchors():
    def arrays(anchors: int):
        score = score_histogram(torch.rand(anchors), torch.arange(anchors // 2), 0.1)
        deltas = delta_histograms(
            torch.randn(anchors, 4), torch.arange(anchors), torch.arange(anchors // 2)
        )
        return [trace for figure in (score, deltas) for trace in figure.data]

    for trace in arrays(30_000):
        assert {len(trace.x), len(trace.y), len(trace.hovertext)} == {BINS}
    size = sum(len(json.dumps(trace.to_plotly_json())) for trace in arrays(30_000))
    assert size < 60_000


@pytest.mark.parametrize("name", ["funnel", "scores", "deltas"])
def test_ground_is_clear_and_text_keeps_the_themes_colour(name):
    layout = figures()[name].layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    own = layout.to_plotly_json()
    del own["template"]
    assert '"font"' not in json.dumps(own)
    assert layout.uirevision == name


@pytest.mark.parametrize("name", ["funnel", "scores", "deltas"])
def test_colours_are_the_palettes(name):
    known = {*LEVEL_COLOURS, *(style.colour for style in FATE_STYLES.values())}
    assert {bar.marker.color for bar in bars(figures()[name])} <= known
    assert FATE_STYLES[Fate.KEPT].colour in known


@pytest.mark.parametrize("name", ["funnel", "scores", "deltas"])
def test_every_axis_says_what_it_counts(name):
    layout = figures()[name].layout
    for key in layout:
        if key.startswith("xaxis"):
            assert layout[key].title.text
    if name != "funnel":  # its rows are named one by one
        assert "%" in layout.yaxis.title.text or "anchors" in layout.yaxis.title.text


def test_no_button_sends_a_chart_away():
    assert CHART_CONFIG["showSendToCloud"] is False
    assert "sendChartToCloud" in CHART_CONFIG["modeBarButtonsToRemove"]
