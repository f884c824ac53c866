"""Proposals for other programs: COCO results and CSV, in pixels of the original photo."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import NotRequired, TypedDict

import torch
from torch import Tensor

from rpn_core.stages.predictions import Predictions
from rpn_core.stages.proposals import Proposals

CSV_HEADER = (
    "file_name", "rank", "score",
    "x1_px", "y1_px", "x2_px", "y2_px", "width_px", "height_px",
    "level", "anchor_size_input_px", "anchor_ratio_h_over_w", "anchor", "objectness",
)  # fmt: skip

# A spreadsheet runs a cell that begins with one of these, also in their full-width forms.
_FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


class CocoResult(TypedDict):
    """One row of a COCO results file: bbox is [x, y, width, height], px of the original photo.

    `image_id` and `category_id` are what `pycocotools` joins rows by; `file_name` is for people.
    `score` is what the rows are sorted by. With Soft-NMS that is the decayed score, and
    `objectness` is what the network gave.
    """

    image_id: int | str
    category_id: int | str
    file_name: str
    bbox: list[float]
    score: float
    objectness: NotRequired[float]


def _hundredths(boxes: Tensor) -> Tensor:
    # Corners are rounded, and sides are their differences, so that no box grows out of the photo.
    return torch.round(boxes.double() * 100) / 100


def _digits(score: float) -> float:
    """6 significant digits: to 6 decimals all scores of the background would be equal."""
    return float(f"{score:.6g}")


def coco_results(
    proposals: Proposals, file_name: str, image_id: int | str = 1, category_id: int | str = 1
) -> list[CocoResult]:
    """List the proposals in the COCO results form, best first.

    Args:
        proposals: of one photo.
        file_name: what the rows are to call it.
        image_id: of the photo in the annotations that the rows will be held against.
        category_id: of every row, since proposals have no category.
    Returns:
        boxes to a hundredth of a pixel, scores to 6 significant digits.
    """
    corners = _hundredths(proposals.boxes)
    sides = _hundredths(corners[:, 2:] - corners[:, :2])
    xywh = torch.cat((corners[:, :2], sides), dim=1).tolist()
    rows: list[CocoResult] = [
        {
            "image_id": image_id, "category_id": category_id, "file_name": file_name,
            "bbox": box, "score": _digits(score),
        }
        for box, score in zip(xywh, proposals.ranking_scores.tolist(), strict=True)
    ]  # fmt: skip
    if proposals.decayed_scores is not None:
        for row, score in zip(rows, proposals.scores.tolist(), strict=True):
            row["objectness"] = _digits(score)
    return rows


def json_chunks(rows: Iterable[CocoResult]) -> Iterator[str]:
    r"""Write rows as a JSON list, one row a line, piece by piece: a folder's need not fit memory.

    >>> print("".join(json_chunks([{"image_id": 1, "bbox": [0, 0, 2, 1], "score": 0.5}])))
    [
    {"image_id": 1, "bbox": [0, 0, 2, 1], "score": 0.5}
    ]
    <BLANKLINE>
    """
    yield "["
    separator = "\n"
    for row in rows:
        yield separator + json.dumps(row, allow_nan=False)
        separator = ",\n"
    yield "\n]\n"


def safe_cell(text: str) -> str:
    """Text that a spreadsheet shows and does not run: an apostrophe goes before a formula.

    Source: OWASP, CSV Injection.

    >>> safe_cell("=1+1.jpg"), safe_cell("cat.jpg")
    ("'=1+1.jpg", 'cat.jpg')
    """
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def proposals_csv(proposals: Proposals, predictions: Predictions, file_name: str) -> str:
    """Write the proposals as CSV, best first, with the anchor that each came from.

    Args:
        proposals: of one photo.
        predictions: all R boxes; `proposals.prediction` counts in them. Those that come from no
            anchors have empty cells for these.
        file_name: of the photo, in every row.
    Returns:
        CSV_HEADER and one row a proposal. x, y, width and height are pixels of the original
        photo; the anchor's size is sqrt(area) in pixels of the network input; level 0 is the
        finest; `anchor` is its index. `objectness` is the network's score, which differs from
        `score` with Soft-NMS only.
    """
    text = io.StringIO(newline="")
    # Rows end with CR LF (RFC 4180); only then does the writer quote a lone CR in a name.
    writer = csv.writer(text)
    writer.writerow(CSV_HEADER)
    name = safe_cell(file_name)
    anchors, level = predictions.anchors, predictions.level.tolist()
    for rank, (row, index) in enumerate(
        zip(coco_results(proposals, file_name), proposals.prediction.tolist(), strict=True), start=1
    ):
        x, y, width, height = row["bbox"]
        corners = (x, y, round(x + width, 2), round(y + height, 2))
        size_ratio = ["", ""]
        if anchors is not None:
            size_ratio = [f"{number:.6g}" for number in anchors.size_ratio(index)]
        from_anchor = (level[index], *size_ratio, index)
        objectness = row.get("objectness", row["score"])
        writer.writerow(
            (name, rank, row["score"], *corners, width, height, *from_anchor, objectness)
        )
    return text.getvalue()
