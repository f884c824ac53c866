"""Rows about boxes for a table: best first, in pixels of the original photo."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import torch

from rpn_core.messages import Message, msg
from rpn_core.settings.spelling import spell_sides
from rpn_core.stages.fate import Fate
from rpn_core.stages.stage_results import StageResults

# What a column is called on a page; the corners are called as their keys.
LABELS: dict[str, Message] = {
    "score": msg("score"),
    "decayed_score": msg("after Soft-NMS"),
    "level": msg("level"),
    "anchor_size": msg("anchor size"),
    "ratio": msg("ratio h/w"),
    "anchor_sides": msg("anchor w × h"),
    "fate": msg("fate"),
    "anchor": msg("anchor"),
}


@dataclass(frozen=True, slots=True)
class BoxTable:
    """Columns of equal length, and how many boxes there are in all.

    Attributes:
        columns: key -> values; boxes are xyxy, pixels of the original photo, and a fate is said in
            the language in force.
        present: boxes that fit; the columns hold the best of them.
    """

    columns: dict[str, list[float] | list[str] | list[int]]
    present: int


def box_table(
    stages: StageResults, fates: Collection[Fate], level_names: tuple[str, ...], limit: int
) -> BoxTable:
    """List the boxes of these fates, at most `limit`, best score first.

    With Soft-NMS that is the decayed score, which then has a column beside the network's. Boxes
    that come from no anchors have no columns for the shapes of these.

    Source: the boxes of `Fate.KEPT` are the proposals, in their order (tests/unit).
    """
    ledger, selection, predictions = stages.ledger, stages.selection, stages.predictions
    wanted = torch.isin(
        ledger.fate, torch.tensor([int(fate) for fate in fates], dtype=torch.uint8)
    ).nonzero()[:, 0]
    decayed = stages.suppression.decayed
    ranking = selection.scores if decayed is None else decayed
    if set(fates) == {Fate.KEPT}:
        best = ledger.kept[:limit]
    else:
        order = torch.sort(ranking[wanted], descending=True, stable=True).indices
        best = wanted[order[:limit]]
    boxes = stages.predictions.frame.to_original(selection.boxes[best])
    x1, y1, x2, y2 = (side.tolist() for side in boxes.round(decimals=1).unbind(1))
    anchors = predictions.anchors
    shapes = [] if anchors is None else [anchors.size_ratio(index) for index in best.tolist()]
    return BoxTable(
        {
            "score": selection.scores[best].tolist(),
            **({} if decayed is None else {"decayed_score": decayed[best].tolist()}),
            "x1": x1, "y1": y1, "x2": x2, "y2": y2,
            "level": [level_names[int(level)] for level in predictions.level[best]],
            **({} if anchors is None else {
                "anchor_size": [size for size, _ in shapes],
                "ratio": [ratio for _, ratio in shapes],
                "anchor_sides": [spell_sides(anchors.sides(index)) for index in best.tolist()],
            }),
            "fate": [str(Fate(int(fate)).label) for fate in ledger.fate[best]],
            "anchor": best.tolist(),
        },
        len(wanted),
    )  # fmt: skip
