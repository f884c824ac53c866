"""Coverage against the number of shapes: where more stops paying."""

from __future__ import annotations

import streamlit as st

from pages._ui.design.results import Design, compute_curve
from pages._ui.state.fragment import fragment
from pages._ui.state.visit import BUDGET_AIM, BUDGET_FORM, BUDGET_SHARED, SHAPES_CURVE
from rpn_core.counts import count_objects
from rpn_core.design.budget import Budget
from rpn_core.design.curve import PAYS, CoverageCurve
from rpn_core.errors import UserError
from rpn_core.figures.anchor_curve import curve_chart
from rpn_core.figures.chart import CHART_CONFIG
from rpn_core.messages import ntr, tr

GO = "design_draw_curve"


@fragment
def draw_curve(design: Design) -> None:
    """The curve on demand; it stays while data set, resize rule and model are the same."""
    if st.button(tr("Draw the curve"), key=GO, icon=":material/show_chart:"):
        try:
            curve = compute_curve(design, _budget())
            SHAPES_CURVE.set((design.data_key, curve))
        except UserError as error:
            st.error(str(error))
    made = curve_in_view(design)
    if made is None:
        st.caption(
            tr(
                "Searches with 1 to 12 shapes per cell of each level, and shows where one more "
                "stops paying. Form and aim are those of the suggestion above."
            )
        )
        return
    _draw(made)


def _budget() -> Budget:
    """Of each number of shapes: searched as the suggestion would be, so that both find the same."""
    form = BUDGET_FORM.get() or "free"
    return Budget(
        form=form,  # type: ignore[arg-type]
        aim=BUDGET_AIM.get() or "mean_iou",  # type: ignore[arg-type]
        shared_ratios=form == "grid" and bool(BUDGET_SHARED.get()),
    )


def curve_in_view(design: Design) -> CoverageCurve | None:
    """The last curve, while it belongs to what is shown."""
    kept = SHAPES_CURVE.get()
    return kept[1] if kept is not None and kept[0] == design.data_key else None


def _draw(curve: CoverageCurve) -> None:
    st.markdown(
        ntr(
            "From **{count}** shape per cell on, one more adds less than {pays:g} to what the "
            "search aims at.",
            "From **{count}** shapes per cell on, one more adds less than {pays:g} to what the "
            "search aims at.",
            count=curve.enough,
            pays=PAYS,
        )
    )
    st.plotly_chart(curve_chart(curve), key="design_curve_chart", config=CHART_CONFIG)
    st.caption(
        tr(
            "Measured on {objects}; each number of shapes was searched as a suggestion is.",
            objects=count_objects(curve.total),
        )
    )
