"""The charts carry the right numbers, few of them, and leave colours to the page's theme."""

from __future__ import annotations

import json

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.figures.funnel import funnel_figure
from rpn_core.figures.histograms import BINS, NONE, delta_histograms, score_histogram
from rpn_core.figures.palette import FATE_STYLES, LEVEL_COLOURS
from rpn_core.results.funnel import funnel
from rpn_core.stages.fate import Fate
from tests.example_stages import stages

RESULT = stages()
STEPS = funnel(RESULT.ledger, border_rule=True)
NAMES = ("stride 8", "stride 16")


def figures():
    kept = RESULT.ledger.kept
    return {
        "funnel": funnel_figure(STEPS, NAMES),
        "scores": score_histogram(RESULT.selection.scores, kept, 0.45),
        "deltas": delta_histograms(
            RESULT.predictions.origin.deltas, RESULT.selection.candidates, kept
        ),
    }


def bars(figure):
    return [trace for trace in figure.data if trace.type == "bar"]


def steps(figure):
    """Of each stepped line the edges, and the heights of its 50 steps."""
    for line in figure.data:
        assert line.line.shape == "hv"
        assert (len(line.x), len(line.y), line.y[-1]) == (BINS + 1, BINS + 1, line.y[-2])
    return [(np.array(line.x), np.array(line.y[:-1])) for line in figure.data]


def counts(figure):
    """Heights of a logarithmic chart, whose floor stands for none."""
    return [np.where(heights == NONE, 0, heights) for _, heights in steps(figure)]


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


def test_score_steps_count_every_anchor_and_every_proposal():
    everything, kept = counts(figures()["scores"])
    assert (everything.sum(), kept.sum()) == (672, 10)
    assert (kept <= everything).all()


def test_a_score_falls_into_the_step_that_stands_there():
    scores = torch.tensor([0.0, 0.011, 0.5, 1.0])
    figure = score_histogram(scores, torch.tensor([], dtype=torch.int64), 0)
    edges, _ = steps(figure)[0]
    heights = counts(figure)[0]
    filled = {round(edges[i], 3): int(heights[i]) for i in np.nonzero(heights)[0]}
    assert filled == {0.0: 2, 0.5: 1, 0.98: 1}


def test_the_tallest_score_step_fits_into_the_chart():
    figure = figures()["scores"]
    low, high = figure.layout.yaxis.range
    assert low == pytest.approx(np.log10(NONE))
    assert high > np.log10(max(figure.data[0].y))


@pytest.mark.parametrize(("thresh", "lines"), [(0.0, 0), (0.05, 1), (0.9, 1)])
def test_threshold_line_stands_at_the_threshold_unless_it_drops_nothing(thresh, lines):
    layout = score_histogram(RESULT.selection.scores, RESULT.ledger.kept, thresh).layout
    assert [shape.x0 for shape in layout.shapes] == [thresh] * lines
    assert [a.text for a in layout.annotations] == [f"threshold {thresh:g}"] * lines


def test_delta_steps_share_one_ruler_and_sum_to_a_hundred_percent():
    figure = figures()["deltas"]
    lines = steps(figure)
    for (entered_at, entered), (kept_at, kept) in zip(lines[::2], lines[1::2], strict=True):
        assert entered_at.tolist() == kept_at.tolist()
        assert (entered.sum(), kept.sum()) == pytest.approx((100, 100), abs=1e-3)
    titles = [figure.layout[f"xaxis{n}"].title.text[:2] for n in ("", 2, 3, 4)]
    assert titles == ["dx", "dy", "dw", "dh"]


def test_each_delta_is_drawn_from_its_own_column():
    deltas = torch.tensor([[0.0, 10.0, 20.0, 30.0]] * 3)
    figure = delta_histograms(deltas, torch.arange(3), torch.arange(1))
    for expected, (edges, heights) in zip((0, 10, 20, 30), steps(figure)[::2], strict=True):
        [place] = np.nonzero(heights)[0]
        assert edges[place] - 1e-3 <= expected <= edges[place + 1] + 1e-3


NOTHING = torch.tensor([], dtype=torch.int64)


@pytest.mark.parametrize("values", [torch.zeros(0, 4), torch.full((3, 4), torch.nan)])
def test_histograms_of_nothing_are_empty_and_do_not_fail(values):
    everyone = torch.arange(len(values))
    deltas = delta_histograms(values, everyone, NOTHING)
    scores = score_histogram(values[:, 0], NOTHING, 0.5)
    assert not np.any([heights for _, heights in steps(deltas)])
    assert not np.any(counts(scores))


def test_payload_does_not_grow_with_the_number_of_anchors():
    def lines(anchors: int):
        score = score_histogram(torch.rand(anchors), torch.arange(anchors // 2), 0.1)
        deltas = delta_histograms(
            torch.randn(anchors, 4), torch.arange(anchors), torch.arange(anchors // 2)
        )
        return [trace for figure in (score, deltas) for trace in figure.data]

    for trace in lines(30_000):
        assert {len(trace.x), len(trace.y), len(trace.hovertext)} == {BINS + 1}
    size = sum(len(json.dumps(trace.to_plotly_json())) for trace in lines(30_000))
    assert size < 50_000


@pytest.mark.parametrize("name", ["funnel", "scores", "deltas"])
def test_plotly_accepts_every_property(name):
    """The page sends the figures as they are, because checking them takes long."""
    go.Figure(figures()[name].to_plotly_json())


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
    used = {
        trace.marker.color if trace.type == "bar" else trace.line.color
        for trace in figures()[name].data
        if trace.showlegend is not False
    }
    assert used <= known
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
