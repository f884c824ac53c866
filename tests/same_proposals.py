"""What is promised about equal numbers, and whether two lists of proposals keep to it.

Within a process a photo and settings have one result: it is kept, and everything shows it. Between
processes the order of the network's sums differs, with the number of threads, the processor and
the precision, and so do the last digits. Then the same boxes are found, with scores and corners
equal to a `Tolerance`. Where the scores of two boxes that overlap are closer than that, NMS may
keep the other one, and the top N may end elsewhere: a small share of either list has no partner.

Measured with both bundled models and their own settings on 49 photos (the samples, microscopy,
steel, road signs, VOC), 92,000 proposals, on an AMD EPYC with AVX-512 and bf16:

float32, 1 against 2 threads    scores 1.3e-6, corners 0.0002 px or 5e-6 of the side, none alone
float32, AVX-512 against SSE4.1 scores 3.6e-6, corners 0.0006 px or 8e-6 of the side, none alone
float32, AVX-512 against AVX2   equal but for two photos: scores 2e-9
bfloat16, 1 against 2 threads   scores 2e-7, corners 0.00006 px, none alone
bfloat16, with against without instructions for it
                                scores 0.0064, corners 1 px or 0.8% of the side; alone 1.3% of the
                                anchors, 4.0% in the worst photo, in any rank
float32 against bfloat16        scores 0.08, corners 11.5 px or 9.4% of the side; alone 9.2% of the
                                anchors, 23% in the worst photo, in any rank

Those figures pair proposals by their anchor. The tolerances leave room of about three times in
float32, for processors that were not there, and less where they are wide already. Exported files
round corners to 0.01 px and scores to 6 digits, which comes on top.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from io import StringIO

import numpy as np
import torch
from numpy.typing import NDArray

from rpn_core.geometry.boxes import pairwise_iou
from rpn_core.results.export import CocoResult
from rpn_core.stages.proposals import Proposals

_ROUNDING_PX = 0.02  # corners of a file to 0.01 px, on both sides
_BEST = 20
_STANDS_IN_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two results of the same photo and settings may be apart.

    Attributes:
        score: absolute.
        corner: of each coordinate, as a share of the box's longer side.
        alone: share of a list that may have no partner in the other.
    """

    score: float
    corner: float
    alone: float


FLOAT32 = Tolerance(score=1e-5, corner=3e-5, alone=0.002)
BFLOAT16 = Tolerance(score=0.01, corner=0.015, alone=0.06)
ACROSS_PRECISIONS = Tolerance(score=0.1, corner=0.1, alone=0.3)


def tolerance(one: torch.dtype, other: torch.dtype) -> Tolerance:
    """For results of networks that ran in these precisions.

    float16, a GPU's, was not measured: it has three bits more than bfloat16, whose tolerance it
    gets.
    """
    if one != other:
        return ACROSS_PRECISIONS
    return FLOAT32 if one == torch.float32 else BFLOAT16


@dataclass(frozen=True, eq=False, slots=True)
class Listed:
    """Proposals as they were found or written, best first.

    Attributes:
        boxes: (N, 4) float64 xyxy, pixels of the original photo.
        scores: (N,) float64, those that rank.
    """

    boxes: NDArray[np.float64]
    scores: NDArray[np.float64]


def of_proposals(proposals: Proposals) -> Listed:
    """What the core found."""
    return Listed(proposals.boxes.double().numpy(), proposals.ranking_scores.double().numpy())


def of_csv(text: str) -> Listed:
    """What the page's CSV holds."""
    rows = list(csv.DictReader(StringIO(text)))
    corners = [[float(row[key]) for key in ("x1_px", "y1_px", "x2_px", "y2_px")] for row in rows]
    return Listed(np.array(corners).reshape(-1, 4), np.array([float(row["score"]) for row in rows]))


def of_coco(rows: list[CocoResult]) -> Listed:
    """What `propose` or the page wrote as COCO results of one photo."""
    boxes = np.array([row["bbox"] for row in rows], np.float64).reshape(-1, 4)
    boxes[:, 2:] += boxes[:, :2]
    return Listed(boxes, np.array([row["score"] for row in rows], np.float64))


def differences(got: Listed, wanted: Listed, within: Tolerance) -> str:
    """In what two lists are not the same proposals, in words; empty when they are.

    Each proposal has a partner of its own in the other list, whose score and corners are equal to
    the tolerance; `within.alone` of a list may lack one. Of the best 20 one may lack it only if
    the other list holds a box in its place: at least as good, and on the same thing.
    """
    if not (len(got.scores) and len(wanted.scores)):
        both = len(got.scores) == len(wanted.scores)
        return "" if both else f"{len(got.scores)} proposals, not {len(wanted.scores)}"
    near = _near(got, wanted, within)
    partner = _partners(got, wanted, near)
    alone = {
        "found": np.flatnonzero(partner < 0),
        "wanted": np.setdiff1d(np.arange(len(wanted.scores)), partner),
    }
    words = []
    for name, (mine, other) in {"found": (got, wanted), "wanted": (wanted, got)}.items():
        rows = alone[name]
        if len(rows) > int(np.ceil(within.alone * len(mine.scores))):
            words.append(
                f"{len(rows)} of {len(mine.scores)} proposals {name} have no partner, the first "
                f"at rank {rows[0] + 1}: {_row(mine, rows[0])}"
            )
        words += [
            f"of the best {name}, rank {row + 1} is gone: {_row(mine, row)}"
            for row in rows[rows < _BEST]
            if not _stands_in(mine, row, other, within)
        ]
    return "; ".join(words)


def _near(got: Listed, wanted: Listed, within: Tolerance) -> NDArray[np.bool_]:
    """(N, M): whose scores and corners are equal to the tolerance."""
    side = (got.boxes[:, 2:] - got.boxes[:, :2]).max(1)[:, None]
    near = np.abs(got.scores[:, None] - wanted.scores) <= within.score
    for corner in range(4):
        apart = np.abs(got.boxes[:, None, corner] - wanted.boxes[:, corner])
        near &= apart <= within.corner * side + _ROUNDING_PX
    return near


def _partners(got: Listed, wanted: Listed, near: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(N,) rows of `wanted`, -1 for none: by rank, each takes the nearest that is left."""
    partner = np.full(len(got.scores), -1)
    free = np.ones(len(wanted.scores), bool)
    for row in range(len(got.scores)):
        choices = np.flatnonzero(near[row] & free)
        if len(choices):
            apart = np.abs(wanted.boxes[choices] - got.boxes[row]).max(1)
            partner[row] = choices[apart.argmin()]
            free[partner[row]] = False
    return partner


def _stands_in(mine: Listed, row: int, other: Listed, within: Tolerance) -> bool:
    good = other.scores >= mine.scores[row] - within.score
    box = torch.from_numpy(mine.boxes[row : row + 1])
    iou = pairwise_iou(box, torch.from_numpy(other.boxes[good]))
    return bool((iou >= _STANDS_IN_IOU).any())


def _row(listed: Listed, row: int) -> str:
    return f"score {listed.scores[row]:.6g} at {listed.boxes[row].round(2).tolist()}"
