"""The proposals that the core finds for a visitor's photo, model and settings, without the app."""

from __future__ import annotations

from functools import lru_cache

from rpn_core.export import proposals_csv
from rpn_core.funnel import funnel
from rpn_core.models.load import load_model
from rpn_core.models.rpn import Rpn
from rpn_core.photo_reader import read_photo
from rpn_core.stages.plain import run_stages
from tests.soak.expected import linked_settings
from tests.soak.records import Download


@lru_cache(maxsize=2)
def _model(name: str) -> Rpn:
    return load_model(name)


def differs(download: Download) -> str:
    """In what a download is not the core's own result; empty when it is, to the last digit."""
    model, settings = linked_settings(download.link)
    photo = read_photo(download.photo.jpeg, download.photo.name)
    stages = run_stages(_model(model), photo.rgb, settings)
    wanted = proposals_csv(stages.proposals, stages.anchors, photo.name)
    who = f"session {download.session}, {photo.name}, {download.link}"
    # A browser may save the lines' ends as they are or not; that is not the matter here.
    got, right = download.csv.splitlines(), wanted.splitlines()
    if got != right:
        first = next(
            (pair for pair in zip(got, right, strict=False) if pair[0] != pair[1]), ("", "")
        )
        return f"{who}: {len(got)} rows, not {len(right)}; first difference {first}"
    rows = funnel(stages.ledger, border_rule=settings.selection.drop_cross_border)
    counts = [row.total_out for row in rows]
    if list(download.funnel.values()) != counts:
        return f"{who}: the funnel says {download.funnel}, not {counts}"
    return ""
