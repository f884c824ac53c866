"""The proposals that the core finds for a visitor's photo, model and settings, without the app."""

from __future__ import annotations

import csv
import math
from functools import lru_cache
from io import StringIO

import torch

from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn
from rpn_core.models.runtime.device import choose_dtype
from rpn_core.photo.reader import read_photo
from rpn_core.proposers.plain import run_stages
from rpn_core.proposers.rpn import RpnProposer
from rpn_core.results.export import proposals_csv
from rpn_core.results.funnel import funnel
from tests.same_proposals import differences, of_csv, of_proposals, tolerance
from tests.soak.expected import linked_settings
from tests.soak.records import Download


@lru_cache(maxsize=2)
def _model(name: str) -> Rpn:
    return load_model(name)


def offline_precision() -> str:
    """Of the core in this process, for the server: each would measure which is quicker."""
    return str(choose_dtype(torch.device("cpu"))).removeprefix("torch.")


def differs(download: Download) -> str:
    """In what a download is not the core's own result; empty when it is.

    The server is another process, so numbers are equal to a tolerance, see `same_proposals`; what
    is of one process, the page's count and the rows of its file, is equal.
    """
    name, settings = linked_settings(download.link)
    model = _model(name)
    photo, rgb = read_photo(download.photo.jpeg, download.photo.name)
    stages = run_stages(RpnProposer(model, settings), rgb)
    who = f"session {download.session}, {photo.name}, {download.link}"
    got, within = of_csv(download.csv), tolerance(model.dtype, model.dtype)
    found = differences(got, of_proposals(stages.proposals), within)
    found = found or _other_anchors(
        download.csv, proposals_csv(stages.proposals, stages.predictions, photo.name), within.alone
    )
    if found:
        return f"{who}: {found}"
    rows = funnel(stages.ledger, border_rule=settings.selection.drop_cross_border)
    counts = [row.total_out for row in rows]
    told = list(download.funnel.values())
    if told[-1] != len(got.scores) or told[0] != counts[0] or not _near(told, counts, within.alone):
        return f"{who}: the funnel says {download.funnel}, not {counts}; {len(got.scores)} rows"
    return ""


_BY_ANCHOR = ("file_name", "level", "anchor_size_input_px", "anchor_ratio_h_over_w")


def _other_anchors(got: str, wanted: str, share: float) -> str:
    """What the file says of the anchors that its proposals came from, and of the photo."""
    ours, theirs = (
        {row["anchor"]: [row[key] for key in _BY_ANCHOR] for row in csv.DictReader(StringIO(text))}
        for text in (wanted, got)
    )
    alone = theirs.keys() - ours.keys()
    if len(alone) > math.ceil(share * len(theirs)):
        return f"{len(alone)} of {len(theirs)} proposals come from other anchors"
    for anchor in theirs.keys() & ours.keys():
        if theirs[anchor] != ours[anchor]:
            return f"of anchor {anchor} it says {theirs[anchor]}, not {ours[anchor]}"
    return ""


def _near(told: list[int], counts: list[int], share: float) -> bool:
    return len(told) == len(counts) and all(
        abs(one - other) <= math.ceil(share * other)
        for one, other in zip(told, counts, strict=True)
    )
