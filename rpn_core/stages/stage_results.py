"""Every result for one photo as one value; `proposers.stages` computes them."""

from __future__ import annotations

from dataclasses import dataclass

from rpn_core.stages.ledger import Ledger
from rpn_core.stages.pre_nms import Selection
from rpn_core.stages.predictions import Predictions
from rpn_core.stages.proposals import Proposals
from rpn_core.stages.suppression import Suppression


@dataclass(frozen=True, eq=False, slots=True)
class StageResults:
    """Every result for one photo and one set of settings; R boxes in one order throughout.

    Attributes:
        predictions: R boxes, how they rank, and where they come from.
        selection, suppression, ledger, proposals: see there.
    """

    predictions: Predictions
    selection: Selection
    suppression: Suppression
    ledger: Ledger
    proposals: Proposals
