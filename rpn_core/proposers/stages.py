"""From the predictions of a proposer, whichever it is, to proposals.

predictions -> selection -> suppression -> ledger -> proposals
"""

from __future__ import annotations

from rpn_core.messages import msg
from rpn_core.proposers.rpn import rpn_predictions
from rpn_core.settings import NmsSettings, SelectionSettings
from rpn_core.stages.graph import GRAPH as GRAPH
from rpn_core.stages.ledger import Ledger, close_ledger
from rpn_core.stages.pre_nms import Selection, select
from rpn_core.stages.predictions import Predictions
from rpn_core.stages.proposals import Proposals, read_proposals
from rpn_core.stages.stage_results import StageResults
from rpn_core.stages.suppression import Suppression, suppress

# Another proposer connects stages of its own: see `Proposer.begin`.
predictions = GRAPH.socket("predictions", rpn_predictions)


@GRAPH.stage(label=msg("selection"))
def selection(predictions: Predictions, selection_settings: SelectionSettings) -> Selection:
    return select(predictions, selection_settings)


@GRAPH.stage(label=msg("NMS"), without=("nms.post_nms_top_n",))
def suppression(
    predictions: Predictions, selection: Selection, nms_settings: NmsSettings
) -> Suppression:
    return suppress(selection, predictions.level, nms_settings)


@GRAPH.stage(label=msg("ledger"), reads=("nms.post_nms_top_n",))
def ledger(
    predictions: Predictions, selection: Selection, suppression: Suppression, post_nms_top_n: int
) -> Ledger:
    levels = len(predictions.counts)
    return close_ledger(selection, suppression, predictions.level, levels, post_nms_top_n)


@GRAPH.stage()
def proposals(
    predictions: Predictions, selection: Selection, suppression: Suppression, ledger: Ledger
) -> Proposals:
    return read_proposals(selection, ledger, predictions.frame, suppression.decayed)


@GRAPH.stage(kept=False)
def results(
    predictions: Predictions,
    selection: Selection,
    suppression: Suppression,
    ledger: Ledger,
    proposals: Proposals,
) -> StageResults:
    """All of them as one value."""
    return StageResults(predictions, selection, suppression, ledger, proposals)
