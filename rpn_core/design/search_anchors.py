"""The search for anchors alone, whatever form they are to have."""

from __future__ import annotations

from rpn_core.anchors.shapes import shape_counts
from rpn_core.design import free_design, product_design
from rpn_core.design.both_objectives import both_objectives
from rpn_core.design.budget import Budget
from rpn_core.design.objects import DesignObjects
from rpn_core.design.pyramid import Pyramid
from rpn_core.design.search_free import search_free
from rpn_core.design.search_product import search_product
from rpn_core.progress import Progress, no_progress
from rpn_core.settings import AnchorSettings


def search_anchors(
    objects: DesignObjects,
    pyramid: Pyramid,
    present: AnchorSettings,
    budget: Budget,
    *,
    progress: Progress = no_progress,
) -> tuple[AnchorSettings, int]:
    """The best anchors that were found within a budget, and the number of trials.

    Args:
        present: convention and offset are taken from it; where it is within the budget, it is one
            of the starts.
        progress: is told how far it has come, 0 to 1.
    """
    both = both_objectives(objects, pyramid, present, budget, progress)
    start = present if fits(present, budget) else None
    if budget.form == "free":
        given = free_design.of_settings(start) if start else None
        anchors = free_design.as_settings(search_free(both, budget, given), present)
    else:
        of_grid = start and product_design.of_settings(start, budget.shared_ratios)
        found = search_product(both, budget, of_grid or None)
        anchors = product_design.as_settings(found, present)
    progress(1.0)
    return anchors, both.trials


def fits(anchors: AnchorSettings, budget: Budget) -> bool:
    """Whether the anchors are within the budget, in number and in form."""
    counts = shape_counts(anchors)
    if budget.form == "grid":
        used = zip(anchors.sizes, anchors.aspect_ratios, strict=True)
        lists = {ratios for sizes, ratios in used if sizes}
        if any(anchors.shapes) or (budget.shared_ratios and len(lists) > 1):
            return False
    return (sum(counts) if budget.scope == "total" else max(counts)) <= budget.shapes
