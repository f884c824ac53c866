"""The comparison of proposals between processes: what it lets pass, and what it does not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from rpn_core.models import fallback
from rpn_core.models.load import load_model
from rpn_core.models.runtime.threads import one_thread
from rpn_core.photo.samples import sample_pixels, samples
from rpn_core.proposers.plain import run_stages
from rpn_core.proposers.rpn import RpnProposer
from rpn_core.results.export import coco_results, proposals_csv
from rpn_core.settings import Settings
from rpn_core.stages.stage_results import StageResults
from tests.app_server import ROOT
from tests.same_proposals import (
    ACROSS_PRECISIONS,
    BFLOAT16,
    FLOAT32,
    Listed,
    differences,
    of_coco,
    of_csv,
    of_proposals,
    tolerance,
)

PHOTO, OTHER = samples()[0], samples()[1]
TOLERANCES = pytest.mark.parametrize("within", [FLOAT32, BFLOAT16, ACROSS_PRECISIONS])


@cache
def found(photo: str = PHOTO.name, dtype: torch.dtype = torch.float32) -> StageResults:
    rpn = replace(load_model("lite0-fpn", "cpu"), dtype=dtype)
    return run_stages(RpnProposer(rpn, rpn.card.own_settings), sample_pixels(photo))


def listed(photo: str = PHOTO.name, dtype: torch.dtype = torch.float32) -> Listed:
    return of_proposals(found(photo, dtype).proposals)


def with_settings(**nms: object) -> Listed:
    rpn = replace(load_model("lite0-fpn", "cpu"), dtype=torch.float32)
    own: Settings = rpn.card.own_settings
    changed = replace(own, nms=replace(own.nms, **nms))
    stages = run_stages(RpnProposer(rpn, changed), sample_pixels(PHOTO.name))
    return of_proposals(stages.proposals)


@TOLERANCES
def test_what_is_written_is_what_was_found(within):
    stages = found()
    rows = coco_results(stages.proposals, PHOTO.name)
    text = proposals_csv(stages.proposals, stages.predictions, PHOTO.name)
    for written in (of_coco(rows), of_csv(text)):
        assert differences(written, listed(), within) == ""


def test_the_number_of_threads_changes_last_digits_at_most(monkeypatch):
    monkeypatch.setattr(fallback, "network_threads", nullcontext)
    rpn = replace(load_model("lite0-fpn", "cpu"), dtype=torch.float32)
    with one_thread():
        alone = run_stages(RpnProposer(rpn, rpn.card.own_settings), sample_pixels(PHOTO.name))
    assert differences(of_proposals(alone.proposals), listed(), FLOAT32) == ""


def test_half_precision_finds_the_same_boxes_in_its_own_tolerance():
    half = listed(dtype=torch.bfloat16)
    assert differences(half, listed(), tolerance(torch.bfloat16, torch.float32)) == ""
    assert "no partner" in differences(half, listed(), FLOAT32)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_the_command_line_finds_what_the_core_finds(tmp_path, precision):
    """In another process, on one thread: README, "Equal numbers"."""
    dtype = getattr(torch, precision)
    out = tmp_path / "proposals.json"
    photo = ROOT / "assets" / "samples" / PHOTO.file
    command = ["-m", "rpn_core", "propose", str(photo), "--out", str(out), "--device", "cpu"]
    environment = {"OMP_NUM_THREADS": "1", "RPN_CPU_PRECISION": precision}
    subprocess.run(
        [sys.executable, *command], check=True, cwd=ROOT, env=os.environ | environment, timeout=280
    )
    rows = json.loads(out.read_text())
    assert differences(of_coco(rows), listed(dtype=dtype), tolerance(dtype, dtype)) == ""


# ---- lists that are not the same ----------------------------------------------------------------


@TOLERANCES
def test_another_photo_is_not_the_same(within):
    assert "no partner" in differences(listed(OTHER.name), listed(), within)


@pytest.mark.parametrize("within", [FLOAT32, BFLOAT16])
@pytest.mark.parametrize("nms", [{"nms_thresh": 0.5}, {"post_nms_top_n": 900}])
def test_other_settings_are_not_the_same(nms, within):
    assert "no partner" in differences(with_settings(**nms), listed(), within)
    assert "no partner" in differences(listed(), with_settings(**nms), within)


@TOLERANCES
def test_a_list_that_lacks_the_best_is_not_the_same(within):
    """Even where so few may be missing anywhere else."""
    whole = listed()
    rest = np.arange(len(whole.scores)) >= 10
    lacking = Listed(whole.boxes[rest], whole.scores[rest])
    assert "of the best wanted, rank 1 is gone" in differences(lacking, whole, within)
    assert "of the best found, rank 1 is gone" in differences(whole, lacking, within)


@pytest.mark.parametrize(("within", "share"), [(FLOAT32, 0.02), (BFLOAT16, 0.1)])
def test_boxes_that_are_shifted_are_not_the_same(within, share):
    whole = listed()
    moved = whole.boxes + share * (whole.boxes[:, 2:] - whole.boxes[:, :2]).max(1)[:, None]
    assert "no partner" in differences(Listed(moved, whole.scores), whole, within)


@TOLERANCES
def test_the_best_box_elsewhere_is_not_the_same(within):
    whole = listed()
    boxes = whole.boxes.copy()
    boxes[0] = boxes[0] + 2 * (boxes[0, 2:] - boxes[0, :2]).max()
    assert "of the best found, rank 1 is gone" in differences(
        Listed(boxes, whole.scores), whole, within
    )


@TOLERANCES
def test_scores_that_are_off_are_not_the_same(within):
    whole = listed()
    high = Listed(whole.boxes, whole.scores + 2 * within.score)
    assert differences(high, whole, within)


@TOLERANCES
def test_two_boxes_have_not_one_partner(within):
    whole = listed()
    twice = np.arange(len(whole.scores)) // 2
    doubled = Listed(whole.boxes[twice], whole.scores[twice])
    assert "no partner" in differences(doubled, whole, within)


def test_nothing_is_the_same_as_nothing_only():
    nothing = Listed(np.zeros((0, 4)), np.zeros(0))
    assert differences(nothing, nothing, FLOAT32) == ""
    assert differences(nothing, listed(), FLOAT32)
    assert differences(listed(), nothing, FLOAT32)
