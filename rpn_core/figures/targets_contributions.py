"""Where the loss of an image comes from: scores of positives, of negatives, and each offset."""

from __future__ import annotations

import plotly.graph_objects as go

from rpn_core.figures.chart import Part, chart
from rpn_core.figures.targets_palette import CLS_COLOUR, DELTA_COLOURS, DELTA_NAMES
from rpn_core.messages import ntr, tr
from rpn_core.targets.loss_terms import LossTerms


def contributions_figure(terms: LossTerms) -> go.Figure:
    """Draw one bar a part; the bars sum to the loss.

    Args:
        terms: of one image.
    """
    positives, negatives = len(terms.object), len(terms.anchor) - len(terms.object)
    cls_part = terms.cls_part
    weight = terms.reg_lambda / max(1, terms.n_reg)
    names = [
        ntr("score of {count} positive", "score of {count:,} positives", count=positives),
        ntr("score of {count} negative", "score of {count:,} negatives", count=negatives),
        *(
            tr(
                "offset {name}",
                name=name,
            )
            for name in DELTA_NAMES
        ),
    ]
    values = [
        float(cls_part[:positives].sum()),
        float(cls_part[positives:].sum()),
        *(float(part) for part in terms.distance.sum(0) * weight),
    ]
    total = sum(values)
    data: list[Part] = [
        {
            "type": "bar",
            "orientation": "h",
            "x": values,
            "y": names,
            "text": [f"{value:.4f}" for value in values],
            "textposition": "outside",
            "cliponaxis": False,
            "hovertext": [
                tr(
                    "{name}: {value:.5f}, {share:.1%} of the loss",
                    name=name,
                    value=value,
                    share=value / total,
                )
                if total
                else name
                for name, value in zip(names, values, strict=True)
            ],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "marker": {
                "color": [CLS_COLOUR, CLS_COLOUR, *DELTA_COLOURS],
                "pattern": {
                    "shape": ["", "/", "", "", "", ""],
                    "fillmode": "overlay",
                    "solidity": 0.25,
                },
            },
            "showlegend": False,
        }
    ]
    layout: Part = {
        "bargap": 0.3,
        "xaxis": {
            "title": {"text": tr("share of the loss, N and lambda included")},
            "nticks": 4,
            "range": [0, 1.25 * max(*values, 1e-6)],
        },
        "yaxis": {"autorange": "reversed"},
    }
    return chart("contributions", data, layout, height=280, left=150)
