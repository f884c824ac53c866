"""Anything that proposes boxes is run, evaluated and drawn in the same stages."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from PIL import Image

from rpn_core.cli import main
from rpn_core.evaluation.proposed import propose
from rpn_core.geometry.frame import Frame
from rpn_core.labels.objects import make_objects
from rpn_core.models.fallback import ForwardResult
from rpn_core.nms_analysis.stages import curves, threshold_sweep
from rpn_core.proposers import table
from rpn_core.proposers.anchors_alone import AnchorsAlone
from rpn_core.proposers.base import EVERYTHING
from rpn_core.proposers.network import network
from rpn_core.proposers.plain import begin_run, run_stages
from rpn_core.proposers.ranked import best_ranked, rank_logits
from rpn_core.proposers.rpn import RpnProposer, anchors
from rpn_core.proposers.stages import predictions, proposals, selection
from rpn_core.results.box_table import box_table
from rpn_core.results.export import proposals_csv
from rpn_core.results.funnel import funnel
from rpn_core.results.trace import trace_anchor
from rpn_core.settings import Settings
from rpn_core.stages.fate import Fate
from rpn_core.stages.graph import GRAPH, Graph
from rpn_core.stages.kept import KeptResults
from rpn_core.stages.predictions import Predictions
from rpn_core.stages.run import Run
from rpn_core.targets.stages import photo_objects, recall
from tests.fixed_boxes import FixedBoxes
from tests.tiny_rpn import TINY_INPUT, tiny_rpn

RGB = np.random.default_rng(1).integers(0, 256, (64, 96, 3), dtype=np.uint8)


def tiny_proposer() -> RpnProposer:
    rpn = tiny_rpn()
    return RpnProposer(rpn, replace(rpn.card.own_settings, input=TINY_INPUT))


def test_every_stage_after_the_predictions_is_shared():
    stages = run_stages(FixedBoxes(), RGB)
    assert stages.predictions.level.tolist() == [0, 0, 0, 1, 1]
    assert stages.ledger.count(Fate.SUPPRESSED) == 1, "the second overlaps the first"
    assert stages.proposals.prediction.tolist() == [0, 3, 2, 4]
    assert stages.proposals.boxes[1].tolist() == [0, 10, 20, 40], "clipped, and in photo pixels"
    assert int(stages.ledger.counts.sum()) == 5
    assert funnel(stages.ledger, border_rule=False)[0].level_in == (3, 2)


@pytest.mark.parametrize(
    ("wrong", "came"),
    [
        (RGB / 255, "float64 (64, 96, 3)"),
        (RGB > 99, "bool (64, 96, 3)"),
        (RGB[:, :, 0], "uint8 (64, 96)"),
        (RGB[:, :, :1], "uint8 (64, 96, 1)"),
        (RGB.transpose(2, 0, 1), "uint8 (3, 64, 96)"),
        (Image.fromarray(RGB), "Image (64, 96, 3)"),
        (RGB[:0], "no pixel"),
    ],
)
def test_pixels_of_another_kind_are_refused_and_not_judged(wrong, came):
    with pytest.raises(ValueError, match=re.escape(came)):
        run_stages(tiny_proposer(), wrong)


def test_every_threshold_of_nms_is_looked_at_whoever_proposed():
    run = begin_run(FixedBoxes(), RGB)
    assert len(run.get(threshold_sweep).masks) == len(run.get(selection).candidates) == 5


def test_objects_are_followed_in_the_pixels_of_whoever_proposed():
    objects = make_objects(np.array([[0.0, 0, 40, 30], [44, 44, 60, 60]]))
    run = begin_run(FixedBoxes(), RGB).give(photo_objects, objects)
    found = run.get(recall)
    assert found.best_iou[0].tolist() == [1.0, found.best_iou[0, 1]]
    assert found.found(0.5)[-1].tolist() == [True, False]
    assert run.get(curves).covered.tolist() == [True, False]


def test_what_comes_from_no_anchor_says_nothing_of_anchors():
    stages = run_stages(FixedBoxes(), RGB)
    columns = box_table(stages, (Fate.KEPT,), ("fine", "coarse"), 9).columns
    assert columns["level"] == ["fine", "coarse", "fine", "coarse"]
    assert "anchor_size" not in columns
    row = proposals_csv(stages.proposals, stages.predictions, "a.jpg").splitlines()[1].split(",")
    assert row[-5:-1] == ["0", "", "", "0"]
    with pytest.raises(ValueError, match="no anchor"):
        trace_anchor(stages, 0)


def test_the_border_rule_is_for_anchors():
    settings = Settings()
    strict = replace(settings, selection=replace(settings.selection, drop_cross_border=True))
    stages = run_stages(FixedBoxes(settings=strict), RGB)
    assert stages.ledger.count(Fate.CROSSES_BORDER) == 0


def test_an_rpn_runs_as_a_proposer():
    proposer = tiny_proposer()
    assert proposer.shows == EVERYTHING
    stages = run_stages(proposer, RGB)
    anchors_ = stages.predictions.anchors
    assert anchors_ is not None
    assert len(stages.predictions) == len(anchors_) == sum(stages.predictions.counts)
    assert torch.equal(stages.predictions.level, anchors_.level)
    assert trace_anchor(stages, 0).fate in Fate


def test_anchors_alone_are_the_anchors_in_one_random_order():
    proposer = tiny_proposer()
    alone = AnchorsAlone(proposer)
    made = propose(alone, RGB)
    run = begin_run(alone, RGB)
    laid = run.get(anchors)
    order = torch.randperm(len(laid), generator=torch.Generator().manual_seed(0))
    frame = run.get(network).network_input.frame
    clipped = laid.boxes[order].clamp(min=0)
    clipped[:, 0::2].clamp_(max=frame.image_hw[1])
    clipped[:, 1::2].clamp_(max=frame.image_hw[0])
    wanted = frame.to_original(clipped)[: proposer.settings.nms.post_nms_top_n]
    np.testing.assert_array_equal(made.boxes, wanted.double().numpy())


def test_ranks_stay_apart_for_as_many_anchors_as_there_can_be():
    scores = torch.sigmoid(rank_logits(torch.arange(1_000_000)))
    assert bool((scores[:-1] > scores[1:]).all())


def test_best_ranked_keeps_boxes_as_they_are():
    settings = Settings(**best_ranked(4))
    stages = run_stages(FixedBoxes(settings=settings), RGB)
    assert stages.proposals.prediction.tolist() == [0, 3, 1, 2]


def test_the_trunk_runs_once_for_two_heads(monkeypatch):
    proposer = tiny_proposer()
    kind, passes = type(proposer.rpn.network), []
    trunk = kind.trunk
    monkeypatch.setattr(kind, "trunk", lambda self, px: passes.append(1) or trunk(self, px))
    own = Graph(stages={"network": network})

    @own.stage()
    def another_head(network: ForwardResult) -> list[tuple[int, ...]]:
        return [tuple(level.shape) for level in network.features.pyramid]

    run = begin_run(proposer, RGB)
    assert run.get(another_head) == [(1, 4, 4, 6)]
    assert len(run.get(proposals).boxes) > 0
    assert len(passes) == 1


def test_results_of_two_proposers_are_kept_apart():
    store = KeptResults(10**8)

    def kept(proposer):
        run = Run(proposer.settings, store)
        proposer.begin(run)
        return run.get(proposals)

    first, other = FixedBoxes(), FixedBoxes()
    assert kept(first) is kept(other)

    own = Graph()

    @own.stage()
    def no_boxes() -> Predictions:
        return Predictions(Frame((64, 96), (32, 48)), torch.zeros(0, 4), torch.zeros(0), (0,))

    run = Run(first.settings, store).connect(predictions, no_boxes)
    assert len(run.get(proposals).boxes) == 0
    assert len(kept(first).boxes) == 4


def test_a_setting_touches_the_same_stages_as_ever():
    touched = {stage.name for stage in GRAPH.touched_by("nms.nms_thresh")}
    assert {"suppression", "ledger", "proposals"} <= touched
    assert not {"network", "anchors", "rpn_predictions", "selection"} & touched


def test_a_proposer_needs_its_own_file_and_a_row(monkeypatch, tmp_path, capsys):
    """Whatever is in the table is there for `evaluate` to compare."""
    Image.fromarray(RGB).save(tmp_path / "a.png")
    document = {
        "images": [{"id": 1, "file_name": "a.png"}],
        "annotations": [{"image_id": 1, "bbox": [0, 0, 40, 30]}],
    }
    (tmp_path / "boxes.json").write_text(json.dumps(document))
    monkeypatch.setitem(table.BESIDE, "fixed", lambda model: FixedBoxes())
    given = ["--annotations", str(tmp_path / "boxes.json"), "--images", str(tmp_path)]
    assert main(["evaluate", *given, "--long-side", "64", "--baseline", "fixed"]) == 0
    assert "fixed boxes: " in capsys.readouterr().out
