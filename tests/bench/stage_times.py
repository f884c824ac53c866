"""Time of each stage of the core on one photo, and of what the page makes of the results."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from pages._ui.scene.payload import pack_scene
from pages._ui.scene.scene import encode_photo, scene_from_stages
from rpn_core.figures.funnel import funnel_figure
from rpn_core.figures.histograms import delta_histograms, score_histogram
from rpn_core.geometry.box_coder import decode
from rpn_core.models.load import load_model
from rpn_core.models.scoring import score_anchors
from rpn_core.photo.samples import find_sample, sample_pixels
from rpn_core.proposers.plain import after_head
from rpn_core.results.funnel import funnel
from rpn_core.settings.url import from_query
from rpn_core.stages.ledger import close_ledger
from rpn_core.stages.network_input import prepare_input
from rpn_core.stages.pre_nms import select
from rpn_core.stages.suppression import suppress
from tests.bench.scenes import SAMPLE, BenchScene


def median_milliseconds(work: Callable[[], object], repeats: int) -> float:
    """The median over `repeats` runs, after one that is not counted."""
    work()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times)


def stage_times(scene: BenchScene, repeats: int) -> dict[str, float]:
    """Median milliseconds of every stage, in reading order, on the CPU.

    Raises:
        RuntimeError: the scene's link does not give the number of anchors that it promises.
    """
    rpn = load_model("lite0-fpn", "cpu")
    rgb = sample_pixels(SAMPLE)
    settings, complaints = from_query(scene.query, rpn.card.own_settings)
    made = prepare_input(rgb, settings.input, rpn.card.preprocess)
    features = rpn.feature_maps(made)
    anchors = rpn.lay_anchors(features, settings.anchors)
    if complaints or len(anchors) != scene.anchors:
        raise RuntimeError(f"{len(anchors)} anchors instead of {scene.anchors}: {complaints}")
    outputs = score_anchors(rpn, features, anchors, "borrow").outputs
    if outputs is None:
        raise RuntimeError("the bundled model has no trained weights")
    stages = after_head(made, anchors, outputs, settings.selection, settings.nms)
    top_n = settings.nms.post_nms_top_n
    selection, kept = stages.selection, stages.ledger.kept
    names = tuple(f"stride {stride}" for stride in rpn.card.strides)
    picture = scene_from_stages(stages, encode_photo(rgb, find_sample(SAMPLE).sha256), names)
    rows = funnel(stages.ledger, border_rule=False)
    work: dict[str, Callable[[], object]] = {
        "network input": lambda: prepare_input(rgb, settings.input, rpn.card.preprocess),
        "network": lambda: rpn.feature_maps(made),
        "anchors": lambda: rpn.lay_anchors(features, settings.anchors),
        "head": lambda: score_anchors(rpn, features, anchors, "borrow"),
        "decode": lambda: decode(anchors.boxes, outputs.deltas),
        "selection": lambda: select(stages.predictions, settings.selection),
        "NMS": lambda: suppress(selection, anchors.level, settings.nms),
        "ledger": lambda: close_ledger(
            selection, stages.suppression, anchors.level, len(anchors.levels), top_n
        ),
        "pack_scene": lambda: pack_scene(picture),
        "funnel chart": lambda: funnel_figure(rows, names),
        "score chart": lambda: score_histogram(selection.scores, kept, 0.0),
        "offset charts": lambda: delta_histograms(outputs.deltas, selection.candidates, kept),
    }
    return {name: median_milliseconds(stage, repeats) for name, stage in work.items()}
