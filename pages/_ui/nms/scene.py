"""The picture of the page "NMS": the boxes by fate, the slider of thresholds, the playback."""

from __future__ import annotations

from dataclasses import replace

from pages._ui.canvas.box_canvas import box_canvas
from pages._ui.controls.in_force import apply
from pages._ui.objects.store import store_objects
from pages._ui.run.results import Results
from pages._ui.scene.scene import Chosen, Scene, Survival, scene_from_stages
from pages._ui.scene.selection import CanvasResult
from pages._ui.state.slot import in_slot, slotted
from pages._ui.state.visit import NMS_CHOSEN
from pages._ui.state.workbench import Workbench
from rpn_core.labels.ground_truth import GroundTruth
from rpn_core.nms_analysis.threshold_sweep import ThresholdSweep
from rpn_core.stages.stage_results import StageResults


def choose_box(anchor: int) -> None:
    """Select a box on the picture; to be called in a callback."""
    before = NMS_CHOSEN.get()
    NMS_CHOSEN.set(Chosen(anchor, 1 if before is None else before.number + 1))


def draw_picture(
    bench: Workbench,
    results: Results,
    stages: StageResults,
    sweep: ThresholdSweep | None,
    truth: GroundTruth,
) -> CanvasResult:
    """Draw the canvas and return what is selected on it."""
    return box_canvas(
        _scene(bench, results, stages, sweep, truth),
        key=slotted("nms_canvas"),
        on_objects=lambda objects: store_objects(bench, objects),
        on_nms_thresh=in_slot(
            lambda threshold: apply(nms=replace(bench.settings.nms, nms_thresh=threshold))
        ),
    )


def _scene(
    bench: Workbench,
    results: Results,
    stages: StageResults,
    sweep: ThresholdSweep | None,
    truth: GroundTruth,
) -> Scene:
    scene = scene_from_stages(
        stages,
        results.photo,
        bench.level_names,
        score_note=results.score_note,
        view_hint="nms",
    )
    nms, survival = bench.settings.nms, None
    if sweep is not None and nms.method == "greedy":
        order = stages.selection.candidates.numpy()[sweep.graph.order]
        survival = Survival(order, sweep.masks, nms.nms_thresh, nms.post_nms_top_n)
    chosen = NMS_CHOSEN.get()
    if chosen is not None and chosen.anchor >= len(stages.predictions):
        chosen = None  # it was chosen among the anchors of other settings
    return replace(
        scene,
        objects=truth.objects,
        objects_editable=True,
        objects_revision=truth.revision,
        survival=survival,
        chosen=chosen,
    )
